#include "json_read.h"

#include "base/buf.h"
#include "base/text.h"
#include "wire/scalar.h"

static void skip_blanks(struct json_read *read)
{
        while (read->at < read->end &&
               (*read->at == ' ' || *read->at == '\n' || *read->at == '\t' || *read->at == '\r'))
                read->at++;
}

static bool take(struct json_read *read, char c)
{
        if (read->at >= read->end || *read->at != c)
                return false;
        read->at++;
        return true;
}

enum json_kind json_read_peek(struct json_read *read)
{
        skip_blanks(read);
        if (read->at >= read->end)
                return JSON_IS_NOTHING;
        switch (*read->at) {
        case '{':
                return JSON_IS_OBJECT;
        case '[':
                return JSON_IS_ARRAY;
        case '"':
                return JSON_IS_STRING;
        case 't':
                return JSON_IS_TRUE;
        case 'f':
                return JSON_IS_FALSE;
        case 'n':
                return JSON_IS_NULL;
        default:
                return *read->at == '-' || (*read->at >= '0' && *read->at <= '9') ? JSON_IS_NUMBER
                                                                                  : JSON_IS_NOTHING;
        }
}

/* -- Strings. */

/* Behind the opening quote: up to the closing one, which is taken. */
static int find_closing_quote(struct json_read *read, struct str *ret_raw, bool *ret_has_escapes)
{
        const char *start = read->at;

        *ret_has_escapes = false;
        for (; read->at < read->end; read->at++) {
                unsigned char c = (unsigned char)*read->at;

                if (c == '"') {
                        *ret_raw = (struct str){start, (size_t)(read->at++ - start)};
                        return 0;
                }
                if (c < 0x20)
                        return -EINVAL;
                if (c == '\\') {
                        *ret_has_escapes = true;
                        read->at++;
                }
        }
        return -EINVAL;
}

static int take_hex4(struct str *raw, uint32_t *ret)
{
        unsigned char bytes[2];

        TRY(hex_decode(str_part(*raw, 0, 4), bytes, sizeof(bytes)));
        *raw = str_from(*raw, 4);
        *ret = (uint32_t)bytes[0] << 8 | bytes[1];
        return 0;
}

/* Behind "\u". Half a surrogate pair is no character. */
static int take_code_point(struct str *raw, uint32_t *ret)
{
        uint32_t low;

        TRY(take_hex4(raw, ret));
        if (*ret < 0xd800 || *ret > 0xdfff)
                return 0;
        if (*ret > 0xdbff || !str_starts(*raw, STR("\\u")))
                return -EINVAL;
        *raw = str_from(*raw, 2);
        TRY(take_hex4(raw, &low));
        if (low < 0xdc00 || low > 0xdfff)
                return -EINVAL;
        *ret = 0x10000 + ((*ret - 0xd800) << 10) + (low - 0xdc00);
        return 0;
}

/* Behind the backslash. */
static int take_escape(struct str *raw, uint32_t *ret)
{
        static const char LETTERS[] = "\"\\/bfnrt", MEANINGS[] = "\"\\/\b\f\n\r\t";
        const char *letter = raw->len ? memchr(LETTERS, raw->ptr[0], sizeof(LETTERS) - 1) : NULL;

        if (letter) {
                *ret = (unsigned char)MEANINGS[letter - LETTERS];
                *raw = str_from(*raw, 1);
                return 0;
        }
        if (raw->len == 0 || raw->ptr[0] != 'u')
                return -EINVAL;
        *raw = str_from(*raw, 1);
        return take_code_point(raw, ret);
}

static int unescape(struct arena *arena, struct str raw, struct str *ret)
{
        /* An escape is never shorter than what it stands for. */
        struct buf out = {.data = arena_alloc(arena, raw.len + 1), .capacity = raw.len, .max = raw.len};

        if (!out.data)
                return -ENOMEM;
        while (raw.len) {
                const char *backslash = memchr(raw.ptr, '\\', raw.len);
                size_t plain = backslash ? (size_t)(backslash - raw.ptr) : raw.len;
                uint32_t code;

                buf_add_bytes(&out, raw.ptr, plain);
                raw = str_from(raw, plain);
                if (raw.len == 0)
                        break;
                raw = str_from(raw, 1);
                TRY(take_escape(&raw, &code));
                utf8_append(&out, code);
        }
        *ret = buf_str(&out);
        return 0;
}

