/* What permissions of alarms are asked on; tagged resources.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html */
#include "services/cloudwatch/alarm.h"
#include "services/cloudwatch/dashboard.h"

#define TYPE STR("AWS::CloudWatch::Alarm")

int cloudwatch_alarm_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct cloudwatch_alarm_record alarm;
        int r;

        *ret = (struct resource){
                .arn = cloudwatch_arn(call, "alarm:", str_is_set(args[0]) ? args[0] : STR("*")),
                .type = TYPE,
        };
        if (!str_is_set(args[0]))
                return 0;
        r = cloudwatch_find_alarm(call, args[0], &alarm);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        return cloudwatch_set_resource_tags(call, &alarm.tags, ret);
}

/* The account that an ARN says; of no ARN, the caller's. */
static struct str account_of(struct call *call, struct str arn)
{
        struct str rest = arn, piece = STR_NONE;

        for (int i = 0; i < 5; i++)
                if (!str_cut(&rest, ':', &piece))
                        return call->account;
        return piece.len ? piece : call->account;
}

int cloudwatch_tagged_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct str name;

        if (cloudwatch_read_alarm_arn(call, args[0], &name) == 0)
                return cloudwatch_alarm_resource(call, &name, ret);
        if (cloudwatch_read_dashboard_arn(call, args[0], &name) == 0)
                return cloudwatch_dashboard_resource(call, &name, ret);
        *ret = (struct resource){.arn = args[0], .account = account_of(call, args[0])};
        return 0;
}
