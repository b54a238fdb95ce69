#include "services/s3/upload.h"

#include "events/timers.h"
#include "services/s3/body.h"
#include "services/s3/walk.h"

int s3_refuse_no_upload(struct call *call, struct str upload_id)
{
        call_detail(call, STR("UploadId"), upload_id);
        return fail(
                call, &s3_no_such_upload,
                "The specified upload does not exist. The upload ID may be invalid, or the upload may have "
                "been aborted or completed.");
}

int s3_get_upload(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                  struct str upload_id, struct s3_version *ret)
{
        int64_t order;
        int r;

        *ret = (struct s3_version){};
        if (s3_read_id(&call->arena, upload_id, &order) < 0)
                return -ENOENT;
        r = s3_place_find(call, bucket->uploads.value, key, &ret->place);
        if (r == 0)
                r = s3_row_get(call, &ret->place, order, &ret->row);
        if (r == 0 && !str_eq(ret->row.version_id, upload_id))
                return -ENOENT;
        return r == -ENAMETOOLONG ? -ENOENT : r;
}

int s3_find_upload(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                   struct str upload_id, struct s3_version *ret)
{
        int r = s3_get_upload(call, bucket, key, upload_id, ret);

        return r == -ENOENT ? s3_refuse_no_upload(call, upload_id) : r;
}

int s3_check_part_number(struct call *call, int64_t number)
{
        if (number >= 1 && number <= S3_PART_NUMBER_MAX)
                return 0;
        call_detail(call, STR("ArgumentName"), STR("partNumber"));
        call_detail(call, STR("ArgumentValue"), arena_printf(&call->arena, "%lld", (long long)number));
        return fail(call, &s3_invalid_argument,
                    "Part number must be an integer between 1 and 10000, inclusive");
}

/* -- New ones */

static int find_order(struct call *call, const struct s3_place *place, int64_t *ret)
{
        struct s3_object_record row;
        int r;

        for (*ret = call->now_ms * 1000; (r = s3_row_get(call, place, *ret, &row)) == 0;)
                ++*ret;
        return r == -ENOENT ? 0 : r;
}

int s3_place_upload(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                    struct s3_version *upload)
{
        int64_t order;

        TRY(s3_place_make(call, bucket->uploads.value, key, &upload->place));
        TRY(find_order(call, &upload->place, &order));
        upload->row.space = OPT_INT(s3_place_space(&upload->place));
        upload->row.part = s3_place_part(&upload->place);
        upload->row.order = OPT_INT(order);
        upload->row.version_id = s3_make_id(&call->arena, order);
        return 0;
}

/* -- All of a bucket: one at a time, for there may be many, and many parts of each */

static int drop_later(struct call *call, struct str space)
{
        const struct timer timer = {
                .due_ms = call->now_ms + 1, .name = STR("s3.DropUploads"), .subject = space};

        return timer_set(call->txn, &timer);
}

int s3_drop_uploads(struct call *call, const struct s3_bucket_record *bucket)
{
        return drop_later(call, arena_printf(&call->arena, "%lld", (long long)bucket->uploads.value));
}

static int first_upload(struct call *call, int64_t space, struct s3_version *ret)
{
        struct s3_walk walk = {};
        struct str key = STR_NONE;
        int r = s3_walk_begin(&walk, call, space, STR_NONE);

        if (r == 0)
                r = s3_walk_next(&walk, &key, &ret->row);
        s3_walk_end(&walk);
        TRY(r);
        return s3_place_find(call, space, key, &ret->place);
}

int s3_drop_uploads_due(struct call *call, struct str subject)
{
        struct s3_version upload = {};
        uint64_t space;
        int r;

        if (str_to_u64(subject, &space) < 0)
                return 1;
        r = first_upload(call, (int64_t)space, &upload);
        if (r == -ENOENT)
                return 1;
        TRY(r);
        TRY(s3_drop_body(call, upload.row.body.value));
        TRY(s3_row_delete(call, &upload.place, upload.row.order.value));
        TRY(drop_later(call, subject));
        return 1;
}

/* -- What answers say of them */

/* An account by its canonical id, anyone else by the ARN. */
int s3_show_initiator(struct call *call, const struct s3_object_record *upload, struct s3_initiator **ret)
{
        struct str id = upload->initiator, rest = id, account = STR_NONE;

        *ret = NULL;
        if (!str_is_set(id))
                return 0;
        for (int i = 0; i < 5; i++) /* arn:aws:iam::ACCOUNT:root */
                (void)str_cut(&rest, ':', &account);
        if (str_eq(rest, STR("root")))
                id = s3_canonical_id(&call->arena, account);
        *ret = arena_new(&call->arena, struct s3_initiator);
        if (!*ret)
                return -ENOMEM;
        (*ret)->id = id;
        return 0;
}

int s3_show_owner(struct call *call, struct str account, struct s3_owner **ret)
{
        *ret = arena_new(&call->arena, struct s3_owner);
        if (!*ret)
                return -ENOMEM;
        (*ret)->id = s3_owner_id(&call->arena, account);
        return 0;
}
