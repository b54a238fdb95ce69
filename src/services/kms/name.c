/* How keys are named: ids, ARNs, aliases.
 * https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id */
#include "base/ids.h"
#include "services/kms/kms.h"

struct str kms_key_arn(struct arena *arena, struct str account, struct str region, struct str id)
{
        return arena_printf(arena, "arn:aws:kms:%.*s:%.*s:key/%.*s", STR_ARG(region), STR_ARG(account),
                            STR_ARG(id));
}

struct str kms_arn_of(struct arena *arena, const struct kms_key_record *key)
{
        return kms_key_arn(arena, key->account, key->region, key->id);
}

struct str kms_alias_arn(struct arena *arena, struct str account, struct str region, struct str name)
{
        return arena_printf(arena, "arn:aws:kms:%.*s:%.*s:%.*s", STR_ARG(region), STR_ARG(account),
                            STR_ARG(name));
}

static int invalid_id(struct call *call, struct str text)
{
        return fail(call, &kms_not_found_exception, "Invalid keyId '%.*s'", STR_ARG(str_part(text, 0, 256)));
}

static bool has_form(struct str text, struct str form)
{
        for (size_t i = 0; i < text.len && i < form.len; i++) {
                char c = text.ptr[i];
                bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');

                if (form.ptr[i] == 'x' ? !is_hex : c != form.ptr[i])
                        return false;
        }
        return text.len == form.len;
}

static bool looks_like_id(struct str text)
{
        return has_form(text, STR("xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")) ||
               has_form(text, STR("mrk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"));
}

static int read_alias(struct call *call, struct str account, struct str name, struct kms_name *ret)
{
        struct kms_alias_record alias = {.account = account, .region = call->region, .name = name};
        int r = call_get(call, &kms_alias_record_type, &alias);

        if (r < 0 && r != -ENOENT)
                return r;
        *ret = (struct kms_name){
                .account = account, .alias = name, .key_id = r == 0 ? alias.key_id : STR_NONE};
        return 0;
}

static int read_part(struct call *call, struct str account, struct str text, enum kms_naming naming,
                     struct kms_name *ret)
{
        if (naming == KMS_BY_ALIAS_TOO && str_starts(text, STR("alias/")))
                return read_alias(call, account, text, ret);
        if (!looks_like_id(text))
                return invalid_id(call, text);
        *ret = (struct kms_name){.account = account, .key_id = text};
        return 0;
}

/* "arn:aws:kms:us-east-1:111122223333:key/ID" or "...:alias/NAME" */
static int read_arn(struct call *call, struct str text, enum kms_naming naming, struct kms_name *ret)
{
        struct str rest = text, word, partition, service, region, account;

        if (!str_cut(&rest, ':', &word) || !str_cut(&rest, ':', &partition) ||
            !str_cut(&rest, ':', &service) || !str_cut(&rest, ':', &region) ||
            !str_cut(&rest, ':', &account) || !str_is_set(rest) ||
            (!str_starts(rest, STR("key/")) && !str_starts(rest, STR("alias/"))) ||
            !str_eq(partition, call->host->partition) || !str_eq(service, STR("kms")) || account.len != 12)
                return fail(call, &kms_invalid_arn_exception, "Invalid arn %.*s",
                            STR_ARG(str_part(text, 0, 256)));
        if (!str_eq(region, call->region))
                return fail(call, &kms_not_found_exception, "Invalid arn %.*s",
                            STR_ARG(str_part(region, 0, 64)));
        if (str_starts(rest, STR("key/")))
                return read_part(call, account, str_from(rest, strlen("key/")), KMS_BY_ID, ret);
        return read_part(call, account, rest, naming, ret);
}

int kms_read_name(struct call *call, struct str text, enum kms_naming naming, struct kms_name *ret)
{
        if (str_starts(text, STR("arn:")))
                return read_arn(call, text, naming, ret);
        return read_part(call, call->account, text, naming, ret);
}

int kms_get_key_in(struct call *call, struct str account, struct str region, struct str id,
                   struct kms_key_record *ret)
{
        *ret = (struct kms_key_record){.account = account, .region = region, .id = id};
        return call_get(call, &kms_key_record_type, ret);
}

int kms_get_key(struct call *call, struct str account, struct str id, struct kms_key_record *ret)
{
        return kms_get_key_in(call, account, call->region, id, ret);
}

int kms_not_found(struct call *call, struct str account, struct str id)
{
        return fail(call, &kms_not_found_exception, "Key '%.*s' does not exist",
                    STR_ARG(kms_key_arn(&call->arena, account, call->region, id)));
}

static int find_key(struct call *call, struct str text, enum kms_naming naming, struct kms_key_record *ret)
{
        struct kms_name name = {};
        int r;

        TRY(kms_read_name(call, text, naming, &name));
        if (!str_is_set(name.key_id))
                return fail(call, &kms_not_found_exception, "Alias %.*s is not found.",
                            STR_ARG(kms_alias_arn(&call->arena, name.account, call->region, name.alias)));
        r = kms_get_key(call, name.account, name.key_id, ret);
        return r == -ENOENT ? kms_not_found(call, name.account, name.key_id) : r;
}

int kms_need_key(struct call *call, struct str text, enum kms_naming naming, struct kms_key_record *ret)
{
        TRY(find_key(call, text, naming, ret));
        return kms_check_state(call, ret);
}

int kms_find_own_key(struct call *call, struct str text, struct kms_key_record *ret)
{
        TRY(find_key(call, text, KMS_BY_ID, ret));
        if (!kms_is_managed_by_aws(ret))
                return 0;
        return fail(call, &kms_unsupported_operation_exception,
                    "You cannot perform this operation on an AWS managed key: %.*s",
                    STR_ARG(kms_arn_of(&call->arena, ret)));
}

int kms_need_own_key(struct call *call, struct str text, struct kms_key_record *ret)
{
        TRY(kms_find_own_key(call, text, ret));
        return kms_check_state(call, ret);
}

int kms_check_usable(struct call *call, const struct kms_key_record *key, struct str usage)
{
        TRY(kms_check_state(call, key));
        if (str_eq(key->usage, usage))
                return 0;
        return fail(
                call, &kms_invalid_key_usage_exception, "%.*s key usage is %.*s which is not valid for %.*s.",
                STR_ARG(kms_arn_of(&call->arena, key)), STR_ARG(key->usage), STR_ARG(call->operation->name));
}

int kms_need_usable_key(struct call *call, struct str text, struct str usage,
                        const struct str_list *grant_tokens, struct kms_key_record *ret)
{
        TRY(find_key(call, text, KMS_BY_ALIAS_TOO, ret));
        TRY(kms_check_grant_tokens(call, grant_tokens));
        return kms_check_usable(call, ret, usage);
}
