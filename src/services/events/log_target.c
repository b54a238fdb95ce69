/* Log groups of CloudWatch Logs as targets.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-cloudwatchlogs-permissions
 */
#include "services/events/event.h"
#include "services/events/target_kind.h"
#include "services/logs/directory.h"

#define GROUP  STR("log-group:")
#define PREFIX STR("/aws/events/")

/* "/aws/events/name" of "arn:aws:logs:us-east-1:111122223333:log-group:/aws/events/name:*" */
static struct str group_of(struct str arn)
{
        struct str rest = events_arn_part(arn, 6);

        if (!str_starts(rest, GROUP))
                return STR_NONE;
        rest = str_from(rest, GROUP.len);
        return str_ends(rest, STR(":*")) ? str_part(rest, 0, rest.len - 2) : rest;
}

static int check(struct call *call, const struct events_bus *bus, const struct events_target *target)
{
        if (!str_starts(group_of(target->arn), PREFIX))
                return call_invalid(call,
                                    "Target %.*s is not valid. Reason: the name of a log group has to begin "
                                    "with /aws/events/.",
                                    STR_ARG(target->id));
        if (!str_eq(events_arn_part(target->arn, 4), bus->region) ||
            !str_eq(events_arn_part(target->arn, 5), bus->account))
                return call_invalid(
                        call,
                        "Target %.*s is not valid. Reason: the log group has to be of the account "
                        "and Region of the rule.",
                        STR_ARG(target->id));
        if (str_is_set(target->input) || str_is_set(target->input_path))
                return call_invalid(call, "Input and InputPath are not supported for target %.*s.",
                                    STR_ARG(target->arn));
        if (str_is_set(target->role_arn))
                return call_invalid(call, "RoleArn is not supported for target %.*s.", STR_ARG(target->arn));
        return 0;
}

/* Of a transformed input, "{"timestamp":<timestamp>,"message":<message>}". */
static void read_input(struct call *call, struct str text, struct logs_input_log_event *ret)
{
        _cleanup_(events_json_done) json_t *json = json_loadb(text.ptr, text.len, 0, NULL);
        const json_t *time = json_object_get(json, "timestamp"), *message = json_object_get(json, "message");
        int64_t ms;

        if (json_is_integer(time))
                ret->timestamp = OPT_INT(json_integer_value(time));
        else if (json_is_string(time) &&
                 time_parse(str_make(json_string_value(time), json_string_length(time)), &ms) == 0)
                ret->timestamp = OPT_INT(ms);
        if (json_is_string(message) && json_string_length(message) > 0)
                ret->message = arena_dup(&call->arena,
                                         str_make(json_string_value(message), json_string_length(message)));
}

/* A stream a rule and day. */
static struct str stream_of(struct call *call, const struct events_delivery_record *delivery)
{
        struct str name = delivery->rule_arn;

        name = str_from(name, (size_t)(str_find_last_byte(name, '/') + 1));
        return arena_printf(&call->arena, "%.*s/%.*s", STR_ARG(name),
                            STR_ARG(str_part(time_iso(&call->arena, call->now_ms), 0, 10)));
}

static int deliver(struct call *call, const struct events_parcel *parcel, struct str *ret_code)
{
        struct logs_input_log_event event = {.timestamp = parcel->event->taken, .message = parcel->text};
        const struct logs_deposit deposit = {
                .service = EVENTS_PRINCIPAL,
                .source_arn = parcel->delivery->rule_arn,
                .source_account = parcel->delivery->account,
                .region = parcel->delivery->region,
                .group = group_of(parcel->delivery->target_arn),
                .stream = stream_of(call, parcel->delivery),
                .events = {.items = &event, .count = 1, .is_set = true},
        };
        int r;

        if (str_is_set(parcel->delivery->payload))
                read_input(call, parcel->text, &event);
        r = logs_deliver(call, &deposit);
        if (r != -ECALL)
                return r;
        *ret_code = STR("INVALID_PARAMETER");
        if (str_find(call->error->code, STR("AccessDenied")) >= 0)
                *ret_code = STR("NO_PERMISSIONS");
        else if (call->error == &logs_resource_not_found_exception)
                *ret_code = STR("NO_RESOURCE");
        return r;
}

const struct events_target_kind events_log_target = {
        .service = STR_INIT("logs"), .check = check, .deliver = deliver};
