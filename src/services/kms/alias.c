/* Aliases. https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html */
#include "services/kms/kms.h"
#include "services/kms/directory.h"
#include "services/kms/page.h"

static int check_name(struct call *call, struct str name)
{
        if (!str_starts(name, STR("alias/")) || name.len == strlen("alias/"))
                return call_invalid(call, "Invalid identifier");
        if (str_has_byte(name, ':'))
                return fail(call, &kms_invalid_alias_name_exception,
                            "%.*s contains invalid characters for an alias", STR_ARG(name));
        if (str_starts(name, STR("alias/aws/")))
                return fail_silently(call, &kms_not_authorized_exception);
        return 0;
}

static int get_alias(struct call *call, struct str name, struct kms_alias_record *ret)
{
        *ret = (struct kms_alias_record){.account = call->account, .region = call->region, .name = name};
        return call_get(call, &kms_alias_record_type, ret);
}

static int need_alias(struct call *call, struct str name, struct kms_alias_record *ret)
{
        int r;

        TRY(check_name(call, name));
        r = get_alias(call, name, ret);
        if (r == -ENOENT)
                return fail(call, &kms_not_found_exception, "Alias %.*s is not found.",
                            STR_ARG(kms_alias_arn(&call->arena, call->account, call->region, name)));
        return r;
}

static int count_alias(struct call *call, struct kms_key_record *key, int64_t more)
{
        int64_t count = (key->alias_count.is_set ? key->alias_count.value : 0) + more;

        if (more > 0 && count > KMS_ALIASES_PER_KEY)
                return fail(call, &kms_limit_exceeded_exception,
                            "The number of aliases for this key has reached its limit of %d: %.*s",
                            KMS_ALIASES_PER_KEY, STR_ARG(kms_arn_of(&call->arena, key)));
        key->alias_count = OPT_INT(count);
        return call_put(call, &kms_key_record_type, key);
}

int kms_create_alias(struct call *call, const struct kms_create_alias_in *in,
                     struct kms_create_alias_out *out)
{
        struct kms_alias_record alias = {.account = call->account,
                                         .region = call->region,
                                         .name = in->alias_name,
                                         .created = OPT_INT(call->now_ms),
                                         .updated = OPT_INT(call->now_ms)};
        struct kms_key_record key;
        int r;

        (void)out;
        TRY(check_name(call, in->alias_name));
        TRY(kms_need_own_key(call, in->target_key_id, &key));
        alias.key_id = key.id;
        r = call_insert(call, &kms_alias_record_type, &alias);
        if (r == -EEXIST)
                return fail(call, &kms_already_exists_exception, "An alias with the name %.*s already exists",
                            STR_ARG(kms_alias_arn(&call->arena, call->account, call->region, alias.name)));
        TRY(r);
        kms_tell_key(call, &key);
        return count_alias(call, &key, 1);
}

int kms_delete_alias(struct call *call, const struct kms_delete_alias_in *in,
                     struct kms_delete_alias_out *out)
{
        struct kms_alias_record alias;
        struct kms_key_record key;

        (void)out;
        TRY(need_alias(call, in->alias_name, &alias));
        TRY(call_delete(call, &kms_alias_record_type, &alias));
        TRY(kms_get_key(call, call->account, alias.key_id, &key));
        kms_tell_key(call, &key);
        return count_alias(call, &key, -1);
}

/* "The current and new KMS key must be the same type (both symmetric or both asymmetric or both HMAC), and
 * they must have the same key usage." */
static int check_alike(struct call *call, const struct kms_key_record *a, const struct kms_key_record *b)
{
        const struct kms_spec *first = kms_spec_find(a->spec), *second = kms_spec_find(b->spec);
        bool same_type =
                first && second &&
                (first->class == second->class || (kms_spec_is_pair(first) && kms_spec_is_pair(second)));

        if (same_type && str_eq(a->usage, b->usage))
                return 0;
        return call_invalid(call, "The current and new KMS keys must be the same type and have the same key "
                                  "usage.");
}

int kms_update_alias(struct call *call, const struct kms_update_alias_in *in,
                     struct kms_update_alias_out *out)
{
        struct kms_alias_record alias;
        struct kms_key_record before, key;

