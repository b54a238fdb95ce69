/* JSON 1.0 and 1.1, output. https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html */
#include "base/text.h"
#include "wire/json_value.h"
#include "wire/protocol.h"
#include "wire/scalar.h"

#include <math.h>

/* A value that json_out has no function for, between its comma and its colon. */
static struct buf *begin_raw(struct json_out *out)
{
        json_raw(out, STR(""));
        return out->buf;
}

static void write_blob(struct json_out *out, struct str bytes)
{
        struct buf *buf = begin_raw(out);

        buf_add_byte(buf, '"');
        base64_append(buf, bytes);
        buf_add_byte(buf, '"');
}

static void write_timestamp(struct json_out *out, enum wire_time format, int64_t ms)
{
        struct buf *buf = begin_raw(out);

        if (format == WIRE_TIME_DEFAULT || format == WIRE_TIME_EPOCH) {
                wire_epoch_append(buf, ms);
                return;
        }
        buf_add_byte(buf, '"');
        wire_timestamp_append(buf, format, ms);
        buf_add_byte(buf, '"');
}

/* What is no JSON number goes as a string. */
static void write_double(struct json_out *out, double value)
{
        struct buf *buf = begin_raw(out);
        struct str quote = isfinite(value) ? STR("") : STR("\"");

        buf_add(buf, quote);
        wire_double_append(buf, value);
        buf_add(buf, quote);
}

static void write_scalar(struct json_out *out, const struct wire_type *type, const void *place)
{
        switch (type->kind) {
        case WIRE_BLOB:
                write_blob(out, *(const struct str *)place);
                return;
        case WIRE_BOOLEAN:
                json_bool(out, ((const struct opt_bool *)place)->value);
                return;
        case WIRE_INTEGER:
        case WIRE_LONG:
                json_int(out, ((const struct opt_int *)place)->value);
                return;
        case WIRE_DOUBLE:
                write_double(out, ((const struct opt_double *)place)->value);
                return;
        case WIRE_TIMESTAMP:
                write_timestamp(out, type->time, ((const struct opt_int *)place)->value);
                return;
        case WIRE_DOCUMENT:
                json_raw(out, *(const struct str *)place);
                return;
        default:
                json_str(out, *(const struct str *)place);
        }
}

static void write_list(struct json_out *out, const struct wire_type *type, const struct wire_list *list)
{
        json_open(out, '[');
        for (size_t i = 0; i < list->count; i++)
                wire_json_value(out, type->element, wire_item(type, list, i));
        json_close(out, ']');
}

static void write_map(struct json_out *out, const struct wire_type *type, const struct wire_map *map)
{
        json_open(out, '{');
        for (size_t i = 0; i < map->count; i++) {
                json_key(out, wire_entry_key(type, map, i));
                wire_json_value(out, type->element, wire_entry_value(type, map, i));
        }
        json_close(out, '}');
}

static void write_struct(struct json_out *out, const struct wire_type *type, const void *value)
{
        json_open(out, '{');
        for (size_t i = 0; i < type->member_count; i++) {
                const struct wire_member *member = &type->members[i];

                if (!wire_is_in_body(member) || !wire_is_set(member, value))
                        continue;
                json_key(out, member->wire_name);
                wire_json_value(out, member->type, wire_value_at(member, value));
        }
        json_close(out, '}');
}

void wire_json_value(struct json_out *out, const struct wire_type *type, const void *value)
{
        if (type->kind == WIRE_LIST)
                write_list(out, type, value);
        else if (type->kind == WIRE_MAP)
                write_map(out, type, value);
        else if (type->kind == WIRE_STRUCT)
                write_struct(out, type, value);
        else if (wire_scalar_is_set(type, value))
                write_scalar(out, type, value);
        else
                json_nil(out);
}

int wire_json_encode(const struct api_operation *operation, const void *out, struct str request_id,
                     struct buf *body)
{
        struct json_out json = {.buf = body};

        (void)request_id; /* travels in a header */
        wire_json_value(&json, operation->output, out);
        return buf_check(body);
}
