#include "pattern_java.h"

#include "base/text.h"

/* https://docs.oracle.com/javase/8/docs/api/java/util/regex/Pattern.html "POSIX character classes (US-ASCII
 * only)" */
static const struct {
        struct str java, pcre;
} CLASSES[] = {
        {STR_INIT("ASCII"), STR_INIT("[:ascii:]")}, {STR_INIT("Print"), STR_INIT("[:print:]")},
        {STR_INIT("Alnum"), STR_INIT("[:alnum:]")}, {STR_INIT("Alpha"), STR_INIT("[:alpha:]")},
        {STR_INIT("Digit"), STR_INIT("[:digit:]")}, {STR_INIT("Lower"), STR_INIT("[:lower:]")},
        {STR_INIT("Upper"), STR_INIT("[:upper:]")}, {STR_INIT("Punct"), STR_INIT("[:punct:]")},
        {STR_INIT("Graph"), STR_INIT("[:graph:]")}, {STR_INIT("Blank"), STR_INIT("[:blank:]")},
        {STR_INIT("Cntrl"), STR_INIT("[:cntrl:]")}, {STR_INIT("XDigit"), STR_INIT("[:xdigit:]")},
        {STR_INIT("Space"), STR_INIT("[:space:]")},
};

/* "\uXXXX" at the front; takes it. */
static bool take_unit(struct str *rest, uint32_t *ret)
{
        unsigned char bytes[2];

        if (!str_starts(*rest, STR("\\u")) || hex_decode(str_part(*rest, 2, 4), bytes, sizeof(bytes)) < 0)
                return false;
        *ret = (uint32_t)bytes[0] << 8 | bytes[1];
        *rest = str_from(*rest, 6);
        return true;
}

static bool take_unicode(struct str *rest, struct buf *out)
{
        struct str behind;
        uint32_t code, low;

        if (!take_unit(rest, &code))
                return false;
        behind = *rest;
        if (code >= 0xd800 && code <= 0xdbff && take_unit(&behind, &low) && low >= 0xdc00 && low <= 0xdfff) {
                code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                *rest = behind;
        }
        buf_addf(out, "\\x{%x}", (unsigned int)code);
        return true;
}

static bool take_class(struct str *rest, bool in_brackets, struct buf *out)
{
        ptrdiff_t close = str_find_byte(*rest, '}');
        struct str name;

        if (!str_starts(*rest, STR("\\p{")) || close < 0)
                return false;
        name = str_part(*rest, 3, (size_t)close - 3);
        for (size_t i = 0; i < ARRAY_LEN(CLASSES); i++) {
                if (!str_eq(name, CLASSES[i].java))
                        continue;
                buf_add(out, in_brackets ? STR("") : STR("["));
                buf_add(out, CLASSES[i].pcre);
                buf_add(out, in_brackets ? STR("") : STR("]"));
                *rest = str_from(*rest, (size_t)close + 1);
                return true;
        }
        return false;
}

/* PCRE2 counts to 65535. A larger maximum becomes none: it stands beside a maximum length that says the same.
 */
static bool take_large_count(struct str *rest, struct buf *out)
{
        ptrdiff_t comma = str_find_byte(*rest, ','), close = str_find_byte(*rest, '}');
        uint64_t least, most;

        if (rest->ptr[0] != '{' || comma < 0 || close < comma ||
            str_to_u64(str_part(*rest, 1, (size_t)comma - 1), &least) < 0 ||
            str_to_u64(str_part(*rest, (size_t)comma + 1, (size_t)(close - comma) - 1), &most) < 0 ||
            most <= 65535)
                return false;
        buf_add(out, str_part(*rest, 0, (size_t)comma + 1));
        buf_add_byte(out, '}');
        *rest = str_from(*rest, (size_t)close + 1);
        return true;
}

/* "\w" and its kin, "\p{L}": what cannot begin a range. Gives its length, or 0. */
static size_t class_escape_length(struct str rest)
{
        ptrdiff_t close = str_find_byte(rest, '}');

        if (rest.len < 2 || rest.ptr[0] != '\\')
                return 0;
        if (memchr("wWdDsS", rest.ptr[1], 6))
                return 2;
        return (rest.ptr[1] == 'p' || rest.ptr[1] == 'P') && rest.len > 2 && rest.ptr[2] == '{' && close > 0
                       ? (size_t)close + 1
                       : 0;
}

/* Takes one piece: a literal, an escape or a class. */
static void take_piece(struct str *rest, bool *in_brackets, struct buf *out)
{
        size_t class_length = class_escape_length(*rest);
        size_t taken = class_length ? class_length : rest->ptr[0] == '\\' && rest->len > 1 ? 2 : 1;

        if (take_unicode(rest, out))
                return;
        if (!take_class(rest, *in_brackets, out)) {
                if (taken == 1 && (rest->ptr[0] == '[' || rest->ptr[0] == ']'))
                        *in_brackets = rest->ptr[0] == '[';
                buf_add(out, str_part(*rest, 0, taken));
                *rest = str_from(*rest, taken);
        }
        /* "[\w-_]": in Java a hyphen that cannot make a range is a hyphen. */
        if (class_length && *in_brackets && rest->len > 1 && rest->ptr[0] == '-') {
                buf_add(out, STR("\\-"));
                *rest = str_from(*rest, 1);
        }
}

void pattern_from_java(struct buf *out, struct str pattern)
{
        bool in_brackets = false;

        while (pattern.len)
                if (in_brackets || !take_large_count(&pattern, out))
                        take_piece(&pattern, &in_brackets, out);
}
