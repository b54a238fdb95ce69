#include "services/events/event.h"

#include "base/json_out.h"

#define EVENT_MAX ((size_t)4 * 1024 * 1024)

void events_json_done(json_t **json)
{
        json_decref(*json);
}

json_t *events_json_load(struct str text)
{
        json_error_t error;
        json_t *json = json_loadb(text.ptr, text.len, JSON_ALLOW_NUL, &error);

        if (json || json_error_code(&error) != json_error_numeric_overflow)
                return json;
        return json_loadb(text.ptr, text.len, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);
}

/* What has been read is not deeper than JSON_PARSER_MAX_DEPTH, and so is this. */
size_t events_json_depth(const json_t *json)
{
        json_t *all = (json_t *)(uintptr_t)json, *one;
        size_t deepest = 0, index, depth;
        const char *key;

        json_object_foreach(all, key, one)
        {
                depth = events_json_depth(one);
                deepest = depth > deepest ? depth : deepest;
        }
        json_array_foreach(all, index, one)
        {
                depth = events_json_depth(one);
                deepest = depth > deepest ? depth : deepest;
        }
        return deepest + 1;
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

static int read_frame(struct arena *arena, const struct events_event_parts *parts, json_t **ret)
{
        struct events_event_parts frame = *parts;
        struct str text;

        frame.detail = STR("{}");
        TRY(events_write(arena, &frame, &text));
        *ret = events_json_load(text);
        return *ret ? 0 : -EBADMSG;
}

int events_read(struct arena *arena, const struct events_event_parts *parts, json_t *detail, json_t **ret)
{
        int r = read_frame(arena, parts, ret);

        if (r < 0)
                json_decref(detail);
        else if (json_object_set_new(*ret, "detail", detail) < 0)
                r = -ENOMEM;
        return r;
}
