#include "server/receive.h"

#include "base/log.h"
#include "base/text.h"
#include "server/access_log.h"
#include "server/audit.h"
#include "server/authorise.h"
#include "server/body_proof.h"
#include "server/form_upload.h"
#include "server/pipeline.h"
#include "server/server.h"
#include "server/steps.h"

/* Shorter ones are gathered: they stay in memory in any case. */
#define STREAMED_MIN ((uint64_t)16 * 1024)

static int open_sink(struct flight *flight)
{
        struct call *call = &flight->call;

        TRY(authorise(flight));
        TRY(body_proof_begin(flight));
        return ((api_receive)call->operation->receive)(call, flight->in, &call->received);
}

static int give(void *arg, struct str bytes)
{
        struct body_sink *sink = arg;

        return sink->write(sink, bytes);
}

static int take(struct flight *flight, struct str bytes)
{
        TRY(form_upload_count(flight, bytes.len, false));
        return bytes.len ? body_proof_add(flight, bytes, give, flight->call.received) : 0;
}

static int end(struct flight *flight)
{
        struct body_sink *sink = flight->call.received;

        TRY(form_upload_count(flight, 0, true));
        TRY(body_proof_end(flight));
        return sink->end(sink);
}

int receive_gathered(struct flight *flight)
{
        TRY(open_sink(flight));
        TRY(take(flight, flight->call.request->body));
        return end(flight);
}

/* -- As it comes: on a thread that may wait for a disk */

static struct flight *of_sink(struct http_sink *sink)
{
        return (struct flight *)(void *)((char *)sink - offsetof(struct flight, body_in));
}

/* Who may send a form its fields say, so that a snapshot is opened only when they are in. */
static int open_form(struct flight *flight)
{
        TRY(store_read_begin(flight->server->store, &flight->snapshot));
        call_enter(&flight->call, flight->snapshot);
        TRY(steps_enter(flight));
        TRY(open_sink(flight));
        return pipeline_leave_snapshot(flight);
}

static int write_some(struct http_sink *sink, struct str bytes)
{
        struct flight *flight = of_sink(sink);
        int r = flight->upload ? form_upload_push(flight, bytes, open_form, take) : take(flight, bytes);

        if (r == 0)
                return 0;
        pipeline_finish(flight, r); /* and it may be gone */
        return -EIO;
}

static void end_all(struct http_sink *sink)
{
        struct flight *flight = of_sink(sink);
        int r = flight->upload ? form_upload_end(flight) : 0;

        flight->received_ns = clock_monotonic_ns();
        if (r == 0)
                r = end(flight);
        if (r < 0)
                pipeline_finish(flight, r);
        else
                pipeline_submit(flight);
}

/* Nobody is left to be told, but it is on record. */
static void record_abandoned(struct http_sink *sink)
{
        struct flight *flight = of_sink(sink);

        (void)!flight_refuse(flight, WIRE_ERROR_MALFORMED,
                             "The client ended the connection before all of the body had come.");
        if (audit_queue(flight) < 0)
                log_event(LOG_ERROR, "a call could not be recorded", NULL);
        access_log_queue(flight);
        flight_free(flight);
}

static bool may_be_long(const struct http_request *request)
{
        struct str length = http_header_value(request, STR("Content-Length"));
        uint64_t bytes;

        if (str_is_set(http_header_value(request, STR("X-Amz-Target"))))
                return false;
        return str_is_set(length) ? str_to_u64(length, &bytes) == 0 && bytes > STREAMED_MIN
                                  : str_is_set(http_header_value(request, STR("Transfer-Encoding")));
}

/* The steps up to the body. 0: not a call that takes a stream; it goes on when all of it has been gathered.
 * 1: the sink is open. */
static int prepare(struct flight *flight)
{
        TRY(steps_identify(flight));
        if (!flight->call.operation || !flight->call.operation->receive)
                return 0;
        flight->body_comes_later = true;
        if (flight->upload) {
                store_read_end(flight->snapshot);
                flight->snapshot = flight->call.txn = NULL;
                return 1;
        }
        TRY(steps_enter(flight));
        TRY(open_sink(flight));
        TRY(pipeline_leave_snapshot(flight));
        return 1;
}

static int start(struct flight *flight)
{
        TRY(store_read_begin(flight->server->store, &flight->snapshot));
        call_enter(&flight->call, flight->snapshot);
        return prepare(flight);
}

void receive_headers(void *arg, struct http_exchange *exchange)
{
        struct flight *flight;
        int r;

        if (!may_be_long(http_exchange_request(exchange)) || http_keep_request(exchange) < 0)
                return;
        flight = pipeline_flight(arg, exchange);
        r = start(flight);
        if (r > 0) {
                flight->body_in = (struct http_sink){
                        .write = write_some, .end = end_all, .abandoned = record_abandoned};
                r = http_receive(exchange, &flight->body_in);
                if (r == 0)
                        return;
        }
        if (r == 0 || !flight->body_comes_later) { /* or a refusal that can be made as well later */
                store_read_end(flight->snapshot);
                flight_free(flight);
                return;
        }
        pipeline_finish(flight, r);
}
