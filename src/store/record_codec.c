/* Records as bytes. A structure is its given members one after the other:
 *
 *   header     varint: field number * 4 + form; for a member without a number (those of nested structures,
 * which are AWS's shapes) number 0, then the member's name as a varint length and bytes payload    by form:
 * FORM_NUMBER a zigzag varint (integers, times, booleans), FORM_DOUBLE 8 bytes little-endian, FORM_BYTES a
 * varint length and bytes: a string, or a structure, list or map in the same manner
 *
 * A list is its items, each a form byte and a payload (FORM_NONE and nothing, for an item that is absent). A
 * map is its entries, each the key as a varint length and bytes, then a value as an item of a list.
 *
 * So members of shapes may be added and put in another order, and fields of records be added or dropped: what
 * the reader does not know it passes over, by the form alone. */
#include "store/record_codec.h"
#include "store/record_key.h"

#include <endian.h>

#define DEPTH_MAX 32

static int encode_struct(const struct wire_type *type, const void *record, struct buf *out,
                         unsigned int depth);

static enum record_form form_of(const struct wire_type *type)
{
        switch (type->kind) {
        case WIRE_BOOLEAN:
        case WIRE_INTEGER:
        case WIRE_LONG:
        case WIRE_TIMESTAMP:
                return FORM_NUMBER;
        case WIRE_DOUBLE:
                return FORM_DOUBLE;
        case WIRE_STRING:
        case WIRE_BLOB:
        case WIRE_DOCUMENT:
        case WIRE_STREAM:
        case WIRE_LIST:
        case WIRE_MAP:
        case WIRE_STRUCT:
                break;
        }
        return FORM_BYTES;
}

/* Bytes from one entry of a map to the next. */
static size_t entry_size(const struct wire_type *map)
{
        return (map->value_offset + map->element->size + 7) & ~(size_t)7;
}

/* -- Writing. */

static size_t varint_write(uint64_t value, char out[RECORD_VARINT_MAX])
{
        size_t len = 0;

        for (; value >= 0x80; value >>= 7)
                out[len++] = (char)(0x80 | (value & 0x7F));
        out[len++] = (char)value;
        return len;
}

static void put_varint(struct buf *out, uint64_t value)
{
        char bytes[RECORD_VARINT_MAX];

        buf_add_bytes(out, bytes, varint_write(value, bytes));
}

static void put_bytes(struct buf *out, struct str bytes)
{
        put_varint(out, bytes.len);
        buf_add(out, bytes);
}

static void put_integer(struct buf *out, int64_t value)
{
        put_varint(out, ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0));
}

static void put_double(struct buf *out, double value)
{
        uint64_t bits;

        memcpy(&bits, &value, sizeof(bits));
        bits = htole64(bits);
        buf_add_bytes(out, &bits, sizeof(bits));
}

/* Puts the length of all that was added since `start` before it. */
static void put_length_before(struct buf *out, size_t start)
{
        char bytes[RECORD_VARINT_MAX];
        size_t content = out->len - start, len = varint_write(content, bytes);

        if (!buf_extend(out, len))
                return;
        memmove(out->data + start + len, out->data + start, content);
        memcpy(out->data + start, bytes, len);
}

static bool is_set(const struct wire_type *type, const void *at)
{
        switch (type->kind) {
        case WIRE_BOOLEAN:
                return ((const struct opt_bool *)at)->is_set;
        case WIRE_INTEGER:
        case WIRE_LONG:
        case WIRE_TIMESTAMP:
                return ((const struct opt_int *)at)->is_set;
        case WIRE_DOUBLE:
                return ((const struct opt_double *)at)->is_set;
        case WIRE_LIST:
                return ((const struct wire_list *)at)->is_set;
        case WIRE_MAP:
                return ((const struct wire_map *)at)->is_set;
        case WIRE_STRUCT:
                return at != NULL;
        case WIRE_STRING:
        case WIRE_BLOB:
        case WIRE_DOCUMENT:
        case WIRE_STREAM:
                break;
        }
        return str_is_set(*(const struct str *)at);
}

static int encode_value(const struct wire_type *type, const void *at, struct buf *out, unsigned int depth);

static int encode_item(const struct wire_type *type, const void *at, struct buf *out, unsigned int depth)
{
        if (!is_set(type, at)) {
                buf_add_byte(out, FORM_NONE);
                return 0;
        }
        buf_add_byte(out, (char)form_of(type));
        return encode_value(type, at, out, depth);
}

