/* Deliveries fall due at once, and again until they are done, too old, or refused for good.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html */
#include "base/json_out.h"
#include "events/timers.h"
#include "services/cloudwatch/directory.h"
#include "services/events/queue_target.h"

#define BACKOFF_FIRST_MS MS_PER_S
#define BACKOFF_MOST_MS  (15 * 60 * MS_PER_S)
#define DETAILS_MAX      ((size_t)64 * 1024)

/* -- Its end */

static int end(struct call *call, const struct events_delivery_record *delivery,
               struct events_event_record *event)
{
        TRY(call_delete(call, &events_delivery_record_type, delivery));
        if (event->left.value <= 1)
                return call_delete(call, &events_event_record_type, event);
        event->left = OPT_INT(event->left.value - 1);
        return call_put(call, &events_event_record_type, event);
}

/* "for errors that result from missing permissions to a target, a target resource that no longer exists, ...
 * no retry attempts will happen": they stay what they are. */
static bool is_transient(struct str code)
{
        static const struct str CODES[] = {STR_INIT("THROTTLING"), STR_INIT("TIMEOUT"),
                                           STR_INIT("INTERNAL_ERROR"), STR_INIT("ERROR_FROM_TARGET")};

        for (size_t i = 0; i < ARRAY_LEN(CODES); i++)
                if (str_eq(CODES[i], code))
                        return true;
        return false;
}

/* Absent: it is tried again. */
static struct str exhausted_by(const struct call *call, const struct events_delivery_record *delivery,
                               const struct events_event_record *event)
{
        if (call->now_ms - event->taken.value >= delivery->age_s.value * MS_PER_S)
                return STR("MaximumEventAgeInSeconds");
        return delivery->attempts.value > delivery->retries.value ? STR("MaximumRetryAttempts") : STR_NONE;
}

static int try_again(struct call *call, const struct events_delivery_record *delivery)
{
        int64_t pause_ms = BACKOFF_FIRST_MS;
        struct timer timer = {.name = STR("events.Deliver")};

        for (int64_t i = 1; i < delivery->attempts.value && pause_ms < BACKOFF_MOST_MS; i++)
                pause_ms *= 2;
        timer.due_ms = call->now_ms + (pause_ms < BACKOFF_MOST_MS ? pause_ms : BACKOFF_MOST_MS);
        timer.subject = events_delivery_subject(&call->arena, delivery);
        TRY(timer_set(call->txn, &timer));
        return call_put(call, &events_delivery_record_type, delivery);
}

/* In the event history of the rule's account: what was not delivered, and why; and why not to the dead-letter
 * queue, either. */
static int tell(struct call *call, const struct events_delivery_record *delivery,
                struct str dead_letter_error)
{
        _cleanup_(buf_done) struct buf json = {};
        struct json_out out = {.buf = &json};

        buf_init(&json, DETAILS_MAX);
        json_open(&out, '{');
        json_pair(&out, STR("ruleArn"), delivery->rule_arn);
        json_pair(&out, STR("targetId"), delivery->target_id);
        json_pair(&out, STR("targetArn"), delivery->target_arn);
        json_pair_opt(&out, STR("roleArn"), delivery->role_arn);
        json_pair(&out, STR("errorCode"), delivery->error_code);
        json_pair(&out, STR("errorMessage"), delivery->error_message);
        json_key(&out, STR("retryAttempts"));
        json_int(&out, delivery->attempts.value - 1);
        json_pair_opt(&out, STR("deadLetterArn"), delivery->dead_letter);
        json_pair_opt(&out, STR("deadLetterErrorMessage"), dead_letter_error);
        json_close(&out, '}');
        TRY(buf_check(&json));
        call->service_event_details = arena_dup(&call->arena, buf_str(&json));
        call_touch(call, delivery->rule_arn, STR("AWS::Events::Rule"));
        return 0;
}

