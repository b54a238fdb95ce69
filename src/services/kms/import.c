/* GetParametersForImport, ImportKeyMaterial, DeleteImportedKeyMaterial.
 * https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys.html */
#include "crypto/key_wrap.h"
#include "services/kms/import.h"
#include "services/kms/kms.h"

#define TOKEN_BOUND STR("kms import token")
#define TIMER       STR("DeleteExpiredKeyMaterial")
#define HOUR_MS     (3600 * MS_PER_S)

/* Of a key that cannot have imported material its state does not matter: note [9] of state.c's table. */
static int need_external(struct call *call, struct str key_id, struct kms_key_record *ret)
{
        TRY(kms_find_own_key(call, key_id, ret));
        if (kms_is_external(ret))
                return kms_check_state(call, ret);
        return fail(call, &kms_unsupported_operation_exception,
                    "%.*s origin is %.*s which is not valid for this operation.",
                    STR_ARG(kms_arn_of(&call->arena, ret)), STR_ARG(ret->origin));
}

/* -- The wrapping key: its private half travels in the token, sealed; nothing is stored */

static bool wraps_with_aes(struct str algorithm)
{
        return str_starts(algorithm, STR("RSA_AES_KEY_WRAP_SHA_"));
}

/* Which algorithm may wrap which material: the page of GetParametersForImport. */
static int check_wrapping(struct call *call, const struct kms_key_record *key, struct str algorithm,
                          struct str wrapping_spec)
{
        const struct kms_spec *spec = kms_spec_find(key->spec);
        bool with_aes = wraps_with_aes(algorithm), fits;
        enum digest digest;

        if (!spec || (!with_aes && !kms_oaep_digest(algorithm, &digest)) || !kms_spec_find(wrapping_spec))
                return fail(call, &kms_unsupported_operation_exception,
                            "Wrapping with %.*s and %.*s is not supported.", STR_ARG(algorithm),
                            STR_ARG(wrapping_spec));
        fits = with_aes ? kms_spec_is_pair(spec) : spec->class != KMS_RSA;
        if (!with_aes && spec->kind == KEY_P521 && spec->class == KMS_ECC &&
            str_eq(wrapping_spec, STR("RSA_2048")))
                fits = false;
        if (fits)
                return 0;
        return call_invalid(
                call,
                "The wrapping algorithm %.*s with the wrapping key spec %.*s cannot be used for key "
                "material of the key spec %.*s.",
                STR_ARG(algorithm), STR_ARG(wrapping_spec), STR_ARG(key->spec));
}

static int make_token(struct call *call, const struct kms_key_record *key, struct str algorithm,
                      int64_t valid_to_ms, const struct secret *private_der, struct str *ret)
{
        struct str head =
                arena_printf(&call->arena, "%.*s %.*s %lld ", STR_ARG(kms_arn_of(&call->arena, key)),
                             STR_ARG(algorithm), (long long)valid_to_ms);
        _cleanup_(secret_done) struct secret clear = {};

        TRY(secret_new(&clear, head.len + private_der->len));
        memcpy(clear.bytes, head.ptr, head.len);
        memcpy(clear.bytes + head.len, private_der->bytes, private_der->len);
        return keyring_seal(call->host->keyring, SEAL_MESSAGE, TOKEN_BOUND, secret_str(&clear), &call->arena,
                            ret);
}

int kms_get_parameters_for_import(struct call *call, const struct kms_get_parameters_for_import_in *in,
                                  struct kms_get_parameters_for_import_out *out)
{
        _cleanup_(key_pair_unrefp) struct key_pair *pair = NULL;
        _cleanup_(secret_done) struct secret private_der = {};
        struct kms_key_record key;
        int64_t valid_to_ms = call->now_ms + KMS_IMPORT_HOURS * HOUR_MS;

        TRY(need_external(call, in->key_id, &key));
        TRY(check_wrapping(call, &key, in->wrapping_algorithm, in->wrapping_key_spec));
        TRY(call_take_time(call));
        TRY(key_pair_make(kms_spec_find(in->wrapping_key_spec)->kind, &pair));
        TRY(key_pair_private_der(pair, &private_der));
        TRY(key_pair_public_der(pair, &call->arena, &out->public_key));
        TRY(make_token(call, &key, in->wrapping_algorithm, valid_to_ms, &private_der, &out->import_token));
        out->key_id = kms_arn_of(&call->arena, &key);
        out->parameters_valid_to = OPT_INT(valid_to_ms);
        return 0;
}

