#include "services/logs/data_key.h"

#include "base/ids.h"
#include "crypto/seal.h"
#include "services/kms/directory.h"
#include "services/service_request.h"
#include "wire/wire.h"

#define CONTEXT_KEY STR("aws:logs:arn")
#define KEYS_ASKED  32 /* of KMS, of one group: what came under still others is refused */

void logs_keys_done(struct logs_keys *keys)
{
        for (size_t i = 0; i < keys->count; i++)
                secret_done(&keys->open[i].bytes);
        keys->count = 0;
}

/* -- KMS, asked by the service in its own name and by who uses the group in theirs */

static struct str service_name(struct call *call)
{
        return arena_printf(&call->arena, "logs.%.*s.amazonaws.com", STR_ARG(call->region));
}

/* "kms:EncryptionContext:aws:logs:arn as the key and the ARN of the log group as the value" */
static int make_context(struct call *call, const struct logs_log_group_record *group, struct str_map *ret)
{
        *ret = (struct str_map){
                .items = arena_new(&call->arena, struct str_pair), .count = 1, .is_set = true};
        if (!ret->items)
                return -ENOMEM;
        ret->items[0] = (struct str_pair){CONTEXT_KEY, logs_group_arn(call, group)};
        return 0;
}

static int ask_as_service(struct call *call, const struct logs_log_group_record *group, struct str operation,
                          const void *in, void *out)
{
        struct str name = service_name(call);
        struct call_by_service by = {
                .principal = name,
                .source_arn = logs_group_arn(call, group),
                .source_account = group->account,
        };

        TRY(service_request(call, name, NULL, &by.request));
        return call->as_service(call, &by, wire_find_operation(&kms_service, operation), in, out);
}

/* "you give the CloudWatch Logs service principal and the caller role permission to use the key". What a
 * service delivers in its own name or a role's has no such caller. */
static bool has_caller(const struct call *call)
{
        return call->principal.kind != AWS_SERVICE && !str_is_set(call->acting_service);
}

static int refuse_key(struct call *call, const struct logs_log_group_record *group)
{
        return call_denied(
                call, "The specified KMS key does not exist or is not allowed to be used with Arn '%.*s'",
                STR_ARG(logs_group_arn(call, group)));
}

static int ask(struct call *call, const struct logs_log_group_record *group, struct str operation,
               const void *in, void *out)
{
        int r = 0;

        if (has_caller(call))
                r = kms_invoke(call, operation, in, out, service_name(call));
        if (r == 0)
                r = ask_as_service(call, group, operation, in, out);
        return r == -ECALL ? refuse_key(call, group) : r;
}

/* -- New ones */

static int wrap(struct call *call, const struct logs_log_group_record *group,
                struct logs_data_key_record *key)
{
        struct kms_generate_data_key_without_plaintext_in in = {.key_id = group->kms_key,
                                                                .key_spec = STR("AES_256")};
        struct kms_generate_data_key_without_plaintext_out out = {};

        TRY(make_context(call, group, &in.encryption_context));
        TRY(ask_as_service(call, group, STR("GenerateDataKeyWithoutPlaintext"), &in, &out));
        key->kms_key = group->kms_key;
        key->wrapped = out.ciphertext_blob;
        return 0;
}

static int seal(struct call *call, struct logs_data_key_record *key)
{
        _cleanup_(secret_done) struct secret bytes = {};

        TRY(secret_new(&bytes, SEAL_KEY_LEN));
        random_fill(bytes.bytes, bytes.len);
        return call_seal(call, record_name(&call->arena, &logs_data_key_record_type, key), secret_str(&bytes),
                         &key->sealed);
}

static int make(struct call *call, struct logs_log_group_record *group)
{
        struct logs_data_key_record key = {.group = group->number};

        TRY(logs_next_number(call, STR("keys"), &key.number.value));
        key.number.is_set = true;
        TRY(str_is_set(group->kms_key) ? wrap(call, group, &key) : seal(call, &key));
        group->data_key = key.number;
        return call_insert(call, &logs_data_key_record_type, &key);
}

/* -- Opening */

