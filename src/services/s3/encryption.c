#include "services/s3/encryption.h"

#include "services/s3/customer_key.h"
#include "services/s3/kms_key.h"

/* -- Which it shall be */

static int refuse(struct call *call, struct str name, struct str value, const char *text)
{
        call_detail(call, STR("ArgumentName"), name);
        call_detail(call, STR("ArgumentValue"), value);
        return fail(call, &s3_invalid_argument, "%s", text);
}

static bool is_kms(struct str kind)
{
        return str_eq(kind, STR("aws:kms")) || str_eq(kind, STR("aws:kms:dsse"));
}

static int check_headers(struct call *call, const struct s3_sse_headers *headers)
{
        bool has_customer = headers->customer_algorithm.len || headers->customer_key.len;

        if (str_is_set(headers->kind) && has_customer)
                return refuse(call, STR("x-amz-server-side-encryption"), headers->kind,
                              "Server Side Encryption with Customer provided key is incompatible with the "
                              "encryption method specified");
        if (str_is_set(headers->kind) && !is_kms(headers->kind) && !str_eq(headers->kind, STR("AES256")))
                return refuse(call, STR("x-amz-server-side-encryption"), headers->kind,
                              "The encryption method specified is not supported");
        if (!is_kms(headers->kind) && (headers->kms_key.len || headers->kms_context.len))
                return refuse(call, STR("x-amz-server-side-encryption"), headers->kind,
                              "Server Side Encryption with AWS KMS managed key requires HTTP header "
                              "x-amz-server-side-encryption : aws:kms");
        return 0;
}

static const struct s3_server_side_encryption_rule *default_rule(const struct s3_bucket_record *bucket)
{
        return bucket->encryption.count ? &bucket->encryption.items[0] : NULL;
}

static void choose_default(const struct s3_bucket_record *bucket, struct s3_object_record *row)
{
        const struct s3_server_side_encryption_rule *rule = default_rule(bucket);
        const struct s3_server_side_encryption_by_default *by_default =
                rule ? rule->apply_server_side_encryption_by_default : NULL;

        row->encryption = by_default ? by_default->sse_algorithm : STR("AES256");
        if (by_default && is_kms(row->encryption))
                row->kms_key = by_default->kms_master_key_id;
}

static bool wants_bucket_key(const struct s3_bucket_record *bucket, const struct s3_sse_headers *headers)
{
        const struct s3_server_side_encryption_rule *rule = default_rule(bucket);

        return headers->bucket_key.is_set ? headers->bucket_key.value
                                          : rule && rule->bucket_key_enabled.value;
}

int s3_choose_encryption(struct call *call, const struct s3_bucket_record *bucket,
                         const struct s3_sse_headers *headers, struct s3_object_record *row)
{
        TRY(check_headers(call, headers));
        TRY(s3_check_customer_key(call, headers));
        row->encryption = headers->kind;
        row->kms_key = headers->kms_key;
        if (headers->customer_algorithm.len) {
                TRY(s3_check_customer_keys_allowed(call, bucket));
                row->encryption = STR("customer");
                row->customer_md5 = headers->customer_md5;
        } else if (!str_is_set(headers->kind)) {
                choose_default(bucket, row);
        }
        if (!s3_is_kms(row))
                return 0;
        row->kms_context = headers->kms_context;
        row->has_bucket_key =
                OPT_BOOL(str_eq(row->encryption, STR("aws:kms")) && wants_bucket_key(bucket, headers));
        return s3_check_kms_caller(call);
}

/* -- Sealing and opening */

static struct str name_of(struct call *call, const struct s3_object_record *row)
{
        return record_name(&call->arena, &s3_object_record_type, row);
}

int s3_seal_data_key(struct call *call, struct str bucket, struct str key,
                     const struct s3_sse_headers *headers, const struct secret *data_key,
                     struct s3_object_record *row)
{
        struct str sealed = secret_str(data_key);

        if (s3_is_customers(row))
                TRY(s3_customer_seal(call, headers, secret_str(data_key), &sealed));
        else if (s3_is_kms(row))
                TRY(s3_kms_seal(call, bucket, key, secret_str(data_key), row, &sealed));
        return call_seal(call, name_of(call, row), sealed, &row->data_key);
}

int s3_seal_replica_key(struct call *call, struct str bucket, struct str key, const struct secret *data_key,
                        struct s3_object_record *row)
{
        struct str sealed = secret_str(data_key);

        if (s3_is_customers(row))
                return -EINVAL;
        if (s3_is_kms(row))
                TRY(s3_kms_seal_replica(call, bucket, key, secret_str(data_key), row, &sealed));
        return call_seal(call, name_of(call, row), sealed, &row->data_key);
}

int s3_move_data_key(struct call *call, const struct s3_object_record *from, struct s3_object_record *to)
{
        _cleanup_(secret_done) struct secret opened = {};

        TRY(call_open(call, name_of(call, from), from->data_key, &opened));
        return call_seal(call, name_of(call, to), secret_str(&opened), &to->data_key);
}

int s3_check_customer(struct call *call, const struct s3_object_record *row,
                      const struct s3_sse_headers *headers)
{
        bool is_given = headers->customer_algorithm.len || headers->customer_key.len;

        TRY(s3_check_customer_key(call, headers));
        if (is_given && !s3_is_customers(row))
                return fail(call, &s3_invalid_request,
                            "The encryption parameters are not applicable to this object.");
        if (!is_given && s3_is_customers(row))
                return fail(call, &s3_invalid_request,
                            "The object was stored using a form of Server Side Encryption. The correct "
                            "parameters must be provided to retrieve the object.");
        if (is_given && !str_eq(headers->customer_md5, row->customer_md5))
                return fail(call, &s3_access_denied,
                            "Requests specifying Server Side Encryption with Customer provided keys must "
                            "provide the correct secret key.");
        return 0;
}

int s3_open_data_key(struct call *call, struct str bucket, struct str key,
                     const struct s3_sse_headers *headers, const struct s3_object_record *row,
                     struct secret *ret)
{
        _cleanup_(secret_done) struct secret opened = {};

        *ret = (struct secret){};
        TRY(s3_check_customer(call, row, headers));
        TRY(call_open(call, name_of(call, row), row->data_key, &opened));
        if (s3_is_customers(row))
                return s3_customer_open(call, headers, secret_str(&opened), ret);
        if (s3_is_kms(row))
                return s3_kms_open(call, bucket, key, row, secret_str(&opened), ret);
        *ret = opened;
        opened = (struct secret){};
        return 0;
}
