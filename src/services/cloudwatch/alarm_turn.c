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

static int put_turn(struct call *call, int64_t alarm, int64_t due_ms, const struct timer *timer)
{
        const struct cloudwatch_alarm_turn_record turn = {.alarm = OPT_INT(alarm), .due = OPT_INT(due_ms)};

        TRY(timer_set(call->txn, timer));
        return call_put(call, &cloudwatch_alarm_turn_record_type, &turn);
}

int cloudwatch_set_turn(struct call *call, int64_t alarm, int64_t due_ms)
{
        const struct timer timer = timer_of(call, alarm, due_ms);

        return put_turn(call, alarm, due_ms, &timer);
}

/* -- Costly ones: "RECIPIENT SENDER NUMBER DUE", where the first two are what couriers count by, so that an
 * account holds up its own alone. */

static struct timer costly_timer(struct call *call, const struct cloudwatch_alarm_record *alarm,
                                 int64_t turn_ms, int64_t due_ms)
{
        return (struct timer){
                .due_ms = due_ms,
                .name = STR("cloudwatch.EvaluateCostlyAlarm"),
                .subject = arena_printf(&call->arena, "@alarms-%.*s %.*s %lld %lld", STR_ARG(alarm->account),
                                        STR_ARG(alarm->account), (long long)alarm->number.value,
                                        (long long)turn_ms),
                .lane = TIMER_OUT,
        };
}

int cloudwatch_set_costly_turn(struct call *call, const struct cloudwatch_alarm_record *alarm, int64_t due_ms)
{
        const struct timer timer = costly_timer(call, alarm, due_ms, due_ms);

        return put_turn(call, alarm->number.value, due_ms, &timer);
}

/* Who wakes an alarm does not know what kind it is of. */
int cloudwatch_hand_over_turn(struct call *call, const struct cloudwatch_alarm_record *alarm)
{
        struct cloudwatch_alarm_turn_record turn = {.alarm = alarm->number};
        int r = call_get(call, &cloudwatch_alarm_turn_record_type, &turn);

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        if (turn.due.value > call->now_ms) /* it has had this one */
                return 0;
        const struct timer timer = costly_timer(call, alarm, turn.due.value, call->now_ms);

        return timer_set(call->txn, &timer);
}

int cloudwatch_find_costly_turn(struct call *call, struct str subject, int64_t *ret_alarm)
{
        struct cloudwatch_alarm_turn_record turn = {};
        struct str rest = subject, to = STR_NONE, from = STR_NONE, number = STR_NONE;
        int64_t due_ms;

        if (!str_cut(&rest, ' ', &to) || !str_cut(&rest, ' ', &from) || !str_cut(&rest, ' ', &number) ||
            str_to_i64(number, ret_alarm) < 0 || str_to_i64(rest, &due_ms) < 0)
                return -ENOENT;
        turn.alarm = OPT_INT(*ret_alarm);
        TRY(call_get(call, &cloudwatch_alarm_turn_record_type, &turn));
        return turn.due.value == due_ms ? 0 : -ENOENT;
}

/* -- Waking and sleeping */

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
