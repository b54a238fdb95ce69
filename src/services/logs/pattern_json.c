/* { SELECTOR OPERATOR VALUE }: properties of messages that are JSON objects. */
#include <stdio.h>
#include <stdlib.h>

#include "services/logs/pattern_inside.h"

#define STEPS_MAX      64
#define CONDITIONS_MAX 256
#define WILDCARDS_MAX  3 /* "up to three wildcard selectors in a filter pattern with compound expressions" */

enum question { IS_LIKE, IS_NULL, IS_TRUE, IS_FALSE, NOT_EXISTS };

struct step {
        char *name;   /* NUL-terminated; NULL: an element, or all */
        size_t index; /* of an array */
        bool is_any;
};

struct condition {
        struct step *steps;
        size_t count;
        enum question question;
        struct logs_pattern_test test;
};

struct logs_pattern_json {
        struct condition conditions[CONDITIONS_MAX];
        size_t count, wildcards;
        struct logs_pattern_code code;
};

/* -- Selectors: $.a.b[0], $.*, $.a[*], $.['a.b'] */

static bool is_name(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-' || c == ':' || c == '@' || (unsigned char)c >= 0x80;
}

static char *copy(struct str name)
{
        char *made = malloc(name.len + 1);

        if (made) {
                memcpy(made, name.ptr, name.len);
                made[name.len] = '\0';
        }
        return made;
}

static int copy_name(struct logs_pattern_text *text, size_t skip, size_t len, size_t all, struct step *ret)
{
        if (len == 0)
                return logs_pattern_refuse(text, "Empty name in selector of filter pattern");
        ret->name = copy(str_part(text->rest, skip, len));
        text->rest = str_from(text->rest, all);
        return ret->name ? 0 : -ENOMEM;
}

static int take_name(struct logs_pattern_text *text, struct step *ret)
{
        size_t len = 0;

        if (logs_pattern_take(text, STR("*"))) {
                ret->is_any = true;
                return 0;
        }
        while (len < text->rest.len && is_name(text->rest.ptr[len]))
                len++;
        return copy_name(text, 0, len, len, ret);
}

static int take_brackets(struct logs_pattern_text *text, struct step *ret)
{
        ptrdiff_t end;
        uint64_t index;

        if (logs_pattern_take(text, STR("[*]"))) {
                ret->is_any = true;
                return 0;
        }
        if (str_starts(text->rest, STR("['"))) {
                end = str_find(text->rest, STR("']"));
                if (end < 2)
                        return logs_pattern_refuse(text, "Unclosed bracket in selector of filter pattern");
                return copy_name(text, 2, (size_t)end - 2, (size_t)end + 2, ret);
        }
        end = str_find_byte(text->rest, ']');
        if (end < 2 || str_to_u64(str_part(text->rest, 1, (size_t)end - 1), &index) < 0 || index > UINT32_MAX)
                return logs_pattern_refuse(text, "Invalid index in selector of filter pattern");
        ret->index = (size_t)index;
        text->rest = str_from(text->rest, (size_t)end + 1);
        return 0;
}

static int take_step(struct logs_pattern_json *json, struct logs_pattern_text *text,
                     struct condition *condition)
{
        struct step *step = &condition->steps[condition->count];
        bool has_dot = logs_pattern_take(text, STR("."));

        if (condition->count == STEPS_MAX)
                return logs_pattern_refuse(text, "Selector of filter pattern is too long");
        condition->count++;
        if (str_starts(text->rest, STR("[")))
                TRY(take_brackets(text, step));
        else if (has_dot)
                TRY(take_name(text, step));
        json->wildcards += step->is_any;
        return 0;
}

static int take_selector(struct logs_pattern_json *json, struct logs_pattern_text *text,
                         struct condition *condition)
{
        size_t before = json->wildcards;

        if (!logs_pattern_take(text, STR("$")))
                return logs_pattern_refuse(text, "Selectors of filter patterns begin with $");
        condition->steps = calloc(STEPS_MAX + 1, sizeof(struct step));
        if (!condition->steps)
                return -ENOMEM;
        while (str_starts(text->rest, STR(".")) || str_starts(text->rest, STR("[")))
                TRY(take_step(json, text, condition));
        if (condition->count == 0)
                return logs_pattern_refuse(text, "Empty selector in filter pattern");
        if (json->wildcards - before > 1 || json->wildcards > WILDCARDS_MAX)
                return logs_pattern_refuse(text, "Too many wildcard selectors in filter pattern");
        return 0;
}

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
        TRY(take_selector(json, text, condition));
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

                for (size_t k = 0; k < condition->count; k++)
                        free(condition->steps[k].name);
                free(condition->steps);
                logs_pattern_test_done(&condition->test);
        }
        free(json);
}

/* -- Matching */

static bool is_number_like(const struct condition *condition, const json_t *value)
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
static bool is_like(const struct condition *condition, const json_t *value)
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

static bool answers(const struct condition *condition, const json_t *value)
{
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

static const json_t *go(const json_t *value, const struct step *step)
{
        return step->name ? json_object_get(value, step->name) : json_array_get(value, step->index);
}

/* From a step on, without wildcards. */
static bool holds_from(const struct condition *condition, const json_t *value, size_t at)
{
        for (; value && at < condition->count; at++)
                value = go(value, &condition->steps[at]);
        return value && answers(condition, value);
}

static bool any_holds(const struct condition *condition, const json_t *value, size_t at)
{
        json_t *all = (json_t *)(uintptr_t)value, *one;
        const char *name;
        size_t index;

        json_object_foreach(all, name, one)
        {
                if (holds_from(condition, one, at))
                        return true;
        }
        json_array_foreach(all, index, one)
        {
                if (holds_from(condition, one, at))
                        return true;
        }
        return false;
}

static bool find(const struct condition *condition, const json_t *root)
{
        const json_t *value = root;

        for (size_t at = 0; value && at < condition->count; at++) {
                if (condition->steps[at].is_any)
                        return any_holds(condition, value, at + 1);
                value = go(value, &condition->steps[at]);
        }
        return value && answers(condition, value);
}

struct asked {
        const struct logs_pattern_json *json;
        const json_t *root;
};

static bool holds(void *arg, size_t condition)
{
        const struct asked *asked = arg;
        const struct condition *one = &asked->json->conditions[condition];

        return find(one, asked->root) != (one->question == NOT_EXISTS);
}

/* Numbers that are too long for an integer are still numbers. */
static json_t *parse(struct str message)
{
        json_t *root = json_loadb(message.ptr, message.len, 0, NULL);

        return root ? root : json_loadb(message.ptr, message.len, JSON_DECODE_INT_AS_REAL, NULL);
}

bool logs_pattern_json_match(const struct logs_pattern_json *json, struct str message)
{
        struct asked asked = {.json = json};
        struct logs_pattern_text text = {.rest = message};
        json_t *root;
        bool is_match;

        logs_pattern_skip_blanks(&text);
        if (!str_starts(text.rest, STR("{")))
                return false;
        root = parse(message);
        if (!root)
                return false;
        asked.root = root;
        is_match = logs_pattern_code_run(&json->code, holds, &asked);
        json_decref(root);
        return is_match;
}
