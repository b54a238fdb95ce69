/* The one clock (promise 6), and the forms of time that AWS writes. All times are milliseconds since
 * 1970-01-01T00:00:00Z as int64_t unless a name says otherwise. */
#pragma once

#include "arena.h"

#include <stdatomic.h>

/* One advance: from this wall time on, the clock is so far ahead in all. */
struct clock_step {
        int64_t wall_ms;
        int64_t advanced_ms;
};

#define CLOCK_STEPS 4096

struct clock {
        _Atomic int64_t advanced_ms; /* how far an operator of a test server has moved it; 0 elsewhere */
        _Atomic size_t step_count;
        struct clock_step steps[CLOCK_STEPS]; /* those below step_count are never written again */
};

#define MS_PER_S   INT64_C(1000)
#define MS_PER_DAY (INT64_C(86400) * MS_PER_S)

int64_t clock_now_ms(const struct clock *clock); /* what everything that waits or expires reads */
int64_t clock_wall_ms(void);                     /* never advanced: only the skew check of signatures */
int64_t clock_monotonic_ns(void);                /* for durations in metrics */
int64_t clock_thread_ns(
        void); /* processor time of this thread: what others do on the machine does not count */
/* What this clock said when the wall clock said so: for times that others wrote by their own clocks. */
int64_t clock_at(const struct clock *clock, int64_t wall_ms);
/* Moves the clock ahead, from now on or as it was done before (an earlier process). One thread at a time.
 * When all steps are taken, further ones count as part of the last. */
void clock_advance(struct clock *clock, int64_t ms);
void clock_replay(struct clock *clock, struct clock_step step);

/* 2026-01-31T12:00:00Z */
#define TIME_ISO_LEN 20
struct str time_iso(struct arena *arena, int64_t ms);
/* 2026-01-31T12:00:00.000Z */
struct str time_iso_ms(struct arena *arena, int64_t ms);
/* 20260131T120000Z, the X-Amz-Date form */
struct str time_basic(struct arena *arena, int64_t ms);
/* Sat, 31 Jan 2026 12:00:00 GMT */
struct str time_http(struct arena *arena, int64_t ms);
/* Writes the 20 characters of time_iso() without a NUL. */
void time_iso_write(char out[TIME_ISO_LEN], int64_t ms);

/* Each takes a whole string and gives -EINVAL for any other. time_parse_iso takes dates alone
 * (2026-01-31), with time, fractions, and an offset or Z; time_parse takes any of the forms above. */
must_check int time_parse_iso(struct str s, int64_t *ret_ms);
must_check int time_parse_basic(struct str s, int64_t *ret_ms);
must_check int time_parse_http(struct str s, int64_t *ret_ms);
must_check int time_parse(struct str s, int64_t *ret_ms);

/* "7d", "12h", "30m", "45s", "1500ms", or a sum such as "1d12h". Positive only. */
must_check int duration_parse(struct str s, int64_t *ret_ms);
