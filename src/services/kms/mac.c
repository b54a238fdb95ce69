/* GenerateMac, VerifyMac. https://docs.aws.amazon.com/kms/latest/developerguide/hmac.html */
#include "crypto/key_cache.h"
#include "services/kms/kms.h"

static int compute(struct call *call, struct str key_id, const struct str_list *tokens, struct str algorithm,
                   struct str message, struct kms_key_record *key, struct str *ret)
{
        _cleanup_(kms_release) const struct opened_key *opened = NULL;
        struct kms_material_record material;
        const struct kms_spec *spec;
        uint8_t mac[DIGEST_MAX];
        enum digest digest;

        TRY(kms_need_usable_key(call, key_id, KMS_MAC, tokens, key));
        spec = kms_spec_find(key->spec);
        if (!spec || !str_eq(spec->mac, algorithm) || !kms_mac_digest(algorithm, &digest))
                return fail(call, &kms_invalid_key_usage_exception,
                            "Algorithm %.*s and key spec %.*s are incompatible.", STR_ARG(algorithm),
                            STR_ARG(key->spec));
        TRY(kms_open_current(call, key, &material, &opened));
        hmac_of(digest, secret_str(&opened->bytes), message, mac);
        *ret = arena_dup_bytes(&call->arena, mac, digest_len(digest));
        secret_wipe(mac, sizeof(mac));
        return 0;
}

int kms_generate_mac(struct call *call, const struct kms_generate_mac_in *in,
                     struct kms_generate_mac_out *out)
{
        struct kms_key_record key;

        TRY(compute(call, in->key_id, &in->grant_tokens, in->mac_algorithm, in->message, &key, &out->mac));
        TRY(kms_dry_run(call, in->dry_run));
        out->key_id = kms_arn_of(&call->arena, &key);
        out->mac_algorithm = in->mac_algorithm;
        return kms_note_usage(call, &key, STR("GenerateMac"));
}

int kms_verify_mac(struct call *call, const struct kms_verify_mac_in *in, struct kms_verify_mac_out *out)
{
        struct kms_key_record key;
        struct str mac = STR_NONE;

        TRY(compute(call, in->key_id, &in->grant_tokens, in->mac_algorithm, in->message, &key, &mac));
        if (!secret_equal(mac, in->mac))
                return fail_silently(call, &kms_kms_invalid_mac_exception);
        TRY(kms_dry_run(call, in->dry_run));
        out->key_id = kms_arn_of(&call->arena, &key);
        out->mac_valid = OPT_BOOL(true);
        out->mac_algorithm = in->mac_algorithm;
        return kms_note_usage(call, &key, STR("VerifyMac"));
}
