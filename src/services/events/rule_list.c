/* ListRules, ListRuleNamesByTarget. */
#include "services/events/page.h"

static int begin(struct call *call, struct events_page *page, const struct events_bus *bus, struct str token,
                 struct opt_int limit, struct str what)
{
        struct events_bus_record record;

        TRY(events_need_bus(call, bus, &record));
        return events_page_begin(page, call, token, limit,
                                 arena_printf(&call->arena, "%.*s %.*s", STR_ARG(bus->arn), STR_ARG(what)));
}

static struct events_rule tell(struct call *call, const struct events_bus *bus,
                               const struct events_rule_record *rule)
{
        return (struct events_rule){
                .name = rule->name,
                .arn = events_rule_arn(&call->arena, bus, rule->name),
                .event_pattern = rule->pattern,
                .state = rule->state,
                .description = rule->description,
                .schedule_expression = rule->schedule,
                .role_arn = rule->role_arn,
                .managed_by = rule->managed_by,
                .event_bus_name = bus->name,
        };
}

static int fill_rules(struct events_page *page, struct record_scan *scan, const struct events_bus *bus,
                      struct str prefix, struct events_rule_list *ret, bool *ret_more)
{
        for (;;) {
                struct events_rule_record rule = {};
                int r = record_scan_next(scan, &rule);

                *ret_more = r == 0;
                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                if (!str_starts(rule.name, prefix))
                        continue;
                if (events_page_is_full(page))
                        return 0;
                ret->items[ret->count++] = tell(page->call, bus, &rule);
                events_page_add(page, scan);
        }
}

int events_list_rules(struct call *call, const struct events_list_rules_in *in,
                      struct events_list_rules_out *out)
{
        const struct events_bus bus = events_bus_named(call, in->event_bus_name);
        const struct events_rule_record like = {.bus = bus.arn};
        const struct str prefix = str_is_set(in->name_prefix) ? in->name_prefix : STR("");
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct events_page page;
        bool is_more;

        TRY(begin(call, &page, &bus, in->next_token, in->limit, prefix));
        out->rules.is_set = true;
        out->rules.items = arena_new_array(&call->arena, struct events_rule, page.limit);
        if (!out->rules.items)
                return -ENOMEM;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &events_rule_record_type, NULL, &like, 1,
                              page.after));
        TRY(fill_rules(&page, &scan, &bus, prefix, &out->rules, &is_more));
        return events_page_end(&page, is_more, &out->next_token);
}

/* A rule that has the target under several ids is named once: they follow each other. */
static int fill_names(struct events_page *page, struct record_scan *scan, struct str_list *ret,
                      bool *ret_more)
{
        for (;;) {
                struct events_target_record target = {};
                int r = record_scan_next(scan, &target);
                bool is_told;

                *ret_more = r == 0;
                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                is_told = ret->count > 0 && str_eq(ret->items[ret->count - 1], target.rule);
                if (!is_told && events_page_is_full(page))
                        return 0;
                if (!is_told)
                        ret->items[ret->count++] = target.rule;
                page->count = ret->count;
                page->last = record_scan_token(scan, &page->call->arena);
        }
}

int events_list_rule_names_by_target(struct call *call, const struct events_list_rule_names_by_target_in *in,
                                     struct events_list_rule_names_by_target_out *out)
{
        const struct events_bus bus = events_bus_named(call, in->event_bus_name);
        const struct events_target_record like = {.bus = bus.arn, .arn = in->target_arn};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct events_page page;
        bool is_more;

        TRY(begin(call, &page, &bus, in->next_token, in->limit, in->target_arn));
        out->rule_names.is_set = true;
        out->rule_names.items = arena_new_array(&call->arena, struct str, page.limit);
        if (!out->rule_names.items)
                return -ENOMEM;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &events_target_record_type,
                              events_target_by_arn, &like, 2, page.after));
        TRY(fill_names(&page, &scan, &out->rule_names, &is_more));
        return events_page_end(&page, is_more, &out->next_token);
}
