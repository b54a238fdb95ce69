/* Sign, Verify, GetPublicKey, DeriveSharedSecret: keys that are pairs.
 * https://docs.aws.amazon.com/kms/latest/developerguide/symmetric-asymmetric.html */
#include "crypto/key_cache.h"
#include "services/kms/kms.h"

struct signing {
        struct kms_key_record key;
        const struct kms_spec *spec;
        const struct kms_signing *how;
        bool is_digest;
};

static int incompatible(struct call *call, struct str algorithm, const struct kms_key_record *key)
{
        return fail(call, &kms_invalid_key_usage_exception,
                    "Algorithm %.*s and key spec %.*s are incompatible.", STR_ARG(algorithm),
                    STR_ARG(key->spec));
}

/* Of the two Ed25519 algorithms, one takes messages and the other takes digests.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html */
static int check_message(struct call *call, const struct signing *signing, struct str message,
                         struct str type)
{
        enum scheme scheme = signing->how->scheme;

        if (str_eq(type, STR("EXTERNAL_MU")))
                return call_invalid(call, "MessageType EXTERNAL_MU is valid with ML-DSA keys only.");
        if ((scheme == SCHEME_ED25519 && signing->is_digest) ||
            (scheme == SCHEME_ED25519PH && !signing->is_digest))
                return call_invalid(call, "MessageType %s is not valid for algorithm %.*s.",
                                    signing->is_digest ? "DIGEST" : "RAW", STR_ARG(signing->how->name));
        if (signing->is_digest && message.len != digest_len(signing->how->digest))
                return call_invalid(call, "Digest is invalid length for algorithm %.*s.",
                                    STR_ARG(signing->how->name));
        return 0;
}

static int begin(struct call *call, struct str key_id, const struct str_list *tokens, struct str algorithm,
                 struct str message, struct str message_type, struct signing *signing)
{
        TRY(kms_need_usable_key(call, key_id, KMS_SIGN_VERIFY, tokens, &signing->key));
        signing->spec = kms_spec_find(signing->key.spec);
        if (!signing->spec)
                return -ENOSYS;
        if (!kms_list_has(signing->spec->signing, ARRAY_LEN(signing->spec->signing), algorithm))
                return incompatible(call, algorithm, &signing->key);
        signing->how = kms_signing_find(algorithm);
        if (!signing->how)
                return -ENOSYS;
        signing->is_digest = str_eq(message_type, STR("DIGEST"));
        TRY(check_message(call, signing, message, message_type));
        /* "KMS still performs the SHA-512 prehash ...: the input is hashed twice: once by you and once by
         * KMS." */
        signing->is_digest &= signing->how->scheme != SCHEME_ED25519PH;
        return 0;
}

/* Ed25519ph wants a newer libcrypto than many have. */
static int not_here(struct call *call, const struct signing *signing)
{
        return fail(call, &kms_unsupported_operation_exception,
                    "Algorithm %.*s is not supported in this Region.", STR_ARG(signing->how->name));
}

int kms_sign(struct call *call, const struct kms_sign_in *in, struct kms_sign_out *out)
{
        _cleanup_(kms_release) const struct opened_key *opened = NULL;
        struct kms_material_record material;
        struct signing signing = {};
        int r;

        TRY(begin(call, in->key_id, &in->grant_tokens, in->signing_algorithm, in->message, in->message_type,
                  &signing));
        TRY(kms_dry_run(call, in->dry_run));
        if (signing.spec->takes_time)
                TRY(call_take_time(call));
        TRY(kms_open_current(call, &signing.key, &material, &opened));
        r = key_pair_sign(opened->pair, signing.how->scheme, signing.how->digest, signing.is_digest,
                          in->message, &call->arena, &out->signature);
        if (r == -ENOSYS)
                return not_here(call, &signing);
        TRY(r);
        out->key_id = kms_arn_of(&call->arena, &signing.key);
        out->signing_algorithm = in->signing_algorithm;
        return kms_note_usage(call, &signing.key, STR("Sign"));
}

