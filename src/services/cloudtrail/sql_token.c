#include "services/cloudtrail/sql.h"

#define ID_LEN 36

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

static bool is_word_byte(char c)
{
        return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_hex(char c)
{
        return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* "EXAMPLEf-852a-4e8f-8bd1-bcf6cEXAMPLE", as it stands behind FROM. */
static bool is_store(struct str text)
{
        if (text.len < ID_LEN ||
            (text.len > ID_LEN && (is_word_byte(text.ptr[ID_LEN]) || text.ptr[ID_LEN] == '-')))
                return false;
        for (size_t i = 0; i < ID_LEN; i++) {
                bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

                if (is_dash ? text.ptr[i] != '-' : !is_hex(text.ptr[i]))
                        return false;
        }
        return true;
}

static int take(struct str *rest, size_t len, enum sql_kind kind, struct sql_token *ret)
{
        *ret = (struct sql_token){kind, str_part(*rest, 0, len)};
        *rest = str_from(*rest, len);
        return 0;
}

static bool skip_comment(struct str *rest)
{
        ptrdiff_t end = -1;

        if (str_starts(*rest, STR("--"))) {
                end = str_find_byte(*rest, '\n');
                *rest = end < 0 ? STR("") : str_from(*rest, (size_t)end);
                return true;
        }
        if (!str_starts(*rest, STR("/*")))
                return false;
        end = str_find(str_from(*rest, 2), STR("*/"));
        if (end < 0)
                return false;
        *rest = str_from(*rest, (size_t)end + 4);
        return true;
}

static void skip_blanks(struct str *rest)
{
        do {
                while (rest->len && str_has_byte(STR(" \t\r\n"), rest->ptr[0]))
                        *rest = str_from(*rest, 1);
        } while (rest->len && skip_comment(rest));
}

/* A quote in it is doubled. */
static int take_quoted(struct str *rest, char quote, struct sql_token *ret)
{
        size_t i = 1;

        while (i < rest->len && (rest->ptr[i] != quote || (i + 1 < rest->len && rest->ptr[i + 1] == quote)))
                i += rest->ptr[i] == quote ? 2 : 1;
        if (i >= rest->len)
                return -EINVAL;
        TRY(take(rest, i + 1, quote == '"' ? SQL_QUOTED : SQL_STRING, ret));
        if (quote == '"' && ret->text.len == ID_LEN + 2 && is_store(str_part(ret->text, 1, ID_LEN)))
                *ret = (struct sql_token){SQL_STORE, str_part(ret->text, 1, ID_LEN)};
        return 0;
}

static size_t number_len(struct str text)
{
        size_t i = 0;

        while (i < text.len && is_digit(text.ptr[i]))
                i++;
        if (i + 1 < text.len && text.ptr[i] == '.' && is_digit(text.ptr[i + 1]))
                for (i++; i < text.len && is_digit(text.ptr[i]);)
                        i++;
        return i;
}

static int take_sign(struct str *rest, struct sql_token *ret)
{
        static const struct str SIGNS[] = {STR_INIT("<>"), STR_INIT("!="), STR_INIT("<="), STR_INIT(">="),
                                           STR_INIT("||"), STR_INIT("("),  STR_INIT(")"),  STR_INIT(","),
                                           STR_INIT("."),  STR_INIT("["),  STR_INIT("]"),  STR_INIT("="),
                                           STR_INIT("<"),  STR_INIT(">"),  STR_INIT("+"),  STR_INIT("-"),
                                           STR_INIT("*"),  STR_INIT("/"),  STR_INIT("%"),  STR_INIT(";")};

        if (str_starts(*rest, STR("->")) || str_starts(*rest, STR("==")) || str_starts(*rest, STR("<<")) ||
            str_starts(*rest, STR(">>")))
                return -EINVAL;
        for (size_t i = 0; i < ARRAY_LEN(SIGNS); i++)
                if (str_starts(*rest, SIGNS[i]))
                        return take(rest, SIGNS[i].len, SQL_SIGN, ret);
        return -EINVAL;
}

int sql_take_token(struct str *rest, struct sql_token *ret)
{
        size_t len = 0;

        skip_blanks(rest);
        if (rest->len == 0)
                return take(rest, 0, SQL_END, ret);
        if (is_store(*rest))
                return take(rest, ID_LEN, SQL_STORE, ret);
        if (rest->ptr[0] == '\'' || rest->ptr[0] == '"')
                return take_quoted(rest, rest->ptr[0], ret);
        if (is_digit(rest->ptr[0])) {
                len = number_len(*rest);
                return len < rest->len && is_word_byte(rest->ptr[len]) ? -EINVAL
                                                                       : take(rest, len, SQL_NUMBER, ret);
        }
        while (len < rest->len && is_word_byte(rest->ptr[len]))
                len++;
        return len ? take(rest, len, SQL_WORD, ret) : take_sign(rest, ret);
}
