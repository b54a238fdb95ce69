/* What CloudTrail's permissions are asked on. None of these exists yet: their operations are planned, and are
 * authorised all the same.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html */
#include "services/call.h"

#include "api/cloudtrail.h"

static struct str own_arn(struct call *call, const char *kind, struct str name)
{
        return arena_printf(&call->arena, "arn:%.*s:cloudtrail:%.*s:%.*s:%s/%.*s",
                            STR_ARG(call->host->partition), STR_ARG(call->region), STR_ARG(call->account),
                            kind, STR_ARG(name));
}

/* The account of an ARN: its fifth part. */
static struct str arn_account(struct str arn)
{
        struct str part = STR_NONE;

        for (size_t i = 0; i < 5; i++)
                if (!str_cut(&arn, ':', &part))
                        return STR_NONE;
        return part;
}

/* By ARN as it is, by name in the caller's account; without either, any of the kind. */
static int name_or_arn(struct call *call, const char *kind, struct str given, struct resource *ret)
{
        if (str_starts(given, STR("arn:"))) {
                ret->arn = given;
                ret->account = arn_account(given);
                return 0;
        }
        ret->arn = own_arn(call, kind, str_is_set(given) ? given : STR("*"));
        ret->account = call->account;
        return 0;
}

int cloudtrail_trail_resource(struct call *call, const struct str *args, struct resource *ret)
{
        ret->type = STR("AWS::CloudTrail::Trail");
        return name_or_arn(call, "trail", args[0], ret);
}

int cloudtrail_eventdatastore_resource(struct call *call, const struct str *args, struct resource *ret)
{
        ret->type = STR("AWS::CloudTrail::EventDataStore");
        return name_or_arn(call, "eventdatastore", args[0], ret);
}

int cloudtrail_channel_resource(struct call *call, const struct str *args, struct resource *ret)
{
        ret->type = STR("AWS::CloudTrail::Channel");
        return name_or_arn(call, "channel", args[0], ret);
}

int cloudtrail_dashboard_resource(struct call *call, const struct str *args, struct resource *ret)
{
        ret->type = STR("AWS::CloudTrail::Dashboard");
        return name_or_arn(call, "dashboard", args[0], ret);
}

int cloudtrail_by_arn_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return name_or_arn(call, "trail", args[0], ret);
}

int cloudtrail_trail_or_eventdatastore_resource(struct call *call, const struct str *args,
                                                struct resource *ret)
{
        if (str_is_set(args[0]))
                return cloudtrail_trail_resource(call, args, ret);
        return cloudtrail_eventdatastore_resource(call, args + 1, ret);
}