int kms_verify(struct call *call, const struct kms_verify_in *in, struct kms_verify_out *out)
{
        _cleanup_(kms_release) const struct opened_key *opened = NULL;
        struct kms_material_record material;
        struct signing signing = {};
        int r;

        TRY(begin(call, in->key_id, &in->grant_tokens, in->signing_algorithm, in->message, in->message_type,
                  &signing));
        if (signing.spec->takes_time && signing.spec->class == KMS_ECC)
                TRY(call_take_time(call));
        TRY(kms_open_current(call, &signing.key, &material, &opened));
        r = key_pair_verify(opened->pair, signing.how->scheme, signing.how->digest, signing.is_digest,
                            in->message, in->signature);
        if (r == -ENOSYS)
                return not_here(call, &signing);
        if (r == -EBADMSG)
                return fail_silently(call, &kms_kms_invalid_signature_exception);
        TRY(r);
        TRY(kms_dry_run(call, in->dry_run));
        out->key_id = kms_arn_of(&call->arena, &signing.key);
        out->signature_valid = OPT_BOOL(true);
        out->signing_algorithm = in->signing_algorithm;
        return kms_note_usage(call, &signing.key, STR("Verify"));
}

/* -- The public half */

static struct str_list listed(const struct str *items, size_t room)
{
        size_t count = kms_list_len(items, room);

        return (struct str_list){
                .items = (struct str *)(uintptr_t)items, .count = count, .is_set = count > 0};
}

static int need_pair(struct call *call, struct str key_id, const struct str_list *tokens,
                     struct kms_key_record *ret)
{
        TRY(kms_check_grant_tokens(call, tokens));
        TRY(kms_need_key(call, key_id, KMS_BY_ALIAS_TOO, ret));
        if (kms_spec_find(ret->spec) && kms_spec_is_pair(kms_spec_find(ret->spec)))
                return 0;
        return fail(call, &kms_unsupported_operation_exception, "%.*s is not an asymmetric KMS key.",
                    STR_ARG(kms_arn_of(&call->arena, ret)));
}

int kms_get_public_key(struct call *call, const struct kms_get_public_key_in *in,
                       struct kms_get_public_key_out *out)
{
        const struct kms_spec *spec;
        struct kms_key_record key;

        TRY(need_pair(call, in->key_id, &in->grant_tokens, &key));
        if (!str_is_set(key.public_key))
                return fail(call, &kms_kms_invalid_state_exception, "%.*s is pending import.",
                            STR_ARG(kms_arn_of(&call->arena, &key)));
        spec = kms_spec_find(key.spec);
        out->key_id = kms_arn_of(&call->arena, &key);
        out->public_key = key.public_key;
        out->customer_master_key_spec = out->key_spec = key.spec;
        out->key_usage = key.usage;
        if (str_eq(key.usage, KMS_ENCRYPT_DECRYPT))
                out->encryption_algorithms = listed(spec->encryption, ARRAY_LEN(spec->encryption));
        else if (str_eq(key.usage, KMS_SIGN_VERIFY))
                out->signing_algorithms = listed(spec->signing, ARRAY_LEN(spec->signing));
        else
                out->key_agreement_algorithms = listed(&spec->agreement, 1);
        return 0;
}

int kms_derive_shared_secret(struct call *call, const struct kms_derive_shared_secret_in *in,
                             struct kms_derive_shared_secret_out *out)
{
        _cleanup_(kms_release) const struct opened_key *opened = NULL;
        _cleanup_(secret_done) struct secret shared = {};
        struct kms_material_record material;
        struct kms_key_record key;
        int r;

        TRY(kms_need_usable_key(call, in->key_id, KMS_KEY_AGREEMENT, &in->grant_tokens, &key));
        TRY(kms_refuse_recipient(call, in->recipient));
        TRY(call_take_time(call));
        TRY(kms_open_current(call, &key, &material, &opened));
        r = key_pair_agree(opened->pair, in->public_key, &shared);
        if (r == -EINVAL)
                return call_invalid(call, "The public key is not a valid key of the key spec %.*s.",
                                    STR_ARG(key.spec));
        TRY(r);
        TRY(kms_dry_run(call, in->dry_run));
        out->key_id = kms_arn_of(&call->arena, &key);
        out->shared_secret = arena_dup(&call->arena, secret_str(&shared));
        out->key_agreement_algorithm = in->key_agreement_algorithm;
        out->key_origin = key.origin;
        return kms_note_usage(call, &key, STR("DeriveSharedSecret"));
}
