/* GenerateDataKey, GenerateDataKeyPair, with and without the plaintext; GenerateRandom.
 * https://docs.aws.amazon.com/kms/latest/developerguide/data-keys.html */
#include "base/ids.h"
#include "services/kms/kms.h"

/* -- Data keys */

struct data_key {
        struct str key_id;
        const struct str_list *tokens;
        const struct str_map *context;
        struct str key_spec;
        struct opt_int number_of_bytes;
        struct opt_bool dry_run;
};

static int choose_length(struct call *call, const struct data_key *asked, size_t *ret)
{
        if (str_is_set(asked->key_spec) == asked->number_of_bytes.is_set)
                return call_invalid(call, "Please specify either number of bytes or key spec.");
        *ret = asked->number_of_bytes.is_set             ? (size_t)asked->number_of_bytes.value
               : str_eq(asked->key_spec, STR("AES_128")) ? 16
                                                         : 32;
        return 0;
}

/* A key for sealing data keys: a symmetric one. */
static int need_key(struct call *call, struct str key_id, const struct str_list *tokens,
                    const struct str_map *context, struct kms_key_record *ret)
{
        TRY(kms_need_usable_key(call, key_id, KMS_ENCRYPT_DECRYPT, tokens, ret));
        if (!kms_is_symmetric(ret))
                return fail(call, &kms_invalid_key_usage_exception,
                            "%.*s key spec is %.*s which is not valid for "
                            "%.*s.",
                            STR_ARG(kms_arn_of(&call->arena, ret)), STR_ARG(ret->spec),
                            STR_ARG(call->operation->name));
        return kms_check_context(call, context);
}

struct made_key {
        struct kms_key_record key;
        struct str plaintext, blob, material_id;
};

static int make_data_key(struct call *call, const struct data_key *asked, struct made_key *ret)
{
        size_t len = 0;
        uint8_t *bytes;

        TRY(choose_length(call, asked, &len));
        TRY(need_key(call, asked->key_id, asked->tokens, asked->context, &ret->key));
        bytes = arena_alloc(&call->arena, len); /* wiped with the call */
        if (!bytes)
                return -ENOMEM;
        random_fill(bytes, len);
        ret->plaintext = str_make(bytes, len);
        TRY(kms_seal(call, &ret->key, asked->context, ret->plaintext, &ret->blob, &ret->material_id));
        TRY(kms_dry_run(call, asked->dry_run));
        kms_tell_material(call, ret->material_id);
        return kms_note_usage(call, &ret->key, call->operation->name);
}

int kms_generate_data_key(struct call *call, const struct kms_generate_data_key_in *in,
                          struct kms_generate_data_key_out *out)
{
        const struct data_key asked = {in->key_id,   &in->grant_tokens,   &in->encryption_context,
                                       in->key_spec, in->number_of_bytes, in->dry_run};
        struct made_key made;

        TRY(kms_refuse_recipient(call, in->recipient));
        TRY(make_data_key(call, &asked, &made));
        out->ciphertext_blob = made.blob;
        out->plaintext = made.plaintext;
        out->key_id = kms_arn_of(&call->arena, &made.key);
        out->key_material_id = made.material_id;
        return 0;
}

int kms_generate_data_key_without_plaintext(struct call *call,
                                            const struct kms_generate_data_key_without_plaintext_in *in,
                                            struct kms_generate_data_key_without_plaintext_out *out)
{
        const struct data_key asked = {in->key_id,   &in->grant_tokens,   &in->encryption_context,
                                       in->key_spec, in->number_of_bytes, in->dry_run};
        struct made_key made;

        TRY(make_data_key(call, &asked, &made));
        out->ciphertext_blob = made.blob;
        out->key_id = kms_arn_of(&call->arena, &made.key);
        out->key_material_id = made.material_id;
        return 0;
}

/* -- Data key pairs */

struct made_pair {
        struct kms_key_record key;
        struct secret private_der;
        struct str public_der, blob, material_id;
};

