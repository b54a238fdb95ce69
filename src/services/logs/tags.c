/* Tags of groups, by the older operations and the newer ones.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html */
#include "services/logs/logs.h"

#define TAGS_PER_GROUP 50

static bool has_key(const struct str_list *keys, struct str key)
{
        for (size_t i = 0; i < keys->count; i++)
                if (str_eq(keys->items[i], key))
                        return true;
        return false;
}

static bool has_tag(const struct str_map *tags, struct str key)
{
        for (size_t i = 0; i < tags->count; i++)
                if (str_eq(tags->items[i].key, key))
                        return true;
        return false;
}

static int check_tags(struct call *call, const struct str_map *given)
{
        for (size_t i = 0; i < given->count; i++)
                if (str_starts_nocase(given->items[i].key, STR("aws:")))
                        return call_invalid(call,
                                            "aws: prefixed tag key names are not allowed for external use.");
        return 0;
}

static int compare_tags(const void *a, const void *b)
{
        return str_cmp(((const struct str_pair *)a)->key, ((const struct str_pair *)b)->key);
}

int logs_add_tags(struct call *call, const struct str_map *given, const struct api_error *too_many,
                  struct str_map *tags)
{
        struct str_map all = {.is_set = true};

        TRY(check_tags(call, given));
        all.items = arena_new_array(&call->arena, struct str_pair, tags->count + given->count + 1);
        if (!all.items)
                return -ENOMEM;
        for (size_t i = 0; i < tags->count; i++)
                if (!has_tag(given, tags->items[i].key))
                        all.items[all.count++] = tags->items[i];
        for (size_t i = 0; i < given->count; i++)
                all.items[all.count++] = given->items[i];
        if (all.count > TAGS_PER_GROUP)
                return fail(call, too_many, "A resource can have no more than %d tags.", TAGS_PER_GROUP);
        qsort(all.items, all.count, sizeof(struct str_pair), compare_tags);
        *tags = all;
        return 0;
}

static int add(struct call *call, struct logs_log_group_record *group, const struct str_map *tags,
               const struct api_error *too_many)
{
        TRY(logs_add_tags(call, tags, too_many, &group->tags));
        return call_put(call, &logs_log_group_record_type, group);
}

static int take_off(struct call *call, struct logs_log_group_record *group, const struct str_list *keys)
{
        struct str_map left = {.is_set = true};

        left.items = arena_new_array(&call->arena, struct str_pair, group->tags.count + 1);
        if (!left.items)
                return -ENOMEM;
        for (size_t i = 0; i < group->tags.count; i++)
                if (!has_key(keys, group->tags.items[i].key))
                        left.items[left.count++] = group->tags.items[i];
        group->tags = left;
        return call_put(call, &logs_log_group_record_type, group);
}

/* Nothing else that has an ARN is there yet. */
static int need_tagged(struct call *call, struct str arn, struct logs_log_group_record *ret)
{
        struct logs_name name;
        int r;

        if (!str_starts(arn, STR("arn:")))
                return call_invalid(call, "Invalid resource ARN '%.*s'.", STR_ARG(arn));
        r = logs_read_name(call, arn, &name);
        if (r == 0)
                r = logs_find_group(call, &name, ret);
        if (r == -EINVAL || r == -ENOENT)
                return fail(call, &logs_resource_not_found_exception,
                            "The specified resource does not exist.");
        return r;
}

static void show(const struct logs_log_group_record *group, struct str_map *ret)
{
        *ret = group->tags;
        ret->is_set = true;
}

/* -- By ARN */

int logs_tag_resource(struct call *call, const struct logs_tag_resource_in *in,
                      struct logs_tag_resource_out *out)
{
        struct logs_log_group_record group;

        (void)out;
        TRY(need_tagged(call, in->resource_arn, &group));
        return add(call, &group, &in->tags, &logs_too_many_tags_exception);
}

int logs_untag_resource(struct call *call, const struct logs_untag_resource_in *in,
                        struct logs_untag_resource_out *out)
{
        struct logs_log_group_record group;

        (void)out;
        TRY(need_tagged(call, in->resource_arn, &group));
        return take_off(call, &group, &in->tag_keys);
}

int logs_list_tags_for_resource(struct call *call, const struct logs_list_tags_for_resource_in *in,
                                struct logs_list_tags_for_resource_out *out)
{
        struct logs_log_group_record group;

        TRY(need_tagged(call, in->resource_arn, &group));
        show(&group, &out->tags);
        return 0;
}

/* -- By name */

int logs_tag_log_group(struct call *call, const struct logs_tag_log_group_in *in,
                       struct logs_tag_log_group_out *out)
{
        struct logs_log_group_record group;

        (void)out;
        TRY(logs_need_group(call, in->log_group_name, &group));
        return add(call, &group, &in->tags, &logs_invalid_parameter_exception);
}

int logs_untag_log_group(struct call *call, const struct logs_untag_log_group_in *in,
                         struct logs_untag_log_group_out *out)
{
        struct logs_log_group_record group;

        (void)out;
        TRY(logs_need_group(call, in->log_group_name, &group));
        return take_off(call, &group, &in->tags);
}

int logs_list_tags_log_group(struct call *call, const struct logs_list_tags_log_group_in *in,
                             struct logs_list_tags_log_group_out *out)
{
        struct logs_log_group_record group;

        TRY(logs_need_group(call, in->log_group_name, &group));
        show(&group, &out->tags);
        return 0;
}
