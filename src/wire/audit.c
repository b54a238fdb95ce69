#include "audit.h"

#include "base/clock.h"
#include "base/text.h"
#include "wire/json_value.h"
#include "wire/scalar.h"
#include "wire/value.h"
#include "wire/violation.h"

#define HIDDEN STR("HIDDEN_DUE_TO_SECURITY_REASONS")

static void write_value(struct json_out *out, const struct wire_type *type, const void *value);

/* "Oct 2, 2019 11:12:29 PM", in UTC.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html (responseElements of
 * AssumeRole) */
static void write_time(struct json_out *out, int64_t ms)
{
        time_t seconds = (time_t)(ms / MS_PER_S - (ms % MS_PER_S < 0));
        char text[64];
        struct tm tm;
        size_t len = 0;

        if (gmtime_r(&seconds, &tm))
                len = strftime(text, sizeof(text), "%b %-d, %Y %-I:%M:%S %p", &tm);
        json_str(out, str_make(text, len));
}

static void write_list(struct json_out *out, const struct wire_type *type, const struct wire_list *list)
{
        json_open(out, '[');
        for (size_t i = 0; i < list->count; i++)
                write_value(out, type->element, wire_item(type, list, i));
        json_close(out, ']');
}

static void write_map(struct json_out *out, const struct wire_type *type, const struct wire_map *map)
{
        json_open(out, '{');
        for (size_t i = 0; i < map->count; i++) {
                json_key(out, wire_entry_key(type, map, i));
                write_value(out, type->element, wire_entry_value(type, map, i));
        }
        json_close(out, '}');
}

/* CloudTrail's names have the first letter in lower case: "userName", "mFADevices". */
static void write_name(struct json_out *out, struct str name)
{
        char text[128];
        struct buf lowered = {.data = text, .capacity = sizeof(text), .max = sizeof(text)};

        violation_add_lowered(&lowered, name);
        json_key(out, lowered.failed ? name : buf_str(&lowered));
}

/* Of lists and maps also by what is in them. What an object holds is no part of what was asked. */
static bool is_recorded(const struct wire_member *member, const void *value)
{
        const struct wire_type *type = member->type;
        uint32_t flags = member->flags | type->flags | (type->element ? type->element->flags : 0);

        return wire_is_set(member, value) && !(flags & WIRE_UNRECORDED) && type->kind != WIRE_STREAM;
}

static void write_members(struct json_out *out, const struct wire_type *type, const void *value)
{
        json_open(out, '{');
        for (size_t i = 0; i < type->member_count; i++) {
                const struct wire_member *member = &type->members[i];

                if (!is_recorded(member, value))
                        continue;
                write_name(out, member->name);
                if (member->flags & WIRE_SECRET)
                        json_str(out, HIDDEN);
                else
                        write_value(out, member->type, wire_value_at(member, value));
        }
        json_close(out, '}');
}

static void write_value(struct json_out *out, const struct wire_type *type, const void *value)
{
        if (type->flags & WIRE_SECRET)
                json_str(out, HIDDEN);
        else if (type->kind == WIRE_LIST)
                write_list(out, type, value);
        else if (type->kind == WIRE_MAP)
                write_map(out, type, value);
        else if (type->kind == WIRE_STRUCT)
                write_members(out, type, value);
        else if (type->kind == WIRE_TIMESTAMP && wire_scalar_is_set(type, value))
                write_time(out, ((const struct opt_int *)value)->value);
        else
                wire_json_value(out, type, value);
}

static bool is_any_set(const struct wire_type *type, const void *value)
{
        for (size_t i = 0; i < type->member_count; i++)
                if (is_recorded(&type->members[i], value))
                        return true;
        return false;
}

int wire_audit_json(const struct wire_type *type, const void *value, struct json_out *out)
{
        struct json_out before = *out;
        size_t len = out->buf->len;

        if (out->buf->failed)
                return -EMSGSIZE;
        if (!is_any_set(type, value)) {
                json_nil(out);
                return buf_check(out->buf);
        }
        write_members(out, type, value);
        if (!out->buf->failed && out->buf->len - len <= WIRE_AUDIT_MAX)
                return 0;
        *out = before;
        out->buf->len = len;
        out->buf->failed = false; /* what was in it fits */
        return -EMSGSIZE;
}
