/* KeyMetadata, as CreateKey, DescribeKey and ReplicateKey give it.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html */
#include "services/kms/kms.h"

static struct str_list listed(const struct str *items, size_t room)
{
        size_t count = kms_list_len(items, room);

        return (struct str_list){
                .items = (struct str *)(uintptr_t)items, .count = count, .is_set = count > 0};
}

static struct str_list one(const struct str *item)
{
        return listed(item, 1);
}

static void set_algorithms(const struct kms_key_record *key, const struct kms_spec *spec,
                           struct kms_key_metadata *ret)
{
        if (str_eq(key->usage, KMS_ENCRYPT_DECRYPT))
                ret->encryption_algorithms = listed(spec->encryption, ARRAY_LEN(spec->encryption));
        else if (str_eq(key->usage, KMS_SIGN_VERIFY))
                ret->signing_algorithms = listed(spec->signing, ARRAY_LEN(spec->signing));
        else if (str_eq(key->usage, KMS_MAC))
                ret->mac_algorithms = one(&spec->mac);
        else if (str_eq(key->usage, KMS_KEY_AGREEMENT))
                ret->key_agreement_algorithms = one(&spec->agreement);
}

struct regions {
        struct kms_multi_region_configuration *configuration;
        const struct kms_key_record *key;
};

static int add_region(struct call *call, void *arg, struct kms_key_record *key)
{
        const struct regions *regions = arg;
        struct kms_multi_region_configuration *configuration = regions->configuration;
        struct kms_multi_region_key entry = {.arn = kms_arn_of(&call->arena, key), .region = key->region};

        if (!kms_is_primary(key)) {
                configuration->replica_keys.items[configuration->replica_keys.count++] = entry;
                return 0;
        }
        *configuration->primary_key = entry;
        return 0;
}

static int count_region(struct call *call, void *arg, struct kms_key_record *key)
{
        size_t *count = arg;

        (void)call;
        (void)key;
        (*count)++;
        return 0;
}

static int set_regions(struct call *call, const struct kms_key_record *key, struct kms_key_metadata *ret)
{
        struct kms_multi_region_configuration *configuration =
                arena_new(&call->arena, struct kms_multi_region_configuration);
        struct regions regions = {configuration, key};
        size_t count = 0;

        if (!configuration)
                return -ENOMEM;
        TRY(kms_each_region(call, key, count_region, &count));
        configuration->primary_key = arena_new(&call->arena, struct kms_multi_region_key);
        configuration->replica_keys.items =
                arena_new_array(&call->arena, struct kms_multi_region_key, count + 1);
        configuration->replica_keys.is_set = true;
        if (!configuration->primary_key || !configuration->replica_keys.items)
                return -ENOMEM;
        configuration->multi_region_key_type = kms_is_primary(key) ? STR("PRIMARY") : STR("REPLICA");
        ret->multi_region_configuration = configuration;
        return kms_each_region(call, key, add_region, &regions);
}

static int set_material(struct call *call, const struct kms_key_record *key, struct kms_key_metadata *ret)
{
        struct kms_material_record material;
        int r = kms_current_material(call, key, &material);

        if (r == -ENOENT)
                return 0;
        TRY(r);
        if (kms_is_symmetric(key))
                ret->current_key_material_id = material.id;
        if (kms_is_external(key) && str_is_set(material.sealed)) {
                ret->expiration_model = material.expiration_model;
                ret->valid_to = material.valid_to;
        }
        return 0;
}

void kms_tell_key(struct call *call, const struct kms_key_record *key)
{
        call->response_elements =
                arena_printf(&call->arena, "{\"keyId\":\"%.*s\"}", STR_ARG(kms_arn_of(&call->arena, key)));
}

void kms_tell_material(struct call *call, struct str id)
{
        if (str_is_set(id))
                call->additional_event_data =
                        arena_printf(&call->arena, "{\"keyMaterialId\":\"%.*s\"}", STR_ARG(id));
}

int kms_metadata(struct call *call, const struct kms_key_record *key, struct kms_key_metadata **ret)
{
        const struct kms_spec *spec = kms_spec_find(key->spec);
        struct kms_key_metadata *metadata = arena_new(&call->arena, struct kms_key_metadata);

        if (!metadata)
                return -ENOMEM;
        *metadata = (struct kms_key_metadata){
                .aws_account_id = key->account,
                .key_id = key->id,
                .arn = kms_arn_of(&call->arena, key),
                .creation_date = key->created,
                .enabled = OPT_BOOL(str_eq(key->state, KMS_ENABLED)),
                .description = key->description,
                .key_usage = key->usage,
                .key_state = key->state,
                .deletion_date = key->deletion,
                .origin = key->origin,
                .key_manager = key->manager,
                .customer_master_key_spec = key->spec,
                .key_spec = key->spec,
                .multi_region = OPT_BOOL(kms_is_multi_region(key)),
        };
        if (str_eq(key->state, KMS_PENDING_REPLICA))
                metadata->pending_deletion_window_in_days = key->pending_window_days;
        if (spec)
                set_algorithms(key, spec, metadata);
        if (kms_is_multi_region(key))
                TRY(set_regions(call, key, metadata));
        TRY(set_material(call, key, metadata));
        *ret = metadata;
        return 0;
}