/* "FailedInvocations": "The number of invocations that failed permanently."
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html */
static int count_failure(struct call *call, const struct events_delivery_record *delivery)
{
        struct events_bus bus = {};
        struct str rule = STR_NONE;
        struct cloudwatch_dimension dimensions[2] = {{STR("RuleName"), STR_NONE}};
        struct cloudwatch_sample sample = {
                .account = delivery->account,
                .region = delivery->region,
                .namespace = STR("AWS/Events"),
                .name = STR("FailedInvocations"),
                .dimensions = {dimensions, 1, true},
                .value = 1,
                .unit = STR("Count"),
                .time_ms = call->now_ms,
        };

        losses_add(call->host->losses, LOSS_RULE_DELIVERIES, 1);
        if (!events_rule_parse(&call->arena, delivery->rule_arn, &bus, &rule))
                return 0;
        dimensions[0].value = rule;
        if (!str_eq(bus.name, EVENTS_DEFAULT_BUS)) {
                dimensions[1] = dimensions[0];
                dimensions[0] = (struct cloudwatch_dimension){STR("EventBusName"), bus.name};
                sample.dimensions.count = 2;
        }
        return cloudwatch_record(call, &sample, 1);
}

/* -- Firing */

static int attempt(struct call *call, struct events_delivery_record *delivery,
                   const struct events_event_record *event)
{
        const struct events_parcel parcel = {
                .delivery = delivery,
                .event = event,
                .text = str_is_set(delivery->payload) ? delivery->payload : event->event,
        };
        const struct events_target_kind *kind = events_target_kind_of(delivery->target_arn);
        struct str code = STR("UNKNOWN");
        int r;

        if (!delivery->attempts.is_set && str_is_set(delivery->error_code)) {
                delivery->attempts = OPT_INT(1);
                return -ECALL;
        }
        r = kind ? kind->deliver(call, &parcel, &code)
                 : fail(call, &events_invalid_state_exception, "Nothing is delivered to %.*s.",
                        STR_ARG(delivery->target_arn));
        if (r != -ECALL)
                return r;
        delivery->attempts = OPT_INT(delivery->attempts.value + 1);
        delivery->error_code = code;
        delivery->error_message = arena_dup(&call->arena, call->error_message);
        call_forgive(call);
        return -ECALL;
}

static int load(struct call *call, struct str subject, struct events_delivery_record *delivery,
                struct events_event_record *event)
{
        *delivery = (struct events_delivery_record){.number = {.is_set = true}};
        if (str_to_i64(subject, &delivery->number.value) < 0)
                return -ENOENT;
        TRY(call_get(call, &events_delivery_record_type, delivery));
        *event = (struct events_event_record){.number = delivery->event};
        return call_get(call, &events_event_record_type, event);
}

static int give_up(struct call *call, const struct events_delivery_record *delivery,
                   struct events_event_record *event)
{
        const struct events_parcel parcel = {.delivery = delivery, .event = event};
        struct str dead_letter_error = STR_NONE;
        int r = 0;

        if (str_is_set(delivery->dead_letter))
                r = events_send_dead_letter(
                        call, &parcel,
                        is_transient(delivery->error_code) ? exhausted_by(call, delivery, event) : STR_NONE);
        if (r == -ECALL) {
                dead_letter_error = arena_dup(&call->arena, call->error_message);
                call_forgive(call);
                r = 0;
        }
        TRY(r);
        TRY(tell(call, delivery, dead_letter_error));
        TRY(count_failure(call, delivery));
        return end(call, delivery, event);
}

static int fail_delivery(struct call *call, const struct events_delivery_record *delivery,
                         struct events_event_record *event)
{
        if (!is_transient(delivery->error_code) || str_is_set(exhausted_by(call, delivery, event)))
                return give_up(call, delivery, event);
        TRY(try_again(call, delivery));
        return 1;
}

int events_deliver_due(struct call *call, struct str subject)
{
        struct events_delivery_record delivery;
        struct events_event_record event;
        int r = load(call, subject, &delivery, &event);

        if (r < 0)
                return r == -ENOENT ? 1 : r;
        call->account = delivery.account;
        call->region = delivery.region;
        call->source_arn = delivery.rule_arn;
        call->source_account = delivery.account;
        r = attempt(call, &delivery, &event);
        if (r == -ECALL)
                return fail_delivery(call, &delivery, &event);
        TRY(r);
        TRY(end(call, &delivery, &event));
        return 1;
}
