/* Smithy RPC v2 CBOR, input. https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
 *
 * As in JSON: unknown members are passed over, null is absent, of a member given twice the last counts.
 * Numbers may come in any form of the same value. A body of no bytes is a structure without members. */
#include "wire/cbor_read.h"
#include "wire/protocol.h"
#include "wire/scalar.h"

#include <math.h>

#define EPOCH_TAG 1

struct cbor_in {
        struct cbor_read read;
        struct wire_fault *fault;
};

static int decode_value(struct cbor_in *in, const struct wire_type *type, const struct cbor_head *head,
                        void *place);

static int malformed(struct cbor_in *in, const char *message)
{
        return wire_refuse(in->fault, in->read.arena, wire_common_error(API_CBOR, WIRE_ERROR_MALFORMED), "%s",
                           message);
}

static int wrong_type(struct cbor_in *in, const struct wire_type *type)
{
        return wire_refuse(in->fault, in->read.arena, wire_common_error(API_CBOR, WIRE_ERROR_MALFORMED),
                           "A value can not be converted to %s.", wire_kind_name(type->kind));
}

/* -- Scalars */

static int64_t negative(const struct cbor_head *head)
{
        return -1 - (int64_t)head->value;
}

static bool read_whole(const struct cbor_head *head, int64_t *ret)
{
        if (head->kind == CBOR_UNSIGNED || head->kind == CBOR_NEGATIVE) {
                *ret = head->kind == CBOR_UNSIGNED ? (int64_t)(head->value & INT64_MAX) : negative(head);
                return head->value <= INT64_MAX;
        }
        if (head->kind != CBOR_FLOAT || !(fabs(head->real) <= 0x1p53) || head->real != floor(head->real))
                return false;
        *ret = (int64_t)head->real;
        return true;
}

static bool read_real(const struct cbor_head *head, double *ret)
{
        if (head->kind == CBOR_FLOAT)
                *ret = head->real;
        else if (head->kind == CBOR_UNSIGNED)
                *ret = (double)head->value;
        else if (head->kind == CBOR_NEGATIVE)
                *ret = -1 - (double)head->value;
        else
                return false;
        return true;
}

static int decode_number(struct cbor_in *in, const struct wire_type *type, const struct cbor_head *head,
                         void *place)
{
        struct opt_int whole = {true, 0};
        struct opt_double real = {true, 0};

        if (type->kind == WIRE_DOUBLE) {
                if (!read_real(head, &real.value))
                        return wrong_type(in, type);
                *(struct opt_double *)place = real;
                return 0;
        }
        if (!read_whole(head, &whole.value) || !wire_integer_fits(type->kind, whole.value))
                return wrong_type(in, type);
        *(struct opt_int *)place = whole;
        return 0;
}

static int decode_timestamp(struct cbor_in *in, const struct wire_type *type, const struct cbor_head *head,
                            struct opt_int *ret)
{
        struct cbor_head number;
        double seconds;

        if (head->kind != CBOR_TAG || head->value != EPOCH_TAG)
                return wrong_type(in, type);
        TRY(cbor_read_head(&in->read, &number));
        if (!read_real(&number, &seconds) || wire_epoch_to_ms(seconds, &ret->value) < 0)
                return wrong_type(in, type);
        ret->is_set = true;
        return 0;
}

static int decode_string(struct cbor_in *in, const struct wire_type *type, const struct cbor_head *head,
                         struct str *ret)
{
        enum cbor_kind wanted = type->kind == WIRE_BLOB ? CBOR_BYTES : CBOR_TEXT;

        return head->kind == wanted ? cbor_read_string(&in->read, head, ret) : wrong_type(in, type);
}

static int decode_scalar(struct cbor_in *in, const struct wire_type *type, const struct cbor_head *head,
                         void *place)
{
        switch (type->kind) {
        case WIRE_BOOLEAN:
                if (head->kind != CBOR_TRUE && head->kind != CBOR_FALSE)
                        return wrong_type(in, type);
                *(struct opt_bool *)place = OPT_BOOL(head->kind == CBOR_TRUE);
                return 0;
        case WIRE_INTEGER:
        case WIRE_LONG:
        case WIRE_DOUBLE:
                return decode_number(in, type, head, place);
        case WIRE_TIMESTAMP:
                return decode_timestamp(in, type, head, place);
        case WIRE_STRING:
        case WIRE_BLOB:
                return decode_string(in, type, head, place);
        default:
                return wrong_type(in, type); /* the protocol has no documents */
        }
}

/* -- Lists, maps, structures */

/* null in a list: an absent item, which validation refuses, of what has an absent form. */
static int decode_item(struct cbor_in *in, const struct wire_type *type, void *place)
{
        struct cbor_head head;

        TRY(cbor_read_head(&in->read, &head));
        if (head.kind == CBOR_NULL)
                return wire_is_scalar(type) ? 0 : wrong_type(in, type);
        return decode_value(in, type, &head, place);
}

