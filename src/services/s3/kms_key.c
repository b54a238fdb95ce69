#include "services/s3/kms_key.h"

#include <jansson.h>

#include "base/ids.h"
#include "base/text.h"
#include "crypto/seal.h"
#include "services/kms/directory.h"

#define BOUND   STR("s3 data key under a key of KMS")
#define ARN_KEY STR("aws:s3:arn")

int s3_check_kms_caller(struct call *call)
{
        if (call->principal.kind == ANONYMOUS)
                return fail(
                        call, &s3_invalid_argument,
                        "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS "
                        "Signature Version 4.");
        return 0;
}

static struct str via(struct call *call)
{
        return arena_printf(&call->arena, "s3.%.*s.amazonaws.com", STR_ARG(call->region));
}

/* -- KMS's errors in S3's words */

static int translate(struct call *call, int result)
{
        static const struct {
                struct str code;
                const struct api_error *error;
        } TABLE[] = {
                {STR_INIT("AccessDeniedException"), &s3_access_denied},
                {STR_INIT("DisabledException"), &s3_kms_disabled_exception},
                {STR_INIT("KMSInvalidStateException"), &s3_kms_invalid_state_exception},
                {STR_INIT("NotFoundException"), &s3_kms_not_found_exception},
                {STR_INIT("InvalidArnException"), &s3_kms_not_found_exception},
        };

        if (result != -ECALL)
                return result;
        for (size_t i = 0; i < ARRAY_LEN(TABLE); i++)
                if (str_eq(call->error->code, TABLE[i].code))
                        call->error = TABLE[i].error;
        if (call->error->status == 400 && !str_starts(call->error->code, STR("KMS.")))
                call->error = &s3_invalid_argument;
        return result;
}

/* -- The encryption context: the client's pairs, which came as JSON in base64, and the ARN */

static int malformed_context(struct call *call)
{
        return fail(call, &s3_invalid_argument,
                    "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string "
                    "holding JSON which represents a string-string map");
}

static int read_pairs(struct call *call, const json_t *object, struct str_map *ret)
{
        const char *name;
        json_t *value;

        ret->items = arena_new_array(&call->arena, struct str_pair, json_object_size(object) + 1);
        if (!ret->items)
                return -ENOMEM;
        json_object_foreach((json_t *)(uintptr_t)object, name, value)
        {
                if (!json_is_string(value))
                        return malformed_context(call);
                ret->items[ret->count++] = (struct str_pair){
                        arena_dup(&call->arena, str_of(name)),
                        arena_dup_bytes(&call->arena, json_string_value(value), json_string_length(value))};
        }
        return 0;
}

static int read_context(struct call *call, struct str given, struct str_map *ret)
{
        struct str text;
        json_t *object;
        int r;

        if (given.len == 0)
                return 0;
        if (base64_decode(&call->arena, given, &text) < 0)
                return malformed_context(call);
        object = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
        r = json_is_object(object) ? read_pairs(call, object, ret) : malformed_context(call);
        json_decref(object);
        return r;
}

static int make_context(struct call *call, struct str bucket, struct str key,
                        const struct s3_object_record *row, struct str_map *ret)
{
        struct str arn =
                row->has_bucket_key.value ? s3_bucket_arn(call, bucket) : s3_object_arn(call, bucket, key);

        *ret = (struct str_map){.items = arena_new(&call->arena, struct str_pair), .is_set = true};
        if (!ret->items)
                return -ENOMEM;
        TRY(read_context(call, row->kms_context, ret));
        for (size_t i = 0; i < ret->count; i++)
                if (str_eq(ret->items[i].key, ARN_KEY))
                        return 0; /* the client may say it itself, and then answers for it */
        ret->items[ret->count++] = (struct str_pair){ARN_KEY, arn};
        return 0;
}

/* -- What is stored: the length of KMS's ciphertext, it, and the data key sealed under what it holds */

