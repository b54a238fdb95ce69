/* The words of a query. Bounded by its length; nothing is copied but what has escapes. */
#include <stdarg.h>
#include <stdio.h>

#include "services/logs/insights_inside.h"

void query_say(struct query_text *text, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        (void)vsnprintf(text->error->why, INSIGHTS_WHY_MAX, format, args);
        va_end(args);
        text->error->start = text->token.start;
        text->error->end = text->token.end;
}

static bool is_letter(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '@' ||
               (unsigned char)c >= 0x80;
}

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

static char at(const struct query_text *text, size_t ahead)
{
        return text->at + ahead < text->all.len ? text->all.ptr[text->at + ahead] : '\0';
}

/* Blanks, and comments up to the end of their line. */
static void skip(struct query_text *text)
{
        while (text->at < text->all.len) {
                char c = at(text, 0);

                if (c == '#')
                        while (text->at < text->all.len && at(text, 0) != '\n')
                                text->at++;
                else if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
                        text->at++;
                else
                        return;
        }
}

/* -- Names: parts between dots, some of them between backticks */

static int take_part(struct query_text *text, char *out, size_t *len, bool *is_quoted)
{
        if (at(text, 0) != '`') {
                while (is_letter(at(text, 0)) || is_digit(at(text, 0)))
                        out[(*len)++] = text->all.ptr[text->at++];
                return 0;
        }
        *is_quoted = true;
        for (text->at++; text->at < text->all.len && at(text, 0) != '`'; text->at++)
                out[(*len)++] = at(text, 0);
        if (text->at == text->all.len)
                return query_refuse(text, "unclosed backtick");
        text->at++;
        return 0;
}

static int take_name(struct query_text *text)
{
        char *out = arena_alloc(text->arena, text->all.len - text->at + 1);
        size_t len = 0;

        if (!out)
                return -ENOMEM;
        text->token.kind = TOKEN_NAME;
        TRY(take_part(text, out, &len, &text->token.is_quoted));
        while (at(text, 0) == '.' &&
               (is_letter(at(text, 1)) || is_digit(at(text, 1)) || at(text, 1) == '`')) {
                out[len++] = '.';
                text->at++;
                TRY(take_part(text, out, &len, &text->token.is_quoted));
        }
        text->token.text = str_make(out, len);
        return len ? 0 : query_refuse(text, "empty name");
}

/* -- Numbers, and periods: 5m */

static int take_number(struct query_text *text)
{
        size_t start = text->at, unit;

        while (is_digit(at(text, 0)))
                text->at++;
        if (at(text, 0) == '.' && is_digit(at(text, 1)))
                for (text->at++; is_digit(at(text, 0));)
                        text->at++;
        if ((at(text, 0) == 'e' || at(text, 0) == 'E') &&
            (is_digit(at(text, 1)) || ((at(text, 1) == '-' || at(text, 1) == '+') && is_digit(at(text, 2)))))
                for (text->at += 2; is_digit(at(text, 0));)
                        text->at++;
        text->token.text = str_part(text->all, start, text->at - start);
        unit = text->at;
        while (is_letter(at(text, 0)))
                text->at++;
        text->token.unit = str_part(text->all, unit, text->at - unit);
        text->token.kind = text->token.unit.len ? TOKEN_PERIOD : TOKEN_NUMBER;
        return str_to_double(text->token.text, &text->token.number) < 0 ? query_refuse(text, "invalid number")
                                                                        : 0;
}

static int take_text(struct query_text *text, char quote)
{
        char *out = arena_alloc(text->arena, text->all.len - text->at + 1);
        size_t len = 0;

        if (!out)
                return -ENOMEM;
        for (text->at++; text->at < text->all.len && at(text, 0) != quote; text->at++) {
                if (at(text, 0) == '\\' && (at(text, 1) == quote || at(text, 1) == '\\'))
                        text->at++;
                out[len++] = at(text, 0);
        }
        text->token.end = text->at;
        if (text->at == text->all.len)
                return query_refuse(text, "unclosed quotation mark");
        text->at++;
        text->token.kind = TOKEN_TEXT;
        text->token.text = str_make(out, len);
        return 0;
}

static int take_sign(struct query_text *text)
{
        static const char *const SIGNS[] = {"=~", "!=", "<=", ">=", "=", "<", ">", "(", ")", "[",
                                            "]",  ",",  "|",  "+",  "-", "*", "/", "%", "^"};

        for (size_t i = 0; i < ARRAY_LEN(SIGNS); i++)
                if (str_starts(str_from(text->all, text->at), str_of(SIGNS[i]))) {
                        text->token.kind = TOKEN_SIGN;
                        text->token.text = str_of(SIGNS[i]);
                        text->at += text->token.text.len;
                        return 0;
                }
        text->token.end = text->at + 1;
        return query_refuse(text, "unexpected symbol found %c", text->all.ptr[text->at]);
}

int query_next(struct query_text *text)
{
        int r = 0;
        char c;

        skip(text);
        text->token = (struct token){.start = text->at, .end = text->at, .text = STR("")};
        if (text->at == text->all.len)
                return 0;
        c = at(text, 0);
        if (is_letter(c) || c == '`')
                r = take_name(text);
        else if (is_digit(c))
                r = take_number(text);
        else if (c == '"' || c == '\'')
                r = take_text(text, c);
        else
                r = take_sign(text);
        text->token.end = text->at;
        return r;
}

bool query_is_sign(const struct query_text *text, const char *sign)
{
        return text->token.kind == TOKEN_SIGN && str_eq(text->token.text, str_of(sign));
}

bool query_is_word(const struct query_text *text, const char *word)
{
        return text->token.kind == TOKEN_NAME && !text->token.is_quoted &&
               str_eq_nocase(text->token.text, str_of(word));
}

static int take(struct query_text *text, bool is_there)
{
        if (!is_there)
                return 0;
        TRY(query_next(text));
        return 1;
}

int query_take_sign(struct query_text *text, const char *sign)
{
        return take(text, query_is_sign(text, sign));
}

int query_take_word(struct query_text *text, const char *word)
{
        return take(text, query_is_word(text, word));
}

int query_need_sign(struct query_text *text, const char *sign)
{
        int r = query_take_sign(text, sign);

        TRY(r);
        if (r)
                return 0;
        if (text->token.kind == TOKEN_END)
                return query_refuse(text, "unexpected end of query: expected %s", sign);
        return query_refuse(text, "unexpected symbol found %.*s: expected %s",
                            (int)(text->token.text.len < 40 ? text->token.text.len : 40),
                            text->token.text.ptr, sign);
}

int query_take_regex(struct query_text *text, struct str *ret)
{
        size_t begin = text->token.start + 1, end = begin;

        while (end < text->all.len && text->all.ptr[end] != '/')
                end += text->all.ptr[end] == '\\' ? 2 : 1;
        if (end >= text->all.len)
                return query_refuse(text, "unclosed regular expression");
        *ret = str_part(text->all, begin, end - begin);
        text->at = end + 1;
        return query_next(text);
}
