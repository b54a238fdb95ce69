#include "server/invoke.h"

#include "base/ids.h"
#include "server/access_log.h"
#include "server/audit.h"
#include "server/server.h"
#include "server/steps.h"

#define INNER_MEMORY ((size_t)8 * 1024 * 1024)

static struct flight *flight_of(struct call *call)
{
        return (struct flight *)(void *)((char *)call - offsetof(struct flight, call));
}

/* It lies in the arena of the call that makes it, and is done with it: what it gives lives as long. */
static struct flight *make(struct call *call, const struct api_operation *operation, const void *in,
                           void *out, struct str via_service)
{
        struct flight *outer = flight_of(call), *flight = arena_new(&call->arena, struct flight);
        struct call *inner;

        if (!flight)
                return NULL;
        inner = &flight->call;
        call_init(inner, call->host, INNER_MEMORY);
        flight->server = outer->server;
        flight->service = operation->service;
        flight->call.protocol = operation->service->protocol;
        flight->auth = outer->auth;
        flight->in = (void *)(uintptr_t)in;
        flight->out = out;
        flight->use_is_settled = true; /* the client's credential was used for what it asked */
        inner->operation = operation;
        inner->in = in;
        inner->txn = call->txn;
        inner->request = call->request;
        inner->auth = call->auth;
        inner->principal = call->principal;
        inner->account = call->account;
        inner->region = call->region;
        inner->now_ms = call->now_ms;
        inner->may_take_time = call->may_take_time;
        inner->source_arn = call->source_arn;
        inner->source_account = call->source_account;
        inner->via_service = via_service;
        inner->authorise = call->authorise;
        inner->invoke = invoke;
        inner->act = act;
        inner->as_service = invoke_by_service;
        id_uuid_pair(&inner->arena, &inner->request_id, &inner->event_id);
        inner->inner = call->inner;
        call->inner = inner;
        return flight;
}

/* -- In the name of the service itself */

static void speak_as_service(struct flight *flight, const struct call_by_service *by)
{
        struct call *inner = &flight->call;

        flight->auth = (struct auth_result){.signature_version = STR("AWS4-HMAC-SHA256")};
        flight->inner_body = by->body;
        inner->auth = &flight->auth;
        inner->request = by->request;
        inner->principal = (struct principal){
                .kind = AWS_SERVICE,
                .account = STR(""),
                .arn = by->principal,
                .name = by->principal,
        };
        inner->account = by->source_account;
        inner->source_arn = by->source_arn;
        inner->source_account = by->source_account;
}

int invoke_receive(struct flight *flight)
{
        struct call *call = &flight->call;

        if (!str_is_set(flight->inner_body) || call->received)
                return 0;
        TRY(((api_receive)call->operation->receive)(call, flight->in, &call->received));
        TRY(call->received->write(call->received, flight->inner_body));
        return call->received->end(call->received);
}

/* Now, though the transaction that names what was written may yet be undone: what it left is then removed at
 * the next start, as after a crash. */
static void end_body(struct call *inner, bool succeeded)
{
        if (inner->received)
                inner->received->done(inner->received, succeeded);
        inner->received = NULL;
}

static int refuse(struct call *call, const struct call *inner, int result)
{
        call->wish = inner->wish;
        if (result == -ECALL) {
                call->error = inner->error;
                call->error_message = arena_dup(&call->arena, inner->error_message);
        }
        return result;
}

/* Its event is made now, while all that it tells of is there. */
static int record(struct call *call, struct flight *flight, int result)
{
        if (txn_is_write(call->txn))
                TRY(access_log_append(flight, call->txn, 0));
        TRY(audit_keep(flight));
        if (result < 0 || !txn_is_write(call->txn))
                return 0;
        flight->is_appended = true;
        return audit_append_kept(flight, call->txn);
}

static int end(struct call *call, struct flight *flight, int r)
{
        if (r == 0 || flight->call.wish == CALL_WISH_NONE)
                TRY(record(call, flight, r));
        return r < 0 ? refuse(call, &flight->call, r) : 0;
}

static int run(struct call *call, struct flight *flight)
{
        int r = steps_run_inner(flight);

        end_body(&flight->call, r == 0);
        return end(call, flight, r);
}

int invoke(struct call *call, const struct api_operation *operation, const void *in, void *out,
           struct str via_service)
{
        struct flight *flight;

