/* Rules. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rules.html */
#include "services/events/events.h"
#include "services/events/pattern.h"
#include "services/events/schedule.h"
#include "services/iam/directory.h"

static int get_rule(struct call *call, const struct events_bus *bus, struct str name,
                    struct events_rule_record *ret)
{
        *ret = (struct events_rule_record){.bus = bus->arn, .name = name};
        return call_get(call, &events_rule_record_type, ret);
}

int events_need_rule(struct call *call, const struct events_bus *bus, struct str name,
                     struct events_rule_record *ret)
{
        struct events_bus_record record;
        int r;

        TRY(events_need_bus(call, bus, &record));
        r = get_rule(call, bus, name, ret);
        if (r == -ENOENT)
                return fail(call, &events_resource_not_found_exception,
                            "Rule %.*s does not exist on EventBus %.*s.", STR_ARG(name), STR_ARG(bus->name));
        return r;
}

bool events_rule_is_on(const struct events_rule_record *rule)
{
        return !str_eq(rule->state, STR("DISABLED"));
}

int events_pass_role(struct call *call, struct str role_arn)
{
        struct resource resource;
        int r = iam_role_passed_to(call, role_arn, EVENTS_PRINCIPAL, &resource);

        if (r == -EINVAL)
                return call_invalid(call, "Parameter RoleArn is not valid. Reason: Provided Arn is not in "
                                          "correct format.");
        TRY(r);
        return call->authorise(call, STR("iam:PassRole"), &resource);
}

/* -- PutRule */

int events_check_pattern(struct call *call, struct str text)
{
        const struct event_pattern *pattern;
        struct str reason = STR_NONE;
        int r = event_pattern_check(&call->arena, text, &pattern, &reason);

        if (r == -EINVAL)
                return fail(call, &events_invalid_event_pattern_exception,
                            "Event pattern is not valid. Reason: %.*s", STR_ARG(reason));
        return r;
}

static int check_schedule(struct call *call, const struct events_bus *bus, struct str text)
{
        struct events_schedule schedule;

        if (events_schedule_parse(text, &schedule) < 0)
                return call_invalid(call, "Parameter ScheduleExpression is not valid.");
        if (!str_eq(bus->name, EVENTS_DEFAULT_BUS))
                return call_invalid(call, "ScheduleExpression is supported only on the default event bus.");
        return 0;
}

static int check_rule(struct call *call, const struct events_put_rule_in *in, const struct events_bus *bus)
{
        if (!in->event_pattern.len && !in->schedule_expression.len)
                return call_invalid(call,
                                    "Parameter(s) EventPattern or ScheduleExpression must be specified.");
        if (in->event_pattern.len)
                TRY(events_check_pattern(call, in->event_pattern));
        if (in->schedule_expression.len)
                TRY(check_schedule(call, bus, in->schedule_expression));
        return str_is_set(in->role_arn) ? events_pass_role(call, in->role_arn) : 0;
}

static int exceeded(struct call *call)
{
        return fail(call, &events_limit_exceeded_exception,
                    "The requested resource exceeds the maximum number allowed.");
}

/* NULL: none. */
static int count_rule(struct call *call, struct events_bus_record *bus,
                      const struct events_rule_record *before, const struct events_rule_record *after)
{
        int64_t wild = (after && events_has_wildcard(after->pattern)) -
                       (before && events_has_wildcard(before->pattern));
        int64_t more = (after != NULL) - (before != NULL);

        if (more == 0 && wild == 0)
                return 0;
        bus->rule_count = OPT_INT(bus->rule_count.value + more);
        bus->wildcard_count = OPT_INT(bus->wildcard_count.value + wild);
        if ((more > 0 && bus->rule_count.value > EVENTS_RULES) ||
            (wild > 0 && bus->wildcard_count.value > EVENTS_WILDCARD_RULES))
                return exceeded(call);
        return call_put(call, &events_bus_record_type, bus);
}

static struct str given(struct str s)
{
        return s.len ? s : STR_NONE;
}

/* "If you omit arguments in PutRule, the old values for those arguments are not kept." Tags and targets are.
 */
static void fill_rule(struct call *call, const struct events_put_rule_in *in,
                      const struct events_rule_record *before, struct events_rule_record *rule)
{
        rule->pattern = given(in->event_pattern);
        rule->schedule = given(in->schedule_expression);
        rule->state = str_is_set(in->state) ? in->state : STR("ENABLED");
        rule->description = in->description;
        rule->role_arn = in->role_arn;
        rule->created_by = call->account;
        if (!before)
                return;
        rule->created_by = before->created_by;
        rule->tags = before->tags;
        rule->target_count = before->target_count;
}

