/* What permissions are asked on: the finders of api/logs.api. "When specifying permissions in IAM policies
 * for all other API actions", a group's ARN is written with ":*" behind it, for what is asked on says
 * ":log-stream:" there; those of tags are asked on the ARN alone.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogGroup.html */
#include "services/logs/resource_policy.h"

#define GROUP_TYPE  STR("AWS::Logs::LogGroup")
#define STREAM_TYPE STR("AWS::Logs::LogStream")

static struct str group_arn(struct call *call, const struct logs_name *name, struct str tail)
{
        return logs_arn(
                call, name->account, name->region,
                arena_printf(&call->arena, "log-group:%.*s%.*s", STR_ARG(name->group), STR_ARG(tail)));
}

/* In events a group has its own ARN, by which it is looked for; where none is named, there is none. */
static struct str noted(struct call *call, const struct logs_name *name)
{
        return name->group.len ? group_arn(call, name, STR("")) : STR("");
}

/* "Access to log streams is controlled at the log group level": they have the group's tags.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html */
static int found(struct call *call, const struct logs_name *name, struct str tail, struct str type,
                 struct resource *ret)
{
        struct logs_log_group_record group;
        int r = logs_find_group(call, name, &group);

        if (r < 0 && r != -ENOENT)
                return r;
        *ret = (struct resource){
                .arn = group_arn(call, name, tail),
                .account = name->account,
                .type = type,
        };
        if (str_eq(type, GROUP_TYPE) || name->group.len == 0)
                ret->noted = noted(call, name);
        if (r == 0)
                ret->tags = group.tags;
        logs_attach_policies(call, name, r == 0 ? group.number.value : 0, ret);
        return 0;
}

/* What is given wrongly is told by the handler, to who may use any. */
static void read_names(struct call *call, struct str name, struct str identifier, struct logs_name *ret)
{
        struct str text = str_is_set(name) ? name : identifier;

        if (!str_is_set(text) || logs_read_name(call, text, ret) < 0)
                *ret = (struct logs_name){.account = call->account, .region = call->region, .group = STR("")};
}

int logs_log_group_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct logs_name name;

        read_names(call, args[0], args[1], &name);
        return found(call, &name, STR(":log-stream:"), GROUP_TYPE, ret);
}

int logs_identified_group_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return logs_log_group_resource(call, args, ret);
}

int logs_log_groups_resource(struct call *call, const struct str *args, struct resource *ret)
{
        (void)args;
        *ret = (struct resource){
                .arn = logs_arn(call, call->account, call->region, STR("log-group::log-stream:")),
                .noted = STR("")};
        return 0;
}

int logs_log_stream_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct logs_name name;

        read_names(call, args[0], args[2], &name);
        return found(call, &name, arena_printf(&call->arena, ":log-stream:%.*s", STR_ARG(args[1])),
                     STREAM_TYPE, ret);
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

int logs_tagged_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct logs_name name;

        if (str_starts(args[0], STR("arn:")) && logs_read_name(call, args[0], &name) == 0)
                return found(call, &name, STR(""), GROUP_TYPE, ret);
        *ret = (struct resource){.arn = args[0], .account = account_of(call, args[0])};
        return 0;
}
