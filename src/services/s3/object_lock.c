/* Retention and legal holds of versions of objects.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLegalHold.html */
#include "services/s3/event.h"
#include "services/s3/lock.h"
#include "services/s3/replication.h"

struct lockable {
        struct s3_bucket_record bucket;
        struct s3_version version;
};

static int find(struct call *call, struct str bucket, struct str key, struct str version_id,
                struct lockable *ret)
{
        TRY(s3_get_bucket(call, bucket, &ret->bucket));
        if (!ret->bucket.has_lock.value)
                return fail(call, &s3_invalid_request, "Bucket is missing Object Lock Configuration");
        return s3_find_object(call, &ret->bucket, key, version_id, &ret->version);
}

static int put(struct call *call, struct lockable *lockable, unsigned int changed)
{
        TRY(s3_note_change(call, &lockable->bucket, changed, &lockable->version));
        return s3_row_put(call, &lockable->version.place, &lockable->version.row);
}

static int no_such_lock(struct call *call)
{
        return fail(call, &s3_no_such_object_lock_configuration,
                    "The specified object does not have a ObjectLock configuration");
}

/* -- Retention: "{}" takes it off */

static int check_document(struct call *call, const struct s3_object_lock_retention *wanted)
{
        if (!wanted || str_is_set(wanted->mode) != wanted->retain_until_date.is_set)
                return s3_refuse_document(call);
        if (wanted->retain_until_date.is_set && wanted->retain_until_date.value <= call->now_ms)
                return fail(call, &s3_invalid_argument, "The retain until date must be in the future!");
        return 0;
}

/* "Any user with permissions to place an object retention period can extend a retention period"; another mode
 * is no extension. */
static bool extends(const struct s3_object_lock_retention *wanted, const struct s3_object_record *row)
{
        return str_eq(wanted->mode, row->lock_mode) && wanted->retain_until_date.is_set &&
               wanted->retain_until_date.value >= row->lock_until.value;
}

int s3_put_object_retention(struct call *call, const struct s3_put_object_retention_in *in,
                            struct s3_put_object_retention_out *out)
{
        struct lockable lockable;
        struct s3_object_record *row = &lockable.version.row;

        (void)out;
        TRY(find(call, in->bucket, in->key, in->version_id, &lockable));
        TRY(check_document(call, in->retention));
        if (!extends(in->retention, row))
                TRY(s3_check_not_retained(call, &lockable.bucket, &lockable.version));
        row->lock_mode = in->retention->mode;
        row->lock_until = in->retention->retain_until_date;
        TRY(put(call, &lockable, S3_CHANGED_RETENTION));
        return s3_event(call, &lockable.bucket, in->key, row, S3_OBJECT_RETENTION_PUT);
}

int s3_get_object_retention(struct call *call, const struct s3_get_object_retention_in *in,
                            struct s3_get_object_retention_out *out)
{
        struct s3_object_lock_retention *told = arena_new(&call->arena, struct s3_object_lock_retention);
        struct lockable lockable;

        if (!told)
                return -ENOMEM;
        TRY(find(call, in->bucket, in->key, in->version_id, &lockable));
        if (!str_is_set(lockable.version.row.lock_mode))
                return no_such_lock(call);
        *told = (struct s3_object_lock_retention){lockable.version.row.lock_mode,
                                                  lockable.version.row.lock_until};
        out->retention = told;
        return 0;
}

/* -- Legal holds: for whoever has the permission to put and to lift */

int s3_put_object_legal_hold(struct call *call, const struct s3_put_object_legal_hold_in *in,
                             struct s3_put_object_legal_hold_out *out)
{
        struct lockable lockable;

        (void)out;
        TRY(find(call, in->bucket, in->key, in->version_id, &lockable));
        if (!in->legal_hold || !str_is_set(in->legal_hold->status))
                return s3_refuse_document(call);
        lockable.version.row.legal_hold = in->legal_hold->status;
        return put(call, &lockable, S3_CHANGED_HOLD);
}

int s3_get_object_legal_hold(struct call *call, const struct s3_get_object_legal_hold_in *in,
                             struct s3_get_object_legal_hold_out *out)
{
        struct s3_object_lock_legal_hold *told = arena_new(&call->arena, struct s3_object_lock_legal_hold);
        struct lockable lockable;

        if (!told)
                return -ENOMEM;
        TRY(find(call, in->bucket, in->key, in->version_id, &lockable));
        if (!str_is_set(lockable.version.row.legal_hold))
                return no_such_lock(call);
        told->status = lockable.version.row.legal_hold;
        out->legal_hold = told;
        return 0;
}
