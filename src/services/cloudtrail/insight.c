/* PutInsightSelectors, GetInsightSelectors.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutInsightSelectors.html */
#include "services/cloudtrail/insight.h"

#include "services/cloudtrail/trail_target.h"

#define SELECTORS_MAX 8

/* -- What is asked for */

static bool has_category(const struct cloudtrail_insight_selector *selector, bool is_data)
{
        for (size_t i = 0; i < selector->event_categories.count; i++)
                if (str_eq(selector->event_categories.items[i], is_data ? STR("Data") : STR("Management")))
                        return true;
        return selector->event_categories.count == 0 && !is_data;
}

bool insights_have(const struct cloudtrail_insight_selector_list *selectors, struct str type, bool is_data)
{
        for (size_t i = 0; i < selectors->count; i++)
                if (str_eq(selectors->items[i].insight_type, type) &&
                    has_category(&selectors->items[i], is_data))
                        return true;
        return false;
}

/* "A measurement of write-only management API calls", of all calls of data events, "that result in error
 * codes": which they do is found out where they are counted. */
unsigned int insights_of(const struct cloudtrail_insight_selector_list *selectors, const struct event *event)
{
        unsigned int which = 0;

        if (event->is_insight || selectors->count == 0)
                return 0;
        if ((event->is_data || !event->is_read_only) &&
            insights_have(selectors, STR("ApiCallRateInsight"), event->is_data))
                which |= INSIGHT_CALLS;
        if (insights_have(selectors, STR("ApiErrorRateInsight"), event->is_data))
                which |= INSIGHT_ERRORS;
        return which;
}

/* -- Whether the trail logs what is to be counted */

static bool chooses(const struct cloudtrail_advanced_event_selector *selector, struct str category,
                    bool writes)
{
        bool is_of_it = false;

        for (size_t i = 0; i < selector->field_selectors.count; i++) {
                const struct cloudtrail_advanced_field_selector *field = &selector->field_selectors.items[i];

                if (field->equals.count == 0)
                        continue;
                if (str_eq(field->field, STR("eventCategory")))
                        is_of_it = str_eq(field->equals.items[0], category);
                else if (writes && str_eq(field->field, STR("readOnly")) &&
                         str_eq(field->equals.items[0], STR("true")))
                        return false;
        }
        return is_of_it;
}

static bool logs(const struct cloudtrail_trail_record *trail, bool is_data, bool writes)
{
        for (size_t i = 0; i < trail->selectors.count; i++) {
                const struct cloudtrail_event_selector *selector = &trail->selectors.items[i];

                if (is_data ? selector->data_resources.count > 0
                            : selector->include_management_events.value &&
                                      !(writes && str_eq(selector->read_write_type, STR("ReadOnly"))))
                        return true;
        }
        for (size_t i = 0; i < trail->advanced.count; i++)
                if (chooses(&trail->advanced.items[i], is_data ? STR("Data") : STR("Management"), writes))
                        return true;
        return !is_data && trail->selectors.count + trail->advanced.count == 0;
}

static int check_selector(struct call *call, const struct cloudtrail_trail_record *trail,
                          const struct cloudtrail_insight_selector *selector)
{
        const struct api_error *error = &cloudtrail_invalid_insight_selectors_exception;
        bool counts_calls = str_eq(selector->insight_type, STR("ApiCallRateInsight"));

        if (!str_is_set(selector->insight_type))
                return fail(call, error, "InsightType must be specified.");
        if (has_category(selector, false) && !logs(trail, false, counts_calls))
                return fail(call, error, "To log %.*s events, the trail must log %smanagement events.",
                            STR_ARG(selector->insight_type), counts_calls ? "write " : "");
        if (has_category(selector, true) && !logs(trail, true, false))
                return fail(call, error, "To log %.*s events of data events, the trail must log data events.",
                            STR_ARG(selector->insight_type));
        return 0;
}

static int check(struct call *call, const struct cloudtrail_trail_record *trail,
                 const struct cloudtrail_insight_selector_list *selectors)
{
        if (selectors->count > SELECTORS_MAX)
                return fail(call, &cloudtrail_invalid_insight_selectors_exception,
                            "Number of Insights selectors must not exceed %d.", SELECTORS_MAX);
        for (size_t i = 0; i < selectors->count; i++) {
                TRY(check_selector(call, trail, &selectors->items[i]));
                for (size_t k = 0; k < i; k++)
                        if (str_eq(selectors->items[k].insight_type, selectors->items[i].insight_type))
                                return fail(call, &cloudtrail_invalid_insight_selectors_exception,
                                            "InsightType %.*s is given more than once.",
                                            STR_ARG(selectors->items[i].insight_type));
        }
        return 0;
}

/* -- The trail */

static int find(struct call *call, struct str name, struct str store, bool at_home,
                struct cloudtrail_trail_record *ret)
{
        if (str_is_set(name) && str_is_set(store))
                return fail(call, &cloudtrail_invalid_parameter_combination_exception,
                            "You cannot specify both TrailName and EventDataStore.");
        if (str_is_set(store))
                return fail(call, &cloudtrail_unsupported_operation_exception,
                            "Insights events are not available for event data stores.");
        if (!str_is_set(name))
                return fail(call, &cloudtrail_invalid_parameter_exception,
                            "You must specify either TrailName or EventDataStore.");
        return at_home ? trail_find_at_home(call, name, ret) : trail_find(call, name, ret);
}

/* Whatever was counted before says little about what is usual, once something was not. Each trail that begins
 * to ask begins anew, for all of its account. */
static int learn(struct call *call)
{
        const struct cloudtrail_insight_base_record base = {.account = call->account,
                                                            .since = OPT_INT(call->now_ms)};

        return call_put(call, &cloudtrail_insight_base_record_type, &base);
}

static int is_asked(struct call *call, bool *ret)
{
        struct cloudtrail_trail_record *trails;
        size_t count;

        *ret = false;
        TRY(trail_list(call, &trails, &count));
        for (size_t i = 0; i < count; i++)
                *ret |= trails[i].insights.count > 0;
        return 0;
}

int cloudtrail_put_insight_selectors(struct call *call, const struct cloudtrail_put_insight_selectors_in *in,
                                     struct cloudtrail_put_insight_selectors_out *out)
{
        struct cloudtrail_trail_record trail = {};
        bool was_asked;

        TRY(find(call, in->trail_name, in->event_data_store, true, &trail));
        TRY(check(call, &trail, &in->insight_selectors));
        TRY(is_asked(call, &was_asked));
        if (in->insight_selectors.count > 0)
                TRY(trail_try_folder(call, &trail, "CloudTrail-Insight"));
        if (in->insight_selectors.count > 0 && !was_asked)
                TRY(learn(call));
        trail.insights = in->insight_selectors;
        TRY(trail_watch(call, &trail));
        TRY(call_put(call, &cloudtrail_trail_record_type, &trail));
        out->trail_arn = trail_arn(call, &trail);
        out->insight_selectors = trail.insights;
        return 0;
}

int cloudtrail_get_insight_selectors(struct call *call, const struct cloudtrail_get_insight_selectors_in *in,
                                     struct cloudtrail_get_insight_selectors_out *out)
{
        struct cloudtrail_trail_record trail = {};

        TRY(find(call, in->trail_name, in->event_data_store, false, &trail));
        if (trail.insights.count == 0)
                return fail(call, &cloudtrail_insight_not_enabled_exception,
                            "Trail %.*s does not have Insights enabled.", STR_ARG(trail_arn(call, &trail)));
        out->trail_arn = trail_arn(call, &trail);
        out->insight_selectors = trail.insights;
        return 0;
}
