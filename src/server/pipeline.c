#include "server/pipeline.h"

#include "server/answer.h"
#include "server/cross_origin.h"
#include "server/document.h"
#include "server/form_upload.h"
#include "server/invoke.h"
#include "server/receive.h"
#include "server/router.h"
#include "server/server.h"
#include "server/steps.h"
#include "server/waiting.h"
#include "server/website.h"

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
        flight->call.sign_in = NULL;
        flight->call.headers = flight->cross_origin;
        flight->call.status = 0;
        flight->call.additional_event_data = STR_NONE;
        flight->call.told_in = NULL;
        flight->call.service_event_details = STR_NONE;
        flight->encoded_message = STR_NONE;
        buf_clear(&flight->trace);
        flight->other_account = STR_NONE;
        memset(flight->out, 0, flight->call.operation->output->size);
        r = steps_act(flight);
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
static void finish(struct flight *flight, int result);

static void write_done(struct store_job *job, int result)
{
        struct flight *flight = of_job(job);

        if (flight->call.wish == CALL_WISH_WAIT && (result == 0 || result == -EAGAIN)) {
                start_waiting(flight);
                return;
        }
        flight->has_succeeded = result == 0;
        if (result < 0)
                finish(flight, result);
        else
                answer_committed(flight);
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
        answer(flight, result);
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

static void run_preparation(struct work *work)
{
        struct flight *flight = of_work(work);
        int r;

        flight->call.may_take_time = true;
        r = steps_prepare(flight);

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

static int begin_read(struct flight *flight)
{
        flight->waiter.seen = waiting_now(flight->server->waiting);
        return store_read_begin(flight->server->store, &flight->snapshot);
}

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
        finish_read(flight, steps_act_allowed(flight));
}

static void start_long_read(struct flight *flight)
{
        flight->work = (struct work){.run = run_long_read};
        if (!workers_add(flight->server->workers, &flight->work))
                finish(flight, flight_refuse(flight, WIRE_ERROR_UNAVAILABLE, "The server is busy."));
}

static int run_from_page(struct flight *flight)
{
        TRY(steps_read(flight));
        return steps_act(flight);
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

/* Authorised again, too: what is answered is what may be seen now. */
static int run_in_a_new_snapshot(struct flight *flight)
{
        TRY(begin_read(flight));
        call_enter(&flight->call, flight->snapshot);
        return steps_act(flight);
}

static void look_afresh(struct flight *flight)
{
        int r = leave_snapshot(flight);

        flight->call.may_look_afresh = false;
        flight->call.resources = NULL;
        forget_read(flight);
        finish_read(flight, r < 0 ? r : run_in_a_new_snapshot(flight));
}

static void finish_read(struct flight *flight, int result)
{
        if (result < 0 && flight->call.wish == CALL_WISH_WORKER)
                start_long_read(flight);
        else if (result < 0 && flight->call.wish == CALL_WISH_WRITE)
                submit(flight);
        else if (result < 0 && flight->call.wish == CALL_WISH_WAIT)
                leave_and_wait(flight);
        else if (result < 0 && flight->call.wish == CALL_WISH_AFRESH)
                look_afresh(flight);
        else
                settle_read(flight, website_settle(flight, result));
}

/* -- The whole ----------------------------------------------------------------------------------------------
 */

/* Gives 1 when a write has been handed to the store, which will answer. */
static int fly(struct flight *flight)
{
        TRY(steps_identify(flight));
        if (cross_origin_asks_first(flight)) {
                int r = cross_origin_answer(flight);

                if (r != -ENOENT)
                        return r;
        }
        if (flight->upload)
                TRY(form_upload_read(flight));
        TRY(steps_enter(flight));
        if (flight->call.operation->is_write)
                return 1;
        flight->call.may_look_afresh = true;
        return steps_act(flight);
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

static struct flight *of_waiter(struct waiter *waiter)
{
        return (struct flight *)(void *)((char *)waiter - offsetof(struct flight, waiter));
}

/* For a client that is gone nothing is done any more: what it would receive, nobody would have. */
static int run_again(struct flight *flight)
{
        if (http_client_has_left(flight->exchange))
                return flight_refuse(flight, WIRE_ERROR_UNAVAILABLE, "The client has left.");
        return run_in_a_new_snapshot(flight);
}

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
        else if (!document_answer(flight))
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
        answer(flight, r);
}
