/* https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sqs-permissions */
#include "services/events/queue_target.h"

#include "services/sqs/directory.h"

static bool is_fifo(struct str arn)
{
        return str_ends(arn, STR(".fifo"));
}

static int check(struct call *call, const struct events_bus *bus, const struct events_target *target)
{
        bool has_group = target->sqs_parameters && target->sqs_parameters->message_group_id.len;

        if (str_is_set(target->role_arn))
                return call_invalid(call, "RoleArn is not supported for target %.*s.", STR_ARG(target->arn));
        if (!str_eq(events_arn_part(target->arn, 4), bus->region))
                return call_invalid(call, "Target %.*s is not valid. Reason: the queue is in another Region.",
                                    STR_ARG(target->id));
        if (is_fifo(target->arn) && !has_group)
                return call_invalid(call, "Parameter(s) SqsParameters must be specified for target: %.*s.",
                                    STR_ARG(target->id));
        return 0;
}

/* AWS's words of dead letters for SQS's errors. */
static struct str code_of(const struct api_error *error)
{
        if (str_find(error->code, STR("AccessDenied")) >= 0 || str_starts(error->name, STR("Kms")))
                return STR("NO_PERMISSIONS");
        if (error == &sqs_queue_does_not_exist || error == &sqs_invalid_address)
                return STR("NO_RESOURCE");
        if (error == &sqs_request_throttled || error == &sqs_over_limit)
                return STR("THROTTLING");
        return error->is_sender ? STR("INVALID_PARAMETER") : STR("ERROR_FROM_TARGET");
}

static int deliver(struct call *call, const struct events_parcel *parcel, struct str *ret_code)
{
        const struct sqs_delivery delivery = {
                .service = EVENTS_PRINCIPAL,
                .source_arn = parcel->delivery->rule_arn,
                .source_account = parcel->delivery->account,
                .queue = parcel->delivery->target_arn,
                .body = parcel->text,
                .group = parcel->delivery->group,
        };
        int r = sqs_send(call, &delivery);

        if (r == -ECALL)
                *ret_code = code_of(call->error);
        return r;
}

const struct events_target_kind events_queue_target = {
        .service = STR_INIT("sqs"), .check = check, .deliver = deliver};

/* -- Dead letters */

#define ATTRIBUTES 6

static void add(struct sqs_message_attribute_value_map *map, struct str name, struct str value)
{
        if (value.len)
                map->items[map->count++] = (struct sqs_message_attribute_value_entry){
                        .key = name, .value = {.data_type = STR("String"), .string_value = value}};
}

static int add_all(struct call *call, const struct events_delivery_record *delivery, struct str exhausted,
                   struct sqs_message_attribute_value_map *ret)
{
        ret->is_set = true;
        ret->items = arena_new_array(&call->arena, struct sqs_message_attribute_value_entry, ATTRIBUTES);
        if (!ret->items)
                return -ENOMEM;
        add(ret, STR("RULE_ARN"), delivery->rule_arn);
        add(ret, STR("TARGET_ARN"), delivery->target_arn);
        add(ret, STR("ERROR_CODE"), delivery->error_code);
        add(ret, STR("ERROR_MESSAGE"), delivery->error_message);
        add(ret, STR("EXHAUSTED_RETRY_CONDITION"), exhausted);
        add(ret, STR("RETRY_ATTEMPTS"),
            arena_printf(&call->arena, "%lld", (long long)delivery->attempts.value - 1));
        return 0;
}

int events_send_dead_letter(struct call *call, const struct events_parcel *parcel, struct str exhausted)
{
        struct sqs_delivery delivery = {
                .service = EVENTS_PRINCIPAL,
                .source_arn = parcel->delivery->rule_arn,
                .source_account = parcel->delivery->account,
                .queue = parcel->delivery->dead_letter,
                .body = parcel->event->event,
        };

        TRY(add_all(call, parcel->delivery, exhausted, &delivery.attributes));
        return sqs_send(call, &delivery);
}
