/* What stands in place of a bucket's name: an access point, by its alias or in the name of the host.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html
 *
 * SDKs that were given an endpoint URL put "name-account." in front of its host, where the names of buckets
 * stand too, and a bucket may be called so. The older of the two has the name there, so that nobody can take
 * over what others send by making something of its name; an access point whose name a bucket of another
 * account has is not made in the first place (point_setup.c). On AWS's own hosts the two have hosts of their
 * own.
 */
#include "services/regions.h"
#include "services/s3/access_point.h"
#include "wire/value.h"

/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-service-api-support.html */
static bool is_supported(const struct call *call)
{
        static const struct str OPERATIONS[] = {
                STR_INIT("AbortMultipartUpload"),
                STR_INIT("CompleteMultipartUpload"),
                STR_INIT("CopyObject"),
                STR_INIT("CreateMultipartUpload"),
                STR_INIT("DeleteObject"),
                STR_INIT("DeleteObjectTagging"),
                STR_INIT("DeleteObjects"),
                STR_INIT("GetBucketAcl"),
                STR_INIT("GetBucketCors"),
                STR_INIT("GetBucketLocation"),
                STR_INIT("GetBucketNotificationConfiguration"),
                STR_INIT("GetBucketPolicy"),
                STR_INIT("GetObject"),
                STR_INIT("GetObjectAcl"),
                STR_INIT("GetObjectAttributes"),
                STR_INIT("GetObjectLegalHold"),
                STR_INIT("GetObjectRetention"),
                STR_INIT("GetObjectTagging"),
                STR_INIT("HeadBucket"),
                STR_INIT("HeadObject"),
                STR_INIT("ListMultipartUploads"),
                STR_INIT("ListObjectVersions"),
                STR_INIT("ListObjects"),
                STR_INIT("ListObjectsV2"),
                STR_INIT("ListParts"),
                STR_INIT("PutObject"),
                STR_INIT("PutObjectAcl"),
                STR_INIT("PutObjectLegalHold"),
                STR_INIT("PutObjectRetention"),
                STR_INIT("PutObjectTagging"),
                STR_INIT("RestoreObject"),
                STR_INIT("UploadPart"),
                STR_INIT("UploadPartCopy"),
        };

        for (size_t i = 0; i < ARRAY_LEN(OPERATIONS); i++)
                if (str_eq(OPERATIONS[i], call->operation->name))
                        return true;
        return false;
}

/* In the call's own memory: a write outlives the snapshot that this was read in. */
static int keep(struct call *call, const s3_point *point, bool is_alias, const struct s3_addressed **ret)
{
        struct s3_addressed *addressed = arena_new(&call->arena, struct s3_addressed);

        if (!addressed)
                return -ENOMEM;
        *addressed = (struct s3_addressed){
                .account = arena_dup(&call->arena, point->account),
                .region = arena_dup(&call->arena, point->region),
                .name = arena_dup(&call->arena, point->name),
                .bucket = arena_dup(&call->arena, point->bucket),
                .is_alias = is_alias,
        };
        *ret = addressed;
        return call->arena.failed ? -ENOMEM : 1;
}

static int by_alias(struct call *call, struct str alias, const struct s3_addressed **ret)
{
        s3_point point;
        int r = s3_find_point_by_alias(call, alias, &point);

        if (r == -ENOENT)
                return fail(call, &s3_invalid_access_point_alias_error,
                            "The specified access point alias name is not valid.");
        TRY(r);
        return keep(call, &point, true, ret);
}

static int by_arn(struct call *call, s3_point *point, const struct s3_addressed **ret)
{
        TRY(s3_get_point(call, point));
        return keep(call, point, false, ret);
}

int s3_address_of(struct call *call, struct str name, const struct s3_addressed **ret)
{
        s3_point point;
        struct str rest;

        if (s3_is_alias(name))
                return by_alias(call, name, ret);
        if (!s3_point_of_arn(call, name, &point, &rest))
                return 0;
        return by_arn(call, &point, ret);
}

/* -- In the name of the host */

static bool is_at_points(const struct call *call)
{
        return str_starts_nocase(call->host_endpoint, STR("s3-accesspoint"));
}

