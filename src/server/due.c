#include "server/due.h"

#include "crypto/keyring.h"
#include "server/audit.h"
#include "server/invoke.h"
#include "server/server.h"

#define TIMER_NAME_MAX 128

/* "kms.DeleteKey" */
static const struct api_timer *find_timer(struct str name, const struct api_service **ret_service)
{
        struct str rest = name, service;

        if (!str_cut(&rest, '.', &service))
                return NULL;
        for (size_t i = 0; i < api_service_count; i++) {
                if (!str_eq(api_services[i]->name, service))
                        continue;
                *ret_service = api_services[i];
                for (size_t k = 0; k < api_services[i]->timer_count; k++)
                        if (str_eq(api_services[i]->timers[k].name, rest))
                                return &api_services[i]->timers[k];
        }
        return NULL;
}

static void set_out(struct call *call)
{
        const struct flight *flight = (struct flight *)(void *)((char *)call - offsetof(struct flight, call));

        call->principal = (struct principal){
                .kind = AWS_SERVICE,
                .account = STR(""),
                .arn = flight->service->event_source,
                .name = flight->service->event_source,
        };
        call->may_take_time = true;
}

static int make(struct server *server, const struct timer *timer, int64_t now_ms, struct flight **ret)
{
        /* As AWS's services come, where the policies of others want that. */
        static const struct http_request NOBODY = {.source_ip = STR_INIT(""),
                                                   .tls_version = STR_INIT("TLSv1.3"),
                                                   .tls_cipher = STR_INIT("TLS_AES_256_GCM_SHA384")};
        const struct api_service *service = NULL;
        const struct api_timer *found = find_timer(timer->name, &service);
        struct flight *flight;

        *ret = NULL;
        if (!found)
                return -ENOSYS; /* of a service that another program wrote: it stays */
        flight = flight_new(server, &NOBODY);
        if (!flight)
                return -ENOMEM;
        flight->service = service;
        flight->call.protocol = service->protocol;
        flight->timer = found;
        flight->auth.signature_version = STR("AWS4-HMAC-SHA256");
        flight->use_is_settled = true;
        flight->call.now_ms = now_ms;
        set_out(&flight->call);
        *ret = flight;
        return 0;
}

/* -- What takes long */

static struct str kept(struct arena *arena, struct str text)
{
        return str_is_set(text) ? arena_dup(arena, text) : STR_NONE;
}

static void keep_request(struct arena *arena, struct sender_request *request)
{
        struct http_header *headers = arena_new_array(arena, struct http_header, request->header_count + 1);

        for (size_t i = 0; headers && i < request->header_count; i++)
                headers[i] = (struct http_header){kept(arena, request->headers[i].name),
                                                  kept(arena, request->headers[i].value)};
        request->headers = headers;
        request->method = kept(arena, request->method);
        request->url = kept(arena, request->url);
}

static void keep_mail(struct arena *arena, struct sender_mail *mail)
{
        mail->server = kept(arena, mail->server);
        mail->from = kept(arena, mail->from);
        mail->to = kept(arena, mail->to);
}

/* What stands in records goes with the snapshot. The body has been composed, and stays. */
struct kept_sending {
        struct call_sending sending;
        struct sender_request request;
        struct sender_mail mail;
};

static int keep_sending(struct call *call)
{
        struct kept_sending *keeping;

        if (!call->sending)
                return 0;
        keeping = arena_new(&call->arena, struct kept_sending);
        if (!keeping)
                return -ENOMEM;
        if (call->sending->mail) {
                keeping->mail = *call->sending->mail;
                keeping->sending.mail = &keeping->mail;
                keep_mail(&call->arena, &keeping->mail);
        } else {
                keeping->request = *call->sending->request;
                keeping->sending.request = &keeping->request;
                keep_request(&call->arena, &keeping->request);
        }
        call->sending = &keeping->sending;
        return call->arena.failed ? -ENOMEM : 0;
}

/* What cannot be put in a request without being read in two ways is never sent: it would be no other the next
 * time. */
static int send(struct flight *flight, struct sender_answer *ret)
{
        const struct call_sending *sending = flight->call.sending;
        struct sender *sender = flight->server->sender;
        struct arena *arena = &flight->call.arena;
        int r = sending->mail ? sender_send_mail(sender, sending->mail, arena, ret)
                              : sender_send(sender, sending->request, arena, ret);

        if (r != -EINVAL)
                return r;
        *ret = (struct sender_answer){.problem = STR("the request cannot be written"), .was_closed = true};
        return 0;
}

