/* What metric filters find in events that have come: looked for behind the upload, on a thread that others do
 * not wait for, some blocks at a time. The data points are stored in the transaction in which the blocks
 * count as seen, so that a crash neither loses nor doubles any. */
#include "events/timers.h"
#include "services/logs/data_key.h"
#include "services/logs/metric_filter.h"
#include "services/logs/metric_gap.h"
#include "services/logs/metric_limit.h"
#include "services/logs/metric_plan.h"

#include "crypto/seal.h"
#include "wire/regex.h"

#define PLANS_MAX   100
#define BLOCKS_MAX  32   /* at once */
#define ROWS_MAX    1000 /* looked at */
#define SAMPLES_MAX 2000
#define MINUTES_MAX 16
#define BYTES_MAX   ((size_t)2 * 1024 * 1024)
#define SCRATCH_MAX ((size_t)4 * 1024 * 1024)
#define MINUTE_MS   INT64_C(60000)
#define AGAIN_MS    (5 * MINUTE_MS) /* after KMS has refused */
#define REFUSED_MAX 8
/* Of a filter's regular expressions. Who writes lines that take them long would hold up all that follow, or
 * make them be left out: so each that takes too long leaves half as much to the next one, down to what is
 * still plenty for an expression that looks at each byte some times. A run ends when half of its time is used
 * up, so that there is time for every event that is looked at. */
#define REGEX_TIME_NS  INT64_C(1000000000)
#define REGEX_EACH_NS  INT64_C(100000000)
#define REGEX_LEAST_NS INT64_C(1000000)
#define REGEX_BYTE_NS  INT64_C(100)

struct seen_block {
        struct logs_uncounted_block_record row;
        int64_t data_key;
        int64_t count; /* of its events then; 0: it is gone */
        int64_t last;  /* the sequence of the last that was looked at */
        bool is_whole;
};

struct seen_minute {
        int64_t ms;
        bool matched[PLANS_MAX];
};

struct counting {
        struct call *call;
        struct logs_log_group_record group;
        struct logs_keys keys;
        struct arena scratch;
        struct logs_metric_filter_record *filters; /* whose strings do not outlive the snapshot */
        struct logs_metric_plan plans[PLANS_MAX];
        struct str names[PLANS_MAX];
        bool has_default[PLANS_MAX];
        int64_t each_ns[PLANS_MAX];    /* of regular expressions, for one event */
        uint64_t undecided[PLANS_MAX]; /* events */
        size_t plan_count;
        struct seen_block blocks[BLOCKS_MAX];
        size_t block_count;
        struct logs_found_sample *samples;
        size_t sample_count;
        struct seen_minute minutes[MINUTES_MAX];
        size_t minute_count;
        int64_t refused[REFUSED_MAX]; /* data keys that KMS does not open */
        size_t refused_count;
        size_t bytes;
        bool is_full;
};

/* -- Its filters */

static int add_plan(struct counting *counting, const struct logs_metric_filter_record *filter)
{
        struct arena *arena = &counting->call->arena;
        size_t at = counting->plan_count;
        char why[PATTERN_WHY_MAX];
        int r;

        if (filter->is_disabled.value)
                return 0;
        counting->filters[at] = *filter;
        r = logs_metric_plan_make(&counting->filters[at], &counting->plans[at], why);
        if (r == -EINVAL) {
                logs_tell_blind_filter(counting->call, counting->group.name, filter->name,
                                       "a metric filter of an older program cannot be read");
                return 0;
        }
        TRY(r);
        logs_pattern_budget(counting->plans[at].pattern)->left_ns = REGEX_TIME_NS;
        counting->each_ns[at] = REGEX_EACH_NS;
        counting->names[at] = arena_dup(arena, filter->name);
        counting->has_default[at] = filter->default_.is_set;
        counting->plan_count++;
        return 0;
}

static int load_plans(struct counting *counting)
{
        struct call *call = counting->call;
        _cleanup_(record_scan_end) struct record_scan scan = {};
        const struct logs_metric_filter_record like = {.group = counting->group.number};
        struct logs_metric_filter_record filter = {};
        int r = 0;

        counting->filters = arena_new_array(&call->arena, struct logs_metric_filter_record, PLANS_MAX);
        counting->samples = arena_new_array(&call->arena, struct logs_found_sample, SAMPLES_MAX + PLANS_MAX);
        if (!counting->filters || !counting->samples)
                return -ENOMEM;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &logs_metric_filter_record_type, NULL, &like, 1,
                              STR_NONE));
        while (counting->plan_count < PLANS_MAX && (r = record_scan_next(&scan, &filter)) == 0) {
                TRY(add_plan(counting, &filter));
                filter = (struct logs_metric_filter_record){};
        }
        return r == -ENOENT ? 0 : r;
}

