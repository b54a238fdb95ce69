#include "wire/rest_out.h"

#include "base/buf.h"
#include "base/text.h"
#include "wire/header_list.h"
#include "wire/protocol.h"
#include "wire/scalar.h"

#define MAX_VALUE ((size_t)64 * 1024)

static int add(struct rest_headers *headers, struct str name, struct str value)
{
        struct http_header *header =
                wire_grow(headers->arena, (void **)&headers->items, headers->count, sizeof(*header));

        if (!header)
                return -ENOMEM;
        *header = (struct http_header){name, value};
        headers->count++;
        return 0;
}

int rest_headers_begin(struct rest_headers *headers, const struct api_service *service, struct str request_id)
{
        struct str host_id = wire_host_id_header(service, service->protocol);

        TRY(add(headers, wire_request_id_header(service, service->protocol), request_id));
        return str_is_set(host_id) ? add(headers, host_id, request_id) : 0;
}

static bool is_given(const struct rest_headers *headers, struct str name)
{
        for (size_t i = 0; i < headers->count; i++)
                if (str_eq_nocase(headers->items[i].name, name))
                        return true;
        return false;
}

int rest_headers_type(struct rest_headers *headers, struct str content_type)
{
        if (is_given(headers, STR("Content-Type")))
                return 0;
        return add(headers, STR("Content-Type"), content_type);
}

/* -- Values. */

static void append_text(struct buf *buf, const struct wire_type *type, const void *value)
{
        switch (type->kind) {
        case WIRE_BLOB:
                base64_append(buf, *(const struct str *)value);
                return;
        case WIRE_BOOLEAN:
                buf_add(buf, ((const struct opt_bool *)value)->value ? STR("true") : STR("false"));
                return;
        case WIRE_INTEGER:
        case WIRE_LONG:
                buf_add_int(buf, ((const struct opt_int *)value)->value);
                return;
        case WIRE_DOUBLE:
                wire_double_append(buf, ((const struct opt_double *)value)->value);
                return;
        case WIRE_TIMESTAMP:
                wire_timestamp_append(buf, type->time == WIRE_TIME_DEFAULT ? WIRE_TIME_HTTP : type->time,
                                      ((const struct opt_int *)value)->value);
                return;
        default:
                buf_add(buf, *(const struct str *)value);
        }
}

static void append_list(struct buf *buf, const struct wire_type *type, const struct wire_list *list)
{
        _cleanup_(buf_done) struct buf item = {};

        buf_init(&item, MAX_VALUE);
        for (size_t i = 0; i < list->count; i++) {
                buf_clear(&item);
                append_text(&item, type->element, wire_item(type, list, i));
                buf->failed |= item.failed;
                header_list_add(buf, buf_str(&item), i == 0, type->element->kind == WIRE_TIMESTAMP);
        }
}

static void blank_control_characters(struct buf *buf)
{
        for (size_t i = 0; i < buf->len; i++)
                if (((unsigned char)buf->data[i] < 0x20 && buf->data[i] != '\t') || buf->data[i] == 0x7f)
                        buf->data[i] = ' ';
}

static int add_value(struct rest_headers *headers, struct str name, const struct wire_type *type,
                     const void *value)
{
        _cleanup_(buf_done) struct buf text = {};

        buf_init(&text, MAX_VALUE);
        if (type->kind == WIRE_LIST)
                append_list(&text, type, value);
        else
                append_text(&text, type, value);
        TRY(buf_check(&text));
        blank_control_characters(&text);
        return add(headers, name, arena_dup(headers->arena, buf_str(&text)));
}

/* -- Members. */

/* RFC 9110: a token. */
static bool is_token(struct str name)
{
        for (size_t i = 0; i < name.len; i++)
                if ((unsigned char)name.ptr[i] <= 0x20 || (unsigned char)name.ptr[i] >= 0x7f ||
                    strchr("\"(),/:;<=>?@[\\]{}", name.ptr[i]))
                        return false;
        return name.len > 0;
}

static int add_map(struct rest_headers *headers, const struct wire_member *member, const struct wire_map *map)
{
        for (size_t i = 0; i < map->count; i++) {
                struct str key = wire_entry_key(member->type, map, i);

                if (!is_token(key))
                        continue;
                TRY(add_value(
                        headers,
                        arena_printf(headers->arena, "%.*s%.*s", STR_ARG(member->wire_name), STR_ARG(key)),
                        member->type->element, wire_entry_value(member->type, map, i)));
        }
        return 0;
}

static int add_member(struct rest_headers *headers, const struct wire_member *member, const void *out)
{
        const void *value = wire_value_at(member, out);

        if (!wire_is_set(member, out))
                return 0;
        if (member->place == WIRE_IN_HEADERS)
                return add_map(headers, member, value);
        if (member->place != WIRE_IN_HEADER)
                return 0;
        if (headers->has_content_length && str_eq_nocase(member->wire_name, STR("Content-Length")))
                return 0;
        if (member->type->kind == WIRE_LIST && ((const struct wire_list *)value)->count == 0)
                return 0;
        return add_value(headers, member->wire_name, member->type, value);
}

int rest_headers_add_all(struct rest_headers *headers, const struct wire_type *type, const void *out)
{
        for (size_t i = 0; i < type->member_count; i++)
                TRY(add_member(headers, &type->members[i], out));
        return 0;
}
