/* Regular expressions of filter patterns: a part of the usual notation, without groups.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html#regex-expressions */
#include "services/logs/pattern_inside.h"

static bool is_alphanumeric(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_hex(char c)
{
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Behind a backslash: a class, "x" and two digits, or an operator or symbol that means itself. */
static int check_escape(struct logs_pattern_text *text, struct str behind)
{
        if (behind.len == 0)
                return logs_pattern_refuse(text, "Invalid regular expression in filter pattern");
        if (behind.ptr[0] == 'x' && behind.len >= 3 && is_hex(behind.ptr[1]) && is_hex(behind.ptr[2]))
                return 0;
        if (is_alphanumeric(behind.ptr[0]) && !str_has_byte(STR("dDsSwW"), behind.ptr[0]))
                return logs_pattern_refuse(text,
                                           "Unsupported escape in regular expression of filter pattern");
        return (unsigned char)behind.ptr[0] >= 0x20 && (unsigned char)behind.ptr[0] < 0x7F
                       ? 0
                       : logs_pattern_refuse(text,
                                             "Unsupported character in regular expression of filter pattern");
}

static int check_regex(struct logs_pattern_text *text, struct str regex)
{
        for (size_t i = 0; i < regex.len; i++) {
                char c = regex.ptr[i];

                if (c == '\\') {
                        TRY(check_escape(text, str_from(regex, i + 1)));
                        i++;
                } else if (!is_alphanumeric(c) && !str_has_byte(STR(" :_#=@/;,-^$?[]{}|*+."), c)) {
                        return logs_pattern_refuse(
                                text, "Unsupported character in regular expression of filter pattern");
                }
        }
        return regex.len ? 0 : logs_pattern_refuse(text, "Empty regular expression in filter pattern");
}

/* "Either m or n can be omitted": the library takes "{,3}" for itself. */
static size_t rewrite(struct str regex, char *out)
{
        size_t len = 0;

        for (size_t i = 0; i < regex.len; i++) {
                out[len++] = regex.ptr[i];
                if (regex.ptr[i] == '\\' && i + 1 < regex.len)
                        out[len++] = regex.ptr[++i];
                else if (regex.ptr[i] == '{' && i + 1 < regex.len && regex.ptr[i + 1] == ',')
                        out[len++] = '0';
        }
        return len;
}

static int compile(struct logs_pattern_text *text, struct str given, struct regex **ret)
{
        char room[2 * PATTERN_MAX];
        int r = regex_compile(str_make(room, rewrite(given, room)), text->budget, ret);

        return r == -EINVAL ? logs_pattern_refuse(text, "Invalid regular expression in filter pattern") : r;
}

static ptrdiff_t find_end(struct str rest)
{
        for (size_t i = 1; i < rest.len; i++) {
                if (rest.ptr[i] == '\\')
                        i++;
                else if (rest.ptr[i] == '%')
                        return (ptrdiff_t)i;
        }
        return -1;
}

int logs_pattern_take_regex(struct logs_pattern_text *text, struct regex **ret)
{
        ptrdiff_t end = find_end(text->rest);
        struct str given;

        if (end < 0)
                return logs_pattern_refuse(text, "Unclosed regular expression in filter pattern");
        given = str_part(text->rest, 1, (size_t)end - 1);
        text->rest = str_from(text->rest, (size_t)end + 1);
        text->regexes++;
        TRY(check_regex(text, given));
        return compile(text, given, ret);
}