static int change_rule(struct call *call, const struct events_rule_record *before,
                       struct events_rule_record *rule)
{
        TRY(events_set_schedule(call, before, rule));
        TRY(events_listen(call, before, rule));
        return call_put(call, &events_rule_record_type, rule);
}

int events_store_rule(struct call *call, const struct events_bus *bus,
                      const struct events_rule_record *before, struct events_rule_record *rule)
{
        struct events_bus_record record;

        TRY(events_need_bus(call, bus, &record));
        TRY(count_rule(call, &record, before, rule));
        return change_rule(call, before, rule);
}

int events_remove_rule(struct call *call, const struct events_bus *bus, const struct events_rule_record *rule)
{
        struct events_rule_record off = *rule;
        struct events_bus_record record;

        off.state = STR("DISABLED");
        TRY(events_need_bus(call, bus, &record));
        TRY(events_set_schedule(call, rule, &off));
        TRY(events_listen(call, rule, NULL));
        TRY(count_rule(call, &record, rule, NULL));
        return call_delete(call, &events_rule_record_type, rule);
}

int events_put_rule(struct call *call, const struct events_put_rule_in *in, struct events_put_rule_out *out)
{
        const struct events_bus bus = events_bus_named(call, in->event_bus_name);
        struct events_rule_record before, rule = {.bus = bus.arn, .name = in->name};
        struct events_bus_record record;
        int r;

        TRY(events_need_bus(call, &bus, &record));
        TRY(check_rule(call, in, &bus));
        r = get_rule(call, &bus, in->name, &before);
        if (r < 0 && r != -ENOENT)
                return r;
        if (r == 0)
                TRY(events_refuse_managed(call, &before, false));
        fill_rule(call, in, r == 0 ? &before : NULL, &rule);
        if (r == -ENOENT)
                TRY(events_merge_tags(call, &in->tags, &rule.tags));
        out->rule_arn = events_rule_arn(&call->arena, &bus, in->name);
        return events_store_rule(call, &bus, r == 0 ? &before : NULL, &rule);
}

/* -- The others */

static int set_state(struct call *call, struct str bus_name, struct str name, struct str state)
{
        const struct events_bus bus = events_bus_named(call, bus_name);
        struct events_rule_record before, rule;

        TRY(events_need_rule(call, &bus, name, &before));
        TRY(events_refuse_managed(call, &before, false));
        rule = before;
        /* Enabled already, for whatever it is: it stays so. */
        if (events_rule_is_on(&before) != str_eq(state, STR("ENABLED")))
                rule.state = state;
        return change_rule(call, &before, &rule);
}

int events_enable_rule(struct call *call, const struct events_enable_rule_in *in,
                       struct events_enable_rule_out *out)
{
        (void)out;
        return set_state(call, in->event_bus_name, in->name, STR("ENABLED"));
}

int events_disable_rule(struct call *call, const struct events_disable_rule_in *in,
                        struct events_disable_rule_out *out)
{
        (void)out;
        return set_state(call, in->event_bus_name, in->name, STR("DISABLED"));
}

/* One that is not there is deleted, too. */
int events_delete_rule(struct call *call, const struct events_delete_rule_in *in,
                       struct events_delete_rule_out *out)
{
        const struct events_bus bus = events_bus_named(call, in->event_bus_name);
        struct events_rule_record rule;
        struct events_bus_record record;
        int r;

        (void)out;
        TRY(events_need_bus(call, &bus, &record));
        r = get_rule(call, &bus, in->name, &rule);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        TRY(events_refuse_managed(call, &rule, in->force.value));
        if (rule.target_count.value > 0)
                return call_invalid(call, "Rule can't be deleted since it has targets.");
        return events_remove_rule(call, &bus, &rule);
}

int events_describe_rule(struct call *call, const struct events_describe_rule_in *in,
                         struct events_describe_rule_out *out)
{
        const struct events_bus bus = events_bus_named(call, in->event_bus_name);
        struct events_rule_record rule;

        TRY(events_need_rule(call, &bus, in->name, &rule));
        *out = (struct events_describe_rule_out){
                .name = rule.name,
                .arn = events_rule_arn(&call->arena, &bus, rule.name),
                .event_pattern = rule.pattern,
                .schedule_expression = rule.schedule,
                .state = rule.state,
                .description = rule.description,
                .role_arn = rule.role_arn,
                .managed_by = rule.managed_by,
                .event_bus_name = bus.name,
                .created_by = rule.created_by,
        };
        return 0;
}
