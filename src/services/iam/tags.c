/* Tags: their rules, and the lists that change. Lists are kept sorted by key, as they are given back. */
#include "services/iam/tags.h"

#include "services/iam/entity.h"
#include "services/iam/page.h"
#include "services/iam/quota.h"

static bool same_key(enum iam_tag_case key_case, struct str a, struct str b)
{
        return key_case == IAM_TAG_KEYS_NOCASE ? str_eq_nocase(a, b) : str_eq(a, b);
}

static struct iam_tag *find_tag(enum iam_tag_case key_case, const struct iam_tag_list *tags, struct str key)
{
        for (size_t i = 0; i < tags->count; i++)
                if (same_key(key_case, tags->items[i].key, key))
                        return &tags->items[i];
        return NULL;
}

int iam_tags_check(struct call *call, enum iam_tag_case key_case, const struct iam_tag_list *given)
{
        for (size_t i = 0; i < given->count; i++) {
                struct iam_tag_list before = {.items = given->items, .count = i};

                if (str_starts_nocase(given->items[i].key, STR("aws:")))
                        return fail(call, &iam_invalid_input_exception,
                                    "aws: prefixed tag key names are not allowed for external use.");
                if (find_tag(key_case, &before, given->items[i].key))
                        return fail(
                                call, &iam_invalid_input_exception,
                                "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
        }
        return 0;
}

static int compare_tags(const void *a, const void *b)
{
        return iam_name_cmp(((const struct iam_tag *)a)->key, ((const struct iam_tag *)b)->key);
}

int iam_tags_merge(struct call *call, enum iam_tag_case key_case, const char *quota_name,
                   const struct iam_tag_list *given, struct iam_tag_list *tags)
{
        struct iam_tag_list all = {.is_set = true};

        TRY(iam_tags_check(call, key_case, given));
        all.items = arena_new_array(&call->arena, struct iam_tag, tags->count + given->count + 1);
        if (!all.items)
                return -ENOMEM;
        for (size_t i = 0; i < tags->count; i++)
                if (!find_tag(key_case, given, tags->items[i].key))
                        all.items[all.count++] = tags->items[i];
        for (size_t i = 0; i < given->count; i++)
                all.items[all.count++] = given->items[i];
        if (all.count > IAM_TAGS_PER_RESOURCE)
                return iam_over_quota(call, quota_name, IAM_TAGS_PER_RESOURCE);
        qsort(all.items, all.count, sizeof(struct iam_tag), compare_tags);
        *tags = all;
        return 0;
}

int iam_tags_remove(struct call *call, enum iam_tag_case key_case, const struct str_list *keys,
                    struct iam_tag_list *tags)
{
        struct iam_tag_list left = {.is_set = true};

        left.items = arena_new_array(&call->arena, struct iam_tag, tags->count + 1);
        if (!left.items)
                return -ENOMEM;
        for (size_t i = 0; i < tags->count; i++) {
                bool goes = false;

                for (size_t k = 0; k < keys->count; k++)
                        goes |= same_key(key_case, tags->items[i].key, keys->items[k]);
                if (!goes)
                        left.items[left.count++] = tags->items[i];
        }
        *tags = left;
        return 0;
}

static struct str tag_key(const void *item)
{
        return ((const struct iam_tag *)item)->key;
}

int iam_tags_page(struct call *call, const struct iam_tag_list *tags, struct str subject, struct str marker,
                  struct opt_int max_items, struct iam_tag_list *ret, struct opt_bool *ret_is_truncated,
                  struct str *ret_marker)
{
        struct iam_page page;
        size_t first, end;

        TRY(iam_page_begin(&page, call, marker, max_items, subject));
        iam_page_of(&page, tags->items, tags->count, sizeof(struct iam_tag), tag_key, &first, &end);
        *ret = (struct iam_tag_list){.items = tags->items + first, .count = end - first, .is_set = true};
        return iam_page_end(&page, end < tags->count, ret_is_truncated, ret_marker);
}

int iam_tags_map(struct arena *arena, const struct iam_tag_list *tags, struct str_map *ret)
{
        *ret = (struct str_map){.is_set = true};
        if (tags->count == 0)
                return 0;
        ret->items = arena_new_array(arena, struct str_pair, tags->count);
        if (!ret->items)
                return -ENOMEM;
        for (size_t i = 0; i < tags->count; i++)
                ret->items[i] = (struct str_pair){tags->items[i].key, tags->items[i].value};
        ret->count = tags->count;
        return 0;
}