static void made_pair_done(struct made_pair *made)
{
        secret_done(&made->private_der);
}

static int find_spec(struct call *call, struct str name, const struct kms_spec **ret)
{
        *ret = kms_spec_find(name);
        if (*ret && (*ret)->is_data_key_pair)
                return 0;
        return fail(call, &kms_unsupported_operation_exception,
                    "KeyPairSpec %.*s is not supported in this Region.", STR_ARG(name));
}

static int make_pair(struct call *call, const struct data_key *asked, struct made_pair *ret)
{
        _cleanup_(key_pair_unrefp) struct key_pair *pair = NULL;
        const struct kms_spec *spec;

        TRY(find_spec(call, asked->key_spec, &spec));
        TRY(need_key(call, asked->key_id, asked->tokens, asked->context, &ret->key));
        TRY(kms_dry_run(call, asked->dry_run));
        TRY(call_take_time(call));
        TRY(key_pair_make(spec->kind, &pair));
        TRY(key_pair_private_der(pair, &ret->private_der));
        TRY(key_pair_public_der(pair, &call->arena, &ret->public_der));
        TRY(kms_seal(call, &ret->key, asked->context, secret_str(&ret->private_der), &ret->blob,
                     &ret->material_id));
        kms_tell_material(call, ret->material_id);
        return kms_note_usage(call, &ret->key, call->operation->name);
}

int kms_generate_data_key_pair(struct call *call, const struct kms_generate_data_key_pair_in *in,
                               struct kms_generate_data_key_pair_out *out)
{
        const struct data_key asked = {
                in->key_id, &in->grant_tokens, &in->encryption_context, in->key_pair_spec, {}, in->dry_run};
        _cleanup_(made_pair_done) struct made_pair made = {};

        TRY(kms_refuse_recipient(call, in->recipient));
        TRY(make_pair(call, &asked, &made));
        out->private_key_ciphertext_blob = made.blob;
        out->private_key_plaintext = arena_dup(&call->arena, secret_str(&made.private_der));
        out->public_key = made.public_der;
        out->key_id = kms_arn_of(&call->arena, &made.key);
        out->key_pair_spec = in->key_pair_spec;
        out->key_material_id = made.material_id;
        return 0;
}

int kms_generate_data_key_pair_without_plaintext(
        struct call *call, const struct kms_generate_data_key_pair_without_plaintext_in *in,
        struct kms_generate_data_key_pair_without_plaintext_out *out)
{
        const struct data_key asked = {
                in->key_id, &in->grant_tokens, &in->encryption_context, in->key_pair_spec, {}, in->dry_run};
        _cleanup_(made_pair_done) struct made_pair made = {};

        TRY(make_pair(call, &asked, &made));
        out->private_key_ciphertext_blob = made.blob;
        out->public_key = made.public_der;
        out->key_id = kms_arn_of(&call->arena, &made.key);
        out->key_pair_spec = in->key_pair_spec;
        out->key_material_id = made.material_id;
        return 0;
}

/* -- Random bytes */

int kms_generate_random(struct call *call, const struct kms_generate_random_in *in,
                        struct kms_generate_random_out *out)
{
        uint8_t *bytes;

        if (str_is_set(in->custom_key_store_id))
                return fail(call, &kms_custom_key_store_not_found_exception, "%.*s",
                            STR_ARG(in->custom_key_store_id));
        TRY(kms_refuse_recipient(call, in->recipient));
        if (!in->number_of_bytes.is_set)
                return call_invalid(call,
                                    "1 validation error detected: Value null at 'numberOfBytes' failed to "
                                    "satisfy constraint: Member must not be null");
        bytes = arena_alloc(&call->arena, (size_t)in->number_of_bytes.value);
        if (!bytes)
                return -ENOMEM;
        random_fill(bytes, (size_t)in->number_of_bytes.value);
        out->plaintext = str_make(bytes, (size_t)in->number_of_bytes.value);
        return 0;
}
