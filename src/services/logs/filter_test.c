/* TestMetricFilter: a pattern tried on some messages.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TestMetricFilter.html */
#include "services/logs/logs.h"
#include "services/logs/pattern.h"

static int extract(struct call *call, const struct logs_pattern *pattern, struct str message,
                   struct str_map *ret)
{
        struct logs_pattern_field *fields;
        size_t count;

        TRY(logs_pattern_fields(pattern, message, &call->arena, &fields, &count));
        *ret = (struct str_map){.items = arena_new_array(&call->arena, struct str_pair, count + 1),
                                .is_set = true};
        if (!ret->items)
                return -ENOMEM;
        for (size_t i = 0; i < count; i++)
                ret->items[ret->count++] = (struct str_pair){fields[i].name, fields[i].value};
        return 0;
}

/* -E2BIG and -ETIME are no answer, and what they leave out would look like one. */
static int try_message(struct call *call, struct logs_pattern *pattern, struct str message)
{
        int r = logs_pattern_match(pattern, message);

        return r == -E2BIG || r == -ETIME
                       ? call_invalid(call,
                                      "Invalid filter pattern: its regular expressions take too long to "
                                      "match the log event messages.")
                       : r;
}

static int test(struct call *call, struct logs_pattern *pattern, const struct str_list *messages,
                struct logs_metric_filter_match_record_list *ret)
{
        ret->is_set = true;
        ret->items =
                arena_new_array(&call->arena, struct logs_metric_filter_match_record, messages->count + 1);
        if (!ret->items)
                return -ENOMEM;
        for (size_t i = 0; i < messages->count; i++) {
                struct logs_metric_filter_match_record *match = &ret->items[ret->count];
                int r = try_message(call, pattern, messages->items[i]);

                TRY(r);
                if (r == 0)
                        continue;
                ret->count++;
                match->event_number = OPT_INT((int64_t)i);
                match->event_message = messages->items[i];
                TRY(extract(call, pattern, messages->items[i], &match->extracted_values));
        }
        return 0;
}

int logs_test_metric_filter(struct call *call, const struct logs_test_metric_filter_in *in,
                            struct logs_test_metric_filter_out *out)
{
        _cleanup_(logs_pattern_freep) struct logs_pattern *pattern = NULL;
        char why[PATTERN_WHY_MAX];
        int r;

        TRY(call_take_time(call));
        r = logs_pattern_compile(in->filter_pattern, &pattern, why);
        if (r == -EINVAL)
                return call_invalid(call, "Invalid filter pattern: %s", why);
        TRY(r);
        return test(call, pattern, &in->log_event_messages, &out->matches);
}
