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

/* An object, by itself: what is put into an event stands between other members. */
static bool is_object(struct str detail)
{
        _cleanup_(events_json_done) json_t *json = json_loadb(detail.ptr, detail.len, 0, NULL);

        return json_is_object(json);
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
        if (!is_object(entry->detail))
                return refuse(ret, STR("MalformedDetail"), STR("Detail is malformed."));
        if (!str_eq(bus->region, call->region))
                return refuse(ret, STR("InvalidArgument"),
                              STR("Parameter EventBusName is not valid. Reason: The event bus is in another "
                                  "Region."));
        return true;
}

static int put(struct call *call, const struct events_put_events_request_entry *entry,
               const struct events_bus *bus, struct events_put_events_result_entry *ret)
{
        const struct events_desk desk = events_desk_of(call);
        _cleanup_(events_json_done) json_t *json = NULL;
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
        struct events_item item = {};

        TRY(events_write(&call->arena, &parts, &item.text));
        item.json = json = json_loadb(item.text.ptr, item.text.len, 0, NULL);
        if (!json) {
                (void)refuse(ret, STR("MalformedDetail"), STR("Detail is malformed."));
                return 0;
        }
        TRY(events_route(&desk, bus, &item));
        ret->event_id = parts.id;
        return events_item_keep(&desk, &item);
}

/* "If you use PutEvents to publish an event to an event bus that does not exist, EventBridge event matching
 * will not find a corresponding rule and will drop the event." */
int events_put_events(struct call *call, const struct events_put_events_in *in,
                      struct events_put_events_out *out)
{
        int64_t failed = 0;

        if (str_is_set(in->endpoint_id))
                return fail(call, &events_resource_not_found_exception, "Endpoint %.*s does not exist.",
                            STR_ARG(in->endpoint_id));
        TRY(check_size(call, &in->entries));
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
                        TRY(put(call, entry, &bus, result));
                failed += str_is_set(result->error_code);
        }
        out->failed_entry_count = OPT_INT(failed);
        return 0;
}
