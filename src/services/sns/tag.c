/* Tags of topics. https://docs.aws.amazon.com/sns/latest/dg/sns-tags.html */
#include "services/sns/sns.h"

static int check_tag(struct call *call, const struct sns_tag_list *tags, size_t i)
{
        if (str_starts_nocase(tags->items[i].key, STR("aws:")))
                return sns_invalid(call,
                                   "Tags Reason: aws: prefixed tag key names are not allowed for external "
                                   "use");
        for (size_t k = 0; k < i; k++)
                if (str_eq(tags->items[k].key, tags->items[i].key))
                        return sns_invalid(call, "Tags Reason: duplicate tag key %.*s",
                                           STR_ARG(tags->items[i].key));
        return 0;
}

int sns_check_tags(struct call *call, const struct sns_tag_list *tags)
{
        if (tags->count > SNS_TAGS_MAX)
                return fail(call, &sns_tag_limit_exceeded_exception,
                            "Could not complete request: tag quota of per resource exceeded");
        for (size_t i = 0; i < tags->count; i++)
                TRY(check_tag(call, tags, i));
        return 0;
}

/* Here alone a topic that is not there is no "NotFound". */
static int need_topic(struct call *call, struct str arn, struct sns_topic_record *ret)
{
        struct sns_name name;
        int r;

        TRY(sns_read_topic_arn(call, arn, "ResourceArn", &name));
        r = sns_get_topic(call, &name, ret);
        return r == -ENOENT ? fail(call, &sns_resource_not_found_exception, "Resource does not exist") : r;
}

static struct sns_tag *find(const struct sns_tag_list *tags, struct str key)
{
        for (size_t i = 0; i < tags->count; i++)
                if (str_eq(tags->items[i].key, key))
                        return &tags->items[i];
        return NULL;
}

/* "A new tag with a key identical to that of an existing tag overwrites the existing tag." */
static int merge(struct call *call, const struct sns_tag_list *given, struct sns_tag_list *tags)
{
        struct sns_tag_list merged = {
                .items = arena_new_array(&call->arena, struct sns_tag, tags->count + given->count + 1),
                .count = tags->count,
                .is_set = true};

        if (!merged.items)
                return -ENOMEM;
        if (tags->count)
                memcpy(merged.items, tags->items, tags->count * sizeof(*tags->items));
        for (size_t i = 0; i < given->count; i++) {
                struct sns_tag *there = find(&merged, given->items[i].key);

                if (there)
                        there->value = given->items[i].value;
                else
                        merged.items[merged.count++] = given->items[i];
        }
        *tags = merged;
        return 0;
}

int sns_tag_resource(struct call *call, const struct sns_tag_resource_in *in,
                     struct sns_tag_resource_out *out)
{
        struct sns_topic_record topic;

        (void)out;
        TRY(need_topic(call, in->resource_arn, &topic));
        TRY(sns_check_tags(call, &in->tags));
        TRY(merge(call, &in->tags, &topic.tags));
        TRY(sns_check_tags(call, &topic.tags));
        return call_put(call, &sns_topic_record_type, &topic);
}

static bool is_listed(const struct str_list *list, struct str key)
{
        for (size_t i = 0; i < list->count; i++)
                if (str_eq(list->items[i], key))
                        return true;
        return false;
}

int sns_untag_resource(struct call *call, const struct sns_untag_resource_in *in,
                       struct sns_untag_resource_out *out)
{
        struct sns_topic_record topic;
        size_t kept = 0;

        (void)out;
        TRY(need_topic(call, in->resource_arn, &topic));
        for (size_t i = 0; i < topic.tags.count; i++)
                if (!is_listed(&in->tag_keys, topic.tags.items[i].key))
                        topic.tags.items[kept++] = topic.tags.items[i];
        topic.tags.count = kept;
        return call_put(call, &sns_topic_record_type, &topic);
}

int sns_list_tags_for_resource(struct call *call, const struct sns_list_tags_for_resource_in *in,
                               struct sns_list_tags_for_resource_out *out)
{
        struct sns_topic_record topic;

        TRY(need_topic(call, in->resource_arn, &topic));
        out->tags = topic.tags;
        out->tags.is_set = true;
        return 0;
}
