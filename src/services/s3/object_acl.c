/* GetObjectAcl, PutObjectAcl, and owners and lists of new objects.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html */
#include "services/s3/event.h"
#include "services/s3/acl.h"
#include "services/s3/replication.h"
#include "services/s3/version.h"

/* -- New objects */

static struct str writer(const struct call *call, const struct s3_bucket_record *bucket)
{
        switch (call->principal.kind) {
        case ANONYMOUS:
                return S3_ANONYMOUS;
        case AWS_SERVICE: /* what services deliver belongs to whom they deliver it to */
                return bucket->account;
        default:
                return call->principal.account;
        }
}

/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html#object-ownership-overview
 */
static struct str new_owner(const struct call *call, const struct s3_bucket_record *bucket,
                            const struct s3_acl_headers *given)
{
        if (s3_acls_are_disabled(bucket))
                return bucket->account;
        if (str_eq(bucket->ownership, STR("BucketOwnerPreferred")) &&
            str_eq(given->canned, STR("bucket-owner-full-control")))
                return bucket->account;
        return writer(call, bucket);
}

int s3_new_object_acl(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                      const struct s3_acl_headers *given, struct s3_object_record *object)
{
        const struct s3_acl_subject subject = {bucket, new_owner(call, bucket, given), true};
        struct s3_grant_list list = {};
        int r;

        object->owner = subject.owner;
        object->acl = list;
        if (!s3_acl_is_given(given))
                return 0;
        TRY(s3_acl_of_headers(call, given, &subject, &list));
        r = s3_acl_check(call, given, &subject, &list, STR("s3:PutObject"),
                         s3_object_arn(call, bucket->name, key));
        TRY(r);
        if (r == 0)
                object->acl = list;
        return 0;
}

/* -- Those that are there */

static int find(struct call *call, struct str name, struct str key, struct str version_id,
                struct s3_bucket_record *bucket, struct s3_version *ret)
{
        TRY(s3_get_bucket(call, name, bucket));
        return s3_find_object(call, bucket, key, version_id, ret);
}

int s3_get_object_acl(struct call *call, const struct s3_get_object_acl_in *in,
                      struct s3_get_object_acl_out *out)
{
        struct s3_acl_subject subject = {.is_object = true};
        struct s3_bucket_record bucket;
        struct s3_version version;

        TRY(find(call, in->bucket, in->key, in->version_id, &bucket, &version));
        subject.bucket = &bucket;
        subject.owner = s3_object_owner(&bucket, &version.row);
        if (str_is_set(s3_told_version(&bucket, &version.row)))
                call_header(call, STR("x-amz-version-id"), version.row.version_id);
        return s3_acl_show(call, &subject, &version.row.acl, &out->owner, &out->grants);
}

/* "An event is not generated when a request results in no change to an object's ACL." */
static bool is_same(const struct s3_grant_list *a, const struct s3_grant_list *b)
{
        for (size_t i = 0; i < a->count && a->count == b->count; i++) {
                const struct s3_grant *one = &a->items[i], *other = &b->items[i];

                if (!str_eq(one->permission, other->permission) ||
                    !str_eq(one->grantee->id, other->grantee->id) ||
                    !str_eq(one->grantee->uri, other->grantee->uri))
                        return false;
        }
        return a->count == b->count;
}

/* Of the version, which stays as old as it is. */
int s3_put_object_acl(struct call *call, const struct s3_put_object_acl_in *in,
                      struct s3_put_object_acl_out *out)
{
        const struct s3_acl_headers given = {in->acl,         in->grant_full_control,
                                             in->grant_read,  in->grant_read_acp,
                                             in->grant_write, in->grant_write_acp};
        struct s3_acl_subject subject = {.is_object = true};
        struct s3_grant_list list = {};
        struct s3_bucket_record bucket;
        struct s3_version version;
        bool is_new;
        int r;

        (void)out;
        TRY(find(call, in->bucket, in->key, in->version_id, &bucket, &version));
        subject.bucket = &bucket;
        subject.owner = s3_object_owner(&bucket, &version.row);
        TRY(s3_acl_of_request(call, &given, in->access_control_policy, &subject, &list));
        r = s3_acl_check(call, &given, &subject, &list, STR("s3:PutObjectAcl"),
                         s3_object_arn(call, in->bucket, in->key));
        TRY(r);
        if (str_is_set(s3_told_version(&bucket, &version.row)))
                call_header(call, STR("x-amz-version-id"), version.row.version_id);
        if (r > 0)
                return 0;
        is_new = !is_same(&version.row.acl, &list);
        version.row.acl = list;
        TRY(s3_note_change(call, &bucket, S3_CHANGED_ACL, &version));
        TRY(s3_row_put(call, &version.place, &version.row));
        return is_new ? s3_event(call, &bucket, in->key, &version.row, S3_OBJECT_ACL_PUT) : 0;
}
