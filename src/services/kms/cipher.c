/* Encrypt, Decrypt, ReEncrypt; and sealing for those that make data keys.
 * https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html */
#include "crypto/key_cache.h"
#include "crypto/seal.h"
#include "services/kms/ciphertext.h"
#include "services/kms/context.h"
#include "services/kms/kms.h"

/* One answer for every ciphertext that does not open: no oracle. */
int kms_invalid_ciphertext(struct call *call)
{
        return fail_silently(call, &kms_invalid_ciphertext_exception);
}

int kms_dry_run(struct call *call, struct opt_bool asked)
{
        if (!asked.is_set || !asked.value)
                return 0;
        return fail(call, &kms_dry_run_operation_exception,
                    "The request would have succeeded, but the DryRun option is set.");
}

/* There are no attested environments here, so no document that proves one can be right. */
int kms_refuse_recipient(struct call *call, const struct kms_recipient_info *recipient)
{
        return recipient ? call_invalid(call, "The attestation document cannot be verified.") : 0;
}

/* -- Symmetric keys */

int kms_seal(struct call *call, const struct kms_key_record *key, const struct str_map *context,
             struct str clear, struct str *ret_blob, struct str *ret_material_id)
{
        _cleanup_(kms_release) const struct opened_key *opened = NULL;
        size_t len = KMS_HEAD_LEN + SEAL_OVERHEAD + clear.len;
        uint8_t *blob = arena_alloc(&call->arena, len);
        struct kms_material_record material;
        struct str bound;

        if (!blob)
                return -ENOMEM;
        TRY(kms_open_current(call, key, &material, &opened));
        TRY(kms_write_head(key->account, key->id, material.id, blob));
        TRY(kms_bound(call, str_make(blob, KMS_HEAD_LEN), context, &bound));
        TRY(seal_bytes(opened->bytes.bytes, bound, clear, blob + KMS_HEAD_LEN));
        *ret_blob = str_make(blob, len);
        if (ret_material_id)
                *ret_material_id = material.id;
        return 0;
}

int kms_unseal(struct call *call, const struct kms_key_record *key, const struct str_map *context,
               const struct kms_ciphertext *ciphertext, struct secret *ret)
{
        _cleanup_(kms_release) const struct opened_key *opened = NULL;
        struct kms_material_record material;
        struct str bound;
        int r = kms_find_material(call, key, ciphertext->material_id, &material);

        if (r == -ENOENT)
                return kms_invalid_ciphertext(call);
        TRY(r);
        TRY(kms_open(call, key, &material, &opened));
        TRY(kms_bound(call, ciphertext->head, context, &bound));
        r = seal_open(opened->bytes.bytes, bound, ciphertext->sealed, ret);
        return r == -EBADMSG ? kms_invalid_ciphertext(call) : r;
}

/* -- What is asked of which key */

struct task {
        struct kms_key_record key;
        const struct kms_spec *spec;
        const struct str_map *context;
        struct str algorithm;
        enum digest digest; /* of RSA */
};

static int check_algorithm(struct call *call, struct task *task)
{
        if (!task->spec)
                return -ENOSYS;
        if (!kms_list_has(task->spec->encryption, ARRAY_LEN(task->spec->encryption), task->algorithm))
                return fail(call, &kms_invalid_key_usage_exception,
                            "Algorithm %.*s and key spec %.*s are incompatible.", STR_ARG(task->algorithm),
                            STR_ARG(task->key.spec));
        if (task->spec->class == KMS_SYMMETRIC)
                return kms_check_context(call, task->context);
        if (!kms_oaep_digest(task->algorithm, &task->digest))
                return -ENOSYS;
        if (task->context->count)
                return call_invalid(call,
                                    "An encryption context is supported with symmetric encryption KMS keys "
                                    "only.");
        return 0;
}

/* In events it "always includes the encryptionAlgorithm", said or not.
 * https://docs.aws.amazon.com/kms/latest/developerguide/ct-decrypt.html */
static struct str algorithm_of(struct str given)
{
        return str_is_set(given) ? given : KMS_DEFAULT;
}

static int begin(struct call *call, struct str key_id, const struct str_list *tokens,
                 const struct str_map *context, struct str algorithm, struct task *task)
{
        task->context = context;
        task->algorithm = algorithm_of(algorithm);
        TRY(kms_need_usable_key(call, key_id, KMS_ENCRYPT_DECRYPT, tokens, &task->key));
        task->spec = kms_spec_find(task->key.spec);
        return check_algorithm(call, task);
}

/* -- Encrypting */