static int encode_list(const struct wire_type *type, const struct wire_list *list, struct buf *out,
                       unsigned int depth)
{
        const char *item = list->items;

        for (size_t i = 0; i < list->count; i++, item += type->element->size)
                TRY(encode_item(type->element, item, out, depth));
        return 0;
}

static int encode_map(const struct wire_type *type, const struct wire_map *map, struct buf *out,
                      unsigned int depth)
{
        const char *entry = map->items;

        for (size_t i = 0; i < map->count; i++, entry += entry_size(type)) {
                put_bytes(out, *(const struct str *)(const void *)entry);
                TRY(encode_item(type->element, entry + type->value_offset, out, depth));
        }
        return 0;
}

static int encode_nested(const struct wire_type *type, const void *at, struct buf *out, unsigned int depth)
{
        if (depth == 0)
                return -E2BIG;
        if (type->kind == WIRE_LIST)
                return encode_list(type, at, out, depth - 1);
        if (type->kind == WIRE_MAP)
                return encode_map(type, at, out, depth - 1);
        return encode_struct(type, at, out, depth - 1);
}

/* The payload of a value that is set; at: for a structure the struct itself. */
static int encode_value(const struct wire_type *type, const void *at, struct buf *out, unsigned int depth)
{
        size_t start = out->len;

        switch (type->kind) {
        case WIRE_BOOLEAN:
                put_integer(out, ((const struct opt_bool *)at)->value);
                return 0;
        case WIRE_INTEGER:
        case WIRE_LONG:
        case WIRE_TIMESTAMP:
                put_integer(out, ((const struct opt_int *)at)->value);
                return 0;
        case WIRE_DOUBLE:
                put_double(out, ((const struct opt_double *)at)->value);
                return 0;
        case WIRE_STRING:
        case WIRE_BLOB:
        case WIRE_DOCUMENT:
        case WIRE_STREAM:
                put_bytes(out, *(const struct str *)at);
                return 0;
        case WIRE_LIST:
        case WIRE_MAP:
        case WIRE_STRUCT:
                break;
        }
        TRY(encode_nested(type, at, out, depth));
        put_length_before(out, start);
        return 0;
}

static int encode_struct(const struct wire_type *type, const void *record, struct buf *out,
                         unsigned int depth)
{
        for (size_t i = 0; i < type->member_count; i++) {
                const struct wire_member *member = &type->members[i];
                const void *at = (const char *)record + member->offset;

                if (member->type->kind == WIRE_STRUCT)
                        at = *(const void *const *)at;
                if (!is_set(member->type, at))
                        continue;
                put_varint(out, (uint64_t)member->number << RECORD_FORM_BITS | form_of(member->type));
                if (member->number == 0)
                        put_bytes(out, member->name);
                TRY(encode_value(member->type, at, out, depth));
        }
        return 0;
}

int record_encode(const struct wire_type *type, const void *record, struct buf *out)
{
        TRY(encode_struct(type, record, out, DEPTH_MAX));
        return buf_check(out);
}

/* -- Reading: each takes its part off the front of what is left. */

static int take_varint(struct str *left, uint64_t *ret)
{
        uint64_t value = 0;

        for (unsigned int shift = 0; shift < 64 && left->len > 0; shift += 7) {
                uint8_t byte = (uint8_t)left->ptr[0];

                *left = (struct str){left->ptr + 1, left->len - 1};
                if (shift == 63 && byte > 1)
                        return -EBADMSG;
                value |= (uint64_t)(byte & 0x7F) << shift;
                if (byte < 0x80) {
                        *ret = value;
                        return 0;
                }
        }
        return -EBADMSG;
}

static int take_bytes(struct str *left, struct str *ret)
{
        uint64_t len;

        TRY(take_varint(left, &len));
        if (len > left->len)
                return -EBADMSG;
        *ret = (struct str){left->ptr, (size_t)len};
        *left = (struct str){left->ptr + len, left->len - (size_t)len};
        return 0;
}

static int take_number(struct str *left, int64_t *ret)
{
        uint64_t zigzag;

        TRY(take_varint(left, &zigzag));
        *ret = (int64_t)((zigzag >> 1) ^ (zigzag & 1 ? UINT64_MAX : 0));
        return 0;
}

static int take_double(struct str *left, double *ret)
{
        uint64_t bits;

        if (left->len < sizeof(bits))
                return -EBADMSG;
        memcpy(&bits, left->ptr, sizeof(bits));
        bits = le64toh(bits);
        memcpy(ret, &bits, sizeof(bits));
        *left = (struct str){left->ptr + sizeof(bits), left->len - sizeof(bits)};
        return 0;
}