/* -- Opening what was wrapped */

struct token {
        struct str key_arn, algorithm;
        int64_t valid_to_ms;
        struct str private_der;
};

static int read_token(struct str clear, struct token *ret)
{
        struct str valid_to;

        if (!str_cut(&clear, ' ', &ret->key_arn) || !str_cut(&clear, ' ', &ret->algorithm) ||
            !str_cut(&clear, ' ', &valid_to) || str_to_i64(valid_to, &ret->valid_to_ms) < 0)
                return -EBADMSG;
        ret->private_der = clear;
        return 0;
}

static int open_token(struct call *call, const struct kms_key_record *key, struct str text,
                      struct secret *ret_clear, struct token *ret)
{
        if (keyring_open(call->host->keyring, SEAL_MESSAGE, TOKEN_BOUND, text, ret_clear) < 0 ||
            read_token(secret_str(ret_clear), ret) < 0 ||
            !str_eq(ret->key_arn, kms_arn_of(&call->arena, key)))
                return fail(call, &kms_invalid_import_token_exception,
                            "The import token is not valid for %.*s.",
                            STR_ARG(kms_arn_of(&call->arena, key)));
        if (ret->valid_to_ms <= call->now_ms)
                return fail(call, &kms_expired_import_token_exception, "The import token is expired.");
        return 0;
}

/* The wrapping pair is of one of three sizes, which its DER tells. */
static int parse_wrapping(struct str der, struct key_pair **ret)
{
        static const enum key_kind KINDS[] = {KEY_RSA_2048, KEY_RSA_3072, KEY_RSA_4096};

        for (size_t i = 0; i < ARRAY_LEN(KINDS); i++)
                if (key_pair_parse_own(der, KINDS[i], ret) == 0)
                        return 0;
        return -EBADMSG;
}

/* An AES key under RSA, then what it wraps: CKM_RSA_AES_KEY_WRAP. */
static int unwrap_with_aes(const struct key_pair *pair, enum digest digest, size_t modulus_len,
                           struct str wrapped, struct secret *ret)
{
        _cleanup_(secret_done) struct secret aes = {};

        if (wrapped.len <= modulus_len)
                return -EBADMSG;
        TRY(key_pair_decrypt(pair, digest, str_part(wrapped, 0, modulus_len), &aes));
        if (aes.len != 32)
                return -EBADMSG;
        return key_unwrap(secret_str(&aes), str_from(wrapped, modulus_len), ret);
}

static size_t modulus_len_of(const struct key_pair *pair)
{
        switch (key_pair_kind(pair)) {
        case KEY_RSA_3072:
                return 384;
        case KEY_RSA_4096:
                return 512;
        default:
                return 256;
        }
}

static int unwrap(struct call *call, const struct token *token, struct str wrapped, struct secret *ret)
{
        _cleanup_(key_pair_unrefp) struct key_pair *pair = NULL;
        enum digest digest = str_ends(token->algorithm, STR("_SHA_1")) ? DIGEST_SHA1 : DIGEST_SHA256;
        int r;

        TRY(parse_wrapping(token->private_der, &pair));
        r = wraps_with_aes(token->algorithm)
                    ? unwrap_with_aes(pair, digest, modulus_len_of(pair), wrapped, ret)
                    : key_pair_decrypt(pair, digest, wrapped, ret);
        return r == -EBADMSG ? kms_invalid_ciphertext(call) : r;
}

static int incorrect(struct call *call, const char *why)
{
        return fail(call, &kms_incorrect_key_material_exception, "%s", why);
}

struct imported {
        struct str clear;      /* in the arena, which is wiped */
        struct str public_der; /* of pairs */
};

