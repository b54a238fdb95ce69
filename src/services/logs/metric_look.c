#include "services/logs/metric_look.h"

#include "crypto/seal.h"
#include "services/logs/block.h"
#include "services/logs/metric_gap.h"
#include "wire/regex.h"

#define ROWS_MAX    1000 /* looked at */
#define SAMPLES_MAX 2000
#define BYTES_MAX   ((size_t)2 * 1024 * 1024)
#define SCRATCH_MAX ((size_t)4 * 1024 * 1024)
#define MINUTE_MS   INT64_C(60000)
/* Of a filter's regular expressions. Who writes lines that take them long would hold up all that follow, or
 * make them be left out: so each that takes too long leaves half as much to the next one, down to what is
 * still plenty for an expression that looks at each byte some times. A run ends when half of its time is used
 * up, so that there is time for every event that is looked at. */
#define REGEX_TIME_NS  INT64_C(1000000000)
#define REGEX_EACH_NS  INT64_C(100000000)
#define REGEX_LEAST_NS INT64_C(1000000)
#define REGEX_BYTE_NS  INT64_C(100)

/* -- Its filters */

static int add_plan(struct logs_counting *counting, const struct logs_metric_filter_record *filter)
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

static int load_plans(struct logs_counting *counting)
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

static void free_plans(struct logs_counting *counting)
{
        for (size_t i = 0; i < counting->plan_count; i++)
                logs_metric_plan_done(&counting->plans[i]);
}

/* -- Events */

static struct logs_seen_minute *minute_of(struct logs_counting *counting, int64_t came_ms)
{
        int64_t ms = came_ms - came_ms % MINUTE_MS;

        for (size_t i = 0; i < counting->minute_count; i++)
                if (counting->minutes[i].ms == ms)
                        return &counting->minutes[i];
        if (counting->minute_count == MINUTES_MAX)
                return NULL;
        counting->minutes[counting->minute_count] = (struct logs_seen_minute){.ms = ms};
        return &counting->minutes[counting->minute_count++];
}

/* That nothing has matched in this minute cannot be said either. */
static void leave_open(struct logs_counting *counting, size_t plan, struct logs_seen_minute *minute)
{
        counting->undecided[plan]++;
        counting->each_ns[plan] /= 2;
        minute->matched[plan] = true;
}

static void give_time(struct logs_counting *counting, size_t plan, size_t len)
{
        int64_t least_ns = REGEX_LEAST_NS + (int64_t)len * REGEX_BYTE_NS;

        logs_pattern_budget(counting->plans[plan].pattern)->each_ns =
                counting->each_ns[plan] > least_ns ? counting->each_ns[plan] : least_ns;
}

static bool is_spent(const struct logs_counting *counting)
{
        for (size_t i = 0; i < counting->plan_count; i++)
                if (logs_pattern_budget(counting->plans[i].pattern)->left_ns < REGEX_TIME_NS / 2)
                        return true;
        return false;
}

static int ask_plan(struct logs_counting *counting, size_t plan, const struct logs_event *event,
                    struct logs_pattern_message *message, struct logs_seen_minute *minute)
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
static int ask_all(struct logs_counting *counting, const struct logs_event *event)
{
        struct logs_pattern_message message = {.text = event->message};
        struct logs_seen_minute *minute = minute_of(counting, event->came_ms);
        int r = 0;

        if (!minute || counting->sample_count >= SAMPLES_MAX || is_spent(counting))
                return 1;
        for (size_t i = 0; i < counting->plan_count && r == 0; i++)
                r = ask_plan(counting, i, event, &message, minute);
        logs_pattern_message_done(&message);
        return r;
}

static int look_at_events(struct logs_counting *counting, struct logs_seen_block *seen, struct str events)
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

static bool is_refused(const struct logs_counting *counting, int64_t data_key)
{
        for (size_t i = 0; i < counting->refused_count; i++)
                if (counting->refused[i] == data_key)
                        return true;
        return false;
}

/* -ENOKEY: KMS does not give it, for now. */
static int open_key(struct logs_counting *counting, int64_t number, const uint8_t **ret)
{
        int r = is_refused(counting, number) ? -ECALL : logs_key(&counting->keys, number, ret);

        if (r != -ECALL)
                return r;
        call_forgive(counting->call);
        if (!is_refused(counting, number) && counting->refused_count < REFUSED_MAX)
                counting->refused[counting->refused_count++] = number;
        return -ENOKEY;
}

static int look_at_block(struct logs_counting *counting, struct logs_seen_block *seen)
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

static int look_at_all(struct logs_counting *counting)
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
                struct logs_seen_block *block = &counting->blocks[counting->block_count];

                *block = (struct logs_seen_block){};
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

int logs_find_counted(struct call *call, struct str subject, struct logs_log_group_record *ret)
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

static int run(struct logs_counting *counting)
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
        struct logs_counting *counting = arena_new(&call->arena, struct logs_counting);
        int r;

        if (!counting)
                return -ENOMEM;
        call->prepared = counting;
        counting->call = call;
        r = logs_find_counted(call, subject, &counting->group);
        if (r == 0)
                r = run(counting);
        return r == -ENOENT ? 0 : r;
}