static int take_payload(struct str *left, enum record_form form, struct record_field *ret)
{
        switch (form) {
        case FORM_NUMBER:
                return take_number(left, &ret->number);
        case FORM_DOUBLE:
                return take_double(left, &ret->real);
        case FORM_BYTES:
                return take_bytes(left, &ret->bytes);
        case FORM_NONE:
                break;
        }
        return 0;
}

int record_take_field(struct str *left, struct record_field *ret)
{
        uint64_t header;

        *ret = (struct record_field){};
        TRY(take_varint(left, &header));
        if (header >> RECORD_FORM_BITS > UINT32_MAX)
                return -EBADMSG;
        ret->id = (uint32_t)(header >> RECORD_FORM_BITS);
        ret->form = (enum record_form)(header & ((1U << RECORD_FORM_BITS) - 1));
        if (ret->form == FORM_NONE)
                return -EBADMSG;
        if (ret->id == 0)
                TRY(take_bytes(left, &ret->name));
        return take_payload(left, ret->form, ret);
}

static int take_item(struct str *left, struct record_field *ret)
{
        uint8_t form;

        *ret = (struct record_field){};
        if (left->len == 0)
                return -EBADMSG;
        form = (uint8_t)left->ptr[0];
        if (form > FORM_NONE)
                return -EBADMSG;
        *left = (struct str){left->ptr + 1, left->len - 1};
        ret->form = (enum record_form)form;
        return take_payload(left, ret->form, ret);
}

static int take_entry(struct str *left, struct str *ret_key, struct record_field *ret)
{
        TRY(take_bytes(left, ret_key));
        return take_item(left, ret);
}

/* -- Decoding. */

struct decoder {
        struct arena *arena;
        bool copy_strings;
        unsigned int depth; /* levels that may still be entered */
};

static int decode_struct(struct decoder *decoder, const struct wire_type *type, struct str bytes,
                         void *record);

static int decode_string(struct decoder *decoder, struct str bytes, struct str *ret)
{
        *ret = decoder->copy_strings ? arena_dup(decoder->arena, bytes) : bytes;
        return decoder->copy_strings && decoder->arena->failed ? -ENOMEM : 0;
}

static int decode_value(struct decoder *decoder, const struct wire_type *type,
                        const struct record_field *field, void *at);

/* Absent items stay as they are: all zero. */
static int decode_item(struct decoder *decoder, const struct wire_type *type,
                       const struct record_field *field, void *at)
{
        return field->form == FORM_NONE ? 0 : decode_value(decoder, type, field, at);
}

static int decode_list(struct decoder *decoder, const struct wire_type *type, struct str bytes,
                       struct wire_list *ret)
{
        struct record_field field;
        size_t count = 0;
        char *items = NULL;

        for (struct str left = bytes; left.len > 0; count++)
                TRY(take_item(&left, &field));
        if (count > 0 && !(items = arena_alloc_array(decoder->arena, count, type->element->size)))
                return -ENOMEM;
        *ret = (struct wire_list){.items = items, .count = count, .is_set = true};
        for (; bytes.len > 0; items += type->element->size) {
                TRY(take_item(&bytes, &field));
                TRY(decode_item(decoder, type->element, &field, items));
        }
        return 0;
}

static int decode_map(struct decoder *decoder, const struct wire_type *type, struct str bytes,
                      struct wire_map *ret)
{
        struct record_field field;
        struct str key;
        size_t count = 0;
        char *entries = NULL;

        for (struct str left = bytes; left.len > 0; count++)
                TRY(take_entry(&left, &key, &field));
        if (count > 0 && !(entries = arena_alloc_array(decoder->arena, count, entry_size(type))))
                return -ENOMEM;
        *ret = (struct wire_map){.items = entries, .count = count, .is_set = true};
        for (; bytes.len > 0; entries += entry_size(type)) {
                TRY(take_entry(&bytes, &key, &field));
                TRY(decode_string(decoder, key, (struct str *)(void *)entries));
                TRY(decode_item(decoder, type->element, &field, entries + type->value_offset));
        }
        return 0;
}

static int decode_nested(struct decoder *decoder, const struct wire_type *type, struct str bytes, void *at)
{
        int r;

        if (decoder->depth == 0)
                return -EBADMSG;
        decoder->depth--;
        if (type->kind == WIRE_LIST)
                r = decode_list(decoder, type, bytes, at);
        else if (type->kind == WIRE_MAP)
                r = decode_map(decoder, type, bytes, at);
        else
                r = decode_struct(decoder, type, bytes, at);
        decoder->depth++;
        return r;
}

