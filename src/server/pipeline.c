#include "server/pipeline.h"

#include "base/log.h"
#include "crypto/keyring.h"
#include "events/recorder.h"
#include "server/access_log.h"
#include "server/as_service.h"
#include "server/audit.h"
#include "server/authenticate.h"
#include "server/authorise.h"
#include "server/body_sum.h"
#include "server/cross_origin.h"
#include "server/denial.h"
#include "server/form_upload.h"
#include "server/invoke.h"
#include "server/receive.h"
#include "server/router.h"
#include "server/server.h"
#include "server/waiting.h"
#include "server/website.h"

/* -- The steps --------------------------------------------------------------------------------------------
 */

/* Some operations have a name of their own for a document that cannot be read: MalformedACLError. */
static const struct api_error *malformed_error(const struct call *call, const struct api_error *error)
{
        const struct api_operation *operation = call->operation;

        if (error != wire_common_error(call->protocol, WIRE_ERROR_MALFORMED))
                return error;
        for (size_t i = 0; i < operation->error_count; i++)
                if (str_starts(operation->errors[i]->name, STR("Malformed")))
                        return operation->errors[i];
        return error;
}

static int decode(struct flight *flight)
{
        const struct api_operation *operation = flight->call.operation;
        struct wire_request request = {
                .http = flight->call.request, .form = &flight->form, .rest = &flight->rest};
        struct wire_fault fault;
        int r;

        flight->in = arena_alloc(&flight->call.arena, operation->input->size);
        flight->out = arena_alloc(&flight->call.arena, operation->output->size);
        if (!flight->in || !flight->out)
                return -ENOMEM;
        flight->call.in = flight->in;
        r = wire_decode(operation, flight->call.protocol, &request, &flight->call.arena, flight->in, &fault);
        if (r == -EBADMSG) {
                fault.error = malformed_error(&flight->call, fault.error);
                return flight_fault(flight, &fault);
        }
        if (r == -ENOMEM)
                return flight_refuse(flight, WIRE_ERROR_TOO_LARGE, "The request is too large.");
        return r;
}

static int validate(struct flight *flight)
{
        struct wire_fault fault;
        int r = wire_validate(flight->call.operation, flight->call.protocol, flight->in,
                              flight->server->patterns, &flight->call.arena, &fault);

        if (r != -EBADMSG)
                return r;
        fault.error = malformed_error(&flight->call, fault.error);
        return flight_fault(flight, &fault);
}

static int settle_address(struct flight *flight)
{
        if (!flight->service->settle_address)
                return 0;
        return flight->service->settle_address(&flight->call, flight->in);
}

/* No call may go unrecorded: without room for its event it does not happen. */
static int require_record(struct flight *flight)
{
        if (!recorder_has_room(flight->server->recorder))
                return flight_refuse(flight, WIRE_ERROR_UNAVAILABLE,
                                     "The audit trail cannot be written at this time.");
        return 0;
}

/* Private keys are at work only where time may be taken (call_take_time), and in preparations. */
static int run_handler(struct flight *flight)
{
        int r = ((api_handler)flight->call.operation->handler)(&flight->call, flight->in, flight->out);

        if (flight->call.may_take_time)
                secret_wipe_stack();
        return r;
}

static int execute(struct flight *flight)
{
        const struct api_operation *operation = flight->call.operation;

        if (operation->is_planned || !operation->handler)
                return flight_refuse(flight, WIRE_ERROR_NOT_IMPLEMENTED, "%.*s is not implemented.",
                                     STR_ARG(operation->name));
        TRY(run_handler(flight));
        return flight->call.arena.failed ? -ENOMEM : 0;
}

static int encode_output(struct flight *flight);

