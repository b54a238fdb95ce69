/* What permissions of S3 Control are asked on: the finders of api/s3control.api.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-resources-for-iam-policies
 *
 * Whose resource is meant stands in x-amz-account-id, and none of another account is let in: "API operations
 * that control access point functionality don't support cross-account calls". */
#include "services/s3/access_point.h"

/* What every request to S3 gives, and what an access point does. */
static int find_condition(struct call *call, const struct resource *resource, struct str name,
                          struct policy_key *ret)
{
        int r = s3_find_request_condition(call, resource->account, name, ret);

        if (r != 0 || !resource->of)
                return r;
        return s3_find_point_condition(call, resource->of, name, ret);
}

/* `kind` with the slash in front of what is meant; absent: any. */
static int find(struct call *call, const char *service, struct str region, struct str account,
                const char *kind, struct str name, struct resource *ret)
{
        if (!str_is_set(name))
                name = STR("*");
        *ret = (struct resource){
                .arn = arena_printf(&call->arena, "arn:%.*s:%s:%.*s:%.*s:%s%.*s",
                                    STR_ARG(call->host->partition), service, STR_ARG(region),
                                    STR_ARG(account), kind, STR_ARG(name)),
                .account = account,
                .policy_kind = POLICY_RESOURCE,
                .find_key = find_condition,
        };
        return 0;
}

static int find_here(struct call *call, struct str account, const char *kind, struct str name,
                     struct resource *ret)
{
        return find(call, "s3", call->region, account, kind, name, ret);
}

/* Actions that know no resources. */
int s3_control_account_resource(struct call *call, const struct str *args, struct resource *ret)
{
        (void)call;
        *ret = (struct resource){.arn = STR("*"),
                                 .account = args[0],
                                 .policy_kind = POLICY_RESOURCE,
                                 .find_key = find_condition};
        return 0;
}

/* One that is not there yet is as the request says. */
static void describe(const struct call *call, s3_point *point)
{
        const struct s3_control_create_access_point_in *in = call->in;

        if (str_eq(call->operation->name, STR("CreateAccessPoint")) && in->vpc_configuration)
                point->vpc = in->vpc_configuration->vpc_id;
}

static int find_point(struct call *call, const s3_point *asked, struct resource *ret)
{
        s3_point *point = arena_new(&call->arena, s3_point);
        int r;

        if (!point)
                return -ENOMEM;
        *point = *asked;
        r = s3_find_point(call, point);
        if (r == -ENOENT)
                describe(call, point);
        else
                TRY(r);
        *ret = (struct resource){
                .arn = s3_point_arn(call, point),
                .account = point->account,
                .type = S3_POINT_TYPE,
                .policy_kind = POLICY_RESOURCE,
                .of = point,
                .find_key = find_condition,
        };
        return s3_point_tags(call, point, &ret->tags);
}

int s3_control_accesspoint_resource(struct call *call, const struct str *args, struct resource *ret)
{
        const s3_point point = {.account = args[0], .region = call->region, .name = args[1]};

        return find_point(call, &point, ret);
}

/* GetAccessPoint is asked of no ARN, but knows the keys of the one that is meant. */
int s3_control_accesspointasked_resource(struct call *call, const struct str *args, struct resource *ret)
{
        TRY(s3_control_accesspoint_resource(call, args, ret));
        ret->noted = ret->arn;
        ret->arn = STR("*");
        return 0;
}

int s3_control_objectlambdaaccesspoint_resource(struct call *call, const struct str *args,
                                                struct resource *ret)
{
        return find(call, "s3-object-lambda", call->region, args[0], "accesspoint/", args[1], ret);
}

int s3_control_multiregionaccesspoint_resource(struct call *call, const struct str *args,
                                               struct resource *ret)
{
        return find(call, "s3", STR(""), args[0], "accesspoint/", args[1], ret);
}

/* The token is an ARN. */
int s3_control_multiregionaccesspointrequestarn_resource(struct call *call, const struct str *args,
                                                         struct resource *ret)
{
        TRY(find(call, "s3", STR("us-west-2"), args[0], "async-request/mrap/", STR_NONE, ret));
        ret->arn = args[1];
        return 0;
}

int s3_control_job_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return find_here(call, args[0], "job/", args[1], ret);
}

int s3_control_storagelensconfiguration_resource(struct call *call, const struct str *args,
                                                 struct resource *ret)
{
        return find_here(call, args[0], "storage-lens/", args[1], ret);
}

int s3_control_storagelensgroup_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return find_here(call, args[0], "storage-lens-group/", args[1], ret);
}

int s3_control_accessgrantsinstance_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return find_here(call, args[0], "access-grants/", STR("default"), ret);
}

int s3_control_accessgrantslocation_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return find_here(call, args[0], "access-grants/default/location/", args[1], ret);
}

int s3_control_accessgrant_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return find_here(call, args[0], "access-grants/default/grant/", args[1], ret);
}

/* By its ARN, be it what it may: an access point with the keys that it has. */
int s3_control_tagged_resource(struct call *call, const struct str *args, struct resource *ret)
{
        s3_point point;
        struct str rest;

        if (s3_point_of_arn(call, args[1], &point, &rest) && str_eq(point.account, args[0]))
                return find_point(call, &point, ret);
        *ret = (struct resource){.arn = args[1],
                                 .account = args[0],
                                 .policy_kind = POLICY_RESOURCE,
                                 .find_key = find_condition};
        return 0;
}