static int decode_value(struct decoder *decoder, const struct wire_type *type,
                        const struct record_field *field, void *at)
{
        if (field->form != form_of(type))
                return -EBADMSG;
        switch (type->kind) {
        case WIRE_BOOLEAN:
                *(struct opt_bool *)at = OPT_BOOL(field->number != 0);
                return 0;
        case WIRE_INTEGER:
        case WIRE_LONG:
        case WIRE_TIMESTAMP:
                *(struct opt_int *)at = OPT_INT(field->number);
                return 0;
        case WIRE_DOUBLE:
                *(struct opt_double *)at = (struct opt_double){true, field->real};
                return 0;
        case WIRE_STRING:
        case WIRE_BLOB:
        case WIRE_DOCUMENT:
        case WIRE_STREAM:
                return decode_string(decoder, field->bytes, at);
        case WIRE_LIST:
        case WIRE_MAP:
        case WIRE_STRUCT:
                break;
        }
        return decode_nested(decoder, type, field->bytes, at);
}

static int decode_member(struct decoder *decoder, const struct wire_member *member,
                         const struct record_field *field, void *record)
{
        void *at = (char *)record + member->offset;

        if (member->type->kind == WIRE_STRUCT) {
                void *inner = arena_alloc(decoder->arena, member->type->size);

                if (!inner)
                        return -ENOMEM;
                *(void **)at = inner;
                at = inner;
        }
        return decode_value(decoder, member->type, field, at);
}

/* Members mostly come in the order of the descriptor: the search begins behind the one found last. */
static const struct wire_member *find_member(const struct wire_type *type, const struct record_field *field,
                                             size_t *hint)
{
        for (size_t i = 0; i < type->member_count; i++) {
                size_t at = *hint + i < type->member_count ? *hint + i : *hint + i - type->member_count;
                const struct wire_member *member = &type->members[at];

                if (member->number == field->id && (field->id != 0 || str_eq(member->name, field->name))) {
                        *hint = at + 1 < type->member_count ? at + 1 : 0;
                        return member;
                }
        }
        return NULL;
}

static int decode_struct(struct decoder *decoder, const struct wire_type *type, struct str bytes,
                         void *record)
{
        const struct wire_member *member;
        struct record_field field;
        size_t hint = 0;

        while (bytes.len > 0) {
                TRY(record_take_field(&bytes, &field));
                member = find_member(type, &field, &hint);
                if (member)
                        TRY(decode_member(decoder, member, &field, record));
        }
        return 0;
}

int record_decode(const struct wire_type *type, struct str bytes, struct arena *arena, bool copy_strings,
                  void *record)
{
        struct decoder decoder = {.arena = arena, .copy_strings = copy_strings, .depth = DEPTH_MAX};

        memset(record, 0, type->size);
        return decode_struct(&decoder, type, bytes, record);
}

/* -- One member alone, without decoding the rest: for keys. */

static int value_of(const struct wire_member *member, const struct record_field *field,
                    struct record_value *ret)
{
        if (field->form != form_of(member->type))
                return -EBADMSG;
        *ret = (struct record_value){.string = field->bytes, .integer = field->number, .is_set = true};
        return 0;
}

int record_read_encoded(const void *str_of_bytes, const struct wire_member *member, struct record_value *ret)
{
        struct str left = *(const struct str *)str_of_bytes;
        struct record_field field;

        ret->is_set = false;
        while (left.len > 0) {
                TRY(record_take_field(&left, &field));
                if (field.id == member->number) /* a record has each field once */
                        return value_of(member, &field, ret);
        }
        return 0;
}

int record_values_read(struct record_values *values, struct str bytes)
{
        struct record_field field;

        *values = (struct record_values){.bytes = bytes};
        while (bytes.len > 0) {
                TRY(record_take_field(&bytes, &field));
                if (field.id < RECORD_VALUES_MAX && field.form != FORM_DOUBLE)
                        values->values[field.id] = (struct record_value){
                                .string = field.bytes,
                                .integer = field.number,
                                .is_set = true,
                                .is_number = field.form == FORM_NUMBER,
                        };
        }
        return 0;
}

int record_read_values(const void *record_values, const struct wire_member *member, struct record_value *ret)
{
        const struct record_values *values = record_values;

        if (member->number >= RECORD_VALUES_MAX)
                return record_read_encoded(&values->bytes, member, ret);
        *ret = values->values[member->number];
        if (ret->is_set && ret->is_number != (form_of(member->type) == FORM_NUMBER))
                return -EBADMSG;
        return 0;
}
