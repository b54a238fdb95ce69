/* What permissions are asked on: the finders of api/cloudwatch.api. ARNs as the service authorization
 * reference forms them; of several, when none is named: all.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html */
#include "services/cloudwatch/cloudwatch.h"

struct str cloudwatch_arn(struct call *call, const char *kind, struct str name)
{
        return arena_printf(&call->arena, "arn:%.*s:cloudwatch:%.*s:%.*s:%s%.*s",
                            STR_ARG(call->host->partition), STR_ARG(call->region), STR_ARG(call->account),
                            kind, STR_ARG(name));
}

static int named(struct call *call, const char *kind, struct str name, struct resource *ret)
{
        *ret = (struct resource){.arn = cloudwatch_arn(call, kind, str_is_set(name) ? name : STR("*"))};
        return 0;
}

int cloudwatch_alarm_mute_rule_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return named(call, "alarm-mute-rule:", args[0], ret);
}

int cloudwatch_dataset_resource(struct call *call, const struct str *args, struct resource *ret)
{
        if (!str_starts(args[0], STR("arn:")))
                return named(call, "dataset/", args[0], ret);
        *ret = (struct resource){.arn = args[0]};
        return 0;
}

int cloudwatch_insight_rule_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return named(call, "insight-rule/", args[0], ret);
}

int cloudwatch_metric_stream_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return named(call, "metric-stream/", args[0], ret);
}

/* Dashboards are of no region. */
int cloudwatch_dashboard_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct str name = str_is_set(args[0]) ? args[0] : STR("*");

        *ret = (struct resource){.arn = cloudwatch_dashboard_arn(call, name)};
        return 0;
}

struct str cloudwatch_dashboard_arn(struct call *call, struct str name)
{
        return arena_printf(&call->arena, "arn:%.*s:cloudwatch::%.*s:dashboard/%.*s",
                            STR_ARG(call->host->partition), STR_ARG(call->account), STR_ARG(name));
}
