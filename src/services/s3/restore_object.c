/* Restores are done at once.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects.html */
#include "services/s3/event.h"
#include "services/s3/version.h"

#define DAYS_MAX 36500

static int refuse(struct call *call, const char *text)
{
        return fail(call, &s3_invalid_argument, "%s", text);
}

/* What was there for queries of archives is no longer offered. */
static int check_kind(struct call *call, const struct s3_restore_request *asked)
{
        if (!asked)
                return s3_refuse_document(call);
        if (!str_is_set(asked->type) && !asked->select_parameters && !asked->output_location)
                return 0;
        return fail(call, &s3_not_implemented,
                    "A header you provided implies functionality that is not implemented");
}

static int check_request(struct call *call, const struct s3_restore_request *asked,
                         const struct s3_object_record *row)
{
        struct str tier = asked->glacier_job_parameters ? asked->glacier_job_parameters->tier : asked->tier;

        if (!s3_is_cold(row))
                return fail(call, &s3_invalid_object_state,
                            "Restore is not allowed for the object's current storage class");
        if (!asked->days.is_set)
                return s3_refuse_document(call);
        if (asked->days.value < 1)
                return refuse(call, "restoration days should be at least 1");
        if (asked->days.value > DAYS_MAX)
                return refuse(call, "restoration days are too many");
        if (str_eq(tier, STR("Expedited")) && str_eq(row->storage_class, STR("DEEP_ARCHIVE")))
                return refuse(call, "Retrieval option is not supported by this storage class");
        return 0;
}

/* "Amazon S3 calculates the expiry time by adding the number of days specified in the restoration request to
 * the current time. It then rounds the resulting time to the next day at midnight UTC." */
static int64_t end_of(const struct call *call, int64_t days)
{
        return (call->now_ms / MS_PER_DAY + days + 1) * MS_PER_DAY;
}

int s3_restore_object(struct call *call, const struct s3_restore_object_in *in,
                      struct s3_restore_object_out *out)
{
        struct s3_bucket_record bucket;
        struct s3_version version;

        (void)out;
        TRY(s3_get_bucket(call, in->bucket, &bucket));
        TRY(check_kind(call, in->restore_request));
        TRY(s3_find_object(call, &bucket, in->key, in->version_id, &version));
        TRY(check_request(call, in->restore_request, &version.row));
        call->status = s3_is_readable(call, &version.row) ? 200 : 202;
        version.row.restored_until = OPT_INT(end_of(call, in->restore_request->days.value));
        TRY(s3_row_put(call, &version.place, &version.row));
        TRY(s3_await_restore_end(call, &bucket, &version));
        if (call->status == 200) /* only longer */
                return 0;
        TRY(s3_event(call, &bucket, in->key, &version.row, S3_OBJECT_RESTORE_POST));
        return s3_event(call, &bucket, in->key, &version.row, S3_OBJECT_RESTORE_COMPLETED);
}