/* The pair in the one form that it is stored in, whatever form it came in. */
static int read_pair(struct call *call, const struct kms_spec *spec, const struct secret *bytes,
                     struct imported *ret)
{
        _cleanup_(key_pair_unrefp) struct key_pair *pair = NULL;
        _cleanup_(secret_done) struct secret der = {};
        int r = key_pair_parse(secret_str(bytes), spec->kind, &pair);

        if (r == -EBADMSG || r == -EINVAL)
                return incorrect(call, "The key material is not a valid private key of the key spec.");
        TRY(r);
        TRY(key_pair_private_der(pair, &der));
        ret->clear = arena_dup(&call->arena, secret_str(&der));
        return key_pair_public_der(pair, &call->arena, &ret->public_der);
}

static int read_material(struct call *call, const struct kms_key_record *key, const struct secret *bytes,
                         struct imported *ret)
{
        const struct kms_spec *spec = kms_spec_find(key->spec);

        if (!spec)
                return -ENOSYS;
        if (kms_spec_is_pair(spec))
                return read_pair(call, spec, bytes, ret);
        if (bytes->len < spec->material_len || bytes->len > spec->material_max)
                return incorrect(call, "The key material is not of the length that the key spec demands.");
        ret->clear = arena_dup(&call->arena, secret_str(bytes));
        return 0;
}

int kms_import_key_material_prepare(struct call *call, const struct kms_import_key_material_in *in)
{
        _cleanup_(secret_done) struct secret clear = {}, bytes = {};
        struct imported *imported = arena_new(&call->arena, struct imported);
        struct kms_key_record key;
        struct token token = {};

        if (!imported)
                return -ENOMEM;
        TRY(need_external(call, in->key_id, &key));
        TRY(open_token(call, &key, in->import_token, &clear, &token));
        TRY(unwrap(call, &token, in->encrypted_key_material, &bytes));
        TRY(read_material(call, &key, &bytes, imported));
        call->prepared = imported;
        return 0;
}

/* -- ImportKeyMaterial: when it expires */

static int check_expiry(struct call *call, const struct kms_import_key_material_in *in, struct str *ret_model)
{
        *ret_model = str_is_set(in->expiration_model) ? in->expiration_model : KMS_MATERIAL_EXPIRES;
        if (str_eq(*ret_model, KMS_DOES_NOT_EXPIRE))
                return in->valid_to.is_set
                               ? call_invalid(call, "ValidTo must not be specified when "
                                                    "ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE.")
                               : 0;
        if (!in->valid_to.is_set)
                return call_invalid(call, "A ValidTo date must be set if the ExpirationModel is "
                                          "KEY_MATERIAL_EXPIRES.");
        if (in->valid_to.value <= call->now_ms ||
            in->valid_to.value > call->now_ms + KMS_IMPORT_EXPIRES_DAYS * MS_PER_DAY)
                return call_invalid(call, "ValidTo must be a time within the next %d days.",
                                    KMS_IMPORT_EXPIRES_DAYS);
        return 0;
}

static struct str material_subject(struct call *call, const struct kms_key_record *key,
                                   const struct kms_material_record *material)
{
        return arena_printf(&call->arena, "%.*s %lld", STR_ARG(kms_subject(&call->arena, key)),
                            (long long)material->number.value);
}

int kms_destroy_imported(struct call *call, const struct kms_key_record *key,
                         struct kms_material_record *material)
{
        TRY(kms_take_back_timer(call, TIMER, material->valid_to, material_subject(call, key, material)));
        kms_destroy(call, material);
        material->expiration_model = STR_NONE;
        material->valid_to = (struct opt_int){};
        return 0;
}

/* -- ImportKeyMaterial: which material it is */

/* Only symmetric keys have several. */
static int check_symmetric_parameters(struct call *call, const struct kms_import_key_material_in *in,
                                      const struct kms_key_record *key)
{
        bool has_any = str_is_set(in->import_type) || str_is_set(in->key_material_description) ||
                       str_is_set(in->key_material_id);

        if (str_is_set(in->key_material_description) && kms_is_replica(key))
                return call_invalid(call,
                                    "KeyMaterialDescription can be specified for the primary key only.");
        if (!has_any || kms_is_symmetric(key))
                return 0;
        return call_invalid(call, "ImportType, KeyMaterialDescription and KeyMaterialId can be specified for "
                                  "symmetric encryption KMS keys only.");
}

