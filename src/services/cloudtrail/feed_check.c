/* Whether a trail's log group and role will do.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html */
#include "services/cloudtrail/feed.h"
#include "services/cloudtrail/trail_target.h"
#include "services/iam/directory.h"
#include "services/sts/directory.h"

static int refuse_role(struct call *call, const char *why)
{
        call_forgive(call);
        return fail(call, &cloudtrail_invalid_cloud_watch_logs_role_arn_exception, "%s", why);
}

static int refuse_group(struct call *call)
{
        call_forgive(call);
        return fail(call, &cloudtrail_invalid_cloud_watch_logs_log_group_arn_exception,
                    "CloudTrail cannot validate the specified log group ARN.");
}

static int check_pair(struct call *call, const struct cloudtrail_trail_record *trail)
{
        if (!str_is_set(trail->log_group))
                return fail(call, &cloudtrail_invalid_cloud_watch_logs_log_group_arn_exception,
                            "You must specify a log group ARN when you specify a role ARN.");
        if (!str_is_set(trail->log_role))
                return fail(call, &cloudtrail_invalid_cloud_watch_logs_role_arn_exception,
                            "You must specify a role ARN when you specify a log group ARN.");
        return 0;
}

/* Whoever gives a role to CloudTrail must be allowed to. */
static int pass_role(struct call *call, const struct cloudtrail_trail_record *trail)
{
        struct resource resource;
        int r = iam_role_passed_to(call, trail->log_role, TRAIL_SERVICE, &resource);

        if (r == -EINVAL || (r == 0 && !str_eq(resource.account, trail->account)))
                return refuse_role(call, "CloudTrail cannot validate the specified role ARN.");
        TRY(r);
        return call->authorise(call, STR("iam:PassRole"), &resource);
}

/* "You must use a log group that exists in your account." It is in the trail's own region. */
static int check_group(struct call *call, const struct cloudtrail_trail_record *trail, struct logs_name *ret)
{
        struct logs_log_group_record group;
        int r = feed_read_group(call, trail->log_group, ret);

        if (r == 0 && (!str_eq(ret->account, trail->account) || !str_eq(ret->region, trail->region)))
                r = -ENOENT;
        if (r == 0)
                r = logs_find_group(call, ret, &group);
        return r == -ENOENT ? refuse_group(call) : r;
}

/* The stream is there from then on. */
static int try_role(struct call *call, const struct cloudtrail_trail_record *trail,
                    const struct logs_name *group)
{
        const struct logs_input_log_event_list nothing = {.is_set = true};
        struct call_by_service by;
        struct principal role;
        int r;

        TRY(trail_speaks(call, trail, &by));
        r = sts_assume_by_service(call, &by, trail->log_role, FEED_SESSION, &role);
        if (r == -ECALL)
                return refuse_role(call, "Access denied. Check the trust relationships for your role.");
        TRY(r);
        r = feed_put(call, &role, group, &nothing);
        return r == -ECALL ? refuse_role(call, "Access denied. Check the permissions for your role.") : r;
}

int feed_check(struct call *call, const struct cloudtrail_trail_record *trail)
{
        struct logs_name group;

        if (!str_is_set(trail->log_group) && !str_is_set(trail->log_role))
                return 0;
        TRY(check_pair(call, trail));
        TRY(pass_role(call, trail));
        TRY(check_group(call, trail, &group));
        return try_role(call, trail, &group);
}