static void free_plans(struct counting *counting)
{
        for (size_t i = 0; i < counting->plan_count; i++)
                logs_metric_plan_done(&counting->plans[i]);
}

/* -- Events */

static struct seen_minute *minute_of(struct counting *counting, int64_t came_ms)
{
        int64_t ms = came_ms - came_ms % MINUTE_MS;

        for (size_t i = 0; i < counting->minute_count; i++)
                if (counting->minutes[i].ms == ms)
                        return &counting->minutes[i];
        if (counting->minute_count == MINUTES_MAX)
                return NULL;
        counting->minutes[counting->minute_count] = (struct seen_minute){.ms = ms};
        return &counting->minutes[counting->minute_count++];
}

/* That nothing has matched in this minute cannot be said either. */
static void leave_open(struct counting *counting, size_t plan, struct seen_minute *minute)
{
        counting->undecided[plan]++;
        counting->each_ns[plan] /= 2;
        minute->matched[plan] = true;
}

static void give_time(struct counting *counting, size_t plan, size_t len)
{
        int64_t least_ns = REGEX_LEAST_NS + (int64_t)len * REGEX_BYTE_NS;

        logs_pattern_budget(counting->plans[plan].pattern)->each_ns =
                counting->each_ns[plan] > least_ns ? counting->each_ns[plan] : least_ns;
}

static bool is_spent(const struct counting *counting)
{
        for (size_t i = 0; i < counting->plan_count; i++)
                if (logs_pattern_budget(counting->plans[i].pattern)->left_ns < REGEX_TIME_NS / 2)
                        return true;
        return false;
}

static int ask_plan(struct counting *counting, size_t plan, const struct logs_event *event,
                    struct logs_pattern_message *message, struct seen_minute *minute)
{
        struct logs_found_sample *found = &counting->samples[counting->sample_count];
        bool matches = false, has = false;
        int r;

        if (event->place.sequence <= counting->filters[plan].since.value)
                return 0;
        arena_reset(&counting->scratch);
        give_time(counting, plan, event->message.len);
        r = logs_metric_plan_run(&counting->plans[plan], message, &counting->scratch, &counting->call->arena,
                                 &found->sample, &matches, &has);
        if (r == -E2BIG || r == -ETIME)
                leave_open(counting, plan, minute);
        else
                TRY(r);
        minute->matched[plan] |= matches;
        if (!has)
                return 0;
        found->sample.time_ms = event->place.ms;
        found->filter = counting->names[plan];
        counting->sample_count++;
        return 0;
}

/* 1: no more at once. */
static int ask_all(struct counting *counting, const struct logs_event *event)
{
        struct logs_pattern_message message = {.text = event->message};
        struct seen_minute *minute = minute_of(counting, event->came_ms);
        int r = 0;

        if (!minute || counting->sample_count >= SAMPLES_MAX || is_spent(counting))
                return 1;
        for (size_t i = 0; i < counting->plan_count && r == 0; i++)
                r = ask_plan(counting, i, event, &message, minute);
        logs_pattern_message_done(&message);
        return r;
}

static int look_at_events(struct counting *counting, struct seen_block *seen, struct str events)
{
        struct logs_event event;
        bool is_there;

        for (;;) {
                TRY(logs_block_next(&events, &event, &is_there));
                if (!is_there)
                        break;
                if (event.place.sequence <= seen->row.since.value)
                        continue;
                if (*counting->call->host->is_stopping)
                        return -ESHUTDOWN;
                int r = ask_all(counting, &event);

                TRY(r);
                counting->is_full = r > 0;
                if (counting->is_full)
                        return 0;
                seen->last = event.place.sequence;
        }
        seen->is_whole = true;
        return 0;
}

/* -- Blocks */

static bool is_refused(const struct counting *counting, int64_t data_key)
{
        for (size_t i = 0; i < counting->refused_count; i++)
                if (counting->refused[i] == data_key)
                        return true;
        return false;
}

/* -ENOKEY: KMS does not give it, for now. */
static int open_key(struct counting *counting, int64_t number, const uint8_t **ret)
{
        int r = is_refused(counting, number) ? -ECALL : logs_key(&counting->keys, number, ret);

        if (r != -ECALL)
                return r;
        call_forgive(counting->call);
        if (!is_refused(counting, number) && counting->refused_count < REFUSED_MAX)
                counting->refused[counting->refused_count++] = number;
        return -ENOKEY;
}

