/* Session tags: those given, and those that a chained session hands on. Keys are the same whatever their
 * case. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html */
#include "services/sts/session.h"

#define TAGS_MAX 50

static bool has_key(const struct str_map *tags, struct str key)
{
        for (size_t i = 0; i < tags->count; i++)
                if (str_eq_nocase(tags->items[i].key, key))
                        return true;
        return false;
}

static bool is_transitive(const struct session *session, struct str key)
{
        for (size_t i = 0; i < session->transitive_tag_keys.count; i++)
                if (str_eq_nocase(session->transitive_tag_keys.items[i], key))
                        return true;
        return false;
}

int sts_inherited_tags(struct call *call, const struct session *from, struct str_map *ret)
{
        *ret = (struct str_map){.is_set = true};
        if (!from || from->transitive_tag_keys.count == 0)
                return 0;
        ret->items = arena_new_array(&call->arena, struct str_pair, from->tags.count);
        if (!ret->items)
                return -ENOMEM;
        for (size_t i = 0; i < from->tags.count; i++)
                if (is_transitive(from, from->tags.items[i].key))
                        ret->items[ret->count++] = from->tags.items[i];
        return 0;
}

static int add_tag(struct call *call, const struct sts_tag *tag, const struct str_map *inherited,
                   struct str_map *tags)
{
        if (str_starts_nocase(tag->key, STR("aws:")))
                return fail(call, &sts_validation_error,
                            "Tag keys that begin with aws: are reserved for system use");
        if (has_key(inherited, tag->key))
                return fail(call, &sts_validation_error,
                            "One of the specified transitive tag keys can't be set because it conflicts with "
                            "a transitive "
                            "tag key from the calling session.");
        if (has_key(tags, tag->key))
                return fail(call, &sts_validation_error,
                            "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
        tags->items[tags->count++] = (struct str_pair){tag->key, tag->value};
        return 0;
}

static int add_tags(struct call *call, const struct sts_tag_list *given, const struct str_map *inherited,
                    struct session *session)
{
        struct str_map *tags = &session->tags;

        if (given->count + inherited->count > TAGS_MAX)
                return fail(call, &sts_validation_error, "A session can have at most %d tags", TAGS_MAX);
        *tags = (struct str_map){.is_set = true};
        tags->items = arena_new_array(&call->arena, struct str_pair, given->count + inherited->count + 1);
        if (!tags->items)
                return -ENOMEM;
        for (size_t i = 0; i < given->count; i++)
                TRY(add_tag(call, &given->items[i], inherited, tags));
        for (size_t i = 0; i < inherited->count; i++)
                tags->items[tags->count++] = inherited->items[i];
        return 0;
}

/* What was handed on is handed on again. */
static int add_transitive(struct call *call, const struct str_list *keys, const struct str_map *inherited,
                          struct session *session)
{
        struct str_list *transitive = &session->transitive_tag_keys;

        *transitive = (struct str_list){.is_set = true};
        transitive->items = arena_new_array(&call->arena, struct str, keys->count + inherited->count + 1);
        if (!transitive->items)
                return -ENOMEM;
        for (size_t i = 0; i < keys->count; i++) {
                if (!has_key(&session->tags, keys->items[i]))
                        return fail(
                                call, &sts_validation_error,
                                "The specified transitive tag key must be included in the requested tags.");
                transitive->items[transitive->count++] = keys->items[i];
        }
        for (size_t i = 0; i < inherited->count; i++)
                if (!is_transitive(session, inherited->items[i].key))
                        transitive->items[transitive->count++] = inherited->items[i].key;
        return 0;
}

int sts_session_tags(struct call *call, const struct sts_tag_list *given, const struct str_list *transitive,
                     const struct session *from, struct session *session)
{
        struct str_map inherited;

        TRY(sts_inherited_tags(call, from, &inherited));
        TRY(add_tags(call, given, &inherited, session));
        return add_transitive(call, transitive, &inherited, session);
}
