/* CreateKey, DescribeKey, ListKeys, EnableKey, DisableKey, UpdateKeyDescription.
 * https://docs.aws.amazon.com/kms/latest/developerguide/create-keys.html */
#include "base/ids.h"
#include "services/kms/directory.h"
#include "services/kms/kms.h"
#include "services/kms/page.h"

bool kms_is_symmetric(const struct kms_key_record *key)
{
        return str_eq(key->spec, KMS_DEFAULT);
}

bool kms_is_managed_by_aws(const struct kms_key_record *key)
{
        return str_eq(key->manager, STR("AWS"));
}

bool kms_is_external(const struct kms_key_record *key)
{
        return str_eq(key->origin, STR("EXTERNAL"));
}

bool kms_is_primary(const struct kms_key_record *key)
{
        return kms_is_multi_region(key) && str_eq(key->primary_region, key->region);
}

bool kms_is_replica(const struct kms_key_record *key)
{
        return kms_is_multi_region(key) && !kms_is_primary(key);
}

/* -- CreateKey: what kind of key */

static int unsupported(struct call *call, struct str what)
{
        return fail(call, &kms_unsupported_operation_exception, "%.*s is not supported in this Region.",
                    STR_ARG(what));
}

static int choose_spec(struct call *call, const struct kms_create_key_in *in, const struct kms_spec **ret)
{
        struct str name = in->key_spec;

        if (str_is_set(in->key_spec) && str_is_set(in->customer_master_key_spec))
                return call_invalid(
                        call, "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. "
                              "CustomerMasterKeySpec is deprecated.");
        if (!str_is_set(name))
                name = str_is_set(in->customer_master_key_spec) ? in->customer_master_key_spec : KMS_DEFAULT;
        *ret = kms_spec_find(name);
        return *ret ? 0 : unsupported(call, arena_printf(&call->arena, "KeySpec %.*s", STR_ARG(name)));
}

static int choose_usage(struct call *call, const struct kms_create_key_in *in, const struct kms_spec *spec,
                        struct str *ret)
{
        *ret = str_is_set(in->key_usage) ? in->key_usage : KMS_ENCRYPT_DECRYPT;
        if (!str_is_set(in->key_usage) && spec->class != KMS_SYMMETRIC)
                return call_invalid(call, "You must specify a KeyUsage value for all KMS keys except for "
                                          "symmetric encryption keys.");
        if (!kms_spec_has_usage(spec, *ret))
                return call_invalid(call, "KeyUsage %.*s is not compatible with KeySpec %.*s", STR_ARG(*ret),
                                    STR_ARG(spec->name));
        return 0;
}

/* Custom key stores are planned: there is none to name. */
static int choose_origin(struct call *call, const struct kms_create_key_in *in, struct str *ret)
{
        *ret = str_is_set(in->origin) ? in->origin : STR("AWS_KMS");
        if (str_is_set(in->custom_key_store_id))
                return fail(call, &kms_custom_key_store_not_found_exception, "%.*s",
                            STR_ARG(in->custom_key_store_id));
        if (str_is_set(in->xks_key_id))
                return call_invalid(call, "XksKeyId is valid only with an Origin of EXTERNAL_KEY_STORE.");
        if (str_eq(*ret, STR("AWS_KMS")) || str_eq(*ret, STR("EXTERNAL")))
                return 0;
        return call_invalid(call, "Origin %.*s requires a CustomKeyStoreId.", STR_ARG(*ret));
}

static int choose(struct call *call, const struct kms_create_key_in *in, const struct kms_spec **ret_spec,
                  struct kms_key_record *key)
{
        *ret_spec = NULL;
        TRY(choose_spec(call, in, ret_spec));
        if (!*ret_spec)
                return -EINVAL;
        TRY(choose_usage(call, in, *ret_spec, &key->usage));
        TRY(choose_origin(call, in, &key->origin));
        key->spec = (*ret_spec)->name;
        return 0;
}

/* -- CreateKey: its material */

/* A pair made before the transaction, in the arena: PKCS #8 and SubjectPublicKeyInfo. */
struct made_pair {
        struct str private_der, public_der;
};