static int unwrap(struct call *call, const struct logs_log_group_record *group,
                  const struct logs_data_key_record *key, struct secret *ret)
{
        struct kms_decrypt_in in = {.ciphertext_blob = key->wrapped};
        struct kms_decrypt_out out = {};

        TRY(make_context(call, group, &in.encryption_context));
        TRY(ask(call, group, STR("Decrypt"), &in, &out));
        return out.plaintext.len == SEAL_KEY_LEN ? secret_copy(ret, out.plaintext) : -EBADMSG;
}

static struct str allowance(struct call *call, const struct logs_log_group_record *group, struct str kms_key)
{
        return arena_printf(&call->arena, "%lld %.*s", (long long)group->number.value, STR_ARG(kms_key));
}

static bool is_allowed(const struct str_list *allowed, struct str allowance)
{
        for (size_t i = 0; i < allowed->count; i++)
                if (str_eq(allowed->items[i], allowance))
                        return true;
        return false;
}

static int open_key(struct logs_keys *keys, int64_t number, struct secret *ret)
{
        struct call *call = keys->call;
        struct logs_data_key_record key = {.number = OPT_INT(number)};

        TRY(call_get(call, &logs_data_key_record_type, &key));
        if (key.group.value != keys->group->number.value)
                return -EBADMSG;
        if (str_is_set(key.wrapped) && keys->allowed &&
            !is_allowed(keys->allowed, allowance(call, keys->group, key.kms_key)))
                return refuse_key(call, keys->group);
        if (str_is_set(key.wrapped))
                return unwrap(call, keys->group, &key, ret);
        TRY(call_open(call, record_name(&call->arena, &logs_data_key_record_type, &key), key.sealed, ret));
        return ret->len == SEAL_KEY_LEN ? 0 : -EBADMSG;
}

int logs_key(struct logs_keys *keys, int64_t number, const uint8_t **ret)
{
        size_t place = keys->next;

        for (size_t i = 0; i < keys->count; i++)
                if (keys->open[i].number == number) {
                        *ret = keys->open[i].bytes.bytes;
                        return 0;
                }
        if (place < keys->count)
                secret_done(&keys->open[place].bytes);
        keys->open[place].bytes = (struct secret){};
        keys->open[place].number = -1;
        if (place == keys->count)
                keys->count++;
        TRY(open_key(keys, number, &keys->open[place].bytes));
        keys->open[place].number = number;
        keys->next = (place + 1) % LOGS_KEYS_OPEN;
        *ret = keys->open[place].bytes.bytes;
        return 0;
}

/* -- Asked beforehand */

static int ask_one(struct call *call, const struct logs_log_group_record *group, int64_t number)
{
        struct logs_keys keys = {.call = call, .group = group};
        const uint8_t *key;
        int r = logs_key(&keys, number, &key);

        logs_keys_done(&keys);
        return r;
}

static int allow(struct call *call, struct str allowance, struct str_list *allowed)
{
        struct str *items = arena_new_array(&call->arena, struct str, allowed->count + 1);

        if (!items)
                return -ENOMEM;
        for (size_t i = 0; i < allowed->count; i++)
                items[i] = allowed->items[i];
        items[allowed->count] = allowance;
        *allowed = (struct str_list){.items = items, .count = allowed->count + 1, .is_set = true};
        return 0;
}

/* A key of an earlier association may be gone, or not his, and what came under it expired: he is refused when
 * it is read. */
static int ask_earlier(struct call *call, const struct logs_log_group_record *group,
                       const struct logs_data_key_record *key, struct str_list *asked,
                       struct str_list *allowed)
{
        struct str one = allowance(call, group, key->kms_key);
        int r;

        if (is_allowed(asked, one))
                return 0;
        TRY(allow(call, one, asked));
        r = ask_one(call, group, key->number.value);
        if (r == -ECALL) {
                call_forgive(call);
                return 0;
        }
        TRY(r);
        return allow(call, one, allowed);
}