static int encrypt_rsa(struct call *call, const struct task *task, struct str clear, struct str *ret)
{
        _cleanup_(kms_release) const struct opened_key *opened = NULL;
        struct kms_material_record material;
        size_t most = task->key.spec.len == 0 ? 0 : 2 * digest_len(task->digest) + 2;
        uint64_t bits = 0;
        int r;

        TRY(kms_open_current(call, &task->key, &material, &opened));
        r = key_pair_encrypt(opened->pair, task->digest, clear, &call->arena, ret);
        if (r != -EMSGSIZE)
                return r;
        TRY(str_to_u64(str_from(task->key.spec, strlen("RSA_")), &bits));
        return call_invalid(
                call, "Algorithm %.*s and key spec %.*s cannot encrypt data larger than %llu bytes.",
                STR_ARG(task->algorithm), STR_ARG(task->key.spec), (unsigned long long)(bits / 8 - most));
}

static int encrypt(struct call *call, const struct task *task, struct str clear, struct str *ret,
                   struct str *ret_material_id)
{
        if (task->spec->class == KMS_RSA)
                return encrypt_rsa(call, task, clear, ret);
        return kms_seal(call, &task->key, task->context, clear, ret, ret_material_id);
}

int kms_encrypt(struct call *call, const struct kms_encrypt_in *in, struct kms_encrypt_out *out)
{
        struct kms_encrypt_in *told = call_tell_in(call);
        struct str material_id = STR_NONE;
        struct task task = {};

        if (!told)
                return -ENOMEM;
        told->encryption_algorithm = algorithm_of(in->encryption_algorithm);
        TRY(begin(call, in->key_id, &in->grant_tokens, &in->encryption_context, in->encryption_algorithm,
                  &task));
        TRY(encrypt(call, &task, in->plaintext, &out->ciphertext_blob, &material_id));
        TRY(kms_dry_run(call, in->dry_run));
        kms_tell_material(call, material_id);
        out->key_id = kms_arn_of(&call->arena, &task.key);
        out->encryption_algorithm = task.algorithm;
        return kms_note_usage(call, &task.key, STR("Encrypt"));
}

/* -- Decrypting */

static int decrypt_rsa(struct call *call, const struct task *task, struct str blob, struct secret *ret)
{
        _cleanup_(kms_release) const struct opened_key *opened = NULL;
        struct kms_material_record material;
        int r;

        TRY(call_take_time(call));
        TRY(kms_open_current(call, &task->key, &material, &opened));
        r = key_pair_decrypt(opened->pair, task->digest, blob, ret);
        return r == -EBADMSG ? kms_invalid_ciphertext(call) : r;
}

/* "The KeyId in a Decrypt request must identify the same KMS key that was used to encrypt the ciphertext": of
 * a multi-Region key any of its replicas. */
static int check_same_key(struct call *call, const struct task *task, const struct kms_ciphertext *ciphertext)
{
        if (str_eq(task->key.account, ciphertext->account) && str_eq(task->key.id, ciphertext->key_id))
                return 0;
        return fail(call, &kms_incorrect_key_exception,
                    "The key ID in the request does not identify a CMK that can perform this operation.");
}

static int decrypt(struct call *call, const struct task *task, struct str blob, struct secret *ret,
                   struct str *ret_material_id)
{
        struct kms_ciphertext ciphertext;

        if (task->spec->class == KMS_RSA)
                return decrypt_rsa(call, task, blob, ret);
        if (kms_read_ciphertext(&call->arena, blob, &ciphertext) < 0)
                return kms_invalid_ciphertext(call);
        TRY(check_same_key(call, task, &ciphertext));
        TRY(kms_unseal(call, &task->key, task->context, &ciphertext, ret));
        *ret_material_id = ciphertext.material_id;
        return 0;
}

/* The key that is to open: named, or the one that the ciphertext names. (That there is such a one, and that
 * it may be used, was settled when the permission was asked.) */
static int name_of_key(struct call *call, struct str key_id, struct str blob, struct str *ret)
{
        struct kms_ciphertext ciphertext;

        *ret = key_id;
        if (str_is_set(key_id))
                return 0;
        if (kms_read_ciphertext(&call->arena, blob, &ciphertext) < 0)
                return kms_invalid_ciphertext(call);
        *ret = kms_key_arn(&call->arena, ciphertext.account, call->region, ciphertext.key_id);
        return 0;
}

static int missing_ciphertext(struct call *call)
{
        return call_invalid(call,
                            "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy "
                            "constraint: Member must not be null");
}

/* A dry run may leave the ciphertext aside: then it asks for permissions alone. */
static int only_permissions(struct call *call, struct opt_bool dry_run, const struct str_list *modifiers,
                            struct str blob, bool *ret)
{
        bool is_dry = dry_run.is_set && dry_run.value;