/* What the answer will be is known only when it is made, and it is made once more after the commit. */
static int log_change(struct flight *flight)
{
        struct call *call = &flight->call;
        struct call_header *headers = call->headers;
        int r;

        if (!call->accessed)
                return 0;
        TRY(encode_output(flight));
        r = access_log_append(flight, call->txn, flight->response.body.len);
        call->headers = headers;
        buf_clear(&flight->body);
        return r;
}

/* The event of a change commits with it; what changes nothing is recorded after its answer is made. */
static int record(struct flight *flight)
{
        struct txn *txn = flight->call.txn;

        if (!txn_is_write(txn))
                return 0;
        TRY(log_change(flight));
        TRY(invoke_append(flight, txn));
        return audit_append(flight, txn);
}

struct step {
        const char *name;
        int (*run)(struct flight *flight);
};

/* In a snapshot. */
static const struct step ENTRY[] = {
        {"identify", router_identify},      {"admit origin", cross_origin_admit},
        {"authenticate", authenticate},     {"require operation", router_require_operation},
        {"require record", require_record},
};

/* In the same snapshot; once again for the error document of a website. */
static const struct step READING[] = {
        {"find page", website_find_page}, {"sum up", body_sum_check},         {"decode", decode},
        {"validate", validate},           {"settle address", settle_address},
};

/* In the same snapshot for a read; in the transaction of a write, as one with its effect. What a handler
 * finds to be slow goes on behind the first of them. */
static const struct step ACTION[] = {
        {"authorise", authorise},
        {"execute", execute},
        {"record", record},
};

/* Of a call that a service makes of another in the course of its own: who asks has been proven already, and
 * server/invoke.c records it. */
static const struct step INNER[] = {
        {"validate", validate},
        {"authorise", authorise},
        {"receive", invoke_receive},
        {"execute", execute},
};
#define INNER_RECEIVING (ARRAY_LEN(INNER) - 1)

static int run_steps(struct flight *flight, const struct step *steps, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                int r = steps[i].run(flight);

                if (r < 0 && r != -ECALL && flight->call.wish == CALL_WISH_NONE)
                        log_errno(LOG_ERROR, r, "a step failed", "step", steps[i].name, NULL);
                TRY(r);
        }
        return 0;
}

/* -- The end of a call ------------------------------------------------------------------------------------
 */

/* Whatever is not an AWS error by now is the server's fault, or its disk's. */
static void name_error(struct flight *flight, int result)
{
        if (result == -ECALL && flight->call.error)
                return;
        if (result == -ENOSPC || result == -EDQUOT || result == -EFBIG || result == -EIO)
                (void)!flight_refuse(
                        flight, WIRE_ERROR_UNAVAILABLE,
                        "The server's storage cannot be written at this time. Nothing was changed.");
        else if (result == -ESHUTDOWN)
                (void)!flight_refuse(flight, WIRE_ERROR_UNAVAILABLE,
                                     "The server is stopping. Nothing was changed.");
        else
                (void)!flight_refuse(flight, WIRE_ERROR_INTERNAL,
                                     "The request processing has failed because of an unknown "
                                     "error, exception or failure.");
}

int pipeline_run_inner(struct flight *flight)
{
        int r = run_steps(flight, INNER, ARRAY_LEN(INNER));

        if (r < 0 && flight->call.wish == CALL_WISH_NONE)
                name_error(flight, r); /* for its event */
        return r;
}

int pipeline_receive_inner(struct flight *flight)
{
        return run_steps(flight, INNER, INNER_RECEIVING);
}

static bool is_denied(const struct flight *flight)
{
        return flight->call.error == wire_common_error(flight->call.protocol, WIRE_ERROR_ACCESS_DENIED);
}

static void add_message_header(struct flight *flight)
{
        if (str_is_set(flight->encoded_message) &&
            is_denied(flight)) /* or a handler made another error of it */
                call_header(&flight->call, DENIAL_MESSAGE_HEADER, flight->encoded_message);
}

static size_t count_headers(const struct call *call)
{
        size_t count = 0;

        for (const struct call_header *more = call->headers; more; more = more->next)
                count++;
        return count;
}

