#include "server/answer.h"

#include "base/log.h"
#include "server/access_log.h"
#include "server/as_service.h"
#include "server/audit.h"
#include "server/cross_origin.h"
#include "server/denial.h"
#include "server/form_upload.h"
#include "server/invoke.h"
#include "server/server.h"
#include "server/website.h"

/* Whatever is not an AWS error by now is the server's fault, or its disk's. */
void answer_name_error(struct flight *flight, int result)
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

static bool is_denied(const struct flight *flight)
{
        return flight->call.error == wire_denied_error(flight->service, flight->call.protocol);
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

int answer_encode_output(struct flight *flight)
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
        TRY(result == 0 ? answer_encode_output(flight) : encode_error(flight));
        return add_headers(flight);
}

static void encode(struct flight *flight, int result)
{
        static const struct http_response LAST_RESORT = {.status = 500, .body = STR_INIT("")};
        int r;

        if (result < 0)
                answer_name_error(flight, result);
        r = encode_answer(flight, result);
        if (r == 0)
                return;
        log_errno(LOG_ERROR, r, "an answer could not be encoded", NULL);
        buf_clear(&flight->body);
        answer_name_error(flight, r);
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

/* What is no call, or shows a page that tells nothing. */
static bool is_silent(const struct flight *flight)
{
        const struct call *call = &flight->call;

        return flight->is_preflight || (call->operation && call->operation->is_page && !call->error);
}

/* For reads and refusals. A call that cannot be recorded gives nothing away. */
static void record_and_reply(struct flight *flight)
{
        int r = is_silent(flight) ? 0 : invoke_queue(flight);

        if (r == 0 && !is_silent(flight))
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
void answer_committed(struct flight *flight)
{
        encode(flight, 0);
        reply(flight);
}

void answer(struct flight *flight, int result)
{
        encode(flight, result);
        record_and_reply(flight);
}
