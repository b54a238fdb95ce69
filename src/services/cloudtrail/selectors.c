/* PutEventSelectors, GetEventSelectors.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html */
#include "services/cloudtrail/trail.h"

static int check(struct call *call, const struct cloudtrail_put_event_selectors_in *in)
{
        if (in->event_selectors.count > 0 && in->advanced_event_selectors.count > 0)
                return fail(
                        call, &cloudtrail_invalid_event_selectors_exception,
                        "Either EventSelectors or AdvancedEventSelectors can be specified, but not both.");
        if (in->advanced_event_selectors.count > 0)
                return selectors_check_advanced(call, &in->advanced_event_selectors, false);
        return selectors_check(call, &in->event_selectors);
}

/* What is left out has AWS's default, and is shown with it. */
static int settle(struct call *call, const struct cloudtrail_event_selector_list *given,
                  struct cloudtrail_event_selector_list *ret)
{
        *ret = (struct cloudtrail_event_selector_list){
                .items = arena_new_array(&call->arena, struct cloudtrail_event_selector, given->count + 1),
                .count = given->count,
                .is_set = true,
        };
        if (!ret->items)
                return -ENOMEM;
        for (size_t i = 0; i < given->count; i++) {
                struct cloudtrail_event_selector *selector = &ret->items[i];

                *selector = given->items[i];
                if (!str_is_set(selector->read_write_type))
                        selector->read_write_type = STR("All");
                if (!selector->include_management_events.is_set)
                        selector->include_management_events = OPT_BOOL(true);
                selector->data_resources.is_set = true;
                selector->exclude_management_event_sources.is_set = true;
        }
        return 0;
}

int cloudtrail_put_event_selectors(struct call *call, const struct cloudtrail_put_event_selectors_in *in,
                                   struct cloudtrail_put_event_selectors_out *out)
{
        struct cloudtrail_trail_record trail;

        TRY(trail_find_at_home(call, in->trail_name, &trail));
        TRY(check(call, in));
        trail.selectors = (struct cloudtrail_event_selector_list){};
        trail.advanced = in->advanced_event_selectors;
        if (in->advanced_event_selectors.count == 0) {
                trail.advanced = (struct cloudtrail_advanced_event_selector_list){};
                TRY(settle(call, &in->event_selectors, &trail.selectors));
        }
        TRY(trail_watch(call, &trail));
        TRY(call_put(call, &cloudtrail_trail_record_type, &trail));
        *out = (struct cloudtrail_put_event_selectors_out){
                .trail_arn = trail_arn(call, &trail),
                .event_selectors = trail.selectors,
                .advanced_event_selectors = trail.advanced,
        };
        return 0;
}

/* "By default, trails created without specific event selectors are configured to log all read and write
 * management events". */
int cloudtrail_get_event_selectors(struct call *call, const struct cloudtrail_get_event_selectors_in *in,
                                   struct cloudtrail_get_event_selectors_out *out)
{
        struct cloudtrail_event_selector usual = {};
        const struct cloudtrail_event_selector_list all = {.items = &usual, .count = 1, .is_set = true};
        struct cloudtrail_trail_record trail;

        TRY(trail_find(call, in->trail_name, &trail));
        out->trail_arn = trail_arn(call, &trail);
        out->event_selectors = trail.selectors;
        out->advanced_event_selectors = trail.advanced;
        if (trail.advanced.count == 0)
                return settle(call, trail.selectors.count ? &trail.selectors : &all, &out->event_selectors);
        return 0;
}
