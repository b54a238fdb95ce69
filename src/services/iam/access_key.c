/* Access keys of users and of the root user, whose keys stand under the account's id.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html */
#include "services/iam/access_key.h"

#include "base/ids.h"
#include "services/iam/page.h"
#include "services/iam/quota.h"

#include <string.h>

struct str iam_access_key_bound(struct arena *arena, struct str access_key_id)
{
        const struct iam_access_key_record key = {.id = access_key_id};

        return record_name(arena, &iam_access_key_record_type, &key);
}

struct str iam_new_secret(struct arena *arena)
{
        return id_from_alphabet(arena,
                                STR("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"),
                                IAM_SECRET_LEN);
}

int iam_access_keys_of(struct txn *txn, struct arena *arena, struct str user_id, struct iam_access_keys *ret)
{
        const struct iam_access_key_record like = {.user_id = user_id};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        int result = 0;

        ret->count = 0;
        TRY(record_scan_begin(&scan, txn, arena, &iam_access_key_record_type, iam_access_key_by_user, &like,
                              1, STR_NONE));
        while (ret->count < ARRAY_LEN(ret->items) &&
               (result = record_scan_next(&scan, &ret->items[ret->count])) == 0)
                ret->count++;
        return result == -ENOENT ? 0 : result;
}

/* Whose keys are meant. */
struct key_owner {
        struct str id;
        struct str name; /* absent for the root user */
};

/* By name; without one the caller: a user, or the root user. */
static int find_owner(struct call *call, struct str user_name, struct key_owner *ret)
{
        struct iam_user_record user;

        if (!str_is_set(user_name) && call->principal.kind == ROOT_USER) {
                *ret = (struct key_owner){.id = call->account};
                return 0;
        }
        TRY(iam_need_user_or_caller(call, user_name, &user));
        *ret = (struct key_owner){.id = user.id, .name = user.name};
        return 0;
}

static int seal_secret(struct call *call, struct iam_access_key_record *key, struct str secret)
{
        return call_seal(call, iam_access_key_bound(&call->arena, key->id), secret, &key->secret);
}

int iam_create_access_key(struct call *call, const struct iam_create_access_key_in *in,
                          struct iam_create_access_key_out *out)
{
        struct str secret = iam_new_secret(&call->arena);
        struct iam_access_key_record key;
        struct iam_access_keys keys;
        struct key_owner owner;

        TRY(find_owner(call, in->user_name, &owner));
        TRY(iam_access_keys_of(call->txn, &call->arena, owner.id, &keys));
        if (keys.count >= IAM_ACCESS_KEYS_PER_USER)
                return iam_over_quota(call, "AccessKeysPerUser", IAM_ACCESS_KEYS_PER_USER);
        key = (struct iam_access_key_record){
                .id = auth_make_access_key_id(STR("AKIA"), call->account, &call->arena),
                .account = call->account,
                .user_id = owner.id,
                .status = IAM_KEY_ACTIVE,
                .created = OPT_INT(call->now_ms)};
        TRY(seal_secret(call, &key, secret));
        TRY(call_insert(call, &iam_access_key_record_type, &key));
        out->access_key = arena_new(&call->arena, struct iam_access_key);
        if (!out->access_key)
                return -ENOMEM;
        *out->access_key = (struct iam_access_key){.user_name = owner.name,
                                                   .access_key_id = key.id,
                                                   .status = key.status,
                                                   .secret_access_key = secret,
                                                   .create_date = key.created};
        return 0;
}

int iam_list_access_keys(struct call *call, const struct iam_list_access_keys_in *in,
                         struct iam_list_access_keys_out *out)
{
        struct iam_access_keys keys;
        struct key_owner owner;
        struct iam_page page;
        size_t i = 0;