        (void)out;
        TRY(need_alias(call, in->alias_name, &alias));
        TRY(kms_get_key(call, call->account, alias.key_id, &before));
        TRY(kms_need_own_key(call, in->target_key_id, &key));
        TRY(check_alike(call, &before, &key));
        alias.updated = OPT_INT(call->now_ms);
        if (!str_eq(before.id, key.id)) {
                TRY(count_alias(call, &before, -1));
                TRY(count_alias(call, &key, 1));
        }
        alias.key_id = key.id;
        kms_tell_key(call, &key);
        return call_put(call, &kms_alias_record_type, &alias);
}

/* -- ListAliases: those that are there, and in their places those that AWS has thought of in advance */

struct listing {
        struct kms_page page;
        struct record_scan scan;
        struct kms_alias_record next; /* of the scan, when has_next */
        bool has_next;
        bool with_predefined;
        size_t predefined;
};

static struct kms_alias_list_entry entry_of(struct call *call, const struct kms_alias_record *alias)
{
        return (struct kms_alias_list_entry){
                .alias_name = alias->name,
                .alias_arn = kms_alias_arn(&call->arena, call->account, call->region, alias->name),
                .target_key_id = alias->key_id,
                .creation_date = alias->created,
                .last_updated_date = alias->updated,
        };
}

static int advance(struct listing *listing)
{
        int r = record_scan_next(&listing->scan, &listing->next);

        listing->has_next = r == 0;
        return r == -ENOENT ? 0 : r;
}

/* The next in the order of names. False: there are no more. */
static int take(struct listing *listing, struct kms_alias_record *ret, bool *ret_more)
{
        struct str predefined =
                listing->with_predefined ? kms_predefined_alias(listing->predefined) : STR_NONE;
        int order;

        *ret_more = listing->has_next || str_is_set(predefined);
        if (!*ret_more)
                return 0;
        order = !listing->has_next        ? 1
                : !str_is_set(predefined) ? -1
                                          : str_cmp(listing->next.name, predefined);
        if (order >= 0 && str_is_set(predefined))
                listing->predefined++;
        if (order > 0) {
                *ret = (struct kms_alias_record){.name = predefined};
                return 0;
        }
        *ret = listing->next;
        return advance(listing);
}

static int fill(struct call *call, struct listing *listing, struct kms_alias_list_entry_list *ret,
                bool *ret_more)
{
        struct kms_alias_record alias;

        TRY(advance(listing));
        for (;;) {
                TRY(take(listing, &alias, ret_more));
                if (!*ret_more || kms_page_is_full(&listing->page))
                        return 0;
                if (str_is_set(listing->page.after) && str_cmp(alias.name, listing->page.after) <= 0)
                        continue;
                ret->items[ret->count++] = entry_of(call, &alias);
                listing->page.count++;
                listing->page.last = alias.name;
        }
}

static void listing_done(struct listing *listing)
{
        record_scan_end(&listing->scan);
}

int kms_list_aliases(struct call *call, const struct kms_list_aliases_in *in,
                     struct kms_list_aliases_out *out)
{
        const struct kms_page_limits limits = {KMS_SMALL_PAGE_DEFAULT, KMS_SMALL_PAGE_MAX};
        _cleanup_(listing_done) struct listing listing = {.with_predefined = !str_is_set(in->key_id)};
        struct kms_alias_record like = {.account = call->account, .region = call->region};
        struct kms_key_record key = {.id = STR("")};
        struct str after = STR_NONE;
        bool is_more;

        if (str_is_set(in->key_id)) {
                TRY(kms_need_key(call, in->key_id, KMS_BY_ID, &key));
                if (!str_eq(key.account, call->account))
                        return kms_not_found(call, key.account, key.id);
                like.key_id = key.id;
        }
        TRY(kms_page_begin(&listing.page, call, in->marker, in->limit, limits, key.id));
        out->aliases = (struct kms_alias_list_entry_list){.is_set = true};
        out->aliases.items = arena_new_array(&call->arena, struct kms_alias_list_entry, listing.page.limit);
        if (!out->aliases.items)
                return -ENOMEM;
        if (listing.with_predefined && str_is_set(listing.page.after)) {
                like.name = listing.page.after;
                TRY(record_scan_token_at(&call->arena, &kms_alias_record_type, &like, 2, 3, &after));
        }
        TRY(record_scan_begin(&listing.scan, call->txn, &call->arena, &kms_alias_record_type,
                              listing.with_predefined ? NULL : kms_alias_by_key, &like,
                              listing.with_predefined ? 2 : 3, after));
        TRY(fill(call, &listing, &out->aliases, &is_more));
        return kms_page_end(&listing.page, is_more, &out->truncated, &out->next_marker);
}
