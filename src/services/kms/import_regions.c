/* Imported material of multi-Region keys: every region has an import of its own, and the primary key goes
 * first. https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-import-key-material.html */
#include "services/kms/import.h"

bool kms_was_never_used(const struct kms_material_record *material)
{
        return str_eq(material->state, KMS_PENDING_ROTATION) || str_eq(material->state, KMS_PENDING_MULTI);
}

struct spread {
        const struct kms_key_record *key;
        const struct kms_material_record *material;
};

static int spread(struct call *call, void *arg, struct kms_key_record *key)
{
        const struct spread *spread = arg;

        if (str_eq(key->region, spread->key->region))
                return 0;
        TRY(kms_copy_material(call, spread->key, spread->material, key));
        key->material_count = spread->key->material_count;
        key->material_id = spread->key->material_id;
        key->public_key = spread->key->public_key;
        return call_put(call, &kms_key_record_type, key);
}

int kms_spread_material(struct call *call, const struct kms_key_record *key,
                        const struct kms_material_record *material)
{
        struct spread all = {key, material};

        return kms_is_multi_region(key) ? kms_each_region(call, key, spread, &all) : 0;
}

/* "AWS KMS automatically propagates the key material description to replica Region keys." */
static int describe(struct call *call, void *arg, struct kms_key_record *key)
{
        const struct kms_material_record *described = arg;
        struct kms_material_record material;

        TRY(kms_find_material(call, key, described->id, &material));
        if (str_eq(material.description, described->description))
                return 0;
        material.description = described->description;
        return call_put(call, &kms_material_record_type, &material);
}

int kms_share_description(struct call *call, const struct kms_key_record *key,
                          const struct kms_material_record *material)
{
        struct kms_material_record described = *material;

        return kms_is_primary(key) ? kms_each_region(call, key, describe, &described) : 0;
}

/* -- Material that waits */

struct pending {
        struct str id; /* absent: none waits */
        bool is_everywhere;
};

static int find_pending(struct call *call, void *arg, struct kms_material_record *material)
{
        struct pending *pending = arg;

        (void)call;
        if (kms_was_never_used(material))
                pending->id = material->id;
        return 0;
}

static int look_for_it(struct call *call, void *arg, struct kms_key_record *key)
{
        struct pending *pending = arg;
        struct kms_material_record material;

        TRY(kms_find_material(call, key, pending->id, &material));
        pending->is_everywhere &= str_is_set(material.sealed);
        return 0;
}

static int say_so(struct call *call, void *arg, struct kms_key_record *key)
{
        const struct pending *pending = arg;
        struct kms_material_record material;

        TRY(kms_find_material(call, key, pending->id, &material));
        material.state = pending->is_everywhere ? KMS_PENDING_ROTATION : KMS_PENDING_MULTI;
        return call_put(call, &kms_material_record_type, &material);
}

int kms_settle_pending(struct call *call, const struct kms_key_record *key)
{
        struct pending pending = {.is_everywhere = true};

        if (!kms_is_multi_region(key) || !kms_is_external(key))
                return 0;
        TRY(kms_each_material(call, key, find_pending, &pending));
        if (!str_is_set(pending.id))
                return 0;
        TRY(kms_each_region(call, key, look_for_it, &pending));
        return kms_each_region(call, key, say_so, &pending);
}