static int look_at_block(struct counting *counting, struct seen_block *seen)
{
        _cleanup_(secret_done) struct secret clear = {};
        struct call *call = counting->call;
        struct logs_block_record block = {
                .group = seen->row.group, .first = seen->row.first, .number = seen->row.number};
        const uint8_t *key;
        int r = call_get(call, &logs_block_record_type, &block);

        seen->last = seen->row.since.value;
        seen->is_whole = r == -ENOENT;
        if (r < 0)
                return r == -ENOENT ? 0 : r; /* it has expired */
        seen->count = block.count.value;
        seen->data_key = block.data_key.value;
        TRY(open_key(counting, seen->data_key, &key));
        TRY(seal_open(key, record_name(&call->arena, &logs_block_record_type, &block), block.body, &clear));
        counting->bytes += block.body.len;
        return look_at_events(counting, seen, secret_str(&clear));
}

static int look_at_all(struct counting *counting)
{
        struct call *call = counting->call;
        _cleanup_(record_scan_end) struct record_scan scan = {};
        const struct logs_uncounted_block_record like = {.group = counting->group.number};
        int r = 0;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &logs_uncounted_block_record_type, NULL, &like,
                              1, STR_NONE));
        for (size_t seen = 0; seen < ROWS_MAX && counting->block_count < BLOCKS_MAX && !counting->is_full &&
                              counting->bytes < BYTES_MAX;
             seen++) {
                struct seen_block *block = &counting->blocks[counting->block_count];

                *block = (struct seen_block){};
                r = record_scan_next(&scan, &block->row);
                if (r < 0)
                        break;
                r = look_at_block(counting, block);
                if (r == -ENOKEY)
                        continue;
                TRY(r);
                counting->block_count++;
        }
        return r == -ENOENT || r == -ENOKEY ? 0 : r;
}

static int find_group(struct call *call, struct str subject, struct logs_log_group_record *ret)
{
        *ret = (struct logs_log_group_record){};
        TRY(str_to_i64(subject, &ret->number.value));
        ret->number.is_set = true;
        TRY(call_get(call, &logs_log_group_record_type, ret));
        ret->region = call->region = arena_dup(&call->arena, ret->region);
        ret->account = call->account = arena_dup(&call->arena, ret->account);
        ret->name = arena_dup(&call->arena, ret->name);
        return 0;
}

static int run(struct counting *counting)
{
        int r = load_plans(counting);

        arena_init(&counting->scratch, SCRATCH_MAX);
        counting->keys = (struct logs_keys){.call = counting->call, .group = &counting->group};
        if (r == 0)
                r = look_at_all(counting);
        logs_keys_done(&counting->keys);
        arena_done(&counting->scratch);
        free_plans(counting);
        return r;
}

int logs_count_metrics_prepare(struct call *call, struct str subject)
{
        struct counting *counting = arena_new(&call->arena, struct counting);
        int r;

        if (!counting)
                return -ENOMEM;
        call->prepared = counting;
        counting->call = call;
        r = find_group(call, subject, &counting->group);
        if (r == 0)
                r = run(counting);
        return r == -ENOENT ? 0 : r;
}

/* -- In the transaction. Nobody else moves what has been seen. */

/* That keys could be opened belongs to the transaction, and so do the events of it. */
static int open_again(struct call *call, const struct logs_log_group_record *group,
                      const struct counting *counting)
{
        struct logs_keys keys = {.call = call, .group = group};
        const uint8_t *key;
        int r = 0;

        for (size_t i = 0; i < counting->block_count && r == 0; i++)
                if (counting->blocks[i].count)
                        r = logs_key(&keys, counting->blocks[i].data_key, &key);
        logs_keys_done(&keys);
        if (r == -ECALL)
                call_forgive(call);
        return r;
}

/* What has come into it since is looked at next. */
static int settle(struct call *call, const struct seen_block *seen)
{
        struct logs_uncounted_block_record row = seen->row;
        struct logs_block_record block = {.group = row.group, .first = row.first, .number = row.number};
        int r = call_get(call, &logs_block_record_type, &block);

        if (r < 0 && r != -ENOENT)
                return r;
        if (r == 0 && (!seen->is_whole || block.count.value != seen->count)) {
                row.since = OPT_INT(seen->last);
                return call_put(call, &logs_uncounted_block_record_type, &row);
        }
        r = call_delete(call, &logs_uncounted_block_record_type, &row);
        return r == -ENOENT ? 0 : r;
}

