/* Smithy RPC v2 CBOR, output: lengths are said, doubles are eight bytes.
 * https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html */
#include "wire/cbor_read.h"
#include "wire/protocol.h"
#include "wire/scalar.h"

#include <endian.h>

#define FALSE_BYTE  0xF4
#define TRUE_BYTE   0xF5
#define NULL_BYTE   0xF6
#define DOUBLE_BYTE 0xFB
#define EPOCH_TAG   1

static void write_value(struct buf *out, const struct wire_type *type, const void *value);

static void write_head(struct buf *out, enum cbor_kind kind, uint64_t value)
{
        unsigned int major = (unsigned int)kind << 5;
        unsigned int size = value < 24            ? 0
                            : value <= UINT8_MAX  ? 1
                            : value <= UINT16_MAX ? 2
                            : value <= UINT32_MAX ? 4
                                                  : 8;
        unsigned int code = size == 0   ? (unsigned int)value
                            : size == 1 ? 24
                            : size == 2 ? 25
                            : size == 4 ? 26
                                        : 27;
        uint64_t big = htobe64(value);

        buf_add_byte(out, (char)(major | code));
        buf_add_bytes(out, (const char *)&big + sizeof(big) - size, size);
}

static void write_text(struct buf *out, enum cbor_kind kind, struct str text)
{
        write_head(out, kind, text.len);
        buf_add(out, text);
}

static void write_int(struct buf *out, int64_t value)
{
        if (value < 0)
                write_head(out, CBOR_NEGATIVE, (uint64_t)(-1 - value));
        else
                write_head(out, CBOR_UNSIGNED, (uint64_t)value);
}

static void write_double(struct buf *out, double value)
{
        uint64_t bits;

        memcpy(&bits, &value, sizeof(bits));
        bits = htobe64(bits);
        buf_add_byte(out, (char)DOUBLE_BYTE);
        buf_add_bytes(out, &bits, sizeof(bits));
}

/* Whole seconds as a whole number. */
static void write_timestamp(struct buf *out, int64_t ms)
{
        write_head(out, CBOR_TAG, EPOCH_TAG);
        if (ms % 1000 == 0)
                write_int(out, ms / 1000);
        else
                write_double(out, (double)ms / 1000);
}

static void write_scalar(struct buf *out, const struct wire_type *type, const void *place)
{
        switch (type->kind) {
        case WIRE_BLOB:
                write_text(out, CBOR_BYTES, *(const struct str *)place);
                return;
        case WIRE_BOOLEAN:
                buf_add_byte(out, (char)(((const struct opt_bool *)place)->value ? TRUE_BYTE : FALSE_BYTE));
                return;
        case WIRE_INTEGER:
        case WIRE_LONG:
                write_int(out, ((const struct opt_int *)place)->value);
                return;
        case WIRE_DOUBLE:
                write_double(out, ((const struct opt_double *)place)->value);
                return;
        case WIRE_TIMESTAMP:
                write_timestamp(out, ((const struct opt_int *)place)->value);
                return;
        default:
                write_text(out, CBOR_TEXT, *(const struct str *)place);
        }
}

static void write_list(struct buf *out, const struct wire_type *type, const struct wire_list *list)
{
        write_head(out, CBOR_ARRAY, list->count);
        for (size_t i = 0; i < list->count; i++)
                write_value(out, type->element, wire_item(type, list, i));
}

static void write_map(struct buf *out, const struct wire_type *type, const struct wire_map *map)
{
        write_head(out, CBOR_MAP, map->count);
        for (size_t i = 0; i < map->count; i++) {
                write_text(out, CBOR_TEXT, wire_entry_key(type, map, i));
                write_value(out, type->element, wire_entry_value(type, map, i));
        }
}

static void write_struct(struct buf *out, const struct wire_type *type, const void *value)
{
        uint64_t count = 0;

        for (size_t i = 0; i < type->member_count; i++)
                count += wire_is_set(&type->members[i], value);
        write_head(out, CBOR_MAP, count);
        for (size_t i = 0; i < type->member_count; i++) {
                const struct wire_member *member = &type->members[i];

                if (!wire_is_set(member, value))
                        continue;
                write_text(out, CBOR_TEXT, member->wire_name);
                write_value(out, member->type, wire_value_at(member, value));
        }
}

static void write_value(struct buf *out, const struct wire_type *type, const void *value)
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
                buf_add_byte(out, (char)NULL_BYTE);
}

int wire_cbor_encode(const struct api_operation *operation, const void *out, struct str request_id,
                     struct buf *body)
{
        (void)request_id; /* travels in a header */
        write_value(body, operation->output, out);
        return buf_check(body);
}

/* The name of an error has its service's package in front, as in JSON 1.0. */
void wire_cbor_error(const struct api_service *service, enum api_protocol protocol,
                     const struct wire_error *error, struct buf *body)
{
        _cleanup_(buf_done) struct buf type = {};

        (void)protocol;
        buf_init(&type, 512);
        wire_json_type_namespace(service, error->error, &type);
        buf_add(&type, error->error->code);
        write_head(body, CBOR_MAP, 1 + str_is_set(error->message));
        write_text(body, CBOR_TEXT, STR("__type"));
        write_text(body, CBOR_TEXT, buf_str(&type));
        if (!str_is_set(error->message))
                return;
        write_text(body, CBOR_TEXT, STR("message"));
        write_text(body, CBOR_TEXT, error->message);
}
