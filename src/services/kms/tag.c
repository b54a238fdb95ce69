/* TagResource, UntagResource, ListResourceTags.
 * https://docs.aws.amazon.com/kms/latest/developerguide/tagging-keys.html */
#include "services/kms/kms.h"
#include "services/kms/page.h"

static struct kms_tag *find_tag(const struct kms_tag_list *tags, size_t count, struct str key)
{
        for (size_t i = 0; i < count; i++)
                if (str_eq(tags->items[i].tag_key, key))
                        return &tags->items[i];
        return NULL;
}

static int check_tags(struct call *call, const struct kms_tag_list *given)
{
        for (size_t i = 0; i < given->count; i++) {
                if (str_starts_nocase(given->items[i].tag_key, STR("aws:")))
                        return fail(call, &kms_tag_exception,
                                    "aws: prefixed tag key names are not allowed for external use.");
                if (find_tag(given, i, given->items[i].tag_key))
                        return fail(call, &kms_tag_exception, "Duplicate tag keys");
        }
        return 0;
}

static int compare_tags(const void *a, const void *b)
{
        return str_cmp(((const struct kms_tag *)a)->tag_key, ((const struct kms_tag *)b)->tag_key);
}

int kms_merge_tags(struct call *call, const struct kms_tag_list *given, struct kms_tag_list *tags)
{
        struct kms_tag_list all = {.is_set = true};

        TRY(check_tags(call, given));
        all.items = arena_new_array(&call->arena, struct kms_tag, tags->count + given->count + 1);
        if (!all.items)
                return -ENOMEM;
        for (size_t i = 0; i < tags->count; i++)
                if (!find_tag(given, given->count, tags->items[i].tag_key))
                        all.items[all.count++] = tags->items[i];
        for (size_t i = 0; i < given->count; i++)
                all.items[all.count++] = given->items[i];
        if (all.count > KMS_TAGS_PER_KEY)
                return fail(call, &kms_limit_exceeded_exception,
                            "The number of tags exceeds the limit of %d.", KMS_TAGS_PER_KEY);
        qsort(all.items, all.count, sizeof(struct kms_tag), compare_tags);
        *tags = all;
        return 0;
}

int kms_tag_resource(struct call *call, const struct kms_tag_resource_in *in,
                     struct kms_tag_resource_out *out)
{
        struct kms_key_record key;

        (void)out;
        TRY(kms_need_own_key(call, in->key_id, &key));
        TRY(kms_merge_tags(call, &in->tags, &key.tags));
        return call_put(call, &kms_key_record_type, &key);
}

int kms_untag_resource(struct call *call, const struct kms_untag_resource_in *in,
                       struct kms_untag_resource_out *out)
{
        struct kms_tag_list left = {.is_set = true};
        struct kms_key_record key;

        (void)out;
        TRY(kms_need_own_key(call, in->key_id, &key));
        left.items = arena_new_array(&call->arena, struct kms_tag, key.tags.count + 1);
        if (!left.items)
                return -ENOMEM;
        for (size_t i = 0; i < key.tags.count; i++)
                if (!kms_list_has(in->tag_keys.items, in->tag_keys.count, key.tags.items[i].tag_key))
                        left.items[left.count++] = key.tags.items[i];
        key.tags = left;
        return call_put(call, &kms_key_record_type, &key);
}

/* Tags are few and sorted: a place is a key. */
int kms_list_resource_tags(struct call *call, const struct kms_list_resource_tags_in *in,
                           struct kms_list_resource_tags_out *out)
{
        const struct kms_page_limits limits = {KMS_SMALL_PAGE_DEFAULT, KMS_TAG_PAGE_MAX};
        struct kms_key_record key;
        struct kms_page page;
        size_t first = 0, count;

        TRY(kms_need_key(call, in->key_id, KMS_BY_ID, &key));
        TRY(kms_page_begin(&page, call, in->marker, in->limit, limits, key.id));
        while (str_is_set(page.after) && first < key.tags.count &&
               str_cmp(key.tags.items[first].tag_key, page.after) <= 0)
                first++;
        count = key.tags.count - first < page.limit ? key.tags.count - first : page.limit;
        out->tags = (struct kms_tag_list){.items = key.tags.items + first, .count = count, .is_set = true};
        if (count)
                page.last = out->tags.items[count - 1].tag_key;
        return kms_page_end(&page, first + count < key.tags.count, &out->truncated, &out->next_marker);
}
