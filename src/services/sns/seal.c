/* Messages on their way are sealed: under SNS's own key, or under a data key of the topic's key of KMS, which
 * SNS keeps under its own until the message has been delivered.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html */
#include "services/sns/content.h"

#include "base/buf.h"
#include "crypto/seal.h"
#include "services/kms/directory.h"

#define SERVICE    STR("sns")
#define ALIAS      STR("alias/aws/sns")
#define PACKED_MAX ((size_t)4 * 1024 * 1024)

static struct str bound_of(struct call *call, const struct sns_notice_record *notice, const char *what)
{
        return arena_printf(&call->arena, "%.*s %s",
                            STR_ARG(record_name(&call->arena, &sns_notice_record_type, notice)), what);
}

/* -- Keys of KMS, in the name of who publishes: "kms:GenerateDataKey*" and "kms:Decrypt" */

static int translate(struct call *call, int result)
{
        static const struct {
                struct str code;
                const struct api_error *error;
        } TABLE[] = {
                {STR_INIT("AccessDeniedException"), &sns_kms_access_denied_exception},
                {STR_INIT("DisabledException"), &sns_kms_disabled_exception},
                {STR_INIT("KMSInvalidStateException"), &sns_kms_invalid_state_exception},
                {STR_INIT("InvalidKeyUsageException"), &sns_kms_invalid_state_exception},
                {STR_INIT("NotFoundException"), &sns_kms_not_found_exception},
                {STR_INIT("InvalidArnException"), &sns_kms_not_found_exception},
        };

        if (result != -ECALL)
                return result;
        for (size_t i = 0; i < ARRAY_LEN(TABLE); i++)
                if (str_eq(call->error->code, TABLE[i].code))
                        call->error = TABLE[i].error;
        return result;
}

/* The topic's own key, whoever publishes: to another account an alias or an id would be one of its own. */
static int find_key(struct call *call, const struct sns_topic_record *topic, struct str *ret)
{
        struct str given = sns_attribute(&topic->attributes, STR("KmsMasterKeyId"));
        const char *kind = str_starts(given, STR("alias/")) ? "" : "key/";

        *ret = given;
        if (str_starts(given, STR("arn:")))
                return 0;
        if (str_eq(topic->account, call->account))
                return str_eq(given, ALIAS) ? kms_service_key(call, ALIAS, ret) : 0;
        *ret = arena_printf(&call->arena, "arn:%.*s:kms:%.*s:%.*s:%s%.*s", STR_ARG(call->host->partition),
                            STR_ARG(topic->region), STR_ARG(topic->account), kind, STR_ARG(given));
        return 0;
}

static int invoke(struct call *call, struct str operation, const void *in, void *out)
{
        struct str via = arena_printf(&call->arena, "sns.%.*s.amazonaws.com", STR_ARG(call->region));

        return translate(call, kms_invoke(call, operation, in, out, via));
}

/* "The call to kms:Decrypt is to verify the integrity of the new data key before using it." */
static int get_data_key(struct call *call, const struct sns_topic_record *topic, struct secret *ret)
{
        struct str_pair pair = {STR("aws:sns:topicArn"), sns_topic_arn(call, topic)};
        const struct str_map context = {.items = &pair, .count = 1, .is_set = true};
        struct kms_generate_data_key_in generate = {.key_spec = STR("AES_256"),
                                                    .encryption_context = context};
        struct kms_generate_data_key_out made = {};
        struct kms_decrypt_in decrypt = {.encryption_context = context};
        struct kms_decrypt_out opened = {};

        TRY(find_key(call, topic, &generate.key_id));
        TRY(invoke(call, STR("GenerateDataKey"), &generate, &made));
        decrypt.ciphertext_blob = made.ciphertext_blob;
        TRY(invoke(call, STR("Decrypt"), &decrypt, &opened));
        if (opened.plaintext.len != SEAL_KEY_LEN)
                return -EBADMSG;
        return secret_copy(ret, opened.plaintext);
}

static int seal_under_kms(struct call *call, const struct sns_topic_record *topic, struct str clear,
                          struct sns_notice_record *notice)
{
        uint8_t *out = arena_alloc(&call->arena, clear.len + SEAL_OVERHEAD);
        _cleanup_(secret_done) struct secret key = {};

        if (!out)
                return -ENOMEM;
        TRY(get_data_key(call, topic, &key));
        TRY(seal_bytes(key.bytes, bound_of(call, notice, "message"), clear, out));
        notice->sealed = str_make(out, clear.len + SEAL_OVERHEAD);
        return kms_owned_seal(call, SERVICE, bound_of(call, notice, "key"), secret_str(&key),
                              &notice->data_key);
}

/* -- Messages */

int sns_seal(struct call *call, const struct sns_topic_record *topic,
             const struct sns_content_record *content, struct sns_notice_record *notice)
{
        _cleanup_(buf_done) struct buf packed = {};

        buf_init(&packed, PACKED_MAX);
        TRY(record_encode(sns_content_record_type.type, content, &packed));
        TRY(buf_check(&packed));
        if (str_is_set(sns_attribute(&topic->attributes, STR("KmsMasterKeyId"))))
                return seal_under_kms(call, topic, buf_str(&packed), notice);
        return kms_owned_seal(call, SERVICE, bound_of(call, notice, "message"), buf_str(&packed),
                              &notice->sealed);
}

int sns_open(struct call *call, const struct sns_notice_record *notice, struct sns_content_record *ret)
{
        _cleanup_(secret_done) struct secret clear = {}, key = {};
        struct str bound = bound_of(call, notice, "message");

        *ret = (struct sns_content_record){};
        if (!str_is_set(notice->data_key))
                TRY(kms_owned_open(call, SERVICE, bound, notice->sealed, &clear));
        else {
                TRY(kms_owned_open(call, SERVICE, bound_of(call, notice, "key"), notice->data_key, &key));
                TRY(key.len == SEAL_KEY_LEN ? 0 : -EBADMSG);
                TRY(seal_open(key.bytes, bound, notice->sealed, &clear));
        }
        return record_decode(sns_content_record_type.type, secret_str(&clear), &call->arena, true, ret);
}