        TRY(find_owner(call, in->user_name, &owner));
        TRY(iam_page_begin(&page, call, in->marker, in->max_items, owner.id));
        TRY(iam_access_keys_of(call->txn, &call->arena, owner.id, &keys));
        out->access_key_metadata.items =
                arena_new_array(&call->arena, struct iam_access_key_metadata, keys.count + 1);
        if (!out->access_key_metadata.items)
                return -ENOMEM;
        out->access_key_metadata.is_set = true;
        /* They are ordered by date: what was shown before ends with the marker's key. */
        while (str_is_set(page.after) && i < keys.count && !str_eq(keys.items[i++].id, page.after))
                ;
        for (; i < keys.count && !iam_page_is_full(&page); i++) {
                out->access_key_metadata.items[page.count++] =
                        (struct iam_access_key_metadata){.user_name = owner.name,
                                                         .access_key_id = keys.items[i].id,
                                                         .status = keys.items[i].status,
                                                         .create_date = keys.items[i].created};
                page.last = keys.items[i].id;
        }
        out->access_key_metadata.count = page.count;
        return iam_page_end(&page, i < keys.count, &out->is_truncated, &out->marker);
}

/* A key of this owner and of no other. */
static int find_key(struct call *call, struct str user_name, struct str id, struct iam_access_key_record *ret)
{
        struct key_owner owner;
        int result;

        TRY(find_owner(call, user_name, &owner));
        *ret = (struct iam_access_key_record){.id = id};
        result = call_get(call, &iam_access_key_record_type, ret);
        if (result < 0 && result != -ENOENT)
                return result;
        if (result == -ENOENT || !str_eq(ret->user_id, owner.id))
                return fail(call, &iam_no_such_entity_exception,
                            "The Access Key with id %.*s cannot be found.", STR_ARG(id));
        return 0;
}

int iam_update_access_key(struct call *call, const struct iam_update_access_key_in *in,
                          struct iam_update_access_key_out *out)
{
        struct iam_access_key_record key;

        (void)out;
        /* The model's enumeration has Expired, which only AWS itself sets. */
        if (str_eq(in->status, STR("Expired")))
                return fail(call, &iam_invalid_input_exception, "The status Expired cannot be set.");
        TRY(find_key(call, in->user_name, in->access_key_id, &key));
        key.status = in->status;
        return call_put(call, &iam_access_key_record_type, &key);
}

int iam_delete_access_key(struct call *call, const struct iam_delete_access_key_in *in,
                          struct iam_delete_access_key_out *out)
{
        struct iam_access_key_record key;
        struct iam_last_use_record use;
        int result;

        (void)out;
        TRY(find_key(call, in->user_name, in->access_key_id, &key));
        use = (struct iam_last_use_record){.id = key.id};
        result = call_delete(call, &iam_last_use_record_type, &use);
        if (result < 0 && result != -ENOENT)
                return result;
        return call_delete(call, &iam_access_key_record_type, &key);
}

/* https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKeyLastUsed.html: a key that was never used
 * has no date, and N/A for the rest. */
static int last_used(struct call *call, struct str id, struct iam_access_key_last_used **ret)
{
        struct iam_last_use_record use = {.id = id};
        int result = call_get(call, &iam_last_use_record_type, &use);

        if (result < 0 && result != -ENOENT)
                return result;
        *ret = arena_new(&call->arena, struct iam_access_key_last_used);
        if (!*ret)
                return -ENOMEM;
        **ret = (struct iam_access_key_last_used){.last_used_date = use.used,
                                                  .service_name = result == 0 ? use.service : STR("N/A"),
                                                  .region = result == 0 ? use.region : STR("N/A")};
        return 0;
}

int iam_get_access_key_last_used(struct call *call, const struct iam_get_access_key_last_used_in *in,
                                 struct iam_get_access_key_last_used_out *out)
{
        struct iam_access_key_record key = {.id = in->access_key_id};
        struct iam_user_record user = {};
        int result = call_get(call, &iam_access_key_record_type, &key);

        if (result < 0 && result != -ENOENT)
                return result;
        if (result == -ENOENT || !str_eq(key.account, call->account))
                return fail(call, &iam_no_such_entity_exception,
                            "The Access Key with id %.*s cannot be found.", STR_ARG(in->access_key_id));
        if (!str_eq(key.user_id, key.account))
                TRY(iam_user_by_unique_id(call->txn, &call->arena, key.user_id, &user));
        out->user_name = user.name;
        return last_used(call, key.id, &out->access_key_last_used);
}
