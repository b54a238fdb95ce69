/* "CloudWatch Logs disables a metric filter if it generates 1000 different name/value pairs for your
 * specified dimensions within a certain amount of time": here an hour, and another PutMetricFilter enables it
 * again.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html */
#include "services/logs/metric_limit.h"

#include "crypto/hash.h"
#include "services/logs/metric_gap.h"

#define VALUES_MAX 1000
#define HASH_LEN   8
#define HOUR_MS    INT64_C(3600000)

struct limit {
        struct call *call;
        struct logs_metric_filter_record filter;
        bool is_there, is_changed;
        char *values; /* room for all */
        size_t count;
};

static int load(struct limit *limit, int64_t group, struct str name)
{
        struct call *call = limit->call;
        int64_t hour = call->now_ms / HOUR_MS;
        int r;

        limit->filter = (struct logs_metric_filter_record){.group = OPT_INT(group), .name = name};
        r = call_get(call, &logs_metric_filter_record_type, &limit->filter);
        limit->is_there = r == 0 && !limit->filter.is_disabled.value;
        limit->is_changed = false;
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        limit->values = arena_alloc(&call->arena, VALUES_MAX * HASH_LEN);
        if (!limit->values)
                return -ENOMEM;
        limit->count = limit->filter.values_hour.value == hour ? limit->filter.values.len / HASH_LEN : 0;
        if (limit->count > VALUES_MAX)
                return -EBADMSG;
        if (limit->count)
                memcpy(limit->values, limit->filter.values.ptr, limit->count * HASH_LEN);
        limit->filter.values_hour = OPT_INT(hour);
        return 0;
}

static int save(struct limit *limit)
{
        if (!limit->is_changed)
                return 0;
        limit->filter.values = str_make(limit->values, limit->count * HASH_LEN);
        return call_put(limit->call, &logs_metric_filter_record_type, &limit->filter);
}

static struct str told(struct call *call, const struct cloudwatch_dimension_list *dimensions)
{
        struct str text = STR("");

        for (size_t i = 0; i < dimensions->count; i++)
                text = arena_printf(&call->arena, "%.*s%zu:%.*s", STR_ARG(text),
                                    dimensions->items[i].value.len, STR_ARG(dimensions->items[i].value));
        return text;
}

static void disable(struct limit *limit)
{
        limit->filter.is_disabled = OPT_BOOL(true);
        limit->is_there = false;
        limit->is_changed = true;
        logs_tell_blind_filter(limit->call, limit->filter.group_name, limit->filter.name,
                               "a metric filter is disabled: its dimensions have too many values");
}

/* Those that are seen for the first time in this hour are counted. */
static void admit(struct limit *limit, const struct cloudwatch_sample *sample)
{
        uint8_t hash[SHA256_LEN];

        if (!limit->is_there || sample->dimensions.count == 0)
                return;
        sha256(told(limit->call, &sample->dimensions), hash);
        for (size_t i = 0; i < limit->count; i++)
                if (memcmp(limit->values + i * HASH_LEN, hash, HASH_LEN) == 0)
                        return;
        if (limit->count == VALUES_MAX) {
                disable(limit);
                return;
        }
        memcpy(limit->values + limit->count++ * HASH_LEN, hash, HASH_LEN);
        limit->is_changed = true;
}

/* Of one filter. */
static int take(struct limit *limit, int64_t group, const struct logs_found_sample *samples, size_t count,
                struct str name, struct cloudwatch_sample *ret, size_t *ret_count)
{
        TRY(load(limit, group, name));
        for (size_t i = 0; i < count; i++) {
                if (!str_eq(samples[i].filter, name))
                        continue;
                admit(limit, &samples[i].sample);
                if (limit->is_there)
                        ret[(*ret_count)++] = samples[i].sample;
        }
        return limit->filter.group.is_set ? save(limit) : 0;
}

static bool is_first(const struct logs_found_sample *samples, size_t at)
{
        for (size_t i = 0; i < at; i++)
                if (str_eq(samples[i].filter, samples[at].filter))
                        return false;
        return true;
}

int logs_record_samples(struct call *call, int64_t group, const struct logs_found_sample *samples,
                        size_t count)
{
        struct cloudwatch_sample *taken = arena_new_array(&call->arena, struct cloudwatch_sample, count + 1);
        struct limit limit = {.call = call};
        size_t taken_count = 0;

        if (!taken)
                return -ENOMEM;
        for (size_t i = 0; i < count; i++)
                if (is_first(samples, i))
                        TRY(take(&limit, group, samples, count, samples[i].filter, taken, &taken_count));
        return taken_count ? cloudwatch_record(call, taken, taken_count) : 0;
}