static int check_type(struct call *call, const struct kms_import_key_material_in *in,
                      const struct kms_key_record *key, struct str id, bool is_known)
{
        bool had_any = key->material_count.is_set && key->material_count.value > 0;
        bool is_new =
                str_is_set(in->import_type) ? str_eq(in->import_type, STR("NEW_KEY_MATERIAL")) : !had_any;

        TRY(check_symmetric_parameters(call, in, key));
        if (is_new && str_is_set(in->key_material_id))
                return call_invalid(call,
                                    "KeyMaterialId cannot be specified with ImportType NEW_KEY_MATERIAL.");
        if (str_is_set(in->key_material_id) && !str_eq(in->key_material_id, id))
                return incorrect(call, "The key material does not match the key material ID.");
        if (is_new && kms_is_replica(key))
                return incorrect(call, "New key material is imported into the primary key first.");
        if (is_new && is_known)
                return incorrect(call, "The key material is already associated with the KMS key.");
        if (!is_new && !is_known)
                return incorrect(call, "The key material is not the one that was imported before.");
        return 0;
}

/* -- ImportKeyMaterial: its place among those of the key */

static int has_pending(struct call *call, void *arg, struct kms_material_record *material)
{
        bool *has = arg;

        (void)call;
        *has |= kms_was_never_used(material);
        return 0;
}

static int add_first_or_next(struct call *call, struct kms_key_record *key, const struct imported *imported,
                             struct kms_material_record *material)
{
        struct str current = key->material_id;
        bool pending = false;

        TRY(kms_each_material(call, key, has_pending, &pending));
        if (pending)
                return fail(call, &kms_kms_invalid_state_exception,
                            "%.*s has imported key material that is pending rotation already.",
                            STR_ARG(kms_arn_of(&call->arena, key)));
        TRY(kms_add_material(call, key, imported->clear, material));
        key->public_key = imported->public_der;
        if (!str_is_set(current))
                return 0;
        key->material_id = current;
        material->state = KMS_PENDING_ROTATION;
        return 0;
}

/* -- ImportKeyMaterial: the whole */

int kms_lacks_used(struct call *call, void *arg, struct kms_material_record *material)
{
        bool *lacks = arg;

        (void)call;
        *lacks |= !str_is_set(material->sealed) &&
                  (str_eq(material->state, KMS_CURRENT) || str_eq(material->state, KMS_NON_CURRENT));
        return 0;
}

/* "You will need to import all of the key materials associated with the KMS key to change its state to
 * Enabled." */
static int settle_state(struct call *call, struct kms_key_record *key)
{
        bool lacks = false;

        TRY(kms_each_material(call, key, kms_lacks_used, &lacks));
        if (lacks && !str_eq(key->state, KMS_PENDING) && !str_eq(key->state, KMS_PENDING_REPLICA))
                key->state = KMS_PENDING_IMPORT;
        else if (!lacks && str_eq(key->state, KMS_PENDING_IMPORT))
                key->state = KMS_ENABLED;
        return call_put(call, &kms_key_record_type, key);
}

static int keep(struct call *call, const struct kms_import_key_material_in *in,
                const struct kms_key_record *key, struct str model, struct kms_material_record *material)
{
        material->expiration_model = model;
        material->valid_to = in->valid_to;
        if (str_is_set(in->key_material_description))
                material->description = in->key_material_description;
        TRY(kms_set_timer(call, TIMER, in->valid_to, material_subject(call, key, material)));
        return call_put(call, &kms_material_record_type, material);
}

int kms_import_key_material(struct call *call, const struct kms_import_key_material_in *in,
                            struct kms_import_key_material_out *out)
{
        const struct imported *imported = call->prepared;
        struct kms_material_record material;
        struct kms_key_record key;
        struct str id, model;
        int r;

