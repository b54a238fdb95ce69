/* When alarms are evaluated: one with a turn at that hour, by a timer. One without a turn sleeps: nothing in
 * its evaluation range can change what is known, until its metric gets something new.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html */
#include "events/timers.h"
#include "services/cloudwatch/alarm.h"

#define MINUTE_S 60
#define HOUR_S   3600
#define DAY_S    86400
#define SHORT_S  10

/* "For any period of one minute or longer, an alarm is evaluated every minute"; "if the alarm period is 10
 * seconds, 20 seconds, or 30 seconds, the alarm is evaluated every 10 seconds"; of more than a day "once per
 * hour". */
int64_t cloudwatch_alarm_step_s(int64_t period_s, int64_t periods)
{
        if (period_s < MINUTE_S)
                return SHORT_S;
        return period_s * periods > DAY_S ? HOUR_S : MINUTE_S;
}

static struct timer timer_of(struct call *call, int64_t alarm, int64_t due_ms)
{
        return (struct timer){
                .due_ms = due_ms,
                .name = STR("cloudwatch.EvaluateAlarm"),
                .subject = cloudwatch_alarm_subject(call, alarm),
        };
}

int cloudwatch_set_turn(struct call *call, int64_t alarm, int64_t due_ms)
{
        const struct timer timer = timer_of(call, alarm, due_ms);
        const struct cloudwatch_alarm_turn_record turn = {.alarm = OPT_INT(alarm), .due = OPT_INT(due_ms)};

        TRY(timer_set(call->txn, &timer));
        return call_put(call, &cloudwatch_alarm_turn_record_type, &turn);
}

int cloudwatch_stir(struct call *call, int64_t alarm, int64_t step_s)
{
        const struct cloudwatch_alarm_turn_record turn = {.alarm = OPT_INT(alarm)};
        int64_t step_ms = step_s * MS_PER_S;

        if (record_exists(call->txn, &cloudwatch_alarm_turn_record_type, &turn))
                return 0;
        return cloudwatch_set_turn(call, alarm, (call->now_ms / step_ms + 1) * step_ms);
}

int cloudwatch_drop_turn(struct call *call, int64_t alarm)
{
        struct cloudwatch_alarm_turn_record turn = {.alarm = OPT_INT(alarm)};
        int r = call_get(call, &cloudwatch_alarm_turn_record_type, &turn);

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        const struct timer timer = timer_of(call, alarm, turn.due.value);

        TRY(timer_take_back(call->txn, &timer));
        return call_delete(call, &cloudwatch_alarm_turn_record_type, &turn);
}
