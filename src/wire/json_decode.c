/* JSON 1.0 and 1.1, input. https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 *
 * As AWS's services do it: unknown members are ignored, null is absent, of a member given twice the last
 * counts, and what has the wrong type is a SerializationException in the words of AWS's common frame. */
#include "base/text.h"
#include "wire/json_read.h"
#include "wire/protocol.h"
#include "wire/scalar.h"

#include <math.h>

struct json_in {
        struct json_read read;
        struct wire_fault *fault;
};

static int decode_value(struct json_in *in, const struct wire_type *type, void *place);

static const char *article(const char *noun)
{
        return strchr("AEIOU", noun[0]) ? "an" : "a";
}

static int malformed(struct json_in *in, const char *message)
{
        return wire_refuse(in->fault, in->read.arena, wire_common_error(API_JSON_1_1, WIRE_ERROR_MALFORMED),
                           "%s", message);
}

/* "STRING_VALUE can not be converted to an Integer" */
static int wrong_type(struct json_in *in, enum json_kind have, enum wire_kind want)
{
        static const char *const HAVE[] = {
                [JSON_IS_STRING] = "STRING_VALUE", [JSON_IS_NUMBER] = "NUMBER_VALUE",
                [JSON_IS_TRUE] = "TRUE_VALUE",     [JSON_IS_FALSE] = "FALSE_VALUE",
                [JSON_IS_NULL] = "NULL_VALUE",
        };
        const char *noun = wire_kind_name(want);

        if (have == JSON_IS_NOTHING)
                return -EINVAL;
        if (have == JSON_IS_OBJECT)
                return malformed(in, "Start of structure or map found where not expected.");
        if (have == JSON_IS_ARRAY)
                return malformed(in, "Start of list found where not expected");
        if (want == WIRE_TIMESTAMP)
                return wire_refuse(in->fault, in->read.arena,
                                   wire_common_error(API_JSON_1_1, WIRE_ERROR_MALFORMED),
                                   "%s can not be converted to milliseconds since epoch", HAVE[have]);
        return wire_refuse(in->fault, in->read.arena, wire_common_error(API_JSON_1_1, WIRE_ERROR_MALFORMED),
                           "%s can not be converted to %s %s", HAVE[have], article(noun), noun);
}

/* -- Scalars. */

static int decode_text(struct json_in *in, const struct wire_type *type, enum json_kind have, void *place)
{
        struct str text;
        int problem;

        if (have != JSON_IS_STRING)
                return wrong_type(in, have, type->kind);
        TRY(json_read_string(&in->read, &text));
        problem = wire_scalar_parse(type, text, in->read.arena, place);
        if (problem == -EINVAL || problem == -ERANGE)
                return wrong_type(in, have, type->kind);
        return problem;
}

static int decode_boolean(struct json_in *in, enum json_kind have, struct opt_bool *ret)
{
        if (have != JSON_IS_TRUE && have != JSON_IS_FALSE)
                return wrong_type(in, have, WIRE_BOOLEAN);
        TRY(json_read_word(&in->read));
        *ret = OPT_BOOL(have == JSON_IS_TRUE);
        return 0;
}

static int read_double(struct json_in *in, double *ret)
{
        struct str text;

        TRY(json_read_number(&in->read, &text));
        return str_to_double(text, ret) < 0 || !isfinite(*ret) ? -ERANGE : 0;
}

/* Also "1e3" and "2.0", which are whole. Beyond 2^53 a double would not be exact: then only plain digits. */
static int read_integer(struct json_in *in, enum wire_kind kind, int64_t *ret)
{
        struct str text;
        double value;

        TRY(json_read_number(&in->read, &text));
        if (str_to_i64(text, ret) < 0) {
                if (str_to_double(text, &value) < 0 || !(fabs(value) <= 0x1p53) || value != floor(value))
                        return -ERANGE;
                *ret = (int64_t)value;
        }
        return wire_integer_fits(kind, *ret) ? 0 : -ERANGE;
}

/* "NaN", "Infinity", "-Infinity" */
static int decode_named(struct json_in *in, const struct wire_type *type, struct opt_double *ret)
{
        struct str text;

        TRY(json_read_string(&in->read, &text));
        ret->is_set = wire_double_is_named(text, &ret->value);
        return ret->is_set ? 0 : wrong_type(in, JSON_IS_STRING, type->kind);
}

static int decode_number(struct json_in *in, const struct wire_type *type, enum json_kind have, void *place)
{
        struct opt_int whole = {true, 0};
        struct opt_double real = {true, 0};
        int problem;

        if (have == JSON_IS_STRING && type->kind == WIRE_DOUBLE)
                return decode_named(in, type, place);
        if (have != JSON_IS_NUMBER)
                return wrong_type(in, have, type->kind);
        if (type->kind == WIRE_DOUBLE)
                problem = read_double(in, &real.value);
        else
                problem = read_integer(in, type->kind, &whole.value);
        if (problem == -ERANGE)
                return wrong_type(in, have, type->kind);
        TRY(problem);
        if (type->kind == WIRE_DOUBLE)
                *(struct opt_double *)place = real;
        else
                *(struct opt_int *)place = whole;
        return 0;
}

static int decode_timestamp(struct json_in *in, const struct wire_type *type, enum json_kind have,
                            struct opt_int *ret)
{
        double seconds;
        int problem;

        if (type->time == WIRE_TIME_ISO || type->time == WIRE_TIME_HTTP)
                return decode_text(in, type, have, ret);
        if (have != JSON_IS_NUMBER)
                return wrong_type(in, have, WIRE_TIMESTAMP);
        problem = read_double(in, &seconds);
        if (problem == 0)
                problem = wire_epoch_to_ms(seconds, &ret->value);
        if (problem == -ERANGE)
                return wrong_type(in, have, WIRE_TIMESTAMP);
        ret->is_set = problem == 0;
        return problem;
}