int json_read_string(struct json_read *read, struct str *ret)
{
        bool has_escapes;
        struct str raw;

        skip_blanks(read);
        if (!take(read, '"'))
                return -EINVAL;
        TRY(find_closing_quote(read, &raw, &has_escapes));
        if (has_escapes)
                return unescape(read->arena, raw, ret);
        *ret = raw;
        return 0;
}

/* -- Numbers and words. */

static size_t take_digits(struct json_read *read)
{
        const char *start = read->at;

        while (read->at < read->end && *read->at >= '0' && *read->at <= '9')
                read->at++;
        return (size_t)(read->at - start);
}

int json_read_number(struct json_read *read, struct str *ret)
{
        const char *start, *whole;

        skip_blanks(read);
        start = read->at;
        (void)take(read, '-');
        whole = read->at;
        if (take_digits(read) == 0 || (*whole == '0' && read->at > whole + 1))
                return -EINVAL;
        if (take(read, '.') && take_digits(read) == 0)
                return -EINVAL;
        if (take(read, 'e') || take(read, 'E')) {
                if (!take(read, '+'))
                        (void)take(read, '-');
                if (take_digits(read) == 0)
                        return -EINVAL;
        }
        *ret = (struct str){start, (size_t)(read->at - start)};
        return 0;
}

int json_read_word(struct json_read *read)
{
        static const struct str WORDS[] = {STR_INIT("true"), STR_INIT("false"), STR_INIT("null")};
        struct str rest;

        skip_blanks(read);
        rest = (struct str){read->at, (size_t)(read->end - read->at)};
        for (size_t i = 0; i < ARRAY_LEN(WORDS); i++)
                if (str_starts(rest, WORDS[i])) {
                        read->at += WORDS[i].len;
                        return 0;
                }
        return -EINVAL;
}

/* -- Brackets. */

int json_read_open(struct json_read *read)
{
        skip_blanks(read);
        if (!take(read, '{') && !take(read, '['))
                return -EINVAL;
        if (read->depth >= WIRE_MAX_DEPTH)
                return -E2BIG;
        read->depth++;
        return 0;
}

int json_read_next(struct json_read *read, char closing, bool *is_first)
{
        bool was_first = *is_first;

        *is_first = false;
        skip_blanks(read);
        if (take(read, closing)) {
                read->depth--;
                return 0;
        }
        if (!was_first && !take(read, ','))
                return -EINVAL;
        return 1;
}

int json_read_key(struct json_read *read, struct str *ret)
{
        TRY(json_read_string(read, ret));
        skip_blanks(read);
        return take(read, ':') ? 0 : -EINVAL;
}

static int skip_brackets(struct json_read *read, bool is_object)
{
        bool is_first = true;
        struct str key;
        int more;

        TRY(json_read_open(read));
        while ((more = json_read_next(read, is_object ? '}' : ']', &is_first)) > 0) {
                if (is_object)
                        TRY(json_read_key(read, &key));
                TRY(json_read_skip(read, NULL));
        }
        return more;
}

static int skip_value(struct json_read *read)
{
        struct str text;

        switch (json_read_peek(read)) {
        case JSON_IS_OBJECT:
                return skip_brackets(read, true);
        case JSON_IS_ARRAY:
                return skip_brackets(read, false);
        case JSON_IS_STRING:
                return json_read_string(read, &text);
        case JSON_IS_NUMBER:
                return json_read_number(read, &text);
        case JSON_IS_NOTHING:
                return -EINVAL;
        default:
                return json_read_word(read);
        }
}

int json_read_skip(struct json_read *read, struct str *ret)
{
        const char *start;

        skip_blanks(read);
        start = read->at;
        TRY(skip_value(read));
        if (ret)
                *ret = (struct str){start, (size_t)(read->at - start)};
        return 0;
}

int json_read_end(struct json_read *read)
{
        skip_blanks(read);
        return read->at == read->end ? 0 : -EINVAL;
}
