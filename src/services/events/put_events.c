/* PutEvents. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
#include "base/ids.h"
#include "services/events/event.h"
#include "services/events/route.h"

#define TOTAL_MAX ((size_t)1024 * 1024)
#define TIME_SIZE 14 /* "If specified, the Time parameter is 14 bytes." */

static size_t size_of(const struct events_put_events_request_entry *entry)
{
        size_t size = entry->time.is_set ? TIME_SIZE : 0;

        for (size_t i = 0; i < entry->resources.count; i++)
                size += entry->resources.items[i].len;
        return size + entry->source.len + entry->detail_type.len + entry->detail.len;
}

static int check_size(struct call *call, const struct events_put_events_request_entry_list *entries)
{
        size_t size = 0;

        for (size_t i = 0; i < entries->count; i++)
                size += size_of(&entries->items[i]);
        if (size < TOTAL_MAX)
                return 0;
        return call_invalid(call, "Total size of the entries in the request is over the limit.");
}

/* -- Each entry fails for itself */

static bool refuse(struct events_put_events_result_entry *ret, struct str code, struct str message)
{
        ret->error_code = code;
        ret->error_message = message;
        return false;
}

static bool lacks(struct call *call, struct str value, const char *name,
                  struct events_put_events_result_entry *ret)
{
        if (value.len)
                return false;
        return !refuse(ret, STR("InvalidArgument"),
                       arena_printf(&call->arena,
                                    "Parameter %s is not valid. Reason: %s is a required argument.", name,
                                    name));
}

static bool is_good(struct call *call, const struct events_put_events_request_entry *entry,
                    const struct events_bus *bus, struct events_put_events_result_entry *ret)
{
        if (lacks(call, entry->source, "Source", ret) || lacks(call, entry->detail_type, "DetailType", ret) ||
            lacks(call, entry->detail, "Detail", ret))
                return false;
        if (str_starts(entry->source, STR("aws.")))
                return refuse(ret, STR("NotAuthorizedForSourceException"),
                              STR("Not authorized for the source."));
        if (!str_eq(bus->region, call->region))
                return refuse(ret, STR("InvalidArgument"),
                              STR("Parameter EventBusName is not valid. Reason: The event bus is in another "
                                  "Region."));
        return true;
}

/* -- Before the transaction, which others wait for: what has been read of the entries */

struct prepared {
        struct events_item *items; /* one an entry; without JSON: its detail is none */
        struct str *ids;
};

static void json_release(void *json)
{
        json_decref(json);
}

/* As a part of the event it stands one level deeper: what could not be read again there is refused here. */
static bool is_detail(const json_t *detail)
{
        return json_is_object(detail) && events_json_depth(detail) < JSON_PARSER_MAX_DEPTH;
}

/* "For the JSON number (integer) data type, the constraints are" those of 64 bits.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
static int read_item(struct call *call, const struct events_event_parts *parts, struct events_item *ret)
{
        json_t *detail = json_loadb(parts->detail.ptr, parts->detail.len, JSON_ALLOW_NUL, NULL), *json = NULL;
        int r;

        if (!is_detail(detail)) {
                json_decref(detail);
                return 0;
        }
        r = events_read(&call->arena, parts, detail, &json);
        TRY(call_hold(call, json, json_release));
        TRY(r);
        ret->json = json;
        return events_write(&call->arena, parts, &ret->text);
}

static int prepare_entry(struct call *call, const struct events_put_events_request_entry *entry,
                         struct str *ret_id, struct events_item *ret)
{
        const struct events_event_parts parts = {
                .id = id_uuid(&call->arena),
                .detail_type = entry->detail_type,
                .source = entry->source,
                .account = call->account,
                .region = call->region,
                .time_ms = entry->time.is_set ? entry->time.value : call->now_ms,
                .resources = entry->resources.items,
                .resource_count = entry->resources.count,
                .detail = entry->detail,
        };

        *ret_id = parts.id;
        return entry->detail.len ? read_item(call, &parts, ret) : 0;
}

int events_put_events_prepare(struct call *call, const struct events_put_events_in *in)
{
        struct prepared *prepared = arena_new(&call->arena, struct prepared);

        TRY(check_size(call, &in->entries));
        if (!prepared)
                return -ENOMEM;
        prepared->items = arena_new_array(&call->arena, struct events_item, in->entries.count);
        prepared->ids = arena_new_array(&call->arena, struct str, in->entries.count);
        if (!prepared->items || !prepared->ids)
                return -ENOMEM;
        for (size_t i = 0; i < in->entries.count; i++)
                TRY(prepare_entry(call, &in->entries.items[i], &prepared->ids[i], &prepared->items[i]));
        call->prepared = prepared;
        return 0;
}

/* -- In it */

static int put(struct call *call, const struct events_bus *bus, const struct events_item *read, struct str id,
               struct events_put_events_result_entry *ret)
{
        const struct events_desk desk = events_desk_of(call);
        struct events_item item = *read; /* the handler may run again */
        int r;

        if (!item.json) {
                (void)refuse(ret, STR("MalformedDetail"), STR("Detail is malformed."));
                return 0;
        }
        item.is_foreign = true;
        r = events_route(&desk, bus, &item);
        if (r == -E2BIG) {
                (void)refuse(ret, STR("InvalidArgument"),
                             STR("Parameter Detail is not valid. Reason: It takes too long to match it "
                                 "with the rules of the event bus."));
                return 0;
        }
        TRY(r);
        ret->event_id = id;
        return events_item_keep(&desk, &item);
}

/* "If you use PutEvents to publish an event to an event bus that does not exist, EventBridge event matching
 * will not find a corresponding rule and will drop the event." */
int events_put_events(struct call *call, const struct events_put_events_in *in,
                      struct events_put_events_out *out)
{
        const struct prepared *prepared;
        int64_t failed = 0;

        if (!call->prepared)
                TRY(events_put_events_prepare(call, in));
        prepared = call->prepared;
        if (str_is_set(in->endpoint_id))
                return fail(call, &events_resource_not_found_exception, "Endpoint %.*s does not exist.",
                            STR_ARG(in->endpoint_id));
        out->entries.is_set = true;
        out->entries.items =
                arena_new_array(&call->arena, struct events_put_events_result_entry, in->entries.count);
        if (!out->entries.items)
                return -ENOMEM;
        for (size_t i = 0; i < in->entries.count; i++) {
                const struct events_put_events_request_entry *entry = &in->entries.items[i];
                const struct events_bus bus = events_bus_named(call, entry->event_bus_name);
                struct events_put_events_result_entry *result = &out->entries.items[out->entries.count++];

                if (is_good(call, entry, &bus, result))
                        TRY(put(call, &bus, &prepared->items[i], prepared->ids[i], result));
                failed += str_is_set(result->error_code);
        }
        out->failed_entry_count = OPT_INT(failed);
        return 0;
}
