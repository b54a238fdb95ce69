/* https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html */
#include "services/events/events.h"

#define BUS  STR("event-bus/")
#define RULE STR("rule/")

struct str events_arn_part(struct str arn, size_t number)
{
        struct str rest = arn, part = STR_NONE;

        for (size_t i = 0; i < number && i < 5; i++)
                if (!str_cut(&rest, ':', &part))
                        return STR_NONE;
        return number > 5 ? rest : part;
}

static bool is_of_events(struct str arn)
{
        return str_starts(arn, STR("arn:")) && str_eq(events_arn_part(arn, 3), STR("events"));
}

bool events_bus_parse(struct str arn, struct events_bus *ret)
{
        struct str name = events_arn_part(arn, 6);

        if (!is_of_events(arn) || !str_starts(name, BUS) || name.len == BUS.len)
                return false;
        *ret = (struct events_bus){
                .arn = arn,
                .account = events_arn_part(arn, 5),
                .region = events_arn_part(arn, 4),
                .name = str_from(name, BUS.len),
        };
        return true;
}

static struct events_bus bus_of(struct arena *arena, struct str partition, struct str region,
                                struct str account, struct str name)
{
        return (struct events_bus){
                .arn = arena_printf(arena, "arn:%.*s:events:%.*s:%.*s:event-bus/%.*s", STR_ARG(partition),
                                    STR_ARG(region), STR_ARG(account), STR_ARG(name)),
                .account = account,
                .region = region,
                .name = name,
        };
}

struct events_bus events_bus_named(struct call *call, struct str name_or_arn)
{
        struct events_bus bus;

        if (events_bus_parse(name_or_arn, &bus))
                return bus;
        return bus_of(&call->arena, call->host->partition, call->region, call->account,
                      str_is_set(name_or_arn) ? name_or_arn : EVENTS_DEFAULT_BUS);
}

struct str events_rule_arn(struct arena *arena, const struct events_bus *bus, struct str rule)
{
        struct str before = str_part(bus->arn, 0, bus->arn.len - bus->name.len - BUS.len);

        if (str_eq(bus->name, EVENTS_DEFAULT_BUS))
                return arena_printf(arena, "%.*srule/%.*s", STR_ARG(before), STR_ARG(rule));
        return arena_printf(arena, "%.*srule/%.*s/%.*s", STR_ARG(before), STR_ARG(bus->name), STR_ARG(rule));
}

bool events_rule_parse(struct arena *arena, struct str arn, struct events_bus *ret_bus, struct str *ret_rule)
{
        struct str name = events_arn_part(arn, 6);
        ptrdiff_t slash;

        if (!is_of_events(arn) || !str_starts(name, RULE) || name.len == RULE.len)
                return false;
        name = str_from(name, RULE.len);
        slash = str_find_last_byte(name, '/');
        *ret_rule = str_from(name, (size_t)(slash + 1));
        *ret_bus = bus_of(arena, events_arn_part(arn, 2), events_arn_part(arn, 4), events_arn_part(arn, 5),
                          slash < 0 ? EVENTS_DEFAULT_BUS : str_part(name, 0, (size_t)slash));
        return ret_rule->len > 0;
}
