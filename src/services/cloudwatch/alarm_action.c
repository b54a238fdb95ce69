/* What alarms do when they change their state.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html */
#include "base/json_out.h"
#include "services/cloudwatch/alarm.h"
#include "services/cloudwatch/alarm_topic.h"

#define DATA_MAX ((size_t)4 * 1024 * 1024) /* the message once more */

/* -- Which there are */

struct kind {
        const char *service; /* of the ARN */
        bool of_composite;
        const char *absent; /* why nothing is done; NULL: it is done */
};

static const struct kind KINDS[] = {
        {"sns", true, NULL},
        {"lambda", true, "This server has no AWS Lambda."},
        {"ssm", true, "This server has no AWS Systems Manager."},
        {"ssm-incidents", true, "This server has no AWS Systems Manager Incident Manager."},
        {"aiops", true, "This server has no CloudWatch investigations."},
        {"automate", false, "This server has no instances of Amazon EC2."},
        {"swf", false, "This server has no instances of Amazon EC2."},
        {"autoscaling", false, "This server has no Auto Scaling."},
};

/* One of its five parts before the resource, from 1 on; 6: the resource. */
static struct str arn_part(struct str arn, size_t number)
{
        struct str rest = arn, part = STR_NONE;

        for (size_t i = 0; i < number && i < 5; i++)
                if (!str_cut(&rest, ':', &part))
                        return STR_NONE;
        return number > 5 ? rest : part;
}

static const struct kind *kind_of(struct str arn)
{
        for (size_t i = 0; i < ARRAY_LEN(KINDS); i++)
                if (str_eq(arn_part(arn, 3), str_of(KINDS[i].service)))
                        return &KINDS[i];
        return NULL;
}

static int check_action(struct call *call, struct str kind_of_alarm, struct str arn)
{
        struct str region = arn_part(arn, 4);
        const struct kind *kind = kind_of(arn);

        if (!str_eq(arn_part(arn, 1), STR("arn")) || !str_eq(arn_part(arn, 2), call->host->partition) ||
            arn_part(arn, 6).len == 0 || !kind)
                return call_invalid(call, "Invalid arn syntax: %.*s", STR_ARG(arn));
        if (str_eq(kind_of_alarm, CLOUDWATCH_COMPOSITE_ALARM) && !kind->of_composite)
                return call_invalid(call, "Composite alarms do not support the action %.*s", STR_ARG(arn));
        if (region.len && !str_eq(region, call->region))
                return call_invalid(call, "Invalid region %.*s specified. Only %.*s is supported.",
                                    STR_ARG(region), STR_ARG(call->region));
        return 0;
}

int cloudwatch_check_actions(struct call *call, struct str kind, const struct str_list *actions)
{
        for (size_t i = 0; i < actions->count; i++)
                TRY(check_action(call, kind, actions->items[i]));
        return 0;
}

/* -- Doing them */

/* One action on its way, and what has become of it. */
struct deed {
        const struct cloudwatch_alarm_record *before, *alarm;
        struct str arn;
        struct str message; /* that was published; absent: none */
        struct str error;   /* absent: it is done */
};

static int perform(struct call *call, struct deed *deed)
{
        const struct kind *kind = kind_of(deed->arn);
        struct str message;

        if (!kind || kind->absent)
                return fail(call, &cloudwatch_resource_not_found_exception, "%s",
                            kind ? kind->absent : "There is no such action.");
        TRY(cloudwatch_write_notice(call, deed->before, deed->alarm, &message));
        TRY(cloudwatch_notify_topic(call, deed->alarm, deed->arn, message));
        deed->message = message;
        return 0;
}

/* {"actionState":"Succeeded","stateUpdateTimestamp":...,"notificationResource":"arn:...","publishedMessage":...}
 */
static int write_data(struct call *call, const struct deed *deed, bool with_message, struct str *ret)
{
        _cleanup_(buf_done) struct buf buf = {};
        struct json_out out = {.buf = &buf};

        buf_init(&buf, DATA_MAX);
        json_open(&out, '{');
        json_pair(&out, STR("actionState"), str_is_set(deed->error) ? STR("Failed") : STR("Succeeded"));
        json_key(&out, STR("stateUpdateTimestamp"));
        json_int(&out, deed->alarm->updated.value);
        json_pair(&out, STR("notificationResource"), deed->arn);
        if (with_message)
                json_pair(&out, STR("publishedMessage"), deed->message);
        json_pair(&out, STR("error"), deed->error);
        json_close(&out, '}');
        TRY(buf_check(&buf));
        *ret = arena_dup(&call->arena, buf_str(&buf));
        return 0;
}

static int log_deed(struct call *call, const struct deed *deed)
{
        struct cloudwatch_history_item item = {.type = STR("Action")};

        if (str_is_set(deed->error))
                item.summary =
                        arena_printf(&call->arena, "Failed to execute action %.*s. Received error: \"%.*s\"",
                                     STR_ARG(deed->arn), STR_ARG(deed->error));
        else
                item.summary =
                        arena_printf(&call->arena, "Successfully executed action %.*s", STR_ARG(deed->arn));
        TRY(write_data(call, deed, true, &item.data));
        if (item.data.len > CLOUDWATCH_HISTORY_DATA)
                TRY(write_data(call, deed, false, &item.data));
        return cloudwatch_add_history(call, deed->alarm, &item);
}

/* As alarms speak of themselves in their histories. */
static struct str error_of(struct call *call)
{
        ptrdiff_t at = str_find(call->error_message, STR(" is not authorized to perform"));

        if (at < 0)
                return arena_dup(&call->arena, call->error_message);
        return arena_printf(&call->arena, "CloudWatch Alarms%.*s",
                            STR_ARG(str_from(call->error_message, (size_t)at)));
}

static int act(struct call *call, struct deed *deed)
{
        int r = perform(call, deed);

        if (r == -ECALL) {
                deed->error = error_of(call);
                call_forgive(call);
                r = 0;
        }
        TRY(r);
        return log_deed(call, deed);
}

static const struct str_list *actions_of(const struct cloudwatch_alarm_record *alarm)
{
        if (str_eq(alarm->state, CLOUDWATCH_STATE_OK))
                return &alarm->ok_actions;
        return str_eq(alarm->state, CLOUDWATCH_STATE_ALARM) ? &alarm->alarm_actions
                                                            : &alarm->insufficient_data_actions;
}

int cloudwatch_act(struct call *call, const struct cloudwatch_alarm_record *before,
                   const struct cloudwatch_alarm_record *alarm)
{
        const struct str_list *actions = actions_of(alarm);

        if (!alarm->actions_enabled.value)
                return 0;
        for (size_t i = 0; i < actions->count; i++) {
                struct deed deed = {.before = before, .alarm = alarm, .arn = actions->items[i]};

                TRY(act(call, &deed));
        }
        return 0;
}
