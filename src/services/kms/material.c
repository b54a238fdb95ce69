/* The material of keys: sealed in the store under the master key, opened for use and kept in memory for a
 * little while. A key of the default spec has one more with each rotation; all stay, since old ciphertexts
 * name them. */
#include "base/text.h"
#include "crypto/key_cache.h"
#include "services/kms/kms.h"

void kms_release(const struct opened_key **opened)
{
        opened_key_release(*opened);
}

/* An HMAC of the key's id under the material: it tells the same material again, and nothing of it. */
struct str kms_material_id(struct arena *arena, struct str key_id, struct str clear)
{
        const struct str pieces[] = {STR("kms key material "), key_id};
        uint8_t id[DIGEST_MAX];

        hmac_of_pieces(DIGEST_SHA256, clear, pieces, ARRAY_LEN(pieces), id);
        return hex_encode(arena, str_make(id, digest_len(DIGEST_SHA256)));
}

int kms_seal_material(struct call *call, struct kms_material_record *material, struct str clear)
{
        return call_seal(call, record_name(&call->arena, &kms_material_record_type, material), clear,
                         &material->sealed);
}

int kms_add_material(struct call *call, struct kms_key_record *key, struct str clear,
                     struct kms_material_record *ret)
{
        int64_t number = key->material_count.is_set ? key->material_count.value + 1 : 1;

        *ret = (struct kms_material_record){
                .account = key->account,
                .region = key->region,
                .key_id = key->id,
                .number = OPT_INT(number),
                .id = kms_material_id(&call->arena, key->id, clear),
                .state = KMS_CURRENT,
        };
        TRY(kms_seal_material(call, ret, clear));
        TRY(call_insert(call, &kms_material_record_type, ret));
        key->material_count = OPT_INT(number);
        key->material_id = ret->id;
        return 0;
}

int kms_find_material(struct call *call, const struct kms_key_record *key, struct str id,
                      struct kms_material_record *ret)
{
        *ret = (struct kms_material_record){
                .account = key->account, .region = key->region, .key_id = key->id, .id = id};
        return record_find(call->txn, &call->arena, &kms_material_record_type, kms_material_by_id, ret);
}

int kms_current_material(struct call *call, const struct kms_key_record *key, struct kms_material_record *ret)
{
        return str_is_set(key->material_id) ? kms_find_material(call, key, key->material_id, ret) : -ENOENT;
}

/* -- Opening */

static int parse(const struct kms_key_record *key, struct secret *clear, struct opened_key *ret)
{
        const struct kms_spec *spec = kms_spec_find(key->spec);

        if (!spec)
                return -ENOSYS;
        if (kms_spec_is_pair(spec))
                return key_pair_parse_own(secret_str(clear), spec->kind, &ret->pair);
        ret->bytes = *clear;
        *clear = (struct secret){};
        return 0;
}

static int open_sealed(struct call *call, const struct kms_key_record *key,
                       const struct kms_material_record *material, const struct opened_key **ret)
{
        _cleanup_(secret_done) struct secret clear = {};
        struct opened_key opened = {};

        TRY(call_open(call, record_name(&call->arena, &kms_material_record_type, material), material->sealed,
                      &clear));
        TRY(parse(key, &clear, &opened));
        *ret = key_cache_put(call->host->keys, material->sealed, clock_monotonic_ns() / 1000000, &opened);
        return *ret ? 0 : -ENOMEM;
}

/* The hour of imported material counts, whether its timer has run or not. */
static bool is_usable(const struct call *call, const struct kms_material_record *material)
{
        return str_is_set(material->sealed) &&
               (!material->valid_to.is_set || material->valid_to.value > call->now_ms);
}

int kms_open(struct call *call, const struct kms_key_record *key, const struct kms_material_record *material,
             const struct opened_key **ret)
{
        if (!is_usable(call, material))
                return fail(call, &kms_kms_invalid_state_exception, "%.*s is pending import.",
                            STR_ARG(kms_arn_of(&call->arena, key)));
        *ret = key_cache_get(call->host->keys, material->sealed, clock_monotonic_ns() / 1000000);
        return *ret ? 0 : open_sealed(call, key, material, ret);
}

int kms_open_current(struct call *call, const struct kms_key_record *key,
                     struct kms_material_record *ret_material, const struct opened_key **ret)
{
        TRY(kms_current_material(call, key, ret_material));
        return kms_open(call, key, ret_material, ret);
}

/* -- All of a key */

int kms_each_material(struct call *call, const struct kms_key_record *key,
                      int (*visit)(struct call *call, void *arg, struct kms_material_record *material),
                      void *arg)
{
        for (int64_t number = 1; key->material_count.is_set && number <= key->material_count.value;
             number++) {
                struct kms_material_record material = {.account = key->account,
                                                       .region = key->region,
                                                       .key_id = key->id,
                                                       .number = OPT_INT(number)};
                int r = call_get(call, &kms_material_record_type, &material);

                if (r == -ENOENT) /* it was deleted before it was ever used */
                        continue;
                TRY(r);
                TRY(visit(call, arg, &material));
        }
        return 0;
}

void kms_destroy(struct call *call, struct kms_material_record *material)
{
        if (str_is_set(material->sealed))
                key_cache_forget(call->host->keys, material->sealed);
        material->sealed = STR_NONE;
}

static int delete_material(struct call *call, void *arg, struct kms_material_record *material)
{
        (void)arg;
        kms_destroy(call, material);
        return call_delete(call, &kms_material_record_type, material);
}

int kms_delete_materials(struct call *call, const struct kms_key_record *key)
{
        return kms_each_material(call, key, delete_material, NULL);
}

int kms_copy_material(struct call *call, const struct kms_key_record *from,
                      const struct kms_material_record *material, const struct kms_key_record *to)
{
        struct kms_material_record copy = *material;
        _cleanup_(secret_done) struct secret clear = {};

        copy.region = to->region;
        copy.sealed = STR_NONE;
        copy.expiration_model = STR_NONE;
        copy.valid_to = (struct opt_int){};
        if (!kms_is_external(from)) {
                TRY(call_open(call, record_name(&call->arena, &kms_material_record_type, material),
                              material->sealed, &clear));
                TRY(kms_seal_material(call, &copy, secret_str(&clear)));
        }
        return call_put(call, &kms_material_record_type, &copy);
}
