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

void pattern_from_java(struct buf *out, struct str pattern)
{
        bool in_brackets = false;

        while (pattern.len) {
                char c = pattern.ptr[0];
                size_t taken = c == '\\' && pattern.len > 1 ? 2 : 1;

                if (take_unicode(&pattern, out) || take_class(&pattern, in_brackets, out))
                        continue;
                if (taken == 1 && c == '[')
                        in_brackets = true;
                else if (taken == 1 && c == ']')
                        in_brackets = false;
                buf_add(out, str_part(pattern, 0, taken));
                pattern = str_from(pattern, taken);
        }
}
