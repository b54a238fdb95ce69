/* Policies of access points, which are kept as those of buckets are.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html */
#include "services/resource_policy.h"
#include "services/s3/access_point.h"
#include "services/s3/policy_check.h"

/* "access points that have a VPC network origin are always considered non-public", and what blocks public
 * policies may be the access point's, its account's or, in the same account, the bucket's.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html */
static int check_public(struct call *call, const s3_point *point)
{
        struct s3_bucket_record bucket = {.name = point->bucket};
        struct s3_block block = {};
        int r = call_get(call, &s3_bucket_record_type, &bucket);

        if (r < 0 && r != -ENOENT)
                return r;
        if (r == 0 && str_eq(bucket.account, point->account))
                TRY(s3_block_of(call, &bucket, &block));
        TRY(s3_block_add_point(call, point, &block));
        if (!block.public_policy)
                return 0;
        return fail(call, &s3_control_access_denied,
                    "User: %.*s is not authorized to perform: s3:PutAccessPointPolicy on resource: \"%.*s\" "
                    "because public policies are prevented by the BlockPublicPolicy setting in S3 Block "
                    "Public Access.",
                    STR_ARG(call->principal.arn), STR_ARG(s3_point_arn(call, point)));
}

static struct s3_policy_subject subject_of(struct call *call, const s3_point *point)
{
        struct str arn = s3_point_arn(call, point);

        return (struct s3_policy_subject){str_part(arn, 0, arn.len - point->name.len), arn, STR("/object/")};
}

static int set_policy(struct call *call, struct str document, s3_point *point)
{
        const struct s3_policy_subject subject = subject_of(call, point);
        struct resource_policy policy;
        bool is_public;

        TRY(s3_read_policy(call, &subject, document, &policy, &is_public));
        point->policy = policy.enforced;
        point->policy_text = policy.text;
        point->policy_shown = policy.shown;
        point->policy_is_public = OPT_BOOL(is_public && !str_is_set(point->vpc));
        return point->policy_is_public.value ? check_public(call, point) : 0;
}

int s3_control_put_access_point_policy(struct call *call,
                                       const struct s3_control_put_access_point_policy_in *in,
                                       struct s3_control_put_access_point_policy_out *out)
{
        s3_point point = {.account = in->account_id, .region = call->region, .name = in->name};

        (void)out;
        TRY(s3_get_point(call, &point));
        TRY(set_policy(call, in->policy, &point));
        return call_put(call, &s3_control_access_point_record_type, &point);
}

static int get_with_policy(struct call *call, s3_point *point)
{
        TRY(s3_get_point(call, point));
        if (str_is_set(point->policy))
                return 0;
        call_detail(call, STR("AccessPointName"), point->name);
        return fail(call, &s3_control_no_such_access_point_policy,
                    "The specified accesspoint policy does not exist");
}

int s3_control_get_access_point_policy(struct call *call,
                                       const struct s3_control_get_access_point_policy_in *in,
                                       struct s3_control_get_access_point_policy_out *out)
{
        s3_point point = {.account = in->account_id, .region = call->region, .name = in->name};
        struct resource_policy policy;

        TRY(get_with_policy(call, &point));
        policy = (struct resource_policy){point.policy, point.policy_text, point.policy_shown};
        return resource_policy_tell(call, &policy, &out->policy);
}

int s3_control_delete_access_point_policy(struct call *call,
                                          const struct s3_control_delete_access_point_policy_in *in,
                                          struct s3_control_delete_access_point_policy_out *out)
{
        s3_point point = {.account = in->account_id, .region = call->region, .name = in->name};

        (void)out;
        TRY(s3_get_point(call, &point));
        point.policy = point.policy_text = point.policy_shown = STR_NONE;
        point.policy_is_public = (struct opt_bool){};
        call->status = 204;
        return call_put(call, &s3_control_access_point_record_type, &point);
}

int s3_control_get_access_point_policy_status(struct call *call,
                                              const struct s3_control_get_access_point_policy_status_in *in,
                                              struct s3_control_get_access_point_policy_status_out *out)
{
        s3_point point = {.account = in->account_id, .region = call->region, .name = in->name};

        TRY(get_with_policy(call, &point));
        out->policy_status = arena_new(&call->arena, struct s3_control_policy_status);
        if (!out->policy_status)
                return -ENOMEM;
        out->policy_status->is_public = OPT_BOOL(point.policy_is_public.value);
        return 0;
}