static int make_pair(struct call *call, const struct kms_spec *spec, struct made_pair *ret)
{
        _cleanup_(key_pair_unrefp) struct key_pair *pair = NULL;
        _cleanup_(secret_done) struct secret private_der = {};

        TRY(key_pair_make(spec->kind, &pair));
        TRY(key_pair_private_der(pair, &private_der));
        ret->private_der = arena_dup(&call->arena, secret_str(&private_der)); /* the arena is wiped */
        return key_pair_public_der(pair, &call->arena, &ret->public_der);
}

int kms_create_key_prepare(struct call *call, const struct kms_create_key_in *in)
{
        struct made_pair *made = arena_new(&call->arena, struct made_pair);
        struct kms_key_record key = {};
        const struct kms_spec *spec;

        if (!made)
                return -ENOMEM;
        TRY(choose(call, in, &spec, &key));
        if (!kms_spec_is_pair(spec) || kms_is_external(&key))
                return 0;
        TRY(make_pair(call, spec, made));
        call->prepared = made;
        return 0;
}

static int make_material(struct call *call, const struct kms_spec *spec, struct kms_key_record *key)
{
        const struct made_pair *made = call->prepared;
        struct kms_material_record material = {};
        _cleanup_(secret_done) struct secret bytes = {};

        if (kms_is_external(key))
                return 0;
        if (kms_spec_is_pair(spec)) {
                if (!made)
                        return -EINVAL;
                key->public_key = made->public_der;
                return kms_add_material(call, key, made->private_der, &material);
        }
        TRY(secret_new(&bytes, spec->material_len));
        random_fill(bytes.bytes, bytes.len);
        return kms_add_material(call, key, secret_str(&bytes), &material);
}

/* -- CreateKey: the whole */

static struct str new_key_id(struct call *call, bool multi_region)
{
        struct str uuid = id_uuid(&call->arena);
        char hex[UUID_LEN];
        size_t len = 0;

        if (!multi_region)
                return uuid;
        for (size_t i = 0; i < uuid.len; i++)
                if (uuid.ptr[i] != '-')
                        hex[len++] = uuid.ptr[i];
        return arena_printf(&call->arena, "mrk-%.*s", (int)len, hex);
}

/* Customer managed keys of an account in a region: by how many there are now. */
int kms_count_key(struct call *call, const struct kms_key_record *key, int64_t more)
{
        struct kms_key_count_record count = {.account = key->account, .region = key->region};
        int r;

        if (kms_is_managed_by_aws(key))
                return 0;
        r = call_get(call, &kms_key_count_record_type, &count);
        if (r < 0 && r != -ENOENT)
                return r;
        count.keys = OPT_INT((count.keys.is_set ? count.keys.value : 0) + more);
        if (more > 0 && count.keys.value > KMS_KEYS_PER_REGION)
                return fail(call, &kms_limit_exceeded_exception,
                            "The request was rejected because it would exceed the quota of %d KMS keys.",
                            KMS_KEYS_PER_REGION);
        return call_put(call, &kms_key_count_record_type, &count);
}

/* https://docs.aws.amazon.com/kms/latest/developerguide/ct-createkey.html */
static int tell_chosen(struct call *call, const struct kms_key_record *key)
{
        struct kms_create_key_in *told = call_tell_in(call);

        if (!told)
                return -ENOMEM;
        told->description = key->description;
        told->key_usage = key->usage;
        told->customer_master_key_spec = key->spec;
        told->origin = key->origin;
        told->bypass_policy_lockout_safety_check = OPT_BOOL(told->bypass_policy_lockout_safety_check.value);
        return 0;
}