        if (!imported)
                return -EINVAL;
        TRY(need_external(call, in->key_id, &key));
        TRY(check_expiry(call, in, &model));
        id = kms_material_id(&call->arena, key.id, imported->clear);
        r = kms_find_material(call, &key, id, &material);
        if (r < 0 && r != -ENOENT)
                return r;
        TRY(check_type(call, in, &key, id, r == 0));
        if (r == 0) {
                TRY(kms_destroy_imported(call, &key, &material));
                TRY(kms_seal_material(call, &material, imported->clear));
        } else {
                TRY(add_first_or_next(call, &key, imported, &material));
        }
        TRY(keep(call, in, &key, model, &material));
        TRY(settle_state(call, &key));
        if (r < 0)
                TRY(kms_spread_material(call, &key, &material));
        TRY(kms_share_description(call, &key, &material));
        TRY(kms_settle_pending(call, &key));
        out->key_id = kms_arn_of(&call->arena, &key);
        out->key_material_id = id;
        return 0;
}

/* -- DeleteImportedKeyMaterial, and expiry */

static int forget(struct call *call, const struct kms_key_record *key, struct kms_material_record *material)
{
        TRY(kms_destroy_imported(call, key, material));
        return call_put(call, &kms_material_record_type, material);
}

/* Of what was never used nothing is kept: other material may come in its place. */
static int give_up(struct call *call, const struct kms_key_record *key, struct kms_material_record *material)
{
        TRY(kms_destroy_imported(call, key, material));
        return call_delete(call, &kms_material_record_type, material);
}

static int give_up_in_region(struct call *call, void *arg, struct kms_key_record *key)
{
        const struct str *id = arg;
        struct kms_material_record material;
        int r = kms_find_material(call, key, *id, &material);

        return r == -ENOENT ? 0 : r < 0 ? r : give_up(call, key, &material);
}

/* "When you delete the key material of a primary Region key that is [pending], you'll also be deleting the
 * key materials for the replica Region keys. If you delete any key material of a replica Region key, the
 * primary Region key and other replica Region keys remain unchanged." */
static int forget_or_give_up(struct call *call, const struct kms_key_record *key,
                             struct kms_material_record *material)
{
        struct str id = material->id;

        if (!kms_was_never_used(material))
                return forget(call, key, material);
        if (kms_is_primary(key))
                return kms_each_region(call, key, give_up_in_region, &id);
        if (!kms_is_replica(key))
                return give_up(call, key, material);
        TRY(forget(call, key, material));
        return kms_settle_pending(call, key);
}

int kms_delete_imported_key_material(struct call *call, const struct kms_delete_imported_key_material_in *in,
                                     struct kms_delete_imported_key_material_out *out)
{
        struct kms_material_record material;
        struct kms_key_record key;
        struct str id;
        int r;

        TRY(need_external(call, in->key_id, &key));
        id = str_is_set(in->key_material_id) ? in->key_material_id : key.material_id;
        out->key_id = kms_arn_of(&call->arena, &key);
        if (!str_is_set(id))
                return 0; /* nothing was ever imported */
        r = kms_find_material(call, &key, id, &material);
        if (r == -ENOENT)
                return fail(call, &kms_not_found_exception, "Key material %.*s is not found.", STR_ARG(id));
        TRY(r);
        TRY(forget_or_give_up(call, &key, &material));
        TRY(settle_state(call, &key));
        out->key_material_id = id;
        return 0;
}

int kms_delete_expired_key_material_due(struct call *call, struct str subject)
{
        struct kms_material_record material;
        struct kms_key_record key;
        int64_t number;
        int r = kms_due_key(call, &subject, &key);

        if (r != 0)
                return r;
        TRY(str_to_i64(subject, &number));
        material = (struct kms_material_record){
                .account = key.account, .region = key.region, .key_id = key.id, .number = OPT_INT(number)};
        r = call_get(call, &kms_material_record_type, &material);
        if (r == -ENOENT)
                return 1;
        TRY(r);
        if (!material.valid_to.is_set || material.valid_to.value > call->now_ms)
                return 1;
        call->service_event_details =
                arena_printf(&call->arena, "{\"keyId\":\"%.*s\",\"keyMaterialId\":\"%.*s\"}", STR_ARG(key.id),
                             STR_ARG(material.id));
        TRY(forget_or_give_up(call, &key, &material));
        return settle_state(call, &key);
}