static int note_minutes(struct call *call, const struct counting *counting)
{
        bool any = false;

        for (size_t i = 0; i < counting->plan_count; i++)
                any |= counting->has_default[i];
        for (size_t i = 0; i < counting->minute_count && any; i++) {
                const struct seen_minute *seen = &counting->minutes[i];
                struct logs_minute minute = {.ms = seen->ms};

                minute.matched.items = arena_new_array(&call->arena, struct str, PLANS_MAX);
                minute.matched.is_set = true;
                if (!minute.matched.items)
                        return -ENOMEM;
                for (size_t k = 0; k < counting->plan_count; k++)
                        if (seen->matched[k] && counting->has_default[k])
                                minute.matched.items[minute.matched.count++] = counting->names[k];
                TRY(logs_note_minute(call, counting->group.number.value, &minute));
        }
        return 0;
}

static int tell_undecided(struct call *call, const struct counting *counting)
{
        for (size_t i = 0; i < counting->plan_count; i++)
                if (counting->undecided[i])
                        TRY(logs_tell_undecided(call, &counting->group, counting->names[i],
                                                counting->undecided[i]));
        return 0;
}

static int store(struct call *call, const struct counting *counting)
{
        for (size_t i = 0; i < counting->block_count; i++)
                TRY(settle(call, &counting->blocks[i]));
        TRY(logs_record_samples(call, counting->group.number.value, counting->samples,
                                counting->sample_count));
        TRY(tell_undecided(call, counting));
        return note_minutes(call, counting);
}

static int set_due(struct call *call, int64_t group, int64_t due_ms)
{
        const struct timer timer = {
                .due_ms = due_ms,
                .name = STR("logs.CountMetrics"),
                .subject = arena_printf(&call->arena, "%lld", (long long)group),
                .lane = TIMER_SLOW,
        };

        return call->arena.failed ? -ENOMEM : timer_set(call->txn, &timer);
}

static int has_more(struct call *call, int64_t group, bool *ret)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct logs_uncounted_block_record row = {.group = OPT_INT(group)};
        int r;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &logs_uncounted_block_record_type, NULL, &row,
                              1, STR_NONE));
        r = record_scan_next(&scan, &row);
        *ret = r == 0;
        return r == -ENOENT ? 0 : r;
}

static int go_on(struct call *call, int64_t group, bool is_refused)
{
        struct logs_tally_record tally;
        bool more;

        TRY(logs_get_tally(call, group, &tally));
        TRY(has_more(call, group, &more));
        tally.is_counting = OPT_BOOL(more);
        TRY(call_put(call, &logs_tally_record_type, &tally));
        return more ? set_due(call, group, call->now_ms + (is_refused ? AGAIN_MS : 0)) : 0;
}

int logs_count_metrics_due(struct call *call, struct str subject)
{
        const struct counting *counting = call->prepared;
        struct logs_log_group_record group;
        bool is_refused = counting->refused_count > 0 && counting->block_count == 0;
        int r = find_group(call, subject, &group);

        if (r < 0)
                return r == -ENOENT ? 1 : r;
        r = open_again(call, &group, counting);
        if (r == 0)
                r = store(call, counting);
        else if (r == -ECALL)
                is_refused = true;
        TRY(r == -ECALL ? 0 : r);
        TRY(go_on(call, group.number.value, is_refused));
        return 1; /* AWS records nothing of it */
}

/* -- What an upload sees to */

int logs_await_counting(struct call *call, const struct logs_block_record *block, int64_t since)
{
        struct logs_uncounted_block_record row = {
                .group = block->group, .first = block->first, .number = block->number};
        int r = call_get(call, &logs_uncounted_block_record_type, &row);

        if (r != -ENOENT)
                return r;
        row.since = OPT_INT(since);
        return call_put(call, &logs_uncounted_block_record_type, &row);
}

int logs_set_counting(struct call *call, struct logs_tally_record *tally)
{
        if (tally->is_counting.value)
                return 0;
        tally->is_counting = OPT_BOOL(true);
        return set_due(call, tally->group.value, call->now_ms);
}

int logs_drop_uncounted(struct call *call, int64_t group, bool *ret_more)
{
        const struct logs_uncounted_block_record like = {.group = OPT_INT(group)};

        for (size_t i = 0; i < BLOCKS_MAX; i++) {
                _cleanup_(record_scan_end) struct record_scan scan = {};
                struct logs_uncounted_block_record row = like;
                int r;

                TRY(record_scan_begin(&scan, call->txn, &call->arena, &logs_uncounted_block_record_type, NULL,
                                      &like, 1, STR_NONE));
                r = record_scan_next(&scan, &row);
                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                record_scan_end(&scan); /* before this transaction writes again */
                TRY(call_delete(call, &logs_uncounted_block_record_type, &row));
        }
        *ret_more = true;
        return 0;
}
