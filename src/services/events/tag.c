/* TagResource, UntagResource, ListTagsForResource.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-tagging.html */
#include "services/events/events.h"

/* A bus or a rule. */
struct tagged {
        struct events_bus_record bus;
        struct events_rule_record rule;
        bool is_rule;
};

static struct events_tag *find_tag(const struct events_tag_list *tags, size_t count, struct str key)
{
        for (size_t i = 0; i < count; i++)
                if (str_eq(tags->items[i].key, key))
                        return &tags->items[i];
        return NULL;
}

static int check_tags(struct call *call, const struct events_tag_list *given)
{
        for (size_t i = 0; i < given->count; i++) {
                if (str_starts_nocase(given->items[i].key, STR("aws:")))
                        return call_invalid(call,
                                            "Tag keys that start with aws: are reserved for use by AWS.");
                if (find_tag(given, i, given->items[i].key))
                        return call_invalid(call, "Duplicate tag keys are not allowed.");
        }
        return 0;
}

int events_merge_tags(struct call *call, const struct events_tag_list *given, struct events_tag_list *tags)
{
        struct events_tag_list all = {.is_set = true};

        TRY(check_tags(call, given));
        all.items = arena_new_array(&call->arena, struct events_tag, tags->count + given->count + 1);
        if (!all.items)
                return -ENOMEM;
        for (size_t i = 0; i < tags->count; i++)
                if (!find_tag(given, given->count, tags->items[i].key))
                        all.items[all.count++] = tags->items[i];
        for (size_t i = 0; i < given->count; i++)
                all.items[all.count++] = given->items[i];
        if (all.count > EVENTS_TAGS)
                return call_invalid(call, "The number of tags exceeds the limit of %d.", EVENTS_TAGS);
        *tags = all;
        return 0;
}

static int find_tagged(struct call *call, struct str arn, struct tagged *ret)
{
        struct events_bus bus;
        struct str rule;

        *ret = (struct tagged){};
        if (events_bus_parse(arn, &bus))
                return events_need_bus(call, &bus, &ret->bus);
        if (!events_rule_parse(&call->arena, arn, &bus, &rule))
                return call_invalid(call, "Parameter ResourceARN is not valid.");
        ret->is_rule = true;
        return events_need_rule(call, &bus, rule, &ret->rule);
}

static struct events_tag_list *tags_of(struct tagged *tagged)
{
        return tagged->is_rule ? &tagged->rule.tags : &tagged->bus.tags;
}

static int keep(struct call *call, const struct tagged *tagged)
{
        return tagged->is_rule ? call_put(call, &events_rule_record_type, &tagged->rule)
                               : call_put(call, &events_bus_record_type, &tagged->bus);
}

int events_tag_resource(struct call *call, const struct events_tag_resource_in *in,
                        struct events_tag_resource_out *out)
{
        struct tagged tagged;

        (void)out;
        TRY(find_tagged(call, in->resource_arn, &tagged));
        if (tagged.is_rule)
                TRY(events_refuse_managed(call, &tagged.rule, false));
        TRY(events_merge_tags(call, &in->tags, tags_of(&tagged)));
        return keep(call, &tagged);
}

static bool has(const struct str_list *list, struct str key)
{
        for (size_t i = 0; i < list->count; i++)
                if (str_eq(list->items[i], key))
                        return true;
        return false;
}

int events_untag_resource(struct call *call, const struct events_untag_resource_in *in,
                          struct events_untag_resource_out *out)
{
        struct events_tag_list left = {.is_set = true}, *tags;
        struct tagged tagged;

        (void)out;
        TRY(find_tagged(call, in->resource_arn, &tagged));
        if (tagged.is_rule)
                TRY(events_refuse_managed(call, &tagged.rule, false));
        tags = tags_of(&tagged);
        left.items = arena_new_array(&call->arena, struct events_tag, tags->count + 1);
        if (!left.items)
                return -ENOMEM;
        for (size_t i = 0; i < tags->count; i++)
                if (!has(&in->tag_keys, tags->items[i].key))
                        left.items[left.count++] = tags->items[i];
        *tags = left;
        return keep(call, &tagged);
}

int events_list_tags_for_resource(struct call *call, const struct events_list_tags_for_resource_in *in,
                                  struct events_list_tags_for_resource_out *out)
{
        struct tagged tagged;

        TRY(find_tagged(call, in->resource_arn, &tagged));
        out->tags = *tags_of(&tagged);
        out->tags.is_set = true;
        return 0;
}
