/* Names and ARNs. "There are two versions of the ARN": with ":*" behind it, and without.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogGroup.html */
#include "services/logs/logs.h"

#include "events/timers.h"
#include "services/marker.h"

struct str logs_arn(struct call *call, struct str account, struct str region, struct str resource)
{
        return arena_printf(&call->arena, "arn:%.*s:logs:%.*s:%.*s:%.*s", STR_ARG(call->host->partition),
                            STR_ARG(region), STR_ARG(account), STR_ARG(resource));
}

struct str logs_group_arn(struct call *call, const struct logs_log_group_record *group)
{
        return logs_arn(call, group->account, group->region,
                        arena_printf(&call->arena, "log-group:%.*s", STR_ARG(group->name)));
}

static int read_arn(struct call *call, struct str text, struct logs_name *ret)
{
        struct str rest = text, piece, partition, service, kind;

        if (!str_cut(&rest, ':', &piece) || !str_cut(&rest, ':', &partition) ||
            !str_cut(&rest, ':', &service) || !str_cut(&rest, ':', &ret->region) ||
            !str_cut(&rest, ':', &ret->account) || !str_cut(&rest, ':', &kind) || !str_is_set(rest))
                return -EINVAL;
        if (!str_eq(partition, call->host->partition) || !str_eq(service, STR("logs")) ||
            !str_eq(kind, STR("log-group")))
                return -EINVAL;
        (void)str_cut(&rest, ':', &ret->group);
        if (str_is_set(rest) && !str_eq(rest, STR("*")))
                return -EINVAL;
        ret->is_arn = true;
        return 0;
}

int logs_read_name(struct call *call, struct str text, struct logs_name *ret)
{
        *ret = (struct logs_name){.account = call->account, .region = call->region, .group = text};
        return str_starts(text, STR("arn:")) ? read_arn(call, text, ret) : 0;
}

int logs_read_either(struct call *call, struct str name, struct str identifier, struct logs_name *ret)
{
        if (str_is_set(name) && str_is_set(identifier))
                return call_invalid(call,
                                    "LogGroup name and LogGroup ARN are mutually exclusive parameters.");
        if (!str_is_set(name) && !str_is_set(identifier))
                return call_invalid(call, "Either LogGroup name or LogGroup ARN must be specified.");
        if (logs_read_name(call, str_is_set(name) ? name : identifier, ret) < 0)
                return call_invalid(call, "Invalid log group identifier '%.*s'.", STR_ARG(identifier));
        return 0;
}

/* -- What they name */

int logs_find_group(struct call *call, const struct logs_name *name, struct logs_log_group_record *ret)
{
        *ret = (struct logs_log_group_record){
                .account = name->account, .region = name->region, .name = name->group};
        if (!str_eq(name->region, call->region))
                return -ENOENT;
        return record_find(call->txn, &call->arena, &logs_log_group_record_type, logs_log_group_by_name, ret);
}

int logs_no_group(struct call *call)
{
        return fail(call, &logs_resource_not_found_exception, "The specified log group does not exist.");
}

int logs_refuse_class(struct call *call, const struct logs_log_group_record *group,
                      const struct api_error *error)
{
        return fail(
                call, error,
                "The log group %.*s is of log-group-class %.*s. %.*s is not supported for this log class.",
                STR_ARG(group->name), STR_ARG(group->class), STR_ARG(call->operation->name));
}

static int need(struct call *call, const struct logs_name *name, struct logs_log_group_record *ret)
{
        int r = logs_find_group(call, name, ret);

        return r == -ENOENT ? logs_no_group(call) : r;
}

int logs_need_group(struct call *call, struct str name, struct logs_log_group_record *ret)
{
        const struct logs_name meant = {.account = call->account, .region = call->region, .group = name};

        return need(call, &meant, ret);
}

int logs_need_either(struct call *call, struct str name, struct str identifier,
                     struct logs_log_group_record *ret)
{
        struct logs_name meant = {};

        TRY(logs_read_either(call, name, identifier, &meant));
        return need(call, &meant, ret);
}

int logs_find_stream(struct call *call, int64_t group, struct str name, struct logs_log_stream_record *ret)
{
        *ret = (struct logs_log_stream_record){.group = OPT_INT(group), .name = name};
        return record_find(call->txn, &call->arena, &logs_log_stream_record_type, logs_log_stream_by_name,
                           ret);
}

int logs_need_stream(struct call *call, int64_t group, struct str name, struct logs_log_stream_record *ret)
{
        int r = logs_find_stream(call, group, name, ret);

        if (r == -ENOENT)
                return fail(call, &logs_resource_not_found_exception,
                            "The specified log stream does not exist.");
        return r;
}

int logs_get_tally(struct call *call, int64_t group, struct logs_tally_record *ret)
{
        int r;

        *ret = (struct logs_tally_record){
                .group = OPT_INT(group), .sequence = OPT_INT(0), .stored_bytes = OPT_INT(0)};
        r = call_get(call, &logs_tally_record_type, ret);
        return r == -ENOENT ? 0 : r;
}

int logs_next_number(struct call *call, struct str of, int64_t *ret)
{
        struct logs_counter_record counter = {.of = of};
        int r = call_get(call, &logs_counter_record_type, &counter);

        if (r < 0 && r != -ENOENT)
                return r;
        counter.last = OPT_INT(counter.last.value + 1);
        *ret = counter.last.value;
        return call_put(call, &logs_counter_record_type, &counter);
}

/* -- Lists and timers */

int logs_read_token(struct call *call, struct str subject, struct str token, struct str *ret_place)
{
        *ret_place = STR_NONE;
        if (!str_is_set(token))
                return 0;
        if (marker_read(call, subject, token, ret_place) < 0)
                return call_invalid(call, "The specified nextToken is invalid.");
        return 0;
}

int logs_set_timer(struct call *call, struct str name, int64_t due_ms, int64_t number)
{
        const struct timer timer = {
                .due_ms = due_ms,
                .name = arena_printf(&call->arena, "logs.%.*s", STR_ARG(name)),
                .subject = arena_printf(&call->arena, "%lld", (long long)number),
        };

        if (call->arena.failed)
                return -ENOMEM;
        return timer_set(call->txn, &timer);
}
