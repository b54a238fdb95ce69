/* Comparisons of patterns: strings with stars at their ends, numbers, regular expressions. */
#include <stdlib.h>

#include "services/logs/pattern_inside.h"

static int take_operator(struct logs_pattern_text *text, enum logs_pattern_operator *ret)
{
        static const struct {
                struct str text;
                enum logs_pattern_operator operator;
        } TABLE[] = {
                {STR_INIT("!="), PATTERN_UNEQUAL},  {STR_INIT("<="), PATTERN_AT_MOST},
                {STR_INIT(">="), PATTERN_AT_LEAST}, {STR_INIT("="), PATTERN_EQUAL},
                {STR_INIT("<"), PATTERN_LESS},      {STR_INIT(">"), PATTERN_MORE},
        };

        for (size_t i = 0; i < ARRAY_LEN(TABLE); i++)
                if (logs_pattern_take(text, TABLE[i].text)) {
                        *ret = TABLE[i].operator;
                        return 0;
                }
        return logs_pattern_refuse(text, "Missing or unknown operator in filter pattern");
}

static int take_bare(struct logs_pattern_text *text, const char *ends, struct logs_pattern_test *ret)
{
        size_t len = 0;

        for (; len < text->rest.len && (unsigned char)text->rest.ptr[len] > ' '; len++)
                if (str_has_byte(str_of(ends), text->rest.ptr[len]) ||
                    str_has_byte(STR("\"%=<>!"), text->rest.ptr[len]))
                        break;
        if (len == 0)
                return logs_pattern_refuse(text, "Missing value in filter pattern");
        ret->text = malloc(len);
        if (!ret->text)
                return -ENOMEM;
        memcpy(ret->text, text->rest.ptr, len);
        ret->len = len;
        text->rest = str_from(text->rest, len);
        return 0;
}

/* A star elsewhere means itself. */
static void read_stars(struct logs_pattern_test *test)
{
        if (test->len && test->text[0] == '*') {
                test->open_start = true;
                memmove(test->text, test->text + 1, --test->len);
        }
        if (test->len && test->text[test->len - 1] == '*') {
                test->open_end = true;
                test->len--;
        }
        if (test->open_start && test->len == 0)
                test->open_end = true;
}

static int read_number(struct logs_pattern_text *text, struct logs_pattern_test *test)
{
        struct str digits = {test->text, test->len};

        if (!test->open_start && !test->open_end)
                test->is_number = str_to_double(digits, &test->number) == 0;
        if (test->operator!= PATTERN_EQUAL && test->operator!= PATTERN_UNEQUAL && !test->is_number)
                return logs_pattern_refuse(text, "A numeric operator needs a number in filter pattern");
        return 0;
}

int logs_pattern_take_test(struct logs_pattern_text *text, const char *ends, struct logs_pattern_test *ret)
{
        *ret = (struct logs_pattern_test){};
        logs_pattern_skip_blanks(text);
        TRY(take_operator(text, &ret->operator));
        logs_pattern_skip_blanks(text);
        if (str_starts(text->rest, STR("%"))) {
                if (ret->operator!= PATTERN_EQUAL && ret->operator!= PATTERN_UNEQUAL)
                        return logs_pattern_refuse(text,
                                                   "A numeric operator needs a number in filter pattern");
                return logs_pattern_take_regex(text, &ret->regex);
        }
        if (str_starts(text->rest, STR("\"")))
                TRY(logs_pattern_take_quoted(text, &ret->text, &ret->len));
        else
                TRY(take_bare(text, ends, ret));
        read_stars(ret);
        return read_number(text, ret);
}

void logs_pattern_test_done(struct logs_pattern_test *test)
{
        free(test->text);
        regex_free(test->regex);
        *test = (struct logs_pattern_test){};
}

static int is_like(const struct logs_pattern_test *test, struct str value)
{
        struct str text = {test->text, test->len};

        if (test->regex)
                return regex_match(test->regex, value);
        if (test->open_start && test->open_end)
                return text.len == 0 || str_find(value, text) >= 0;
        if (test->open_start)
                return str_ends(value, text);
        return test->open_end ? str_starts(value, text) : str_eq(value, text);
}

static bool compare(enum logs_pattern_operator operator, double a, double b)
{
        switch (operator) {
        case PATTERN_LESS:
                return a < b;
        case PATTERN_AT_MOST:
                return a <= b;
        case PATTERN_MORE:
                return a > b;
        case PATTERN_AT_LEAST:
                return a >= b;
        case PATTERN_EQUAL:
        case PATTERN_UNEQUAL:
                break;
        }
        return !(a < b) && !(a > b);
}

static int turned(int answer)
{
        return answer < 0 ? answer : !answer;
}

int logs_pattern_test_text(const struct logs_pattern_test *test, struct str value)
{
        switch (test->operator) {
        case PATTERN_EQUAL:
                return is_like(test, value);
        case PATTERN_UNEQUAL:
                return turned(is_like(test, value));
        default:
                return false; /* a string is not more or less than a number */
        }
}

int logs_pattern_test_number(const struct logs_pattern_test *test, double value, struct str as_text)
{
        int is_equal;

        if (test->operator!= PATTERN_EQUAL && test->operator!= PATTERN_UNEQUAL)
                return compare(test->operator, value, test->number);
        is_equal = test->is_number && compare(PATTERN_EQUAL, value, test->number);
        if (!is_equal)
                is_equal = is_like(test, as_text);
        return test->operator== PATTERN_EQUAL ? is_equal : turned(is_equal);
}