/* Behind those of the protocol. */
static int add_headers(struct flight *flight)
{
        struct http_response *response = &flight->response;
        size_t count = response->header_count + count_headers(&flight->call);
        struct http_header *headers;

        if (count == response->header_count)
                return 0;
        headers = arena_new_array(&flight->call.arena, struct http_header, count);
        if (!headers)
                return -ENOMEM;
        if (response->header_count)
                memcpy(headers, response->headers, response->header_count * sizeof(*headers));
        response->headers = headers;
        response->header_count = count;
        for (const struct call_header *more = flight->call.headers; more; more = more->next)
                headers[--count] = more->header;
        return 0;
}

static int encode_output(struct flight *flight)
{
        struct call *call = &flight->call;

        if (flight->is_preflight)
                return cross_origin_encode(flight);
        TRY(wire_encode(call->operation, call->protocol, flight->out, call->request_id, &call->arena,
                        &flight->body, &flight->response));
        if (flight->upload)
                return form_upload_answer(flight);
        if (call->status)
                flight->response.status = call->status;
        if (call->answer) {
                flight->response.body = STR("");
                flight->response.source = call->answer;
        }
        return 0;
}

static int encode_error(struct flight *flight)
{
        struct call *call = &flight->call;
        const struct wire_error error = {
                .error = call->error,
                .message = call->error_message,
                .request_id = call->request_id,
                .resource = call->request->path,
                .details = call->error_details,
                .members = call->error_members,
                .is_head = str_eq(call->request->method, STR("HEAD")) || call->error->status == 304,
        };

        if (flight->website && call->error->status != 304)
                return website_encode_error(flight);
        TRY(wire_encode_error(flight->service, flight->call.protocol, &error, &call->arena, &flight->body,
                              &flight->response));
        add_message_header(flight);
        return 0;
}

static int encode_answer(struct flight *flight, int result)
{
        TRY(result == 0 ? encode_output(flight) : encode_error(flight));
        return add_headers(flight);
}

static void encode(struct flight *flight, int result)
{
        static const struct http_response LAST_RESORT = {.status = 500, .body = STR_INIT("")};
        int r;

        if (result < 0)
                name_error(flight, result);
        r = encode_answer(flight, result);
        if (r == 0)
                return;
        log_errno(LOG_ERROR, r, "an answer could not be encoded", NULL);
        buf_clear(&flight->body);
        name_error(flight, r);
        if (encode_answer(flight, -ECALL) < 0)
                flight->response = LAST_RESORT;
}

static void reply(struct flight *flight)
{
        metrics_count(&flight->server->metrics, flight->response.status, is_denied(flight),
                      clock_monotonic_ns() - flight->started_ns);
        store_read_end(flight->snapshot);
        flight->snapshot = NULL;
        if (flight->as_service) {
                as_service_reply(flight);
                return;
        }
        if (flight->response.source)
                flight->call.answer = NULL; /* from now on the connection's */
        http_reply(flight->exchange, &flight->response, flight_free, flight);
}

/* For reads and refusals. A call that cannot be recorded gives nothing away. */
static void record_and_reply(struct flight *flight)
{
        int r = flight->is_preflight ? 0 : invoke_queue(flight);

        if (r == 0 && !flight->is_preflight)
                r = audit_queue(flight);
        if (r == 0)
                access_log_queue(flight);
        if (r < 0) {
                log_errno(LOG_ERROR, r, "a call could not be recorded", NULL);
                buf_clear(&flight->body);
                (void)!flight_refuse(flight, WIRE_ERROR_UNAVAILABLE,
                                     "The audit trail cannot be written at this time.");
                encode(flight, -ECALL);
        }
        reply(flight);
}

/* -- Writes -----------------------------------------------------------------------------------------------
 */