static int pack(struct call *call, struct str wrapped, struct str under, struct str data_key, struct str *ret)
{
        size_t len = 2 + wrapped.len + data_key.len + SEAL_OVERHEAD;
        uint8_t *out = arena_alloc(&call->arena, len);

        if (!out || wrapped.len > UINT16_MAX || under.len != SEAL_KEY_LEN)
                return out ? -EINVAL : -ENOMEM;
        out[0] = (uint8_t)(wrapped.len >> 8);
        out[1] = (uint8_t)wrapped.len;
        memcpy(out + 2, wrapped.ptr, wrapped.len);
        *ret = str_make(out, len);
        return seal_bytes((const uint8_t *)under.ptr, BOUND, data_key, out + 2 + wrapped.len);
}

static int unpack(struct str sealed, struct str *ret_wrapped, struct str *ret_data_key)
{
        size_t len;

        if (sealed.len < 2)
                return -EBADMSG;
        len = (size_t)((uint8_t)sealed.ptr[0] << 8 | (uint8_t)sealed.ptr[1]);
        if (sealed.len < 2 + len + SEAL_OVERHEAD)
                return -EBADMSG;
        *ret_wrapped = str_part(sealed, 2, len);
        *ret_data_key = str_from(sealed, 2 + len);
        return 0;
}

/* "aws/s3" and absent mean the AWS managed key of the account. */
static int settle_key(struct call *call, struct s3_object_record *row)
{
        if (row->kms_key.len > 0 && !str_eq(row->kms_key, STR("alias/aws/s3")))
                return 0;
        return kms_service_key(call, STR("alias/aws/s3"), &row->kms_key);
}

int s3_kms_seal(struct call *call, struct str bucket, struct str key, struct str data_key,
                struct s3_object_record *row, struct str *ret_sealed)
{
        struct kms_generate_data_key_in in = {.key_spec = STR("AES_256")};
        struct kms_generate_data_key_out out = {};
        struct str_map context;

        TRY(settle_key(call, row));
        TRY(make_context(call, bucket, key, row, &context));
        in.key_id = row->kms_key;
        in.encryption_context = context;
        TRY(translate(call, kms_invoke(call, STR("GenerateDataKey"), &in, &out, via(call))));
        row->kms_key = out.key_id;
        return pack(call, out.ciphertext_blob, out.plaintext, data_key, ret_sealed);
}

/* "You must grant kms:Encrypt permissions for the AWS KMS key that will protect the object replica."
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html */
int s3_kms_seal_replica(struct call *call, struct str bucket, struct str key, struct str data_key,
                        struct s3_object_record *row, struct str *ret_sealed)
{
        _cleanup_(secret_done) struct secret under = {};
        struct kms_encrypt_in in = {};
        struct kms_encrypt_out out = {};

        TRY(settle_key(call, row));
        TRY(make_context(call, bucket, key, row, &in.encryption_context));
        TRY(secret_new(&under, SEAL_KEY_LEN));
        random_fill(under.bytes, under.len);
        in.key_id = row->kms_key;
        in.plaintext = secret_str(&under);
        TRY(translate(call, kms_invoke(call, STR("Encrypt"), &in, &out, via(call))));
        row->kms_key = out.key_id;
        return pack(call, out.ciphertext_blob, secret_str(&under), data_key, ret_sealed);
}

int s3_kms_open(struct call *call, struct str bucket, struct str key, const struct s3_object_record *row,
                struct str sealed, struct secret *ret_data_key)
{
        struct kms_decrypt_in in = {};
        struct kms_decrypt_out out = {};
        struct str wrapped, under;

        TRY(s3_check_kms_caller(call));
        TRY(unpack(sealed, &wrapped, &under));
        TRY(make_context(call, bucket, key, row, &in.encryption_context));
        in.ciphertext_blob = wrapped;
        TRY(translate(call, kms_invoke(call, STR("Decrypt"), &in, &out, via(call))));
        if (out.plaintext.len != SEAL_KEY_LEN)
                return -EBADMSG;
        return seal_open((const uint8_t *)out.plaintext.ptr, BOUND, under, ret_data_key);
}
