#include "services/events/directory.h"

#include "services/events/event.h"
#include "services/events/route.h"

int events_put_service_event(struct call *call, struct str account, struct str region, struct str event)
{
        const struct events_desk desk = events_desk_of(call);
        const struct events_bus bus = {
                .arn = arena_printf(&call->arena, "arn:%.*s:events:%.*s:%.*s:event-bus/default",
                                    STR_ARG(call->host->partition), STR_ARG(region), STR_ARG(account)),
                .account = account,
                .region = region,
                .name = EVENTS_DEFAULT_BUS,
        };
        _cleanup_(events_json_done) json_t *json = events_json_load(event);
        struct events_item item = {.text = event, .json = json};

        if (!json)
                return -EBADMSG;
        TRY(events_route(&desk, &bus, &item));
        return events_item_keep(&desk, &item);
}