        /* One that changes nothing is a write for its event's sake alone. */
        if (operation->is_write && !operation->event_read_only && !txn_is_write(call->txn))
                return -EPERM;
        flight = make(call, operation, in, out, via_service);
        if (!flight)
                return -ENOMEM;
        memset(out, 0, operation->output->size);
        return run(call, flight);
}

/* What is refused here is refused in the transaction, and recorded there. */
static int receive_before(struct call *call, struct flight *flight, const struct call_by_service *by)
{
        struct call *inner = &flight->call;
        int r;

        if (*by->received)
                return -EPERM;
        r = steps_receive_inner(flight);
        if (r == 0)
                *by->received = inner->received;
        else if (inner->received)
                inner->received->done(inner->received, false);
        inner->received = NULL;
        return r < 0 ? refuse(call, inner, r) : 0;
}

static int run_on_received(struct call *call, struct flight *flight, struct body_sink *received)
{
        int r;

        flight->call.received = received;
        r = steps_run_inner(flight);
        flight->call.received = NULL;
        return end(call, flight, r);
}

int invoke_by_service(struct call *call, const struct call_by_service *by,
                      const struct api_operation *operation, const void *in, void *out)
{
        const bool changes = operation->is_write || str_is_set(by->body);
        struct flight *flight;

        if (changes && !by->received && !txn_is_write(call->txn))
                return -EPERM;
        flight = make(call, operation, in, out, STR_NONE);
        if (!flight)
                return -ENOMEM;
        speak_as_service(flight, by);
        memset(out, 0, operation->output->size);
        if (!txn_is_write(call->txn) && by->received)
                return receive_before(call, flight, by);
        if (by->received && *by->received)
                return run_on_received(call, flight, *by->received);
        return run(call, flight);
}

/* -- In the name of a role */

static void take_role(struct call *inner, const struct call_act *act, struct str service)
{
        inner->principal = *act->principal;
        inner->account = act->principal->account;
        inner->region = act->region;
        inner->acting_service = service;
        inner->source_arn = inner->source_account = STR_NONE;
}

int act(struct call *call, const struct call_act *act)
{
        struct flight *flight = make(call, act->operation, act->in, act->out, STR_NONE);
        int r;

        if (!flight)
                return -ENOMEM;
        take_role(&flight->call, act, act->is_by_client ? STR_NONE : flight_of(call)->service->event_source);
        r = act->run(&flight->call, act->arg);
        if (r == 0 && flight->call.arena.failed)
                r = -ENOMEM;
        if (r < 0 && r != -ECALL)
                return r; /* nothing of it has happened: it is undone, and tried again */
        TRY(record(call, flight, r));
        return r < 0 ? refuse(call, &flight->call, r) : 0;
}

/* -- The end of the outer call */

/* They are found newest first. */
static void turn_around(struct call *outer)
{
        struct call *turned = NULL, *next;

        for (struct call *inner = outer->inner; inner; inner = next) {
                next = inner->inner;
                inner->inner = turned;
                turned = inner;
        }
        outer->inner = turned;
}

int invoke_append(struct flight *outer, struct txn *txn)
{
        int r = 0;

        turn_around(&outer->call);
        for (struct call *inner = outer->call.inner; inner && r == 0; inner = inner->inner) {
                struct flight *flight = flight_of(inner);

                if (!flight->is_appended)
                        r = audit_append_kept(flight, txn);
                flight->is_appended = true;
        }
        turn_around(&outer->call);
        return r;
}

/* A change that was undone with its transaction has not happened. */
static bool was_undone(const struct flight *flight)
{
        return flight->is_appended && flight->call.operation->is_write && !flight->call.error;
}

int invoke_queue(struct flight *outer)
{
        int r = 0;

        turn_around(&outer->call);
        for (struct call *inner = outer->call.inner; inner && r == 0; inner = inner->inner)
                if (!was_undone(flight_of(inner)))
                        r = audit_queue_kept(flight_of(inner));
        turn_around(&outer->call);
        return r;
}

void invoke_forget(struct flight *outer)
{
        struct call *call = &outer->call;

        for (struct call *inner = call->inner; inner; inner = inner->inner)
                buf_done(&flight_of(inner)->trace);
        if (call->inner)
                call_done(call->inner);
        call->inner = NULL;
}
