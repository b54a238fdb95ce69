#include "server/metrics.h"

#include <malloc.h>

#include "events/recorder.h"
#include "events/subscriber.h"
#include "server/server.h"

/* Upper bounds of the duration buckets, in microseconds. */
static const uint64_t BOUNDS_US[METRICS_BUCKETS] = {50,    100,   250,   500,    1000,   2500,   5000,
                                                    10000, 25000, 50000, 100000, 250000, 500000, 1000000};

void metrics_count(struct metrics *metrics, unsigned int status, bool is_denied, int64_t duration_ns)
{
        uint64_t us = duration_ns > 0 ? (uint64_t)duration_ns / 1000 : 0;
        size_t bucket = 0;

        if (status < 400)
                atomic_fetch_add(&metrics->calls_ok, 1);
        else if (is_denied)
                atomic_fetch_add(&metrics->calls_denied, 1);
        else if (status < 500)
                atomic_fetch_add(&metrics->calls_refused, 1);
        else
                atomic_fetch_add(&metrics->calls_failed, 1);
        while (bucket < METRICS_BUCKETS && us > BOUNDS_US[bucket])
                bucket++;
        atomic_fetch_add(&metrics->duration_buckets[bucket], 1);
        atomic_fetch_add(&metrics->duration_sum_us, us);
}

static void write_number(struct buf *out, const char *name, const char *type, const char *help,
                         uint64_t value)
{
        buf_addf(out, "# HELP merlon_%s %s\n# TYPE merlon_%s %s\nmerlon_%s %llu\n", name, help, name, type,
                 name, (unsigned long long)value);
}

/* A sanitizer's allocator stands in for the C library's, whose numbers are 0 then. */
extern size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static uint64_t heap_bytes(void)
{
        struct mallinfo2 info;

        if (__sanitizer_get_current_allocated_bytes)
                return __sanitizer_get_current_allocated_bytes();
        info = mallinfo2();
        return info.uordblks + info.hblkhd;
}

static void write_calls(const struct metrics *metrics, struct buf *out)
{
        const struct {
                const char *outcome;
                uint64_t count;
        } rows[] = {
                {"ok", atomic_load(&metrics->calls_ok)},
                {"denied", atomic_load(&metrics->calls_denied)},
                {"refused", atomic_load(&metrics->calls_refused)},
                {"failed", atomic_load(&metrics->calls_failed)},
        };

        buf_add(out,
                STR("# HELP merlon_calls_total API calls by outcome\n# TYPE merlon_calls_total counter\n"));
        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
                buf_addf(out, "merlon_calls_total{outcome=\"%s\"} %llu\n", rows[i].outcome,
                         (unsigned long long)rows[i].count);
}

static void write_durations(const struct metrics *metrics, struct buf *out)
{
        uint64_t count = 0;

        buf_add(out, STR("# HELP merlon_call_seconds Time from whole request to answer\n"
                         "# TYPE merlon_call_seconds histogram\n"));
        for (size_t i = 0; i < METRICS_BUCKETS; i++) {
                count += atomic_load(&metrics->duration_buckets[i]);
                buf_addf(out, "merlon_call_seconds_bucket{le=\"%g\"} %llu\n", (double)BOUNDS_US[i] / 1e6,
                         (unsigned long long)count);
        }
        count += atomic_load(&metrics->duration_buckets[METRICS_BUCKETS]);
        buf_addf(out, "merlon_call_seconds_bucket{le=\"+Inf\"} %llu\n", (unsigned long long)count);
        buf_addf(out, "merlon_call_seconds_sum %g\nmerlon_call_seconds_count %llu\n",
                 (double)atomic_load(&metrics->duration_sum_us) / 1e6, (unsigned long long)count);
}

static void write_losses(const struct losses *losses, struct buf *out)
{
        buf_add(out, STR("# HELP merlon_losses_total What was left out because of a bound\n"
                         "# TYPE merlon_losses_total counter\n"));
        for (enum loss loss = 0; loss < LOSS_KINDS; loss++)
                buf_addf(out, "merlon_losses_total{of=\"%.*s\"} %llu\n", STR_ARG(loss_name(loss)),
                         (unsigned long long)losses_get(losses, loss));
}

void metrics_write(struct server *server, struct buf *out)
{
        struct store_stats store;
        struct recorder_stats recorder;
        struct http_server_stats http;

        store_get_stats(server->store, &store);
        recorder_get_stats(server->recorder, &recorder);
        http_server_get_stats(server->api, &http);
        write_calls(&server->metrics, out);
        write_durations(&server->metrics, out);
        write_losses(&server->losses, out);
        write_number(out, "heap_bytes", "gauge", "Memory that is allocated", heap_bytes());
        write_number(out, "connections", "gauge", "Open API connections", http.connections);
        write_number(out, "connections_cut_total", "counter", "Connections cut off for dawdling",
                     http.timed_out);
        write_number(out, "requests_too_large_total", "counter", "Requests over the size limits",
                     http.too_large);
        write_number(out, "bodies_receiving", "gauge", "Request bodies being streamed", http.receiving);
        write_number(out, "bodies_sending", "gauge", "Answers being streamed", http.sending);
        write_number(out, "bodies_received_bytes_total", "counter", "Bytes of streamed request bodies",
                     http.received_bytes);
        write_number(out, "bodies_sent_bytes_total", "counter", "Bytes of streamed answers", http.sent_bytes);
        write_number(out, "bodies_abandoned_total", "counter",
                     "Streamed request bodies whose client left or was cut off", http.abandoned);
        write_number(out, "bodies_buffer_bytes", "gauge", "Memory of streamed bodies", http.flow_bytes);
        write_number(out, "store_commits_total", "counter", "Transactions made durable", store.commits);
        write_number(out, "store_jobs_total", "counter", "Writes carried by them", store.jobs);
        write_number(out, "store_failed_commits_total", "counter", "Commits that failed",
                     store.failed_commits);
        write_number(out, "store_queue", "gauge", "Writes that wait", store.queue_length);
        write_number(out, "store_rows_read_total", "counter", "Rows looked up or stepped over", store.reads);
        write_number(out, "store_rows_written_total", "counter", "Rows put or deleted", store.changes);
        write_number(out, "store_bytes", "gauge", "Bytes in use", store.bytes_used);
        write_number(out, "store_keys", "gauge", "Keys", store.keys);
        write_number(out, "events_recorded_total", "counter", "Events of reads and refusals made durable",
                     recorder.recorded);
        write_number(out, "events_waiting_bytes", "gauge", "Events not yet durable", recorder.waiting_bytes);
        write_number(out, "events_failures_total", "counter", "Failed attempts to record events",
                     recorder.failures);
        write_number(out, "damage_met_total", "counter",
                     "Times that something stored could not be read, and was passed over",
                     atomic_load(&server->damage.met));
        write_number(out, "events_lag", "gauge", "Events that the slowest subscriber has not handled",
                     dispatcher_lag(server->dispatcher));
}
