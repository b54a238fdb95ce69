/* x-amz-expiration, x-amz-abort-date and x-amz-abort-rule-id.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html */
#include "base/text.h"
#include "services/s3/lifecycle.h"
#include "services/s3/version.h"

#define ID_TEXT_MAX ((size_t)3 * 255)

static int get_rules(struct call *call, struct str bucket, struct s3_lifecycle_rule_list *ret)
{
        struct s3_bucket_lifecycle_record lifecycle = {.bucket = bucket};
        int r = call_get(call, &s3_bucket_lifecycle_record_type, &lifecycle);

        *ret = lifecycle.rules;
        return r == -ENOENT ? 0 : r;
}

/* "The value of rule-id is URL-encoded." */
static struct str text_of(struct call *call, const struct s3_lifecycle_rule *rule, int64_t hour)
{
        _cleanup_(buf_done) struct buf id = {};
        struct str date = time_http(&call->arena, hour), text;

        buf_init(&id, ID_TEXT_MAX);
        percent_encode(&id, rule->id, false);
        text = buf_str(&id);
        return arena_printf(&call->arena, "expiry-date=\"%.*s\", rule-id=\"%.*s\"", STR_ARG(date),
                            STR_ARG(text));
}

static int is_current(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                      const struct s3_object_record *row)
{
        struct s3_version newest;

        TRY(s3_newest(call, bucket, key, &newest));
        return newest.row.order.value == row->order.value;
}

int s3_tell_expiry(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                   const struct s3_object_record *row, struct str *ret)
{
        const struct s3_lifecycle_rule *rule;
        struct s3_lifecycle_rule_list rules;
        int64_t hour;
        int r;

        TRY(get_rules(call, bucket->name, &rules));
        rule = s3_find_expiry(&rules, key, row, &hour);
        if (!rule)
                return 0;
        r = is_current(call, bucket, key, row);
        if (r == 1)
                *ret = text_of(call, rule, hour);
        return r < 0 ? r : 0;
}

int s3_tell_abort(struct call *call, struct str bucket, struct str key, const struct s3_object_record *upload,
                  struct opt_int *ret_date, struct str *ret_rule)
{
        const struct s3_lifecycle_rule *rule;
        struct s3_lifecycle_rule_list rules;
        int64_t hour;

        TRY(get_rules(call, bucket, &rules));
        rule = s3_find_abort(&rules, key, upload, &hour);
        if (!rule)
                return 0;
        *ret_date = OPT_INT(hour);
        *ret_rule = rule->id;
        return 0;
}
