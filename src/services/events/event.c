#include "services/events/event.h"

#include "base/json_out.h"

#define EVENT_MAX ((size_t)4 * 1024 * 1024)

void events_json_done(json_t **json)
{
        json_decref(*json);
}

static void write_parts(struct arena *arena, const struct events_event_parts *parts, struct json_out *out)
{
        json_open(out, '{');
        json_pair(out, STR("version"), STR("0"));
        json_pair(out, STR("id"), parts->id);
        json_pair(out, STR("detail-type"), parts->detail_type);
        json_pair(out, STR("source"), parts->source);
        json_pair(out, STR("account"), parts->account);
        json_pair(out, STR("time"), time_iso(arena, parts->time_ms));
        json_pair(out, STR("region"), parts->region);
        json_key(out, STR("resources"));
        json_open(out, '[');
        for (size_t i = 0; i < parts->resource_count; i++)
                json_str(out, parts->resources[i]);
        json_close(out, ']');
        json_key(out, STR("detail"));
        json_raw(out, parts->detail);
        json_close(out, '}');
}

int events_write(struct arena *arena, const struct events_event_parts *parts, struct str *ret)
{
        _cleanup_(buf_done) struct buf json = {};
        struct json_out out = {.buf = &json};

        buf_init(&json, EVENT_MAX);
        write_parts(arena, parts, &out);
        TRY(buf_check(&json));
        *ret = arena_dup(arena, buf_str(&json));
        return arena->failed ? -ENOMEM : 0;
}
