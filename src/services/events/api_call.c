/* Every call that changes something is an event of the default bus of its account and region, and one that
 * reads for the rules that say so.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html */
#include "services/events/api_call.h"

#include "base/ids.h"
#include "base/log.h"
#include "services/events/event.h"
#include "services/events/route.h"

#define AMAZONAWS STR(".amazonaws.com")

/* Data events come by trails that record them. */
static bool is_for_rules(const struct event *event)
{
        return event->account.len > 0 && (!event->is_data || event->is_insight);
}

static struct str member(const json_t *record, const char *name)
{
        const json_t *value = json_object_get(record, name);

        return str_make(json_string_value(value), json_string_length(value));
}

/* What EventBridge itself does for rules is no event for rules: else a target would be its own cause, for
 * ever. It is asked of the record's own members, for a caller writes what it likes into the others. */
static bool is_of_rules(const struct event *event, const json_t *record)
{
        return str_eq(member(json_object_get(record, "userIdentity"), "invokedBy"), EVENTS_PRINCIPAL) ||
               (str_eq(event->source, EVENTS_PRINCIPAL) &&
                str_eq(member(record, "eventType"), STR("AwsServiceEvent")));
}

static struct str detail_type_of(const json_t *record)
{
        const struct str name = member(record, "eventType");

        if (str_eq(name, STR("AwsServiceEvent")))
                return STR("AWS Service Event via CloudTrail");
        if (str_eq(name, STR("AwsCloudTrailInsight")))
                return STR("AWS Insight via CloudTrail");
        if (str_eq(name, STR("AwsConsoleSignIn")))
                return STR("AWS Console Sign In via CloudTrail");
        if (str_eq(name, STR("AwsConsoleAction")))
                return STR("AWS Console Action via CloudTrail");
        return STR("AWS API Call via CloudTrail");
}

/* "aws.iam" of "iam.amazonaws.com" */
static struct str source_of(struct arena *arena, const struct event *event)
{
        struct str name = event->is_insight ? STR("cloudtrail.amazonaws.com") : event->source;

        if (str_ends(name, AMAZONAWS))
                name = str_part(name, 0, name.len - AMAZONAWS.len);
        return arena_printf(arena, "aws.%.*s", STR_ARG(name));
}

static int make(struct arena *arena, const struct event *event, struct str source, json_t *record,
                struct events_item *ret)
{
        const struct events_event_parts parts = {
                .id = id_uuid(arena),
                .detail_type = detail_type_of(record),
                .source = source,
                .account = event->account,
                .region = event->region,
                .time_ms = event->time_ms,
                .detail = event->json,
        };

        TRY(events_write(arena, &parts, &ret->text));
        return events_read(arena, &parts, json_incref(record), &ret->json);
}

static void item_done(struct events_item *item)
{
        json_decref(item->json);
}

/* It stays in the history; nobody after it waits for it. */
static int leave_out(const struct events_desk *desk, const struct event *event)
{
        losses_add(desk->host->losses, LOSS_RULE_EVENTS, 1);
        log_event(LOG_WARNING, "an event is too long for rules of EventBridge", "account",
                  arena_cstr(desk->arena, event->account), "event", arena_cstr(desk->arena, event->id), NULL);
        return 0;
}

static int route(const struct events_desk *desk, const struct event *event, const struct events_bus *bus,
                 struct str source)
{
        _cleanup_(events_json_done) json_t *record = events_json_load(event->json);
        _cleanup_(item_done) struct events_item item = {.is_read = event->is_read_only};
        int r;

        if (!record || is_of_rules(event, record))
                return 0;
        r = make(desk->arena, event, source, record, &item);
        if (r == -EMSGSIZE)
                return leave_out(desk, event);
        TRY(r);
        TRY(events_route(desk, bus, &item));
        return events_item_keep(desk, &item);
}

static int handle(const void *arg, struct txn *txn, struct arena *arena, const struct event *event)
{
        const struct host *host = arg;
        const struct events_desk desk = {txn, arena, host, clock_now_ms(host->clock)};
        struct str source;
        struct events_bus bus;
        bool is_heard;

        if (!is_for_rules(event))
                return 0;
        bus = (struct events_bus){
                .arn = arena_printf(arena, "arn:%.*s:events:%.*s:%.*s:event-bus/default",
                                    STR_ARG(host->partition), STR_ARG(event->region),
                                    STR_ARG(event->account)),
                .account = event->account,
                .region = event->region,
                .name = EVENTS_DEFAULT_BUS,
        };
        source = source_of(arena, event);
        TRY(events_has_listener(&desk, bus.arn, source, event->is_read_only, &is_heard));
        return is_heard ? route(&desk, event, &bus, source) : 0;
}

const struct subscriber events_api_calls = {.name = "events-api-calls", .handle = handle};
