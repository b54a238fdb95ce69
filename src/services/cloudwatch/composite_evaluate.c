/* A composite alarm looks at its children when one of them has changed: at once, in a transaction of its own.
 */
#include "base/json_out.h"
#include "events/timers.h"
#include "services/cloudwatch/alarm_text.h"
#include "services/cloudwatch/composite.h"
#include "services/cloudwatch/composite_rule.h"

#define DATA_MAX  ((size_t)64 * 1024)
#define DATA_TOLD 3900 /* StateReasonData has no more than 4000 characters */

int cloudwatch_await_evaluation(struct call *call, int64_t alarm, struct str why)
{
        const struct timer timer = {
                .due_ms = call->now_ms,
                .name = STR("cloudwatch.EvaluateComposite"),
                .subject = arena_printf(&call->arena, "%lld %.*s", (long long)alarm, STR_ARG(why)),
        };

        return timer_set(call->txn, &timer);
}

int cloudwatch_tell_parents(struct call *call, const struct cloudwatch_alarm_record *before,
                            const struct cloudwatch_alarm_record *alarm)
{
        bool was_alarm = str_eq(before->state, CLOUDWATCH_STATE_ALARM);
        struct cloudwatch_parents parents;

        TRY(cloudwatch_find_parents(call, alarm->number.value, &parents));
        for (size_t i = 0; i < parents.count; i++) {
                int64_t parent = parents.items[i].parent.value;

                if (parents.items[i].is_in_rule.value)
                        TRY(cloudwatch_await_evaluation(call, parent,
                                                        cloudwatch_alarm_subject(call, alarm->number.value)));
                if (parents.items[i].is_suppressor.value)
                        TRY(cloudwatch_follow_suppressor(call, parent, alarm, was_alarm));
        }
        return 0;
}

/* -- The rule */

static int find_state(void *arg, struct str name, struct str *ret_state)
{
        struct cloudwatch_alarm_record alarm;
        struct call *call = arg;
        int r = cloudwatch_find_alarm_by(call, name, &alarm);

        *ret_state = r == 0 ? alarm.state : STR_NONE;
        return r == -ENOENT ? 0 : r;
}

static int evaluate(struct call *call, const struct cloudwatch_alarm_record *alarm, struct str *ret_state)
{
        struct cloudwatch_alarm_rule rule = {.text = alarm->rule, .find_state = find_state, .arg = call};
        bool is_alarm;

        TRY(cloudwatch_rule_evaluate(&call->arena, &rule, &is_alarm));
        *ret_state = is_alarm ? CLOUDWATCH_STATE_ALARM : CLOUDWATCH_STATE_OK;
        return 0;
}

/* -- Why */

static void write_child(struct call *call, struct json_out *out, const struct cloudwatch_alarm_record *child)
{
        json_open(out, '{');
        json_pair(out, STR("arn"), cloudwatch_alarm_arn(call, child));
        json_key(out, STR("state"));
        json_open(out, '{');
        json_pair(out, STR("value"), child->state);
        json_pair(out, STR("timestamp"), cloudwatch_time(&call->arena, child->transitioned.value));
        json_close(out, '}');
        json_close(out, '}');
}

static int write_data(struct call *call, const int64_t *children, size_t count, struct str *ret)
{
        _cleanup_(buf_done) struct buf buf = {};
        struct json_out out = {.buf = &buf};

        buf_init(&buf, DATA_MAX);
        json_open(&out, '{');
        json_key(&out, STR("triggeringAlarms"));
        json_open(&out, '[');
        for (size_t i = 0; i < count; i++) {
                struct cloudwatch_alarm_record child;

                TRY(cloudwatch_get_alarm(call, children[i], &child));
                if (buf.len + 2 * child.name.len > DATA_TOLD)
                        break;
                write_child(call, &out, &child);
        }
        json_close(&out, ']');
        json_close(&out, '}');
        TRY(buf_check(&buf));
        *ret = arena_dup(&call->arena, buf_str(&buf));
        return 0;
}

static int explain_child(struct call *call, int64_t number, struct cloudwatch_state *state)
{
        struct cloudwatch_alarm_record child;

        TRY(cloudwatch_get_alarm(call, number, &child));
        state->reason = arena_printf(&call->arena, "%.*s transitioned to %.*s at %.*s",
                                     STR_ARG(cloudwatch_alarm_arn(call, &child)), STR_ARG(child.state),
                                     STR_ARG(cloudwatch_long_time(&call->arena, child.transitioned.value)));
        return write_data(call, &number, 1, &state->data);
}

static int explain(struct call *call, const struct cloudwatch_alarm_record *alarm, struct str why,
                   struct cloudwatch_state *state)
{
        const int64_t *children;
        int64_t number;
        size_t count;
        int r;

        if (str_to_i64(why, &number) == 0) {
                r = explain_child(call, number, state);
                if (r != -ENOENT)
                        return r;
                why = STR("updated"); /* the child has gone since */
        }
        state->reason =
                arena_printf(&call->arena, "%.*s was %.*s and its alarm rule evaluates to %.*s",
                             STR_ARG(cloudwatch_alarm_arn(call, alarm)), STR_ARG(why), STR_ARG(state->value));
        TRY(cloudwatch_list_family(call, alarm->number.value, true, &children, &count));
        return write_data(call, children, count, &state->data);
}

/* -- Its turn */

/* A cycle may have been broken elsewhere. */
static int may_go_on(struct call *call, struct cloudwatch_alarm_record *alarm, bool *ret)
{
        bool is_cyclic = false;

        *ret = true;
        if (!alarm->is_cyclic.value)
                return 0;
        TRY(cloudwatch_is_in_cycle(call, alarm->number.value, &is_cyclic));
        *ret = !is_cyclic;
        if (is_cyclic)
                return 0;
        alarm->is_cyclic = OPT_BOOL(false);
        return call_put(call, &cloudwatch_alarm_record_type, alarm);
}

static int take_turn(struct call *call, struct cloudwatch_alarm_record *alarm, struct str why)
{
        struct cloudwatch_state state = {};
        bool goes_on;

        TRY(may_go_on(call, alarm, &goes_on));
        if (!goes_on)
                return 0;
        TRY(evaluate(call, alarm, &state.value));
        if (str_eq(state.value, alarm->state))
                return 0;
        TRY(explain(call, alarm, why, &state));
        return cloudwatch_change_state(call, alarm, &state);
}

int cloudwatch_evaluate_composite_due(struct call *call, struct str subject)
{
        struct str why = subject, number_text;
        struct cloudwatch_alarm_record alarm;
        int64_t number;
        int r;

        if (!str_cut(&why, ' ', &number_text))
                return -EINVAL;
        TRY(cloudwatch_read_subject(number_text, &number));
        r = cloudwatch_get_alarm(call, number, &alarm);
        if (r == -ENOENT)
                return 1;
        TRY(r);
        call->account = alarm.account;
        call->region = alarm.region;
        TRY(take_turn(call, &alarm, why));
        return 1;
}
