/* Actions of composite alarms held back by another alarm.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-suppression.html */
#include "events/timers.h"
#include "services/cloudwatch/composite.h"

#define BY_ALARM     STR("Alarm")
#define BY_WAIT      STR("WaitPeriod")
#define BY_EXTENSION STR("ExtensionPeriod")

/* For a time; what was set before means nothing any more. */
static int hold_for(struct call *call, struct cloudwatch_alarm_record *alarm, struct str by, int64_t seconds)
{
        const struct timer timer = {
                .due_ms = call->now_ms + seconds * MS_PER_S,
                .name = STR("cloudwatch.SettleSuppression"),
                .subject = cloudwatch_alarm_subject(call, alarm->number.value),
        };

        alarm->suppressed_by = by;
        alarm->suppressed_until = OPT_INT(timer.due_ms);
        return timer_set(call->txn, &timer);
}

static void hold(struct cloudwatch_alarm_record *alarm, struct str by)
{
        alarm->suppressed_by = by;
        alarm->suppressed_until = (struct opt_int){};
}

int cloudwatch_hold_actions(struct call *call, struct cloudwatch_alarm_record *alarm)
{
        struct cloudwatch_alarm_record suppressor;

        hold(alarm, STR_NONE);
        if (!alarm->suppressor.is_set)
                return 0;
        TRY(cloudwatch_get_alarm(call, alarm->suppressor.value, &suppressor));
        if (str_eq(suppressor.state, CLOUDWATCH_STATE_ALARM))
                hold(alarm, BY_ALARM);
        else if (alarm->wait_s.value > 0)
                return hold_for(call, alarm, BY_WAIT, alarm->wait_s.value);
        return 0;
}

/* Stored and told; and if nothing holds them back any more, its actions are done: "based on their current
 * states when ExtensionPeriod and WaitPeriod become inactive". */
static int change(struct call *call, const struct cloudwatch_alarm_record *before,
                  struct cloudwatch_alarm_record *alarm)
{
        alarm->updated = OPT_INT(call->now_ms);
        TRY(call_put(call, &cloudwatch_alarm_record_type, alarm));
        TRY(cloudwatch_tell_state(call, before, alarm));
        return str_is_set(alarm->suppressed_by) ? 0 : cloudwatch_act(call, before, alarm);
}

int cloudwatch_follow_suppressor(struct call *call, int64_t number,
                                 const struct cloudwatch_alarm_record *suppressor, bool was_alarm)
{
        bool is_alarm = str_eq(suppressor->state, CLOUDWATCH_STATE_ALARM);
        struct cloudwatch_alarm_record alarm, before;

        TRY(cloudwatch_get_alarm(call, number, &alarm));
        if (is_alarm == was_alarm || !str_is_set(alarm.suppressed_by))
                return 0;
        before = alarm;
        hold(&alarm, is_alarm ? BY_ALARM : STR_NONE);
        if (!is_alarm && alarm.extension_s.value > 0)
                TRY(hold_for(call, &alarm, BY_EXTENSION, alarm.extension_s.value));
        return change(call, &before, &alarm);
}

int cloudwatch_settle_suppression_due(struct call *call, struct str subject)
{
        struct cloudwatch_alarm_record alarm, before;
        int64_t number;
        int r;

        TRY(cloudwatch_read_subject(subject, &number));
        r = cloudwatch_get_alarm(call, number, &alarm);
        if (r == -ENOENT ||
            (r == 0 && (!alarm.suppressed_until.is_set || alarm.suppressed_until.value > call->now_ms)))
                return 1; /* it is over, or another one has begun */
        TRY(r);
        call->account = alarm.account;
        call->region = alarm.region;
        before = alarm;
        hold(&alarm, STR_NONE);
        TRY(change(call, &before, &alarm));
        return 1;
}