/* Others may be slow: no snapshot is held meanwhile. */
static int send_out(struct flight *flight)
{
        struct call *call = &flight->call;
        struct sender_answer *answer;

        if (!call->sending)
                return 0;
        answer = arena_new(&call->arena, struct sender_answer);
        if (!answer)
                return -ENOMEM;
        TRY(send(flight, answer));
        call->sent = answer;
        return 0;
}

static int prepare(struct flight *flight, struct str subject)
{
        struct call *call = &flight->call;
        int r;

        TRY(store_read_begin(flight->server->store, &flight->snapshot));
        call_enter(call, flight->snapshot);
        r = flight->timer->prepare(call, subject);
        if (r == 0)
                r = keep_sending(call);
        invoke_forget(flight); /* it is asked again in the transaction, whose events count */
        store_read_end(flight->snapshot);
        flight->snapshot = call->txn = NULL;
        secret_wipe_stack();
        return r < 0 ? r : send_out(flight);
}

/* What is prepared in the quick lane its transaction can do as well: it is not passed over where that fails,
 * for messages of a FIFO topic must not overtake each other. */
int due_prepare(void *server, const struct timer *timer, int64_t now_ms, void **ret)
{
        const struct api_service *service;
        const struct api_timer *found = find_timer(timer->name, &service);
        struct flight *flight;
        int r;

        *ret = NULL;
        if (!found || !found->prepare)
                return 0;
        TRY(make(server, timer, now_ms, &flight));
        r = prepare(flight, timer->subject);
        if (r < 0)
                flight_free(flight);
        else
                *ret = flight;
        return r < 0 && r != -ESHUTDOWN && timer->lane == TIMER_QUICK ? 0 : r;
}

void due_done(void *server, void *prepared, bool succeeded)
{
        struct flight *flight = prepared;

        (void)server;
        if (!flight)
                return;
        flight->has_succeeded = succeeded;
        flight_free(flight);
}

/* -- In the transaction */

/* What it made of others is on record, be it done or refused. */
static int fire(struct flight *flight, struct txn *txn, struct str subject)
{
        struct call *call = &flight->call;
        int r;

        call_enter(call, txn);
        r = flight->timer->fire(call, subject);
        if (r < 0)
                return r;
        if (call->arena.failed)
                return -ENOMEM;
        TRY(invoke_append(flight, txn));
        return r == 0 ? audit_append(flight, txn) : 0; /* 1: nothing to be done, nothing to be told */
}

int due_fire(void *server, struct txn *txn, const struct timer *timer, int64_t now_ms, void *prepared)
{
        const struct flight *before = prepared;
        struct flight *flight;
        int r;

        TRY(make(server, timer, now_ms, &flight));
        if (before) {
                flight->call.prepared = before->call.prepared;
                flight->call.received = before->call.received;
                flight->call.sent = before->call.sent;
        }
        r = fire(flight, txn, timer->subject);
        flight->call.received = NULL; /* the other's */
        flight_free(flight);
        return r;
}

static int set_of(const struct api_service *service, struct txn *txn, int64_t now_ms)
{
        for (size_t i = 0; i < service->timer_count; i++) {
                char name[TIMER_NAME_MAX];
                struct timer timer = {.due_ms = now_ms,
                                      .subject = STR(""),
                                      .lane = service->timers[i].prepare ? TIMER_SLOW : TIMER_QUICK};

                if (!service->timers[i].is_at_start)
                        continue;
                (void)snprintf(name, sizeof(name), "%.*s.%.*s", STR_ARG(service->name),
                               STR_ARG(service->timers[i].name));
                timer.name = str_of(name);
                TRY(timer_set(txn, &timer));
        }
        return 0;
}

static int set_all(struct txn *txn, void *arg)
{
        struct server *server = arg;

        for (size_t i = 0; i < api_service_count; i++)
                TRY(set_of(api_services[i], txn, clock_now_ms(&server->clock)));
        return 0;
}

int due_set_at_start(struct server *server)
{
        return store_write(server->store, set_all, server);
}
