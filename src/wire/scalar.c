#include "scalar.h"

#include "base/clock.h"
#include "base/text.h"

#include <math.h>

/* Years of four digits: 0000-01-01 to 9999-12-31, roughly, on both sides of 1970. */
#define MAX_EPOCH_S 253402300799.999

bool wire_is_scalar(const struct wire_type *type)
{
        return type->kind != WIRE_LIST && type->kind != WIRE_MAP && type->kind != WIRE_STRUCT;
}

const char *wire_kind_name(enum wire_kind kind)
{
        static const char *const NAMES[] = {
                [WIRE_STRING] = "String",    [WIRE_BLOB] = "ByteBuffer",   [WIRE_BOOLEAN] = "Boolean",
                [WIRE_INTEGER] = "Integer",  [WIRE_LONG] = "Long",         [WIRE_DOUBLE] = "Double",
                [WIRE_TIMESTAMP] = "Date",   [WIRE_LIST] = "List",         [WIRE_MAP] = "Map",
                [WIRE_STRUCT] = "Structure", [WIRE_DOCUMENT] = "Document", [WIRE_STREAM] = "Stream",
        };

        return NAMES[kind];
}

bool wire_integer_fits(enum wire_kind kind, int64_t value)
{
        return kind != WIRE_INTEGER || (value >= INT32_MIN && value <= INT32_MAX);
}

static int parse_boolean(struct str text, struct opt_bool *ret)
{
        bool is_true = str_eq_nocase(text, STR("true"));

        if (!is_true && !str_eq_nocase(text, STR("false")))
                return -EINVAL;
        *ret = OPT_BOOL(is_true);
        return 0;
}

static int parse_integer(enum wire_kind kind, struct str text, struct opt_int *ret)
{
        int64_t value;

        TRY(str_to_i64(text, &value));
        if (!wire_integer_fits(kind, value))
                return -ERANGE;
        *ret = OPT_INT(value);
        return 0;
}

/* What becomes of them is the service's to say. The same in all protocols of text:
 * https://smithy.io/2.0/aws/protocols/aws-query-protocol.html */
bool wire_double_is_named(struct str text, double *ret)
{
        static const struct {
                struct str name;
                double value;
        } NAMED[] = {
                {STR_INIT("NaN"), (double)NAN},
                {STR_INIT("Infinity"), (double)INFINITY},
                {STR_INIT("-Infinity"), -(double)INFINITY},
        };

        for (size_t i = 0; i < ARRAY_LEN(NAMED); i++)
                if (str_eq(text, NAMED[i].name)) {
                        *ret = NAMED[i].value;
                        return true;
                }
        return false;
}

/* strtod() knows more than AWS does: hexadecimal, infinity, nan(...). */
static int parse_double(struct str text, struct opt_double *ret)
{
        double value;

        if (wire_double_is_named(text, &value)) {
                *ret = (struct opt_double){true, value};
                return 0;
        }
        for (size_t i = 0; i < text.len; i++)
                if (!memchr("0123456789+-.eE", text.ptr[i], 15))
                        return -EINVAL;
        TRY(str_to_double(text, &value));
        if (!isfinite(value))
                return -ERANGE;
        *ret = (struct opt_double){true, value};
        return 0;
}

int wire_epoch_to_ms(double seconds, int64_t *ret_ms)
{
        if (!(fabs(seconds) <= MAX_EPOCH_S))
                return -ERANGE;
        *ret_ms = (int64_t)llround(seconds * 1000);
        return 0;
}

static int parse_timestamp(enum wire_time format, struct str text, struct opt_int *ret)
{
        struct opt_double seconds;
        int64_t ms;

        if (format == WIRE_TIME_EPOCH) {
                TRY(parse_double(text, &seconds));
                TRY(wire_epoch_to_ms(seconds.value, &ms));
        } else {
                TRY(time_parse(text, &ms));
        }
        *ret = OPT_INT(ms);
        return 0;
}

int wire_scalar_parse(const struct wire_type *type, struct str text, struct arena *arena, void *place)
{
        switch (type->kind) {
        case WIRE_STRING:
        case WIRE_DOCUMENT:
        case WIRE_STREAM:
                *(struct str *)place = text;
                return 0;
        case WIRE_BLOB:
                return base64_decode(arena, text, place);
        case WIRE_BOOLEAN:
                return parse_boolean(text, place);
        case WIRE_INTEGER:
        case WIRE_LONG:
                return parse_integer(type->kind, text, place);
        case WIRE_DOUBLE:
                return parse_double(text, place);
        case WIRE_TIMESTAMP:
                return parse_timestamp(type->time, text, place);
        case WIRE_LIST:
        case WIRE_MAP:
        case WIRE_STRUCT:
                break;
        }
        return -EINVAL;
}

bool wire_scalar_is_set(const struct wire_type *type, const void *place)
{
        switch (type->kind) {
        case WIRE_BOOLEAN:
                return ((const struct opt_bool *)place)->is_set;
        case WIRE_INTEGER:
        case WIRE_LONG:
        case WIRE_TIMESTAMP:
                return ((const struct opt_int *)place)->is_set;
        case WIRE_DOUBLE:
                return ((const struct opt_double *)place)->is_set;
        default:
                return str_is_set(*(const struct str *)place);
        }
}

void wire_double_append(struct buf *buf, double value)
{
        char text[40];
        int len = 0;

        if (!isfinite(value)) {
                buf_add(buf, isnan(value) ? STR("NaN") : value > 0 ? STR("Infinity") : STR("-Infinity"));
                return;
        }
        for (int digits = 15; digits <= 17; digits++) {
                len = snprintf(text, sizeof(text), "%.*g", digits, value);
                if (strtod(text, NULL) == value)
                        break;
        }
        buf_add_bytes(buf, text, (size_t)len);
        if (!strpbrk(text, ".e"))
                buf_add(buf, STR(".0"));
}

void wire_epoch_append(struct buf *buf, int64_t ms)
{
        int64_t seconds = ms / MS_PER_S;
        int64_t fraction = ms % MS_PER_S;

        if (ms < 0 && fraction) { /* the sign would be lost with a whole part of zero */
                buf_add_byte(buf, '-');
                seconds = -seconds;
                fraction = -fraction;
        }
        buf_add_int(buf, seconds);
        if (fraction)
                buf_addf(buf, ".%03d", (int)fraction);
}

static void iso_append(struct buf *buf, int64_t ms, bool with_ms)
{
        char *room = buf_extend(buf, TIME_ISO_LEN);
        int64_t fraction = (ms % MS_PER_S + MS_PER_S) % MS_PER_S;

        if (!room)
                return;
        time_iso_write(room, ms);
        if (!with_ms)
                return;
        buf->len--; /* the Z */
        buf_addf(buf, ".%03dZ", (int)fraction);
}

void wire_iso_ms_append(struct buf *buf, int64_t ms)
{
        iso_append(buf, ms, true);
}

static void http_append(struct buf *buf, int64_t ms)
{
        struct arena arena;

        arena_init(&arena, 256);
        buf_add(buf, time_http(&arena, ms));
        arena_done(&arena);
}

void wire_timestamp_append(struct buf *buf, enum wire_time format, int64_t ms)
{
        switch (format) {
        case WIRE_TIME_EPOCH:
                wire_epoch_append(buf, ms);
                return;
        case WIRE_TIME_HTTP:
                http_append(buf, ms);
                return;
        case WIRE_TIME_DEFAULT:
        case WIRE_TIME_ISO:
                iso_append(buf, ms, format == WIRE_TIME_ISO && ms % MS_PER_S);
                return;
        }
}