static struct flight *of_job(struct store_job *job)
{
        return (struct flight *)(void *)((char *)job - offsetof(struct flight, job));
}

static int run_write(struct store_job *job, struct txn *txn)
{
        struct flight *flight = of_job(job);
        int r;

        flight->waiter.seen = waiting_now(flight->server->waiting);
        call_enter(&flight->call, txn);
        flight->call.may_take_time = true; /* there is nowhere else to go */
        /* Nothing of an earlier attempt counts. */
        flight->call.error = NULL;
        flight->call.wish = CALL_WISH_NONE;
        invoke_forget(flight);
        flight->call.resources = NULL;
        flight->call.notes = NULL;
        flight->call.lines = NULL;
        flight->call.accessed = NULL;
        flight->call.is_allowed_by_grant = false;
        flight->call.error_details = (struct str_map){};
        flight->call.error_members = STR_NONE;
        flight->call.headers = flight->cross_origin;
        flight->call.status = 0;
        flight->call.additional_event_data = STR_NONE;
        flight->call.service_event_details = STR_NONE;
        flight->encoded_message = STR_NONE;
        buf_clear(&flight->trace);
        flight->other_account = STR_NONE;
        memset(flight->out, 0, flight->call.operation->output->size);
        r = run_steps(flight, ACTION, ARRAY_LEN(ACTION));
        flight->call.txn = NULL;
        return r;
}

/* What woke it may be there still, and others that wait have not been told of it. */
static void pass_on(struct flight *flight)
{
        if (flight->call.wait.deadline_ns)
                waiting_touch(flight->server->waiting, flight->call.wait.what);
}

static void start_waiting(struct flight *flight);

static void write_done(struct store_job *job, int result)
{
        struct flight *flight = of_job(job);

        if (result < 0 && flight->call.wish == CALL_WISH_WAIT) {
                start_waiting(flight);
                return;
        }
        if (result < 0)
                pass_on(flight);
        flight->has_succeeded = result == 0;
        encode(flight, result);
        if (result < 0)
                record_and_reply(flight);
        else
                reply(flight);
}

/* What has nothing to answer yet waits without a snapshot, a thread or a worker. */
static void start_waiting(struct flight *flight)
{
        struct waiter *waiter = &flight->waiter;

        waiter->what = flight->call.wait.what;
        waiter->due_ms = flight->call.wait.due_ms;
        waiter->deadline_ns = flight->call.wait.deadline_ns;
        waiting_add(flight->server->waiting, waiter);
}

static void finish(struct flight *flight, int result)
{
        if (result < 0)
                pass_on(flight);
        encode(flight, result);
        record_and_reply(flight);
}

/* A write may wait for many others, and there are only so many snapshots: it takes along what it has of its
 * own. */
static int leave_snapshot(struct flight *flight)
{
        struct call *call = &flight->call;

        TRY(principal_keep(&call->principal, &call->arena));
        flight->auth.principal = call->principal;
        call->account = arena_dup(&call->arena, call->account); /* a service asks on behalf of another's */
        call->txn = NULL;
        store_read_end(flight->snapshot);
        flight->snapshot = NULL;
        return 0;
}

static void submit(struct flight *flight)
{
        int r = flight->snapshot ? leave_snapshot(flight) : 0;

        if (r < 0) {
                finish(flight, r);
                return;
        }
        flight->job = (struct store_job){.run = run_write, .done = write_done};
        store_submit(flight->server->store, &flight->job);
}

/* -- Slow writes: their long part first, on a worker. Only for those who may: authorised now, to spend
 * nothing on others, and again in the transaction, whose word counts. */

static struct flight *of_work(struct work *work)
{
        return (struct flight *)(void *)((char *)work - offsetof(struct flight, work));
}

static int prepare(struct flight *flight)
{
        int r = ((api_prepare)flight->call.operation->prepare)(&flight->call, flight->in);

        secret_wipe_stack();
        return r;
}

