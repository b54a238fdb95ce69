#include "server/access_log.h"

#include "base/log.h"
#include "events/recorder.h"
#include "server/server.h"
#include "server/use.h"
#include "server/website.h"

static int64_t since_ms(int64_t start_ns)
{
        return (clock_monotonic_ns() - start_ns) / 1000000;
}

/* A redirect of a website is none. */
static struct str error_of(const struct flight *flight)
{
        const struct api_error *error = website_error(flight);

        return error && !(flight->website && error->status < 400) ? error->code : STR_NONE;
}

/* Of an inner call there is no answer. */
static unsigned int status_of(const struct flight *flight)
{
        const struct call *call = &flight->call;

        if (flight->response.status)
                return flight->response.status;
        if (call->error)
                return call->error->status;
        return call->operation && call->operation->http_status ? call->operation->http_status : 200;
}

static int make_lines(struct flight *flight, uint64_t sent)
{
        struct call *call = &flight->call;
        const struct api_access access = {
                .request = flight->exchange ? http_exchange_request(flight->exchange) : call->request,
                .path = flight->path,
                .error = error_of(flight),
                .status = status_of(flight),
                .sent = sent,
                .total_ms = since_ms(flight->started_ns),
                .turn_around_ms = since_ms(flight->received_ns ? flight->received_ns : flight->started_ns),
        };

        call->lines = NULL;
        return flight->service->log_access(call, &access);
}

/* Whoever is asked for is found out before a call succeeds, but not before every refusal. */
static bool may_be_logged(const struct flight *flight)
{
        return flight->service && flight->service->log_access && !flight->timer && !flight->is_preflight &&
               (flight->call.accessed || flight->call.error);
}

/* They are found newest first. */
static struct call_line *turned_around(struct call_line *lines)
{
        struct call_line *turned = NULL, *next;

        for (; lines; lines = next) {
                next = lines->next;
                lines->next = turned;
                turned = lines;
        }
        return turned;
}

int access_log_append(struct flight *flight, struct txn *txn, uint64_t sent)
{
        if (!may_be_logged(flight))
                return 0;
        TRY(make_lines(flight, sent));
        for (struct call_line *line = turned_around(flight->call.lines); line; line = line->next)
                TRY(use_note_line(txn, line->text, flight->call.now_ms));
        return 0;
}

static uint64_t length_of_answer(const struct flight *flight)
{
        const struct http_source *source = flight->response.source;

        if (str_eq(flight->call.request->method, STR("HEAD")) ||
            (source && source->size == HTTP_SIZE_UNKNOWN))
                return 0;
        return source ? source->size : flight->response.body.len;
}

void access_log_queue(struct flight *flight)
{
        int r;

        if (!may_be_logged(flight))
                return;
        r = make_lines(flight, length_of_answer(flight));
        for (struct call_line *line = turned_around(flight->call.lines); line && r == 0; line = line->next)
                r = recorder_add_note(flight->server->recorder, flight->call.now_ms, line->text);
        if (r < 0) {
                losses_add(&flight->server->losses, LOSS_ACCESS_LOG_LINES, 1);
                log_errno(LOG_WARNING, r, "a request was not logged", NULL);
        }
}
