/* What permissions are asked on: the finders of api/events.api.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html */
#include <assert.h>

#include "services/events/put.h"
#include "services/events/rule_keys.h"

#define BUS_TYPE  STR("AWS::Events::EventBus")
#define RULE_TYPE STR("AWS::Events::Rule")

static int set_tags(struct call *call, const struct events_tag_list *tags, struct resource *ret)
{
        if (tags->count == 0)
                return 0;
        ret->tags.items = arena_new_array(&call->arena, struct str_pair, tags->count);
        if (!ret->tags.items)
                return -ENOMEM;
        for (size_t i = 0; i < tags->count; i++)
                ret->tags.items[i] = (struct str_pair){tags->items[i].key, tags->items[i].value};
        ret->tags.count = tags->count;
        return 0;
}

int events_bus_resource(struct call *call, const struct events_bus *bus, struct resource *ret)
{
        struct events_bus_record record;
        int r = events_get_bus(call, bus, &record);

        *ret = (struct resource){
                .arn = bus->arn,
                .account = bus->account,
                .type = BUS_TYPE,
                .policy_kind = POLICY_RESOURCE,
        };
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        ret->policy = record.policy;
        ret->policy_name = STR("event bus policy");
        return set_tags(call, &record.tags, ret);
}

int events_event_bus_resource(struct call *call, const struct str *args, struct resource *ret)
{
        const struct events_bus bus = events_bus_named(call, str_is_set(args[0]) ? args[0] : STR("*"));

        if (!str_is_set(args[0]) && str_eq(call->operation->name, STR("DescribeEventBus"))) {
                const struct events_bus usual = events_bus_named(call, STR_NONE);

                return events_bus_resource(call, &usual, ret);
        }
        return events_bus_resource(call, &bus, ret);
}

/* The policy of a bus may let others make rules on it. */
static int rule_resource(struct call *call, const struct events_bus *bus, struct str name,
                         struct resource *ret)
{
        struct events_rule_record *rule = arena_new(&call->arena, struct events_rule_record);
        int r;

        if (!rule)
                return -ENOMEM;
        TRY(events_bus_resource(call, bus, ret));
        *rule = (struct events_rule_record){.bus = bus->arn, .name = name};
        r = call_get(call, &events_rule_record_type, rule);
        if (r < 0 && r != -ENOENT)
                return r;
        ret->arn = events_rule_arn(&call->arena, bus, name);
        ret->type = RULE_TYPE;
        ret->tags = (struct str_map){};
        ret->of = rule;
        ret->find_key = events_find_rule_key;
        return r == 0 ? set_tags(call, &rule->tags, ret) : 0;
}

int events_rule_resource(struct call *call, const struct str *args, struct resource *ret)
{
        const struct events_bus bus = events_bus_named(call, args[1]);

        return rule_resource(call, &bus, args[0], ret);
}

int events_tagged_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct events_bus bus;
        struct str rule;

        if (events_bus_parse(args[0], &bus))
                return events_bus_resource(call, &bus, ret);
        if (events_rule_parse(&call->arena, args[0], &bus, &rule))
                return rule_resource(call, &bus, rule, ret);
        *ret = (struct resource){.arn = args[0], .policy_kind = POLICY_RESOURCE};
        return 0;
}

/* -- PutEvents: each entry's bus stands behind that of the entry before, and each must allow it */

static int add_key(struct call *call, struct str name, struct str value, struct policy_key *ret)
{
        struct str *values = arena_new(&call->arena, struct str);

        if (!values)
                return -ENOMEM;
        *values = value;
        *ret = (struct policy_key){.name = name, .values = values, .count = 1};
        return 0;
}

int events_put_resource(struct call *call, const struct events_put *put, struct resource *ret)
{
        struct policy_key *keys = arena_new_array(&call->arena, struct policy_key, 3);

        if (!keys)
                return -ENOMEM;
        TRY(events_bus_resource(call, &put->bus, ret));
        TRY(add_key(call, STR("events:eventBusInvocation"), put->by_rule ? STR("true") : STR("false"),
                    &keys[ret->key_count++]));
        if (put->source.len)
                TRY(add_key(call, STR("events:source"), put->source, &keys[ret->key_count++]));
        if (put->detail_type.len)
                TRY(add_key(call, STR("events:detail-type"), put->detail_type, &keys[ret->key_count++]));
        ret->keys = keys;
        return 0;
}

int events_entry_bus_resource(struct call *call, const struct str *args, struct resource *ret)
{
        const struct events_put_events_in *in = call->in;
        const struct resource *behind = NULL;

        (void)args;
        for (size_t i = in->entries.count; i > 0; i--) {
                const struct events_put_events_request_entry *entry = &in->entries.items[i - 1];
                const struct events_put put = {
                        .bus = events_bus_named(call, entry->event_bus_name),
                        .source = entry->source,
                        .detail_type = entry->detail_type,
                };
                struct resource *resource = arena_new(&call->arena, struct resource);

                if (!resource)
                        return -ENOMEM;
                TRY(events_put_resource(call, &put, resource));
                resource->behind = behind;
                behind = resource;
        }
        assert(behind); /* there is at least one entry */
        *ret = *behind;
        return 0;
}

/* -- Of operations that are planned: by name or ARN */

static int named(struct call *call, const char *kind, struct str given, struct resource *ret)
{
        *ret = (struct resource){.arn = given, .policy_kind = POLICY_RESOURCE};
        if (!str_starts(given, STR("arn:")))
                ret->arn = arena_printf(&call->arena, "arn:%.*s:events:%.*s:%.*s:%s/%.*s",
                                        STR_ARG(call->host->partition), STR_ARG(call->region),
                                        STR_ARG(call->account), kind,
                                        STR_ARG(str_is_set(given) ? given : STR("*")));
        return 0;
}

int events_api_destination_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return named(call, "api-destination", args[0], ret);
}

int events_archive_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return named(call, "archive", args[0], ret);
}

int events_connection_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return named(call, "connection", args[0], ret);
}

int events_endpoint_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return named(call, "endpoint", args[0], ret);
}

int events_event_source_resource(struct call *call, const struct str *args, struct resource *ret)
{
        *ret = (struct resource){
                .arn = arena_printf(&call->arena, "arn:%.*s:events:%.*s::event-source/%.*s",
                                    STR_ARG(call->host->partition), STR_ARG(call->region), STR_ARG(args[0])),
                .policy_kind = POLICY_RESOURCE,
        };
        return 0;
}

int events_replay_bus_resource(struct call *call, const struct str *args, struct resource *ret)
{
        const struct events_start_replay_in *in = call->in;
        const struct events_bus bus =
                events_bus_named(call, in && in->destination ? in->destination->arn : STR("*"));

        (void)args;
        return events_bus_resource(call, &bus, ret);
}

int events_replay_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return named(call, "replay", args[0], ret);
}