/* The name is that of a bucket to be, whatever has it; but the host of access points makes none. */
static bool makes_bucket(const struct call *call)
{
        return str_eq(call->operation->name, STR("CreateBucket")) && !is_at_points(call);
}

/* By AWS's own name for it. */
static int by_endpoint(struct call *call, struct str region, struct str label,
                       const struct s3_addressed **ret)
{
        s3_point point = {.region = region};

        if (!s3_point_of_label(label, &point.name, &point.account))
                return fail(call, &s3_invalid_access_point,
                            "The specified access point name or account is not valid.");
        return by_arn(call, &point, ret);
}

/* One of another account never is: while it is there no such access point is made, so it came later, whatever
 * the clock said then. */
static int bucket_is_older(struct call *call, const s3_point *point, struct str name)
{
        struct s3_bucket_record bucket = {.name = name};
        int r = call_get(call, &s3_bucket_record_type, &bucket);

        if (r == -ENOENT)
                return 0;
        TRY(r);
        return str_eq(bucket.account, point->account) && bucket.created.value <= point->created.value;
}

static int by_label(struct call *call, struct str region, struct str label, const struct s3_addressed **ret)
{
        s3_point point = {.region = region};
        int r;

        if (!s3_point_of_label(label, &point.name, &point.account))
                return 0;
        r = s3_find_point(call, &point);
        if (r == -ENOENT)
                return 0;
        TRY(r);
        r = bucket_is_older(call, &point, label);
        if (r != 0)
                return r < 0 ? r : 0;
        return keep(call, &point, false, ret);
}

static int find(struct call *call, struct str region, struct str name, const struct s3_addressed **ret)
{
        if (s3_is_alias(name))
                return by_alias(call, name, ret);
        if (!str_is_set(call->host_name))
                return 0;
        if (is_at_points(call))
                return by_endpoint(call, region, name, ret);
        return str_is_set(call->host_endpoint) ? 0 : by_label(call, region, name, ret);
}

/* -- For browsers, which ask before they sign */

/* That of the call is the signature's. AWS's own hosts name one, "NAME.s3-accesspoint.REGION.amazonaws.com".
 */
static struct str region_of_host(const struct call *call)
{
        struct str host = http_header_value(call->request, STR("Host")), label;

        while (str_is_set(host) && str_cut(&host, '.', &label))
                if (region_is_known(label))
                        return label;
        return call->region;
}

int s3_bucket_behind(struct call *call, struct str name, struct str *ret)
{
        const struct s3_addressed *addressed = NULL;

        TRY(find(call, region_of_host(call), name, &addressed));
        *ret = addressed ? addressed->bucket : name;
        return 0;
}

/* -- What goes through */

/* A form names no operation that they have, and says nothing of the host that it is sent to: one that was
 * signed for a bucket is for no access point. "Access points don't support anonymous access", and "You must
 * use AWS Signature Version 4".
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-restrictions-limitations-naming-rules.html
 */
static int check(struct call *call)
{
        if (call->principal.kind == ANONYMOUS)
                return fail(call, &s3_access_denied, "Access Denied");
        if (str_eq(call->auth->signature_version, STR("AWS")))
                return fail(call, &s3_invalid_request,
                            "The authorization mechanism you have provided is not supported. Please use "
                            "AWS4-HMAC-SHA256.");
        if (is_supported(call) && !call->auth->is_form)
                return 0;
        call_detail(call, STR("Method"), call->request->method);
        call_detail(call, STR("ResourceType"), STR("ACCESSPOINT"));
        return fail(call, &s3_method_not_allowed,
                    "The specified method is not allowed against this resource.");
}

int s3_settle_address(struct call *call, void *in)
{
        const struct wire_member *member = wire_find_member(call->operation->input, STR("Bucket"));
        const struct s3_addressed *addressed = NULL;
        struct str *bucket;
        int r;

        if (!member || makes_bucket(call))
                return 0;
        bucket = (struct str *)(void *)((char *)in + member->offset);
        r = find(call, call->region, *bucket, &addressed);
        TRY(r);
        if (!addressed)
                return 0;
        TRY(check(call));
        call->addressed = addressed;
        *bucket = addressed->bucket;
        return 0;
}
