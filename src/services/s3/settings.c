#include "services/s3/settings.h"

#include "base/ids.h"
#include "base/text.h"
#include "services/s3/lifecycle.h"
#include "services/s3/named.h"

int s3_malformed(struct call *call)
{
        return fail(call, &s3_malformed_xml,
                    "The XML you provided was not well-formed or did not validate against our published "
                    "schema");
}

int s3_bad_argument(struct call *call, struct str name, struct str value, const char *format, ...)
{
        struct str text;
        va_list args;

        va_start(args, format);
        text = arena_vprintf(&call->arena, format, args);
        va_end(args);
        call_detail(call, STR("ArgumentName"), name);
        call_detail(call, STR("ArgumentValue"), value);
        return fail(call, &s3_invalid_argument, "%.*s", STR_ARG(text));
}

struct str s3_new_setting_id(struct call *call)
{
        return base64_encode(&call->arena, id_uuid(&call->arena));
}

struct str s3_bucket_of_arn(struct call *call, struct str arn)
{
        struct str head = s3_bucket_arn(call, STR("")), name;

        if (!str_starts(arn, head))
                return STR_NONE;
        name = str_from(arn, head.len);
        return s3_bucket_name_is_valid(name) ? name : STR_NONE;
}

bool s3_is_account(struct str account)
{
        for (size_t i = 0; i < account.len; i++)
                if (account.ptr[i] < '0' || account.ptr[i] > '9')
                        return false;
        return account.len == 12;
}

/* -- One of a kind */

int s3_get_setting(struct call *call, const struct record_type *type, void *record, struct str bucket,
                   const struct api_error *missing, const char *text)
{
        struct s3_bucket_record owner;
        int r;

        TRY(s3_get_bucket(call, bucket, &owner));
        r = call_get(call, type, record);
        if (r != -ENOENT)
                return r;
        call_detail(call, STR("BucketName"), bucket);
        return fail(call, missing, "%s", text);
}

int s3_delete_setting(struct call *call, const struct record_type *type, const void *record,
                      struct str bucket)
{
        struct s3_bucket_record owner;
        int r;

        TRY(s3_get_bucket(call, bucket, &owner));
        r = call_delete(call, type, record);
        return r == -ENOENT ? 0 : r;
}

/* -- With the bucket */

#define CHECK_FIRST(name)                                                                                    \
        _Static_assert(offsetof(struct s3_bucket_##name##_record, bucket) == 0, "the key first")
CHECK_FIRST(cors);
CHECK_FIRST(lifecycle);
CHECK_FIRST(website);
CHECK_FIRST(logging);
CHECK_FIRST(notification);
CHECK_FIRST(replication);

static const struct record_type *const KINDS[] = {
        &s3_bucket_cors_record_type,         &s3_bucket_lifecycle_record_type,
        &s3_bucket_website_record_type,      &s3_bucket_logging_record_type,
        &s3_bucket_notification_record_type, &s3_bucket_replication_record_type,
};

static const struct record_type *const NAMED_KINDS[] = {
        &s3_bucket_metrics_record_type,
        &s3_bucket_analytics_record_type,
        &s3_bucket_inventory_record_type,
        &s3_bucket_tiering_record_type,
};

/* A record of any kind, of which its key is set. */
static int new_key(struct call *call, const struct record_type *type, struct str bucket, struct str **ret)
{
        *ret = arena_alloc(&call->arena, type->type->size);
        if (!*ret)
                return -ENOMEM;
        **ret = bucket;
        return 0;
}

int s3_delete_settings(struct call *call, struct str bucket)
{
        for (size_t i = 0; i < ARRAY_LEN(KINDS); i++) {
                struct str *key;
                int r;

                TRY(new_key(call, KINDS[i], bucket, &key));
                r = call_delete(call, KINDS[i], key);
                if (r < 0 && r != -ENOENT)
                        return r;
        }
        for (size_t i = 0; i < ARRAY_LEN(NAMED_KINDS); i++)
                TRY(s3_delete_all_named(call, NAMED_KINDS[i], bucket));
        return s3_stop_lifecycle(call, bucket);
}
