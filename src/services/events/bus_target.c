/* Another bus as a target: of the account or another one, in the region or another one.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-bus-to-bus.html
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html */
#include "services/events/event.h"
#include "services/events/put.h"
#include "services/events/route.h"
#include "services/events/target_kind.h"
#include "services/sts/directory.h"
#include "wire/wire.h"

#define SESSION STR("events")

static int check(struct call *call, const struct events_bus *bus, const struct events_target *target)
{
        struct events_bus other;

        if (!events_bus_parse(target->arn, &other))
                return call_invalid(call,
                                    "Target %.*s is not valid. Reason: this server does not deliver to "
                                    "%.*s.",
                                    STR_ARG(target->id), STR_ARG(target->arn));
        if (str_eq(other.arn, bus->arn))
                return call_invalid(call,
                                    "Target %.*s is not valid. Reason: it is the event bus of the rule.",
                                    STR_ARG(target->id));
        if (str_is_set(target->input) || str_is_set(target->input_path) || target->input_transformer)
                return call_invalid(
                        call,
                        "Input, InputPath and InputTransformer are not available for target %.*s, "
                        "which is an event bus.",
                        STR_ARG(target->id));
        /* Without one it would be sent as by the owner of the bus: nobody else says so. */
        if (!str_is_set(target->role_arn) &&
            !(str_eq(other.account, bus->account) && str_eq(other.region, bus->region) &&
              str_eq(call->account, bus->account)))
                return call_invalid(call, "RoleArn is required for target %.*s.", STR_ARG(target->arn));
        return 0;
}

/* -- Delivery: a PutEvents in the name of the role, or of the rule's own account */

struct task {
        const struct events_parcel *parcel;
        struct events_bus bus;
        json_t *json;
        struct str *ret_code;
};

static struct str member(const json_t *json, const char *name)
{
        const json_t *value = json_object_get(json, name);

        return str_make(json_string_value(value), json_string_length(value));
}

static int ask(struct call *call, const struct task *task)
{
        const struct events_put put = {
                .bus = task->bus,
                .source = member(task->json, "source"),
                .detail_type = member(task->json, "detail-type"),
                .by_rule = !str_eq(task->bus.account, task->parcel->delivery->account),
        };
        struct resource resource;

        TRY(events_put_resource(call, &put, &resource));
        return call->authorise(call, STR("events:PutEvents"), &resource);
}

static int put(struct call *call, void *arg)
{
        const struct task *task = arg;
        const struct events_desk desk = events_desk_of(call);
        struct events_item item = {
                .text = task->parcel->text,
                .json = task->json,
                .is_read = task->parcel->event->is_read.value,
                .is_forwarded = true,
                .is_foreign = true,
        };
        struct events_bus_record bus;
        int r;

        call->source_arn = task->parcel->delivery->rule_arn;
        call->source_account = task->parcel->delivery->account;
        *task->ret_code = STR("NO_PERMISSIONS");
        TRY(ask(call, task));
        *task->ret_code = STR("NO_RESOURCE");
        if (events_get_bus(call, &task->bus, &bus) < 0)
                return fail(call, &events_resource_not_found_exception, "Event bus %.*s does not exist.",
                            STR_ARG(task->bus.name));
        *task->ret_code = STR("INVALID_PARAMETER");
        r = events_route(&desk, &task->bus, &item);
        if (r == -E2BIG)
                return fail(call, &events_invalid_state_exception,
                            "It takes too long to match the event with the rules of %.*s.",
                            STR_ARG(task->bus.arn));
        TRY(r);
        return events_item_keep(&desk, &item);
}

/* Without a role it is the owner of both buses. */
static int find_sender(struct call *call, const struct events_delivery_record *delivery,
                       struct principal *ret)
{
        if (str_is_set(delivery->role_arn))
                return sts_assume_as_service(call, delivery->role_arn, SESSION, ret);
        *ret = (struct principal){
                .kind = ROOT_USER,
                .account = delivery->account,
                .arn = arena_printf(&call->arena, "arn:%.*s:iam::%.*s:root", STR_ARG(call->host->partition),
                                    STR_ARG(delivery->account)),
                .id = delivery->account,
        };
        return 0;
}

static int act(struct call *call, const struct principal *sender, struct task *task)
{
        struct events_put_events_request_entry *entry =
                arena_new(&call->arena, struct events_put_events_request_entry);
        struct events_put_events_in *in = arena_new(&call->arena, struct events_put_events_in);
        struct events_put_events_out *out = arena_new(&call->arena, struct events_put_events_out);
        const struct call_act all = {
                .principal = sender,
                .region = task->bus.region,
                .operation = wire_find_operation(&events_service, STR("PutEvents")),
                .in = in,
                .out = out,
                .run = put,
                .arg = task,
        };

        if (!entry || !in || !out)
                return -ENOMEM;
        entry->event_bus_name = task->bus.arn;
        entry->source = arena_dup(&call->arena, member(task->json, "source"));
        entry->detail_type = arena_dup(&call->arena, member(task->json, "detail-type"));
        in->entries = (struct events_put_events_request_entry_list){entry, 1, true};
        return call->act(call, &all);
}

static int deliver(struct call *call, const struct events_parcel *parcel, struct str *ret_code)
{
        const struct events_delivery_record *delivery = parcel->delivery;
        _cleanup_(events_json_done) json_t *json = events_json_load(parcel->text);
        struct task task = {.parcel = parcel, .json = json, .ret_code = ret_code};
        struct principal sender;

        if (!json || !events_bus_parse(delivery->target_arn, &task.bus))
                return -EBADMSG;
        *ret_code = str_eq(task.bus.account, delivery->account) ? STR("THIRD_REGION_HOP_DETECTED")
                                                                : STR("THIRD_ACCOUNT_HOP_DETECTED");
        if (parcel->event->is_forwarded.value)
                return fail(call, &events_invalid_state_exception,
                            "An event that came from another event bus is not sent on to %.*s.",
                            STR_ARG(delivery->target_arn));
        *ret_code = STR("FAILED_TO_ASSUME_ROLE");
        TRY(find_sender(call, delivery, &sender));
        return act(call, &sender, &task);
}

const struct events_target_kind events_bus_target = {
        .service = STR_INIT("events"), .check = check, .deliver = deliver};
