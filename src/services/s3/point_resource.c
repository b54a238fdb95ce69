/* What is asked of requests through access points: "both the access point and the underlying bucket must
 * permit the request". The identity policies and the access point's own are asked of its ARN; then, of the
 * bucket's ARN, the bucket's policy is, and whatever else has a say when the bucket is asked directly, so
 * that no way round any of it leads through here.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html */
#include "services/s3/access_point.h"

/* There are no VPC endpoints, through which a request could come from a VPC. */
static int check_origin(struct call *call, const s3_point *point)
{
        if (!str_is_set(point->vpc))
                return 0;
        return fail(call, &s3_access_denied, "Access Denied");
}

/* "Amazon S3 evaluates the access point's, the bucket's and the account's settings". As for a bucket, see
 * is_restricted() in resources.c. */
static bool is_restricted(const struct call *call, const s3_point *point, const struct s3_target *target)
{
        struct str asking = call->principal.account;

        return target->block.restricted && point->policy_is_public.value &&
               call->principal.kind != AWS_SERVICE && !str_eq(asking, point->account) &&
               !str_eq(asking, target->bucket.account);
}

static int settle(struct call *call, struct str action, struct resource *resource)
{
        struct s3_target *target = arena_new(&call->arena, struct s3_target);

        if (!target)
                return -ENOMEM;
        *target = *(const struct s3_target *)resource->of;
        target->action = action;
        resource->of = target;
        return 0;
}

static struct str arn_of(struct call *call, const s3_point *point, struct str key)
{
        struct str arn = s3_point_arn(call, point);

        if (!str_is_set(key))
                return arn;
        return arena_printf(&call->arena, "%.*s/object/%.*s", STR_ARG(arn), STR_ARG(key));
}

static int fill(struct call *call, const s3_point *point, const struct resource *bucket, struct resource *ret)
{
        struct s3_target *target = arena_new(&call->arena, struct s3_target);

        if (!target)
                return -ENOMEM;
        *target = *(const struct s3_target *)bucket->of;
        target->is_at_point = true;
        *ret = (struct resource){
                .arn = arn_of(call, point, target->key),
                .noted = s3_point_arn(call, point),
                .type = S3_POINT_TYPE,
                .account = point->account,
                .region = point->region,
                .policy = point->policy,
                .policy_kind = POLICY_RESOURCE,
                .policy_name = STR("access point policy"),
                .policy_only_denies = is_restricted(call, point, target),
                .behind = bucket,
                .asker_id = bucket->asker_id,
                .of = target,
                .settle = settle,
                .find_key = s3_find_condition,
        };
        return s3_point_tags(call, point, &ret->tags);
}

/* The bucket that was found behind it in the first place: it may have gone since, and another have come. */
static int check_bucket(struct call *call, const struct s3_addressed *addressed, const s3_point *point,
                        const struct s3_target *target)
{
        if (str_eq(point->bucket, addressed->bucket) && target->is_there &&
            str_eq(target->bucket.account, point->bucket_account))
                return 0;
        return s3_refuse_no_bucket(call, addressed->bucket);
}

int s3_resource_through(struct call *call, const struct s3_addressed *addressed, struct str key,
                        struct str version_id, struct resource *ret)
{
        struct resource *bucket = arena_new(&call->arena, struct resource);
        const s3_point *point;

        if (!bucket)
                return -ENOMEM;
        TRY(s3_addressed_point(call, addressed, &point));
        TRY(check_origin(call, point));
        TRY(s3_resource_at(call, point, &(struct s3_place_asked){addressed->bucket, key, version_id},
                           bucket));
        bucket->account_agrees = true;
        TRY(check_bucket(call, addressed, point, bucket->of));
        return fill(call, point, bucket, ret);
}

/* -- Conditions */

int s3_point_tags(struct call *call, const s3_point *point, struct str_map *ret)
{
        *ret = (struct str_map){};
        if (point->tags.count == 0)
                return 0;
        ret->items = arena_new_array(&call->arena, struct str_pair, point->tags.count);
        if (!ret->items)
                return -ENOMEM;
        for (size_t i = 0; i < point->tags.count; i++)
                ret->items[i] = (struct str_pair){point->tags.items[i].key, point->tags.items[i].value};
        ret->count = point->tags.count;
        return 0;
}

static int give(struct call *call, struct str value, struct policy_key *ret)
{
        struct str *slot = arena_new(&call->arena, struct str);

        if (!slot)
                return -ENOMEM;
        *slot = value;
        ret->values = slot;
        ret->count = 1;
        return 1;
}

int s3_find_point_condition(struct call *call, const s3_point *point, struct str name, struct policy_key *ret)
{
        const struct str tag = STR("s3:AccessPointTag/");

        if (str_eq_nocase(name, STR("s3:DataAccessPointArn")))
                return give(call, s3_point_arn(call, point), ret);
        if (str_eq_nocase(name, STR("s3:DataAccessPointAccount")))
                return give(call, point->account, ret);
        if (str_eq_nocase(name, STR("s3:AccessPointNetworkOrigin")))
                return give(call, str_is_set(point->vpc) ? STR("VPC") : STR("Internet"), ret);
        if (!str_starts_nocase(name, tag))
                return 0;
        for (size_t i = 0; i < point->tags.count; i++)
                if (str_eq_nocase(point->tags.items[i].key, str_from(name, tag.len)))
                        return give(call, point->tags.items[i].value, ret);
        return 0;
}