int kms_create_key(struct call *call, const struct kms_create_key_in *in, struct kms_create_key_out *out)
{
        bool multi_region = in->multi_region.is_set && in->multi_region.value;
        struct kms_key_record key = {
                .account = call->account,
                .region = call->region,
                .id = new_key_id(call, multi_region),
                .created = OPT_INT(call->now_ms),
                .description = str_is_set(in->description) ? in->description : STR(""),
                .state = KMS_ENABLED,
                .manager = STR("CUSTOMER"),
                .multi_region = OPT_BOOL(multi_region),
        };
        const struct kms_spec *spec;

        TRY(choose(call, in, &spec, &key));
        TRY(tell_chosen(call, &key));
        if (multi_region)
                key.primary_region = key.region;
        if (kms_is_external(&key))
                key.state = KMS_PENDING_IMPORT;
        TRY(kms_merge_tags(call, &in->tags, &key.tags));
        TRY(kms_set_policy(call, &key, in->policy,
                           in->bypass_policy_lockout_safety_check.is_set &&
                                   in->bypass_policy_lockout_safety_check.value));
        TRY(kms_count_key(call, &key, 1));
        TRY(make_material(call, spec, &key));
        TRY(call_insert(call, &kms_key_record_type, &key));
        call_touch(call, kms_arn_of(&call->arena, &key), STR("AWS::KMS::Key"));
        return kms_metadata(call, &key, &out->key_metadata);
}

/* -- The others */

/* "AWS services use DescribeKey to create AWS managed keys from a predefined AWS alias with no key ID." */
static int make_managed(struct call *call, struct str text)
{
        struct kms_name name;

        TRY(kms_read_name(call, text, KMS_BY_ALIAS_TOO, &name));
        if (str_is_set(name.key_id) || !str_eq(name.account, call->account) ||
            !kms_is_predefined_alias(name.alias))
                return 0;
        TRY(call_need_write(call));
        return kms_make_managed_key(call, name.alias);
}

int kms_describe_key(struct call *call, const struct kms_describe_key_in *in,
                     struct kms_describe_key_out *out)
{
        struct kms_key_record key;

        TRY(kms_check_grant_tokens(call, &in->grant_tokens));
        TRY(make_managed(call, in->key_id));
        TRY(kms_need_key(call, in->key_id, KMS_BY_ALIAS_TOO, &key));
        return kms_metadata(call, &key, &out->key_metadata);
}

int kms_list_keys(struct call *call, const struct kms_list_keys_in *in, struct kms_list_keys_out *out)
{
        const struct kms_page_limits limits = {KMS_PAGE_DEFAULT, 1000};
        const struct kms_key_record like = {.account = call->account, .region = call->region};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct kms_key_record key;
        struct kms_page page;
        int r;

        TRY(kms_page_begin(&page, call, in->marker, in->limit, limits, STR("")));
        out->keys = (struct kms_key_list_entry_list){.is_set = true};
        out->keys.items = arena_new_array(&call->arena, struct kms_key_list_entry, page.limit);
        if (!out->keys.items)
                return -ENOMEM;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &kms_key_record_type, NULL, &like, 2,
                              page.after));
        while ((r = record_scan_next(&scan, &key)) == 0 && !kms_page_is_full(&page)) {
                out->keys.items[out->keys.count++] = (struct kms_key_list_entry){
                        .key_id = key.id, .key_arn = kms_arn_of(&call->arena, &key)};
                page.count++;
                page.last = record_scan_token(&scan, &call->arena);
        }
        if (r < 0 && r != -ENOENT)
                return r;
        return kms_page_end(&page, r == 0, &out->truncated, &out->next_marker);
}

static int set_state(struct call *call, struct str key_id, struct str state)
{
        struct kms_key_record key;

        TRY(kms_need_own_key(call, key_id, &key));
        kms_tell_key(call, &key);
        if (str_eq(key.state, state))
                return 0;
        key.state = state;
        if (str_eq(state, KMS_ENABLED))
                TRY(kms_resume_rotation(call, &key));
        return call_put(call, &kms_key_record_type, &key);
}

int kms_enable_key(struct call *call, const struct kms_enable_key_in *in, struct kms_enable_key_out *out)
{
        (void)out;
        return set_state(call, in->key_id, KMS_ENABLED);
}

int kms_disable_key(struct call *call, const struct kms_disable_key_in *in, struct kms_disable_key_out *out)
{
        (void)out;
        return set_state(call, in->key_id, KMS_DISABLED);
}

int kms_update_key_description(struct call *call, const struct kms_update_key_description_in *in,
                               struct kms_update_key_description_out *out)
{
        struct kms_key_record key;

        (void)out;
        TRY(kms_need_own_key(call, in->key_id, &key));
        key.description = in->description;
        kms_tell_key(call, &key);
        return call_put(call, &kms_key_record_type, &key);
}
