/* PutCompositeAlarm.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html */
#include "services/cloudwatch/composite.h"

#include "services/cloudwatch/composite_rule.h"

#include <ctype.h>

/* -- The rule: its children are there */

struct children {
        struct call *call;
        int64_t numbers[CLOUDWATCH_CHILDREN];
        size_t count;
        struct str missing; /* names, by commas */
        bool are_too_many;
};

static int add_child(void *arg, struct str name, struct str *ret_state)
{
        struct children *children = arg;
        struct cloudwatch_alarm_record alarm;
        int r = cloudwatch_find_alarm_by(children->call, name, &alarm);

        *ret_state = STR_NONE;
        if (r == -ENOENT) {
                children->missing = children->missing.len
                                            ? arena_printf(&children->call->arena, "%.*s, %.*s",
                                                           STR_ARG(children->missing), STR_ARG(name))
                                            : name;
                return 0;
        }
        TRY(r);
        for (size_t i = 0; i < children->count; i++)
                if (children->numbers[i] == alarm.number.value)
                        return 0;
        children->are_too_many = children->count == CLOUDWATCH_CHILDREN;
        if (!children->are_too_many)
                children->numbers[children->count++] = alarm.number.value;
        return 0;
}

static bool is_trimmed(struct str text)
{
        return text.len > 0 && !isspace((unsigned char)text.ptr[0]) &&
               !isspace((unsigned char)text.ptr[text.len - 1]);
}

static int check_rule(struct call *call, struct str text, struct children *ret)
{
        struct cloudwatch_alarm_rule rule = {.text = text, .find_state = add_child, .arg = ret};
        bool ignored;
        int r;

        *ret = (struct children){.call = call};
        if (!is_trimmed(text))
                return call_invalid(call,
                                    "AlarmRule must not contain leading or trailing whitespace or be null");
        r = cloudwatch_rule_evaluate(&call->arena, &rule, &ignored);
        if (r == -EINVAL)
                return call_invalid(call, "Error in AlarmRule [%.*s]", STR_ARG(rule.error));
        TRY(r);
        if (ret->missing.len)
                return call_invalid(
                        call,
                        "Could not save the composite alarm as alarms [%.*s] in the alarm rule do not "
                        "exist",
                        STR_ARG(ret->missing));
        if (ret->are_too_many)
                return call_invalid(call, "AlarmRule cannot refer to more than %d alarms.",
                                    CLOUDWATCH_CHILDREN);
        return 0;
}

/* -- The suppressor */

static int check_period(struct call *call, struct opt_int period, bool is_wanted, const char *name)
{
        if (is_wanted && !period.is_set)
                return call_invalid(call, "%s must be set when ActionsSuppressor is set.", name);
        if (!is_wanted && period.is_set)
                return call_invalid(call, "%s can only be set when ActionsSuppressor is set.", name);
        return period.value < 0 ? call_invalid(call, "%s must not be negative.", name) : 0;
}

/* *ret: 0, none. */
static int find_suppressor(struct call *call, const struct cloudwatch_put_composite_alarm_in *in,
                           int64_t *ret)
{
        bool is_wanted = str_is_set(in->actions_suppressor);
        struct cloudwatch_alarm_record alarm;
        int r;

        *ret = 0;
        TRY(check_period(call, in->actions_suppressor_wait_period, is_wanted, "ActionsSuppressorWaitPeriod"));
        TRY(check_period(call, in->actions_suppressor_extension_period, is_wanted,
                         "ActionsSuppressorExtensionPeriod"));
        if (!is_wanted)
                return 0;
        r = cloudwatch_find_alarm_by(call, in->actions_suppressor, &alarm);
        if (r == -ENOENT || (r == 0 && str_eq(alarm.name, in->alarm_name)))
                return call_invalid(
                        call,
                        "Could not save the composite alarm as the actions suppressor %.*s does not "
                        "exist, or is this alarm",
                        STR_ARG(in->actions_suppressor));
        TRY(r);
        *ret = alarm.number.value;
        return 0;
}

/* "If you replace the action suppressor alarm, any active WaitPeriod or ExtensionPeriod is discarded." */
static void set_suppressor(const struct cloudwatch_put_composite_alarm_in *in, int64_t suppressor,
                           struct cloudwatch_alarm_record *alarm)
{
        if (suppressor != alarm->suppressor.value) {
                alarm->suppressed_by = STR_NONE;
                alarm->suppressed_until = (struct opt_int){};
        }
        alarm->suppressor = suppressor ? OPT_INT(suppressor) : (struct opt_int){};
        alarm->suppressor_name = in->actions_suppressor;
        alarm->wait_s = in->actions_suppressor_wait_period;
        alarm->extension_s = in->actions_suppressor_extension_period;
}

/* -- The whole */

static int check(struct call *call, const struct cloudwatch_put_composite_alarm_in *in)
{
        TRY(cloudwatch_check_name(call, in->alarm_name));
        TRY(cloudwatch_check_actions(call, CLOUDWATCH_COMPOSITE_ALARM, &in->ok_actions));
        TRY(cloudwatch_check_actions(call, CLOUDWATCH_COMPOSITE_ALARM, &in->alarm_actions));
        return cloudwatch_check_actions(call, CLOUDWATCH_COMPOSITE_ALARM, &in->insufficient_data_actions);
}

int cloudwatch_put_composite_alarm(struct call *call, const struct cloudwatch_put_composite_alarm_in *in,
                                   struct cloudwatch_put_composite_alarm_out *out)
{
        const struct cloudwatch_alarm_given given = {
                .name = in->alarm_name,
                .kind = CLOUDWATCH_COMPOSITE_ALARM,
                .description = in->alarm_description,
                .actions_enabled = in->actions_enabled,
                .ok = &in->ok_actions,
                .alarm = &in->alarm_actions,
                .unknown = &in->insufficient_data_actions,
                .tags = &in->tags,
        };
        struct cloudwatch_alarm_record before, alarm;
        struct children children;
        int64_t suppressor;

        (void)out;
        TRY(check(call, in));
        TRY(check_rule(call, in->alarm_rule, &children));
        TRY(find_suppressor(call, in, &suppressor));
        TRY(cloudwatch_begin_put(call, &given, &before, &alarm));
        alarm.rule = in->alarm_rule;
        set_suppressor(in, suppressor, &alarm);
        TRY(cloudwatch_set_children(call, alarm.number.value, children.numbers, children.count, suppressor));
        TRY(cloudwatch_is_in_cycle(call, alarm.number.value, &alarm.is_cyclic.value));
        alarm.is_cyclic.is_set = true;
        TRY(cloudwatch_end_put(call, &before, &alarm));
        return cloudwatch_await_evaluation(call, alarm.number.value,
                                           before.number.is_set ? STR("updated") : STR("created"));
}
