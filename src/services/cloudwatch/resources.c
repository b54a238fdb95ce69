/* What permissions are asked on: the finders of api/cloudwatch.api. ARNs as the service authorization
 * reference forms them; of several, when none is named: all.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html */
#include "services/cloudwatch/dashboard.h"

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

int cloudwatch_metric_resource(struct call *call, const struct str *args, struct resource *ret)
{
        (void)call;
        (void)args;
        *ret = (struct resource){.arn = STR("*"), .type = STR("AWS::CloudWatch::Metric")};
        return 0;
}

int cloudwatch_metric_stream_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return named(call, "metric-stream/", args[0], ret);
}

int cloudwatch_dashboard_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct cloudwatch_dashboard_record dashboard;
        int r;

        *ret = (struct resource){
                .arn = cloudwatch_dashboard_arn(call, str_is_set(args[0]) ? args[0] : STR("*")),
                .type = STR("AWS::CloudWatch::Dashboard"),
        };
        if (!str_is_set(args[0]))
                return 0;
        r = cloudwatch_find_dashboard(call, args[0], &dashboard);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        return cloudwatch_set_resource_tags(call, &dashboard.tags, ret);
}

/* aws:ResourceTag/... */
int cloudwatch_set_resource_tags(struct call *call, const struct cloudwatch_tag_list *tags,
                                 struct resource *ret)
{
        ret->tags.items = arena_new_array(&call->arena, struct str_pair, tags->count + 1);
        if (!ret->tags.items)
                return -ENOMEM;
        ret->tags.is_set = true;
        for (size_t i = 0; i < tags->count; i++)
                ret->tags.items[ret->tags.count++] =
                        (struct str_pair){tags->items[i].key, tags->items[i].value};
        return 0;
}