static int decode_scalar(struct json_in *in, const struct wire_type *type, enum json_kind have, void *place)
{
        switch (type->kind) {
        case WIRE_BOOLEAN:
                return decode_boolean(in, have, place);
        case WIRE_INTEGER:
        case WIRE_LONG:
        case WIRE_DOUBLE:
                return decode_number(in, type, have, place);
        case WIRE_TIMESTAMP:
                return decode_timestamp(in, type, have, place);
        case WIRE_DOCUMENT:
                return json_read_skip(&in->read, place);
        default:
                return decode_text(in, type, have, place);
        }
}

/* -- Lists, maps, structures. */

/* null in a list: an absent item, which validation refuses; of shapes that have no absent form it is refused
 * here. */
static int decode_item(struct json_in *in, const struct wire_type *type, void *place)
{
        if (json_read_peek(&in->read) != JSON_IS_NULL)
                return decode_value(in, type, place);
        if (!wire_is_scalar(type))
                return wrong_type(in, JSON_IS_NULL, type->kind);
        return json_read_word(&in->read);
}

static int decode_list(struct json_in *in, const struct wire_type *type, struct wire_list *list)
{
        bool is_first = true;
        int more;

        *list = (struct wire_list){.is_set = true};
        TRY(json_read_open(&in->read));
        while ((more = json_read_next(&in->read, ']', &is_first)) > 0) {
                void *place = wire_grow(in->read.arena, &list->items, list->count, type->element->size);

                if (!place)
                        return -ENOMEM;
                list->count++;
                TRY(decode_item(in, type->element, place));
        }
        return more;
}

static int decode_map(struct json_in *in, const struct wire_type *type, struct wire_map *map)
{
        size_t size = wire_entry_size(type);
        bool is_first = true;
        int more;

        *map = (struct wire_map){.is_set = true};
        TRY(json_read_open(&in->read));
        while ((more = json_read_next(&in->read, '}', &is_first)) > 0) {
                struct str key;
                char *entry;

                TRY(json_read_key(&in->read, &key));
                if (json_read_peek(&in->read) == JSON_IS_NULL) {
                        TRY(json_read_word(&in->read));
                        continue;
                }
                entry = wire_grow(in->read.arena, &map->items, map->count++, size);
                if (!entry)
                        return -ENOMEM;
                *(struct str *)(void *)entry = key;
                TRY(decode_value(in, type->element, entry + type->value_offset));
        }
        TRY(more);
        return wire_map_drop_duplicates(type, map);
}

static const struct wire_member *find_by_wire_name(const struct wire_type *type, struct str name)
{
        for (size_t i = 0; i < type->member_count; i++)
                if (wire_is_in_body(&type->members[i]) && str_eq(type->members[i].wire_name, name))
                        return &type->members[i];
        return NULL;
}

static int decode_member(struct json_in *in, const struct wire_member *member, void *in_struct)
{
        void *place = wire_at(member, in_struct);

        memset(place, 0, wire_member_size(member->type)); /* given twice */
        if (json_read_peek(&in->read) == JSON_IS_NULL)
                return json_read_word(&in->read);
        if (member->type->kind == WIRE_STRUCT) {
                void *inner = arena_alloc(in->read.arena, member->type->size);

                if (!inner)
                        return -ENOMEM;
                *(void **)place = inner;
                place = inner;
        }
        return decode_value(in, member->type, place);
}

static int decode_struct(struct json_in *in, const struct wire_type *type, void *place)
{
        bool is_first = true;
        struct str key;
        int more;

        TRY(json_read_open(&in->read));
        while ((more = json_read_next(&in->read, '}', &is_first)) > 0) {
                const struct wire_member *member;

                TRY(json_read_key(&in->read, &key));
                member = find_by_wire_name(type, key);
                TRY(member ? decode_member(in, member, place) : json_read_skip(&in->read, NULL));
        }
        return more;
}

static int decode_value(struct json_in *in, const struct wire_type *type, void *place)
{
        enum json_kind have = json_read_peek(&in->read);

        if (wire_is_scalar(type))
                return decode_scalar(in, type, have, place);
        if (type->kind == WIRE_LIST)
                return have == JSON_IS_ARRAY ? decode_list(in, type, place) : wrong_type(in, have, WIRE_LIST);
        if (have != JSON_IS_OBJECT)
                return wrong_type(in, have, type->kind);
        return type->kind == WIRE_MAP ? decode_map(in, type, place) : decode_struct(in, type, place);
}

static int decode_document(struct json_in *in, const struct wire_type *type, void *place)
{
        TRY(decode_value(in, type, place));
        return json_read_end(&in->read);
}

int wire_json_decode(const struct wire_type *type, const struct wire_request *request, struct arena *arena,
                     void *ret_in, struct wire_fault *ret_fault)
{
        return wire_json_decode_text(type, request->http->body, arena, ret_in, ret_fault);
}

int wire_json_decode_text(const struct wire_type *type, struct str text, struct arena *arena, void *place,
                          struct wire_fault *ret_fault)
{
        struct json_in in = {
                .read = {.at = text.ptr, .end = text.ptr + text.len, .arena = arena},
                .fault = ret_fault,
        };
        int problem;

        if (text.len == 0)
                return malformed(&in, "Unexpected end-of-input");
        if (!utf8_is_valid(text))
                return malformed(&in, "Invalid UTF-8");
        problem = decode_document(&in, type, place);
        if (problem == -EINVAL)
                return malformed(&in, "The request body is not valid JSON.");
        if (problem == -E2BIG)
                return malformed(&in, "The request body is nested too deeply.");
        return problem;
}
