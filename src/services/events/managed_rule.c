/* https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rules.html#eb-rules-managed */
#include "services/events/archive.h"

#define MANAGER STR("prod.vhs.events.aws.internal")
#define TARGET  STR("archive")

int events_refuse_managed(struct call *call, const struct events_rule_record *rule, bool is_forced)
{
        if (!str_is_set(rule->managed_by) || is_forced)
                return 0;
        return fail(call, &events_managed_rule_exception,
                    "Rule %.*s is managed by an AWS service, and can be changed by it alone.",
                    STR_ARG(rule->name));
}

static int put_target(struct call *call, const struct events_rule_record *rule, struct str arn)
{
        struct events_target *target = arena_new(&call->arena, struct events_target);
        const struct events_target_record record = {
                .bus = rule->bus, .rule = rule->name, .id = TARGET, .arn = arn, .target = target};

        if (!target)
                return -ENOMEM;
        target->id = TARGET;
        target->arn = arn;
        return call_put(call, &events_target_record_type, &record);
}

static int get(struct call *call, const struct events_bus *bus, struct str name,
               struct events_rule_record *ret)
{
        *ret = (struct events_rule_record){.bus = bus->arn, .name = name};
        return call_get(call, &events_rule_record_type, ret);
}

int events_manage_rule(struct call *call, const struct events_bus *bus, struct str name, struct str pattern,
                       struct str target_arn)
{
        struct events_rule_record before, rule = {
                                                  .bus = bus->arn,
                                                  .name = name,
                                                  .pattern = pattern,
                                                  .state = STR("ENABLED"),
                                                  .created_by = call->account,
                                                  .target_count = OPT_INT(1),
                                                  .managed_by = MANAGER,
                                          };
        int r = get(call, bus, name, &before);

        if (r < 0 && r != -ENOENT)
                return r;
        if (r == 0 && !str_is_set(before.managed_by))
                return fail(call, &events_resource_already_exists_exception, "Rule %.*s already exists.",
                            STR_ARG(name));
        TRY(put_target(call, &rule, target_arn));
        return events_store_rule(call, bus, r == 0 ? &before : NULL, &rule);
}

int events_drop_managed_rule(struct call *call, const struct events_bus *bus, struct str name)
{
        struct events_rule_record rule;
        struct events_target_record target = {.bus = bus->arn, .rule = name, .id = TARGET};
        int r = get(call, bus, name, &rule);

        if (r == -ENOENT || (r == 0 && !str_is_set(rule.managed_by)))
                return 0; /* somebody forced it away */
        TRY(r);
        r = call_delete(call, &events_target_record_type, &target);
        if (r < 0 && r != -ENOENT)
                return r;
        return events_remove_rule(call, bus, &rule);
}
