/* Schedules of rules as durable timers, each set by the one before it. */
#include "base/ids.h"
#include "events/timers.h"
#include "services/events/event.h"
#include "services/events/route.h"
#include "services/events/schedule.h"

static struct timer timer_of(struct call *call, const struct events_rule_record *rule)
{
        const struct events_bus bus = events_bus_named(call, rule->bus);

        return (struct timer){
                .due_ms = rule->due.value,
                .name = STR("events.FireSchedule"),
                .subject = arena_printf(&call->arena, "%lld %.*s", (long long)rule->due.value,
                                        STR_ARG(events_rule_arn(&call->arena, &bus, rule->name))),
        };
}

static int set_next(struct call *call, int64_t after_ms, struct events_rule_record *rule)
{
        struct events_schedule schedule;
        struct timer timer;
        int64_t next;

        rule->due = (struct opt_int){};
        TRY(events_schedule_parse(rule->schedule, &schedule));
        next = events_schedule_next(&schedule, after_ms);
        if (next < 0)
                return 0; /* a year that has passed */
        rule->due = OPT_INT(next);
        timer = timer_of(call, rule);
        return timer_set(call->txn, &timer);
}

static bool has_schedule(const struct events_rule_record *rule)
{
        return rule && str_is_set(rule->schedule) && events_rule_is_on(rule);
}

/* One that stays as it is goes on where it stands. */
int events_set_schedule(struct call *call, const struct events_rule_record *before,
                        struct events_rule_record *rule)
{
        if (has_schedule(before) && has_schedule(rule) && str_eq(before->schedule, rule->schedule)) {
                rule->due = before->due;
                return 0;
        }
        if (before && before->due.is_set) {
                const struct timer timer = timer_of(call, before);

                TRY(timer_take_back(call->txn, &timer));
        }
        rule->due = (struct opt_int){};
        return has_schedule(rule) ? set_next(call, call->now_ms, rule) : 0;
}

/* https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html */
static int send(struct call *call, const struct events_bus *bus, const struct events_rule_record *rule)
{
        const struct events_desk desk = events_desk_of(call);
        const struct str arn = events_rule_arn(&call->arena, bus, rule->name);
        _cleanup_(events_json_done) json_t *json = NULL;
        const struct events_event_parts parts = {
                .id = id_uuid(&call->arena),
                .detail_type = STR("Scheduled Event"),
                .source = STR("aws.events"),
                .account = bus->account,
                .region = bus->region,
                .time_ms = rule->due.value,
                .resources = &arn,
                .resource_count = 1,
                .detail = STR("{}"),
        };
        struct events_item item = {};

        TRY(events_write(&call->arena, &parts, &item.text));
        item.json = json = json_loadb(item.text.ptr, item.text.len, 0, NULL);
        if (!json)
                return -ENOMEM;
        TRY(events_send(&desk, bus, rule->name, &item));
        return events_item_keep(&desk, &item);
}

static int load(struct call *call, struct str subject, struct events_bus *bus,
                struct events_rule_record *rule)
{
        struct str rest = subject, due, name;
        int64_t due_ms;

        *rule = (struct events_rule_record){};
        if (!str_cut(&rest, ' ', &due) || str_to_i64(due, &due_ms) < 0 ||
            !events_rule_parse(&call->arena, rest, bus, &name))
                return -ENOENT;
        rule->bus = bus->arn;
        rule->name = name;
        TRY(call_get(call, &events_rule_record_type, rule));
        return has_schedule(rule) && rule->due.is_set && rule->due.value == due_ms ? 0 : -ENOENT;
}

/* What a server that stood still has missed is not made good: it fires once, and goes on from now. */
int events_fire_schedule_due(struct call *call, struct str subject)
{
        struct events_rule_record rule;
        struct events_bus bus;
        int r = load(call, subject, &bus, &rule);
        int64_t after;

        if (r < 0)
                return r == -ENOENT ? 1 : r;
        call->account = bus.account;
        call->region = bus.region;
        TRY(send(call, &bus, &rule));
        after = rule.due.value;
        if (call->now_ms - after > 60 * MS_PER_S)
                after = call->now_ms;
        TRY(set_next(call, after, &rule));
        TRY(call_put(call, &events_rule_record_type, &rule));
        return 1;
}
