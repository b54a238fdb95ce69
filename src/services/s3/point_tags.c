/* Tags of access points. Buckets have operations of their own for theirs.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_TagResource.html */
#include "services/s3/point_tags.h"

#define TAGS_MAX 50

static int invalid(struct call *call, const char *text, struct str key)
{
        call_detail(call, STR("TagKey"), key);
        return fail(call, &s3_control_invalid_tag, "%s", text);
}

static const struct s3_control_tag *find(const struct s3_control_tag_list *tags, size_t count, struct str key)
{
        for (size_t i = 0; i < count; i++)
                if (str_eq(tags->items[i].key, key))
                        return &tags->items[i];
        return NULL;
}

/* Lengths are limits of the shapes. */
int s3_check_point_tags(struct call *call, const struct s3_control_tag_list *tags)
{
        for (size_t i = 0; i < tags->count; i++) {
                struct str key = tags->items[i].key;

                if (str_starts_nocase(key, STR("aws:")))
                        return invalid(call, "System tags cannot be added/updated by requester", key);
                if (find(tags, i, key))
                        return invalid(call, "Cannot provide multiple Tags with the same key", key);
        }
        return 0;
}

/* -- Operations */

static int refuse_arn(struct call *call)
{
        return fail(call, &s3_control_invalid_request, "The specified ARN is not valid.");
}

static bool is_whole(struct str arn)
{
        struct str rest = arn, part;

        for (size_t i = 0; i < 5; i++)
                if (!str_cut(&rest, ':', &part) || !str_is_set(rest))
                        return false;
        return rest.len > 0;
}

static int get_point(struct call *call, struct str arn, struct str account, s3_point *ret)
{
        struct str rest;

        if (!is_whole(arn))
                return refuse_arn(call);
        if (!s3_point_of_arn(call, arn, ret, &rest))
                return fail(call, &s3_control_not_implemented,
                            "Tags of resources other than access points are not implemented.");
        if (str_is_set(rest) || !str_eq(ret->account, account) || !str_eq(ret->region, call->region))
                return refuse_arn(call);
        return s3_get_point(call, ret);
}

int s3_control_list_tags_for_resource(struct call *call,
                                      const struct s3_control_list_tags_for_resource_in *in,
                                      struct s3_control_list_tags_for_resource_out *out)
{
        s3_point point = {};

        TRY(get_point(call, in->resource_arn, in->account_id, &point));
        out->tags = point.tags;
        out->tags.is_set = true;
        return 0;
}

/* What is there already has the new value. */
static int merge(struct call *call, const struct s3_control_tag_list *more, struct s3_control_tag_list *tags)
{
        struct s3_control_tag_list all = {.is_set = true};

        all.items = arena_new_array(&call->arena, struct s3_control_tag, tags->count + more->count);
        if (!all.items)
                return -ENOMEM;
        for (size_t i = 0; i < tags->count; i++)
                if (!find(more, more->count, tags->items[i].key))
                        all.items[all.count++] = tags->items[i];
        for (size_t i = 0; i < more->count; i++)
                all.items[all.count++] = more->items[i];
        if (all.count > TAGS_MAX)
                return fail(call, &s3_control_invalid_tag, "Access point tags cannot be greater than %d",
                            TAGS_MAX);
        *tags = all;
        return 0;
}

int s3_control_tag_resource(struct call *call, const struct s3_control_tag_resource_in *in,
                            struct s3_control_tag_resource_out *out)
{
        s3_point point = {};

        (void)out;
        TRY(get_point(call, in->resource_arn, in->account_id, &point));
        TRY(s3_check_point_tags(call, &in->tags));
        if (in->tags.count == 0)
                return 0;
        TRY(merge(call, &in->tags, &point.tags));
        return call_put(call, &s3_control_access_point_record_type, &point);
}

static bool is_named(const struct str_list *keys, struct str key)
{
        for (size_t i = 0; i < keys->count; i++)
                if (str_eq(keys->items[i], key))
                        return true;
        return false;
}

int s3_control_untag_resource(struct call *call, const struct s3_control_untag_resource_in *in,
                              struct s3_control_untag_resource_out *out)
{
        s3_point point = {};
        size_t kept = 0;

        (void)out;
        TRY(get_point(call, in->resource_arn, in->account_id, &point));
        for (size_t i = 0; i < point.tags.count; i++)
                if (!is_named(&in->tag_keys, point.tags.items[i].key))
                        point.tags.items[kept++] = point.tags.items[i];
        point.tags.count = kept;
        return call_put(call, &s3_control_access_point_record_type, &point);
}
