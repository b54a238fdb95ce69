/* { SELECTOR OPERATOR VALUE }: properties of messages that are JSON objects. */
#include <stdio.h>
#include <stdlib.h>

#include "services/logs/pattern_inside.h"

#define CONDITIONS_MAX 256
#define WILDCARDS_MAX  3 /* "up to three wildcard selectors in a filter pattern with compound expressions" */

enum question { IS_LIKE, IS_NULL, IS_TRUE, IS_FALSE, NOT_EXISTS };

struct condition {
        struct logs_pattern_selector selector;
        enum question question;
        struct logs_pattern_test test;
};

struct logs_pattern_json {
        struct condition conditions[CONDITIONS_MAX];
        size_t count, wildcards;
        struct logs_pattern_code code;
};

/* -- Conditions */

static bool take_word(struct logs_pattern_text *text, const char *word)
{
        struct str wanted = str_of(word);

        logs_pattern_skip_blanks(text);
        if (!str_starts_nocase(text->rest, wanted))
                return false;
        text->rest = str_from(text->rest, wanted.len);
        return true;
}

static int take_question(struct logs_pattern_text *text, struct condition *ret)
{
        if (take_word(text, "NOT")) {
                ret->question = NOT_EXISTS;
                return take_word(text, "EXISTS")
                               ? 0
                               : logs_pattern_refuse(text, "Expected NOT EXISTS in filter pattern");
        }
        if (!take_word(text, "IS"))
                return logs_pattern_take_test(text, "(){}&|", &ret->test);
        if (take_word(text, "NULL"))
                ret->question = IS_NULL;
        else if (take_word(text, "TRUE"))
                ret->question = IS_TRUE;
        else if (take_word(text, "FALSE"))
                ret->question = IS_FALSE;
        else
                return logs_pattern_refuse(text, "Expected NULL, TRUE or FALSE behind IS in filter pattern");
        return 0;
}

static int take_condition(void *arg, struct logs_pattern_text *text, size_t *ret)
{
        struct logs_pattern_json *json = arg;
        struct condition *condition = &json->conditions[json->count];

        if (json->count == CONDITIONS_MAX)
                return logs_pattern_refuse(text, "Too many conditions in filter pattern");
        *ret = json->count++;
        TRY(logs_pattern_take_selector(text, &condition->selector));
        json->wildcards += condition->selector.wildcards;
        if (json->wildcards > WILDCARDS_MAX)
                return logs_pattern_refuse(text, "Too many wildcard selectors in filter pattern");
        return take_question(text, condition);
}

int logs_pattern_json_compile(struct logs_pattern_text *text, struct logs_pattern_json **ret)
{
        struct logs_pattern_json *json = calloc(1, sizeof(*json));

        if (!json)
                return -ENOMEM;
        *ret = json;
        text->rest = str_from(text->rest, 1);
        TRY(logs_pattern_take_code(text, "}", take_condition, json, &json->code));
        if (text->regexes > 2)
                return logs_pattern_refuse(text, "Too many regular expressions in filter pattern");
        text->rest = str_from(text->rest, 1);
        return 0;
}

void logs_pattern_json_free(struct logs_pattern_json *json)
{
        if (!json)
                return;
        for (size_t i = 0; i < json->count; i++) {
                struct condition *condition = &json->conditions[i];

                logs_pattern_selector_done(&condition->selector);
                logs_pattern_test_done(&condition->test);
        }
        free(json);
}

/* -- Matching */

static int is_number_like(const struct condition *condition, const json_t *value)
{
        char text[64];
        int len = json_is_integer(value)
                          ? snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(value))
                          : snprintf(text, sizeof(text), "%.15g", json_real_value(value));

        return logs_pattern_test_number(&condition->test, json_number_value(value),
                                        str_make(text, (size_t)len));
}

/* "The SELECTOR must point to a value node": of what is none, and of what is not there, neither = nor != is
 * true. */
static int is_like(const struct condition *condition, const json_t *value)
{
        if (json_is_string(value))
                return logs_pattern_test_text(&condition->test,
                                              str_make(json_string_value(value), json_string_length(value)));
        if (json_is_number(value))
                return is_number_like(condition, value);
        if (json_is_boolean(value))
                return logs_pattern_test_text(&condition->test,
                                              json_is_true(value) ? STR("true") : STR("false"));
        return false;
}

static int answers(const void *arg, const json_t *value)
{
        const struct condition *condition = arg;

        switch (condition->question) {
        case IS_NULL:
                return json_is_null(value);
        case IS_TRUE:
                return json_is_true(value);
        case IS_FALSE:
                return json_is_false(value);
        case NOT_EXISTS:
                return true; /* that it is there: turned around below */
        case IS_LIKE:
                break;
        }
        return is_like(condition, value);
}

struct asked {
        const struct logs_pattern_json *json;
        const json_t *root;
};

static int holds(void *arg, size_t condition)
{
        const struct asked *asked = arg;
        const struct condition *one = &asked->json->conditions[condition];
        int any = logs_pattern_any(&one->selector, asked->root, answers, one);

        return any < 0 ? any : any != (one->question == NOT_EXISTS);
}

int logs_pattern_json_match(const struct logs_pattern_json *json, const json_t *root)
{
        struct asked asked = {.json = json, .root = root};

        return root ? logs_pattern_code_run(&json->code, holds, &asked) : 0;
}
