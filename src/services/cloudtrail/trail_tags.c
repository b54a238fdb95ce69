/* AddTags, RemoveTags, ListTags: of trails and event data stores.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AddTags.html */
#include "base/text.h"
#include "services/cloudtrail/store.h"
#include "services/cloudtrail/trail.h"

#define TAGS_MAX 50

static const struct cloudtrail_tag *find_tag(const struct cloudtrail_tag_list *tags, struct str key)
{
        for (size_t i = 0; i < tags->count; i++)
                if (str_eq(tags->items[i].key, key))
                        return &tags->items[i];
        return NULL;
}

static bool is_tag_byte(char c)
{
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c < 0 ||
               str_has_byte(STR(" _.:/=+-@"), c);
}

static bool has_odd_bytes(struct str text)
{
        for (size_t i = 0; i < text.len; i++)
                if (!is_tag_byte(text.ptr[i]))
                        return true;
        return false;
}

static int check_tag(struct call *call, const struct cloudtrail_tag *tag)
{
        const struct api_error *error = &cloudtrail_invalid_tag_parameter_exception;

        if (str_starts_nocase(tag->key, STR("aws:")))
                return fail(call, error, "Tag keys that begin with aws: are reserved for AWS use.");
        if (has_odd_bytes(tag->key) || has_odd_bytes(tag->value))
                return fail(call, error, "The tag key or value contains characters that are not allowed.");
        return 0;
}

int trail_check_tags(struct call *call, const struct cloudtrail_tag_list *tags)
{
        for (size_t i = 0; i < tags->count; i++) {
                TRY(check_tag(call, &tags->items[i]));
                if (find_tag(tags, tags->items[i].key) != &tags->items[i])
                        return fail(call, &cloudtrail_invalid_tag_parameter_exception,
                                    "The list of tags has a key more than once.");
        }
        if (tags->count > TAGS_MAX)
                return fail(call, &cloudtrail_tags_limit_exceeded_exception,
                            "The number of tags has exceeded the limit of %d.", TAGS_MAX);
        return 0;
}

struct tagged {
        struct cloudtrail_trail_record trail;
        struct cloudtrail_event_data_store_record store;
        bool is_store;
        struct cloudtrail_tag_list *tags; /* of the one that it is */
};

static int keep(struct call *call, const struct tagged *tagged)
{
        return tagged->is_store ? call_put(call, &cloudtrail_event_data_store_record_type, &tagged->store)
                                : call_put(call, &cloudtrail_trail_record_type, &tagged->trail);
}

static int find_trail(struct call *call, struct str arn, struct cloudtrail_trail_record *ret)
{
        int r = trail_find(call, arn, ret);

        if (r != -ECALL || call->error != &cloudtrail_trail_not_found_exception)
                return r;
        call_forgive(call);
        return fail(call, &cloudtrail_resource_not_found_exception, "The resource %.*s is not found.",
                    STR_ARG(arn));
}

/* By ARN alone; of other kinds there are none yet. */
static int find(struct call *call, struct str arn, struct tagged *ret)
{
        *ret = (struct tagged){.is_store = str_find(arn, STR(":eventdatastore/")) >= 0};
        ret->tags = ret->is_store ? &ret->store.tags : &ret->trail.tags;

        if (!str_starts(arn, STR("arn:")) || str_find(arn, STR(":cloudtrail:")) < 0)
                return fail(call, &cloudtrail_cloud_trail_arn_invalid_exception, "The ARN %.*s is not valid.",
                            STR_ARG(arn));
        if (ret->is_store)
                return store_find_active(call, arn, &ret->store);
        if (str_find(arn, STR(":trail/")) < 0)
                return fail(call, &cloudtrail_resource_type_not_supported_exception,
                            "The resource type of %.*s is not supported.", STR_ARG(arn));
        return find_trail(call, arn, &ret->trail);
}

static void drop_tag(struct cloudtrail_tag_list *tags, const struct cloudtrail_tag *given)
{
        size_t kept = 0;

        for (size_t i = 0; i < tags->count; i++)
                if (!str_eq(tags->items[i].key, given->key))
                        tags->items[kept++] = tags->items[i];
        tags->count = kept;
}

/* A copy with room for more. */
static int copy_tags(struct call *call, size_t more, struct cloudtrail_tag_list *tags)
{
        struct cloudtrail_tag *items =
                arena_new_array(&call->arena, struct cloudtrail_tag, tags->count + more + 1);

        if (!items)
                return -ENOMEM;
        for (size_t i = 0; i < tags->count; i++)
                items[i] = tags->items[i];
        tags->items = items;
        tags->is_set = true;
        return 0;
}

int cloudtrail_add_tags(struct call *call, const struct cloudtrail_add_tags_in *in,
                        struct cloudtrail_add_tags_out *out)
{
        struct tagged tagged = {};

        (void)out;
        TRY(find(call, in->resource_id, &tagged));
        TRY(trail_check_tags(call, &in->tags_list));
        TRY(copy_tags(call, in->tags_list.count, tagged.tags));
        for (size_t i = 0; i < in->tags_list.count; i++) {
                drop_tag(tagged.tags, &in->tags_list.items[i]);
                tagged.tags->items[tagged.tags->count++] = in->tags_list.items[i];
        }
        TRY(trail_check_tags(call, tagged.tags));
        return keep(call, &tagged);
}

static bool is_gone(const struct cloudtrail_tag_list *tags, const struct cloudtrail_tag *given)
{
        const struct cloudtrail_tag *tag = find_tag(tags, given->key);

        return tag && (!str_is_set(given->value) || str_eq(given->value, tag->value));
}

/* A tag that is given with a value goes only if it has that. */
int cloudtrail_remove_tags(struct call *call, const struct cloudtrail_remove_tags_in *in,
                           struct cloudtrail_remove_tags_out *out)
{
        struct tagged tagged = {};

        (void)out;
        TRY(find(call, in->resource_id, &tagged));
        TRY(copy_tags(call, 0, tagged.tags));
        for (size_t i = 0; i < in->tags_list.count; i++)
                if (is_gone(tagged.tags, &in->tags_list.items[i]))
                        drop_tag(tagged.tags, &in->tags_list.items[i]);
        return keep(call, &tagged);
}

static int may_list(struct call *call, struct str arn)
{
        struct resource resource = {};

        TRY(cloudtrail_by_arn_resource(call, &arn, &resource));
        return call->authorise(call, STR("cloudtrail:ListTags"), &resource);
}

int cloudtrail_list_tags(struct call *call, const struct cloudtrail_list_tags_in *in,
                         struct cloudtrail_list_tags_out *out)
{
        size_t count = in->resource_id_list.count;

        if (str_is_set(in->next_token))
                return fail(call, &cloudtrail_invalid_token_exception, "Invalid token.");
        out->resource_tag_list.items =
                arena_new_array(&call->arena, struct cloudtrail_resource_tag, count + 1);
        if (!out->resource_tag_list.items)
                return -ENOMEM;
        for (size_t i = 0; i < count; i++) {
                struct tagged tagged = {};

                TRY(may_list(call, in->resource_id_list.items[i]));
                TRY(find(call, in->resource_id_list.items[i], &tagged));
                TRY(copy_tags(call, 0, tagged.tags));
                out->resource_tag_list.items[i] =
                        (struct cloudtrail_resource_tag){in->resource_id_list.items[i], *tagged.tags};
        }
        out->resource_tag_list.count = count;
        out->resource_tag_list.is_set = true;
        return 0;
}
