/* Counters of the process, in Prometheus text. */
#pragma once

#include "base/buf.h"

#include <stdatomic.h>

#define METRICS_BUCKETS 14

struct metrics {
        _Atomic uint64_t calls_ok, calls_denied, calls_refused, calls_failed;
        _Atomic uint64_t duration_buckets[METRICS_BUCKETS + 1]; /* the last: longer than all */
        _Atomic uint64_t duration_sum_us;
        int64_t started_ms;
};

struct server;

/* status and error code of a finished call */
void metrics_count(struct metrics *metrics, unsigned int status, bool is_denied, int64_t duration_ns);
void metrics_write(struct server *server, struct buf *out);
