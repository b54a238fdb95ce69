/* Query protocol, output. https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#response-serialization
 */
#include "base/text.h"
#include "wire/protocol.h"
#include "wire/scalar.h"
#include "wire/xml_out.h"

static void encode_members(struct buf *buf, const struct wire_type *type, const void *value);

static void encode_scalar(struct buf *buf, const struct wire_type *type, const void *place)
{
        switch (type->kind) {
        case WIRE_BLOB:
                base64_append(buf, *(const struct str *)place);
                return;
        case WIRE_BOOLEAN:
                buf_add(buf, ((const struct opt_bool *)place)->value ? STR("true") : STR("false"));
                return;
        case WIRE_INTEGER:
        case WIRE_LONG:
                buf_add_int(buf, ((const struct opt_int *)place)->value);
                return;
        case WIRE_DOUBLE:
                wire_double_append(buf, ((const struct opt_double *)place)->value);
                return;
        case WIRE_TIMESTAMP:
                wire_timestamp_append(buf, type->time, ((const struct opt_int *)place)->value);
                return;
        default:
                xml_text(buf, *(const struct str *)place);
        }
}

/* One value between its tags; lists and maps in their wrapping element. */
static void encode_element(struct buf *buf, struct str name, const struct wire_type *type, const void *value);

static void encode_items(struct buf *buf, struct str name, const struct wire_type *type,
                         const struct wire_list *list)
{
        for (size_t i = 0; i < list->count; i++)
                encode_element(buf, name, type->element, wire_item(type, list, i));
}

static void encode_entries(struct buf *buf, struct str name, const struct wire_type *type,
                           const struct wire_map *map)
{
        for (size_t i = 0; i < map->count; i++) {
                xml_open(buf, name);
                xml_element(buf, type->key_name, wire_entry_key(type, map, i));
                encode_element(buf, type->element_name, type->element, wire_entry_value(type, map, i));
                xml_close(buf, name);
        }
}

static void encode_element(struct buf *buf, struct str name, const struct wire_type *type, const void *value)
{
        xml_open(buf, name);
        if (type->kind == WIRE_LIST)
                encode_items(buf, type->element_name, type, value);
        else if (type->kind == WIRE_MAP)
                encode_entries(buf, STR("entry"), type, value);
        else if (type->kind == WIRE_STRUCT)
                encode_members(buf, type, value);
        else
                encode_scalar(buf, type, value);
        xml_close(buf, name);
}

static void encode_member(struct buf *buf, const struct wire_member *member, const void *value)
{
        const struct wire_type *type = member->type;
        bool is_flat = (member->flags | type->flags) & WIRE_FLATTENED;

        if (is_flat && type->kind == WIRE_LIST)
                encode_items(buf, member->wire_name, type, value);
        else if (is_flat && type->kind == WIRE_MAP)
                encode_entries(buf, member->wire_name, type, value);
        else
                encode_element(buf, member->wire_name, type, value);
}

static void encode_members(struct buf *buf, const struct wire_type *type, const void *value)
{
        for (size_t i = 0; i < type->member_count; i++)
                if (wire_is_set(&type->members[i], value))
                        encode_member(buf, &type->members[i], wire_value_at(&type->members[i], value));
}

static void add_tag(struct buf *buf, const char *before, struct str name, struct str after)
{
        buf_add(buf, str_of(before));
        buf_add(buf, name);
        buf_add(buf, after);
}

int wire_query_encode(const struct api_operation *operation, const void *out, struct str request_id,
                      struct buf *body)
{
        add_tag(body, "<", operation->name, STR("Response xmlns=\""));
        xml_text(body, operation->service->xml_namespace);
        buf_add(body, STR("\">"));
        if (operation->has_result_wrapper)
                add_tag(body, "<", operation->name, STR("Result>"));
        encode_members(body, operation->output, out);
        if (operation->has_result_wrapper)
                add_tag(body, "</", operation->name, STR("Result>"));
        buf_add(body, STR("<ResponseMetadata>"));
        xml_element(body, STR("RequestId"), request_id);
        buf_add(body, STR("</ResponseMetadata>"));
        add_tag(body, "</", operation->name, STR("Response>"));
        return buf_check(body);
}