        *ret = is_dry && kms_list_has(modifiers->items, modifiers->count, STR("IGNORE_CIPHERTEXT"));
        if (modifiers->count && !is_dry)
                return call_invalid(call, "DryRunModifiers can be specified only when DryRun is true.");
        return *ret || str_is_set(blob) ? 0 : missing_ciphertext(call);
}

int kms_decrypt(struct call *call, const struct kms_decrypt_in *in, struct kms_decrypt_out *out)
{
        _cleanup_(secret_done) struct secret clear = {};
        struct kms_decrypt_in *told = call_tell_in(call);
        struct task task = {};
        struct str key_id;
        bool no_ciphertext;

        if (!told)
                return -ENOMEM;
        told->encryption_algorithm = algorithm_of(in->encryption_algorithm);
        TRY(only_permissions(call, in->dry_run, &in->dry_run_modifiers, in->ciphertext_blob, &no_ciphertext));
        TRY(name_of_key(call, in->key_id, in->ciphertext_blob, &key_id));
        TRY(begin(call, key_id, &in->grant_tokens, &in->encryption_context, in->encryption_algorithm, &task));
        TRY(kms_refuse_recipient(call, in->recipient));
        if (no_ciphertext)
                return kms_dry_run(call, in->dry_run);
        TRY(decrypt(call, &task, in->ciphertext_blob, &clear, &out->key_material_id));
        TRY(kms_dry_run(call, in->dry_run));
        kms_tell_material(call, out->key_material_id);
        out->key_id = kms_arn_of(&call->arena, &task.key);
        out->encryption_algorithm = task.algorithm;
        out->plaintext = arena_dup(&call->arena, secret_str(&clear));
        return kms_note_usage(call, &task.key, STR("Decrypt"));
}

/* https://docs.aws.amazon.com/kms/latest/developerguide/ct-reencrypt.html */
static void tell_materials(struct call *call, struct str source, struct str destination)
{
        const char *comma = str_is_set(source) && str_is_set(destination) ? "," : "";
        struct str first = STR(""), second = STR("");

        if (str_is_set(destination))
                first = arena_printf(&call->arena, "\"destinationKeyMaterialId\":\"%.*s\"",
                                     STR_ARG(destination));
        if (str_is_set(source))
                second = arena_printf(&call->arena, "\"sourceKeyMaterialId\":\"%.*s\"", STR_ARG(source));
        if (first.len + second.len)
                call->additional_event_data =
                        arena_printf(&call->arena, "{%.*s%s%.*s}", STR_ARG(first), comma, STR_ARG(second));
}

int kms_re_encrypt(struct call *call, const struct kms_re_encrypt_in *in, struct kms_re_encrypt_out *out)
{
        _cleanup_(secret_done) struct secret clear = {};
        struct kms_re_encrypt_in *told = call_tell_in(call);
        struct task source = {}, destination = {};
        struct str key_id;
        bool no_ciphertext;

        if (!told)
                return -ENOMEM;
        told->source_encryption_algorithm = algorithm_of(in->source_encryption_algorithm);
        told->destination_encryption_algorithm = algorithm_of(in->destination_encryption_algorithm);
        TRY(only_permissions(call, in->dry_run, &in->dry_run_modifiers, in->ciphertext_blob, &no_ciphertext));
        TRY(name_of_key(call, in->source_key_id, in->ciphertext_blob, &key_id));
        TRY(begin(call, key_id, &in->grant_tokens, &in->source_encryption_context,
                  in->source_encryption_algorithm, &source));
        TRY(begin(call, in->destination_key_id, &in->grant_tokens, &in->destination_encryption_context,
                  in->destination_encryption_algorithm, &destination));
        if (no_ciphertext)
                return kms_dry_run(call, in->dry_run);
        TRY(decrypt(call, &source, in->ciphertext_blob, &clear, &out->source_key_material_id));
        TRY(encrypt(call, &destination, secret_str(&clear), &out->ciphertext_blob,
                    &out->destination_key_material_id));
        TRY(kms_dry_run(call, in->dry_run));
        tell_materials(call, out->source_key_material_id, out->destination_key_material_id);
        out->source_key_id = kms_arn_of(&call->arena, &source.key);
        out->key_id = kms_arn_of(&call->arena, &destination.key);
        out->source_encryption_algorithm = source.algorithm;
        out->destination_encryption_algorithm = destination.algorithm;
        TRY(kms_note_usage(call, &source.key, STR("ReEncrypt")));
        return kms_note_usage(call, &destination.key, STR("ReEncrypt"));
}