static const struct step PREPARATION[] = {
        {"authorise", authorise},
        {"prepare", prepare},
};

static void run_preparation(struct work *work)
{
        struct flight *flight = of_work(work);
        int r;

        flight->call.may_take_time = true;
        r = run_steps(flight, PREPARATION, ARRAY_LEN(PREPARATION));

        if (r < 0)
                finish(flight, r);
        else
                submit(flight);
}

static void start_write(struct flight *flight)
{
        if (flight->call.operation->receive) {
                int r = receive_gathered(flight);

                if (r < 0)
                        finish(flight, r);
                else
                        submit(flight);
                return;
        }
        if (!flight->call.operation->prepare) {
                submit(flight);
                return;
        }
        flight->work = (struct work){.run = run_preparation};
        if (!workers_add(flight->server->workers, &flight->work))
                finish(flight, flight_refuse(flight, WIRE_ERROR_UNAVAILABLE,
                                             "The server is busy. Nothing was changed."));
}

/* -- Reads that turn out to take their time: the handler again, on a worker, in the same snapshot. */

static void finish_read(struct flight *flight, int result);

/* Nothing of an earlier attempt counts. */
static void forget_read(struct flight *flight)
{
        flight->call.wish = CALL_WISH_NONE;
        flight->call.error = NULL;
        flight->call.notes = NULL;
        flight->call.lines = NULL;
        invoke_forget(flight);
        memset(flight->out, 0, flight->call.operation->output->size);
}

static void run_long_read(struct work *work)
{
        struct flight *flight = of_work(work);

        flight->call.may_take_time = true;
        forget_read(flight);
        finish_read(flight, run_steps(flight, ACTION + 1, ARRAY_LEN(ACTION) - 1));
}

static void start_long_read(struct flight *flight)
{
        flight->work = (struct work){.run = run_long_read};
        if (!workers_add(flight->server->workers, &flight->work))
                finish(flight, flight_refuse(flight, WIRE_ERROR_UNAVAILABLE, "The server is busy."));
}

static int run_from_page(struct flight *flight)
{
        TRY(run_steps(flight, READING, ARRAY_LEN(READING)));
        return run_steps(flight, ACTION, ARRAY_LEN(ACTION));
}

static void settle_read(struct flight *flight, int result)
{
        if (result > 0)
                finish_read(flight, run_from_page(flight));
        else
                finish(flight, result);
}

static void leave_and_wait(struct flight *flight)
{
        int r = flight->snapshot ? leave_snapshot(flight) : 0;

        if (r < 0)
                finish(flight, r);
        else
                start_waiting(flight);
}

static void finish_read(struct flight *flight, int result)
{
        if (result < 0 && flight->call.wish == CALL_WISH_WORKER)
                start_long_read(flight);
        else if (result < 0 && flight->call.wish == CALL_WISH_WRITE)
                submit(flight);
        else if (result < 0 && flight->call.wish == CALL_WISH_WAIT)
                leave_and_wait(flight);
        else
                settle_read(flight, website_settle(flight, result));
}

/* -- The whole ----------------------------------------------------------------------------------------------
 */

/* Gives 1 when a write has been handed to the store, which will answer. */
static int fly(struct flight *flight)
{
        TRY(pipeline_identify(flight));
        if (cross_origin_asks_first(flight)) {
                int r = cross_origin_answer(flight);

                if (r != -ENOENT)
                        return r;
        }
        if (flight->upload)
                TRY(form_upload_read(flight));
        TRY(pipeline_enter(flight));
        if (flight->call.operation->is_write)
                return 1;
        return run_steps(flight, ACTION, ARRAY_LEN(ACTION));
}

static void answer_health(struct flight *flight)
{
        static const struct http_header HEADERS[] = {
                {STR_INIT("Content-Type"), STR_INIT("application/json")}};

        flight->response = (struct http_response){
                .status = 200,
                .headers = HEADERS,
                .header_count = 1,
                .body = STR("{\"status\":\"ok\",\"version\":\"" MERLON_VERSION "\"}\n"),
        };
        http_reply(flight->exchange, &flight->response, flight_free, flight);
}

