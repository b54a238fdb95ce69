#include "xml_value.h"

#include "base/text.h"
#include "wire/protocol.h"
#include "wire/scalar.h"
#include "wire/xml_out.h"

static void add_time(struct buf *buf, const struct wire_type *type, int64_t ms, enum wire_xml_times times)
{
        bool is_iso = type->time == WIRE_TIME_DEFAULT || type->time == WIRE_TIME_ISO;

        if (is_iso && times == WIRE_XML_MILLISECONDS)
                wire_iso_ms_append(buf, ms);
        else if (is_iso && times == WIRE_XML_FRACTIONS)
                wire_timestamp_append(buf, WIRE_TIME_ISO, ms);
        else
                wire_timestamp_append(buf, type->time, ms);
}

static void add_scalar(struct buf *buf, const struct wire_type *type, const void *place,
                       enum wire_xml_times times)
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
                add_time(buf, type, ((const struct opt_int *)place)->value, times);
                return;
        default:
                xml_text(buf, *(const struct str *)place);
        }
}

/* -- Lists and maps. */

static void add_items(struct buf *buf, struct str name, const struct wire_type *type,
                      const struct wire_list *list, enum wire_xml_times times)
{
        for (size_t i = 0; i < list->count; i++)
                wire_xml_element(buf, name, STR_NONE, type->element, wire_item(type, list, i), times);
}

static void add_entries(struct buf *buf, struct str name, const struct wire_type *type,
                        const struct wire_map *map, enum wire_xml_times times)
{
        for (size_t i = 0; i < map->count; i++) {
                xml_open(buf, name);
                xml_element(buf, type->key_name, wire_entry_key(type, map, i));
                wire_xml_element(buf, type->element_name, STR_NONE, type->element,
                                 wire_entry_value(type, map, i), times);
                xml_close(buf, name);
        }
}

/* -- Elements. */

/* Of a value of one piece; only text needs to be escaped. */
static void add_attribute(struct buf *buf, const struct wire_member *member, const void *in_struct,
                          enum wire_xml_times times)
{
        struct buf text;

        if (member->type->kind == WIRE_STRING) {
                xml_attribute(buf, member->wire_name, *(const struct str *)wire_at(member, in_struct));
                return;
        }
        buf_init(&text, buf->max);
        add_scalar(&text, member->type, wire_at(member, in_struct), times);
        xml_attribute(buf, member->wire_name, buf_str(&text));
        buf_done(&text);
}

static void open_structure(struct buf *buf, const struct wire_type *type, const void *value,
                           enum wire_xml_times times)
{
        if (str_is_set(type->xml_uri)) {
                buf_add(buf, STR(" xmlns:"));
                buf_add(buf, type->xml_prefix);
                buf_add(buf, STR("=\""));
                xml_text(buf, type->xml_uri);
                buf_add_byte(buf, '"');
        }
        for (size_t i = 0; i < type->member_count; i++)
                if ((type->members[i].flags & WIRE_ATTRIBUTE) && wire_is_set(&type->members[i], value))
                        add_attribute(buf, &type->members[i], value, times);
}

void wire_xml_element(struct buf *buf, struct str name, struct str xmlns, const struct wire_type *type,
                      const void *value, enum wire_xml_times times)
{
        buf_add_byte(buf, '<');
        buf_add(buf, name);
        if (xmlns.len)
                xml_attribute(buf, STR("xmlns"), xmlns);
        if (type->kind == WIRE_STRUCT)
                open_structure(buf, type, value, times);
        buf_add_byte(buf, '>');
        if (type->kind == WIRE_LIST)
                add_items(buf, type->element_name, type, value, times);
        else if (type->kind == WIRE_MAP)
                add_entries(buf, STR("entry"), type, value, times);
        else if (type->kind == WIRE_STRUCT)
                wire_xml_members(buf, type, value, times);
        else if (wire_scalar_is_set(type, value))
                add_scalar(buf, type, value, times);
        xml_close(buf, name);
}

static void add_member(struct buf *buf, const struct wire_member *member, const void *value,
                       enum wire_xml_times times)
{
        const struct wire_type *type = member->type;
        bool is_flat = (member->flags | type->flags) & WIRE_FLATTENED;

        if (is_flat && type->kind == WIRE_LIST)
                add_items(buf, wire_form_name(member), type, value, times);
        else if (is_flat && type->kind == WIRE_MAP)
                add_entries(buf, wire_form_name(member), type, value, times);
        else
                wire_xml_element(buf, wire_form_name(member), STR_NONE, type, value, times);
}

void wire_xml_members(struct buf *buf, const struct wire_type *type, const void *value,
                      enum wire_xml_times times)
{
        for (size_t i = 0; i < type->member_count; i++) {
                const struct wire_member *member = &type->members[i];

                if (wire_is_in_body(member) && !(member->flags & WIRE_ATTRIBUTE) &&
                    wire_is_set(member, value))
                        add_member(buf, member, wire_value_at(member, value), times);
        }
}