int logs_ask_keys(struct call *call, const struct logs_log_group_record *group, struct str_list *allowed)
{
        const struct logs_data_key_record like = {.group = group->number};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct str_list asked = {};
        int r = 0;

        if (str_is_set(group->kms_key) && group->data_key.is_set)
                TRY(ask_one(call, group, group->data_key.value));
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &logs_data_key_record_type,
                              logs_data_key_by_group, &like, 1, STR_NONE));
        while (asked.count < KEYS_ASKED) {
                struct logs_data_key_record key = {};

                r = record_scan_next(&scan, &key);
                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                if (str_is_set(key.wrapped))
                        TRY(ask_earlier(call, group, &key, &asked, allowed));
        }
        return 0;
}

int logs_current_key(struct logs_keys *keys, struct logs_log_group_record *group, const uint8_t **ret)
{
        if (!group->data_key.is_set) {
                TRY(make(keys->call, group));
                TRY(call_put(keys->call, &logs_log_group_record_type, group));
        }
        return logs_key(keys, group->data_key.value, ret);
}

/* -- Associations */

/* "If you attempt to associate a KMS key with the log group but the KMS key does not exist or the KMS key is
 * disabled, you receive an InvalidParameterException error." */
static int check_key(struct call *call, struct str key_arn)
{
        struct kms_describe_key_in in = {.key_id = key_arn};
        struct kms_describe_key_out out = {};
        int r;

        if (!str_starts(key_arn, STR("arn:")) || str_find(key_arn, STR(":key/")) < 0)
                return call_invalid(call, "Invalid KMS key ARN '%.*s'.", STR_ARG(key_arn));
        r = kms_invoke(call, STR("DescribeKey"), &in, &out, service_name(call));
        if (r == -ECALL && str_eq(call->error->code, STR("AccessDeniedException")))
                return r;
        if (r == -ECALL)
                return call_invalid(call, "The specified KMS Key Id could not be found.");
        TRY(r);
        if (!out.key_metadata->enabled.value)
                return call_invalid(call, "The specified KMS Key is not enabled.");
        if (!str_eq(out.key_metadata->key_spec, STR("SYMMETRIC_DEFAULT")))
                return call_invalid(call, "CloudWatch Logs supports only symmetric KMS keys.");
        return 0;
}

int logs_take_key(struct call *call, struct logs_log_group_record *group, struct str key_arn)
{
        int r;

        TRY(check_key(call, key_arn));
        group->kms_key = key_arn;
        r = make(call, group);
        return r == -ECALL ? refuse_key(call, group) : r;
}

static int need_associated(struct call *call, struct str name, struct str identifier,
                           struct logs_log_group_record *ret)
{
        if (str_is_set(identifier) && str_find(identifier, STR(":query-result:")) >= 0)
                return call_invalid(call, "Keys for query results are not supported.");
        return logs_need_either(call, name, identifier, ret);
}

int logs_associate_kms_key(struct call *call, const struct logs_associate_kms_key_in *in,
                           struct logs_associate_kms_key_out *out)
{
        struct logs_log_group_record group = {};

        (void)out;
        TRY(need_associated(call, in->log_group_name, in->resource_identifier, &group));
        TRY(logs_take_key(call, &group, in->kms_key_id));
        return call_put(call, &logs_log_group_record_type, &group);
}

int logs_disassociate_kms_key(struct call *call, const struct logs_disassociate_kms_key_in *in,
                              struct logs_disassociate_kms_key_out *out)
{
        struct logs_log_group_record group = {};

        (void)out;
        TRY(need_associated(call, in->log_group_name, in->resource_identifier, &group));
        if (str_is_set(group.kms_key))
                group.data_key = (struct opt_int){};
        group.kms_key = STR_NONE;
        return call_put(call, &logs_log_group_record_type, &group);
}

int logs_drop_keys(struct call *call, int64_t group)
{
        const struct logs_data_key_record like = {.group = OPT_INT(group)};

        for (;;) {
                struct logs_data_key_record key = like;
                int r = record_find(call->txn, &call->arena, &logs_data_key_record_type,
                                    logs_data_key_by_group, &key);

                if (r == -ENOENT)
                        return 0;
                TRY(r);
                TRY(call_delete(call, &logs_data_key_record_type, &key));
        }
}