static bool asks_health(const struct http_request *request)
{
        return str_eq(request->path, STR("/_merlon/health")) &&
               (str_eq(request->method, STR("GET")) || str_eq(request->method, STR("HEAD")));
}

static int begin_read(struct flight *flight)
{
        flight->waiter.seen = waiting_now(flight->server->waiting);
        return store_read_begin(flight->server->store, &flight->snapshot);
}

static struct flight *of_waiter(struct waiter *waiter)
{
        return (struct flight *)(void *)((char *)waiter - offsetof(struct flight, waiter));
}

/* For a client that is gone nothing is done any more: what it would receive, nobody would have. */
static int run_again(struct flight *flight)
{
        if (http_client_has_left(flight->exchange))
                return flight_refuse(flight, WIRE_ERROR_UNAVAILABLE, "The client has left.");
        TRY(begin_read(flight));
        call_enter(&flight->call, flight->snapshot);
        return run_steps(flight, ACTION, ARRAY_LEN(ACTION));
}

/* Authorised again, too: what is answered is what may be seen now. */
void pipeline_resume(struct waiter *waiter)
{
        struct flight *flight = of_waiter(waiter);
        struct call *call = &flight->call;

        /* Each time takes some of its memory: who is woken too often asks again. */
        call->may_wait =
                !waiting_has_ended(flight->server->waiting) && call->arena.used < call->arena.limit / 2;
        call->now_ms = clock_now_ms(&flight->server->clock);
        call->resources = NULL;
        call->may_take_time = false;
        forget_read(flight);
        finish_read(flight, run_again(flight));
}

void pipeline_fly(struct flight *flight)
{
        int r = begin_read(flight);

        if (r == 0) {
                call_enter(&flight->call, flight->snapshot);
                r = fly(flight);
        }
        if (r > 0)
                start_write(flight);
        else
                finish_read(flight, r);
}

/* -- For bodies that are streamed (server/receive.c) */

int pipeline_identify(struct flight *flight)
{
        return run_steps(flight, ENTRY, 1);
}

int pipeline_enter(struct flight *flight)
{
        TRY(run_steps(flight, ENTRY + 1, ARRAY_LEN(ENTRY) - 1));
        return run_steps(flight, READING, ARRAY_LEN(READING));
}

int pipeline_leave_snapshot(struct flight *flight)
{
        return leave_snapshot(flight);
}

void pipeline_submit(struct flight *flight)
{
        submit(flight);
}

void pipeline_finish(struct flight *flight, int result)
{
        finish(flight, result);
}

struct flight *pipeline_flight(void *server, struct http_exchange *exchange)
{
        struct flight *flight = flight_new(server, http_exchange_request(exchange));

        if (!flight)
                abort(); /* not even a refusal can be made */
        flight->exchange = exchange;
        flight->call.may_wait = true;
        return flight;
}

void pipeline_request(void *arg, struct http_exchange *exchange)
{
        struct flight *flight = pipeline_flight(arg, exchange);

        if (asks_health(flight->call.request))
                answer_health(flight);
        else
                pipeline_fly(flight);
}

void pipeline_refuse(void *arg, struct http_exchange *exchange, unsigned int status)
{
        struct flight *flight = pipeline_flight(arg, exchange);
        int r;

        (void)!router_identify(flight); /* only the protocol of the answer depends on it */
        r = status == 413 ? flight_refuse(flight, WIRE_ERROR_TOO_LARGE,
                                          "The request is larger than this server accepts.")
                          : flight_refuse(flight, WIRE_ERROR_UNAVAILABLE,
                                          "The server cannot take this request at this time.");
        encode(flight, r);
        record_and_reply(flight);
}