static int decode_list(struct cbor_in *in, const struct wire_type *type, const struct cbor_head *head,
                       struct wire_list *list)
{
        struct cbor_items items;
        int more;

        *list = (struct wire_list){.is_set = true};
        TRY(cbor_read_open(&in->read, head, &items));
        while ((more = cbor_read_next(&in->read, &items)) > 0) {
                void *place = wire_grow(in->read.arena, &list->items, list->count, type->element->size);

                if (!place)
                        return -ENOMEM;
                list->count++;
                TRY(decode_item(in, type->element, place));
        }
        return more;
}

static int read_key(struct cbor_in *in, struct str *ret)
{
        struct cbor_head head;

        TRY(cbor_read_head(&in->read, &head));
        if (head.kind != CBOR_TEXT)
                return malformed(in, "A key is no text.");
        return cbor_read_string(&in->read, &head, ret);
}

static int decode_map(struct cbor_in *in, const struct wire_type *type, const struct cbor_head *head,
                      struct wire_map *map)
{
        struct cbor_items items;
        int more;

        *map = (struct wire_map){.is_set = true};
        TRY(cbor_read_open(&in->read, head, &items));
        while ((more = cbor_read_next(&in->read, &items)) > 0) {
                struct cbor_head value;
                struct str key = STR_NONE;
                char *entry;

                TRY(read_key(in, &key));
                TRY(cbor_read_head(&in->read, &value));
                if (value.kind == CBOR_NULL)
                        continue;
                entry = wire_grow(in->read.arena, &map->items, map->count++, wire_entry_size(type));
                if (!entry)
                        return -ENOMEM;
                *(struct str *)(void *)entry = key;
                TRY(decode_value(in, type->element, &value, entry + type->value_offset));
        }
        TRY(more);
        return wire_map_drop_duplicates(type, map);
}

static int decode_member(struct cbor_in *in, const struct wire_member *member, void *in_struct)
{
        void *place = wire_at(member, in_struct);
        struct cbor_head head;

        memset(place, 0, wire_member_size(member->type)); /* given twice */
        TRY(cbor_read_head(&in->read, &head));
        if (head.kind == CBOR_NULL)
                return 0;
        if (member->type->kind == WIRE_STRUCT) {
                void *inner = arena_alloc(in->read.arena, member->type->size);

                if (!inner)
                        return -ENOMEM;
                *(void **)place = inner;
                place = inner;
        }
        return decode_value(in, member->type, &head, place);
}

static const struct wire_member *find_by_wire_name(const struct wire_type *type, struct str name)
{
        for (size_t i = 0; i < type->member_count; i++)
                if (str_eq(type->members[i].wire_name, name))
                        return &type->members[i];
        return NULL;
}

static int decode_struct(struct cbor_in *in, const struct wire_type *type, const struct cbor_head *head,
                         void *place)
{
        struct cbor_items items;
        int more;

        TRY(cbor_read_open(&in->read, head, &items));
        while ((more = cbor_read_next(&in->read, &items)) > 0) {
                const struct wire_member *member;
                struct str key = STR_NONE;

                TRY(read_key(in, &key));
                member = find_by_wire_name(type, key);
                TRY(member ? decode_member(in, member, place) : cbor_read_skip(&in->read));
        }
        return more;
}

static int decode_value(struct cbor_in *in, const struct wire_type *type, const struct cbor_head *head,
                        void *place)
{
        if (wire_is_scalar(type))
                return decode_scalar(in, type, head, place);
        if (type->kind == WIRE_LIST)
                return head->kind == CBOR_ARRAY ? decode_list(in, type, head, place) : wrong_type(in, type);
        if (head->kind != CBOR_MAP)
                return wrong_type(in, type);
        return type->kind == WIRE_MAP ? decode_map(in, type, head, place)
                                      : decode_struct(in, type, head, place);
}

static int decode_body(struct cbor_in *in, const struct wire_type *type, void *place)
{
        struct cbor_head head;

        TRY(cbor_read_head(&in->read, &head));
        TRY(decode_value(in, type, &head, place));
        return in->read.at == in->read.end ? 0 : -EINVAL;
}

int wire_cbor_decode(const struct wire_type *type, const struct wire_request *request, struct arena *arena,
                     void *ret_in, struct wire_fault *ret_fault)
{
        struct str body = request->http->body;
        const unsigned char *at = (const unsigned char *)body.ptr;
        struct cbor_in in = {
                .read = {.at = at, .end = at + body.len, .arena = arena},
                .fault = ret_fault,
        };
        int problem;

        if (body.len == 0)
                return 0;
        problem = decode_body(&in, type, ret_in);
        if (problem == -EINVAL)
                return malformed(&in, "The request body is not valid CBOR.");
        if (problem == -E2BIG)
                return malformed(&in, "The request body is nested too deeply.");
        return problem;
}
