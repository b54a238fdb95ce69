/* What the permissions of planned operations are asked on: ARNs as the service authorization reference forms
 * them. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html */
#include "services/logs/logs.h"

static int named(struct call *call, const char *kind, struct str name, struct resource *ret)
{
        if (str_starts(name, STR("arn:")))
                *ret = (struct resource){.arn = name};
        else
                *ret = (struct resource){
                        .arn = logs_arn(call, call->account, call->region,
                                        arena_printf(&call->arena, "%s:%.*s", kind, STR_ARG(name)))};
        return 0;
}

int logs_anomaly_detector_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return named(call, "anomaly-detector", args[0], ret);
}

int logs_delivery_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return named(call, "delivery", args[0], ret);
}

int logs_delivery_destination_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return named(call, "delivery-destination", args[0], ret);
}

int logs_delivery_source_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return named(call, "delivery-source", args[0], ret);
}

int logs_destination_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return named(call, "destination", args[0], ret);
}

int logs_lookup_table_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return named(call, "lookup-table", args[0], ret);
}

int logs_scheduled_query_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return named(call, "scheduled-query", args[0], ret);
}
