/* Targets of rules. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html */
#include "services/events/page.h"

static int get_target(struct call *call, const struct events_rule_record *rule, struct str id,
                      struct events_target_record *ret)
{
        *ret = (struct events_target_record){.bus = rule->bus, .rule = rule->name, .id = id};
        return call_get(call, &events_target_record_type, ret);
}

static int put_target(struct call *call, const struct events_target *target, struct events_rule_record *rule)
{
        struct events_target_record record;
        struct events_target *copy = arena_new(&call->arena, struct events_target);
        int r = get_target(call, rule, target->id, &record);

        if (!copy)
                return -ENOMEM;
        if (r < 0 && r != -ENOENT)
                return r;
        *copy = *target;
        record.arn = target->arn;
        record.target = copy;
        if (r == -ENOENT)
                rule->target_count = OPT_INT(rule->target_count.value + 1);
        if (rule->target_count.value > EVENTS_TARGETS)
                return fail(call, &events_limit_exceeded_exception,
                            "The requested resource exceeds the maximum number allowed.");
        return call_put(call, &events_target_record_type, &record);
}

int events_put_targets(struct call *call, const struct events_put_targets_in *in,
                       struct events_put_targets_out *out)
{
        const struct events_bus bus = events_bus_named(call, in->event_bus_name);
        struct events_rule_record rule;

        TRY(events_need_rule(call, &bus, in->rule, &rule));
        TRY(events_refuse_managed(call, &rule, false));
        for (size_t i = 0; i < in->targets.count; i++)
                TRY(events_check_target(call, &bus, &in->targets.items[i]));
        for (size_t i = 0; i < in->targets.count; i++)
                TRY(put_target(call, &in->targets.items[i], &rule));
        out->failed_entry_count = OPT_INT(0);
        out->failed_entries.is_set = true;
        return call_put(call, &events_rule_record_type, &rule);
}

/* An id that is not there is removed, too. */
int events_remove_targets(struct call *call, const struct events_remove_targets_in *in,
                          struct events_remove_targets_out *out)
{
        const struct events_bus bus = events_bus_named(call, in->event_bus_name);
        struct events_rule_record rule;

        TRY(events_need_rule(call, &bus, in->rule, &rule));
        TRY(events_refuse_managed(call, &rule, in->force.value));
        for (size_t i = 0; i < in->ids.count; i++) {
                struct events_target_record target;
                int r = get_target(call, &rule, in->ids.items[i], &target);

                if (r == -ENOENT)
                        continue;
                TRY(r);
                TRY(call_delete(call, &events_target_record_type, &target));
                rule.target_count = OPT_INT(rule.target_count.value - 1);
        }
        out->failed_entry_count = OPT_INT(0);
        out->failed_entries.is_set = true;
        return call_put(call, &events_rule_record_type, &rule);
}

static int fill(struct events_page *page, struct record_scan *scan, struct events_target_list *ret,
                bool *ret_more)
{
        for (;;) {
                struct events_target_record target = {};
                int r = record_scan_next(scan, &target);

                *ret_more = r == 0;
                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                if (events_page_is_full(page))
                        return 0;
                ret->items[ret->count++] = *target.target;
                events_page_add(page, scan);
        }
}

int events_list_targets_by_rule(struct call *call, const struct events_list_targets_by_rule_in *in,
                                struct events_list_targets_by_rule_out *out)
{
        const struct events_bus bus = events_bus_named(call, in->event_bus_name);
        const struct events_target_record like = {.bus = bus.arn, .rule = in->rule};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct events_rule_record rule;
        struct events_page page;
        bool is_more;

        TRY(events_need_rule(call, &bus, in->rule, &rule));
        TRY(events_page_begin(&page, call, in->next_token, in->limit,
                              events_rule_arn(&call->arena, &bus, in->rule)));
        out->targets.is_set = true;
        out->targets.items = arena_new_array(&call->arena, struct events_target, page.limit);
        if (!out->targets.items)
                return -ENOMEM;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &events_target_record_type, NULL, &like, 2,
                              page.after));
        TRY(fill(&page, &scan, &out->targets, &is_more));
        return events_page_end(&page, is_more, &out->next_token);
}
