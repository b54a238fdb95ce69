/* && before ||, parentheses before both. Written down in the order in which a stack works it off, so that
 * nothing here calls itself, however deep a pattern is nested. */
#include "services/logs/pattern_inside.h"

enum held { HELD_OPEN, HELD_OR, HELD_AND };

struct reading {
        struct logs_pattern_text *text;
        struct logs_pattern_code *code;
        enum held held[PATTERN_DEEP]; /* operators that wait for their second side */
        size_t count;
};

static int add(struct reading *reading, enum logs_pattern_word word, size_t condition)
{
        struct logs_pattern_code *code = reading->code;

        if (code->count == PATTERN_CODE_MAX)
                return logs_pattern_refuse(reading->text, "Too many conditions in filter pattern");
        code->steps[code->count].word = (uint16_t)word;
        code->steps[code->count++].condition = (uint16_t)condition;
        return 0;
}

static int hold(struct reading *reading, enum held held)
{
        if (reading->count == PATTERN_DEEP)
                return logs_pattern_refuse(reading->text, "Filter pattern is nested too deep");
        reading->held[reading->count++] = held;
        return 0;
}

/* Writes down what waits and binds at least so closely. */
static int release(struct reading *reading, enum held least)
{
        while (reading->count && reading->held[reading->count - 1] >= least &&
               reading->held[reading->count - 1] != HELD_OPEN) {
                enum held held = reading->held[--reading->count];

                TRY(add(reading, held == HELD_AND ? PATTERN_AND : PATTERN_OR, 0));
        }
        return 0;
}

static int close_parenthesis(struct reading *reading)
{
        TRY(release(reading, HELD_OR));
        if (!reading->count)
                return logs_pattern_refuse(reading->text, "Unbalanced parentheses in filter pattern");
        reading->count--;
        return 0;
}

/* An operand: "(" as often as it comes, then a condition, then ")" likewise. */
static int take_operand(struct reading *reading,
                        int (*take_condition)(void *arg, struct logs_pattern_text *text, size_t *ret),
                        void *arg)
{
        struct logs_pattern_text *text = reading->text;
        size_t condition = 0;

        logs_pattern_skip_blanks(text);
        while (logs_pattern_take(text, STR("("))) {
                TRY(hold(reading, HELD_OPEN));
                logs_pattern_skip_blanks(text);
        }
        TRY(take_condition(arg, text, &condition));
        TRY(add(reading, PATTERN_CONDITION, condition));
        logs_pattern_skip_blanks(text);
        while (logs_pattern_take(text, STR(")"))) {
                TRY(close_parenthesis(reading));
                logs_pattern_skip_blanks(text);
        }
        return 0;
}

static int take_operator(struct reading *reading)
{
        bool is_and = logs_pattern_take(reading->text, STR("&&"));

        if (!is_and && !logs_pattern_take(reading->text, STR("||")))
                return logs_pattern_refuse(reading->text, "Expected && or || in filter pattern");
        TRY(release(reading, is_and ? HELD_AND : HELD_OR));
        return hold(reading, is_and ? HELD_AND : HELD_OR);
}

int logs_pattern_take_code(struct logs_pattern_text *text, const char *ends,
                           int (*take_condition)(void *arg, struct logs_pattern_text *text, size_t *ret),
                           void *arg, struct logs_pattern_code *ret)
{
        struct reading reading = {.text = text, .code = ret};

        for (;;) {
                TRY(take_operand(&reading, take_condition, arg));
                if (text->rest.len && str_has_byte(str_of(ends), text->rest.ptr[0]))
                        break;
                TRY(take_operator(&reading));
        }
        TRY(release(&reading, HELD_OR));
        return reading.count ? logs_pattern_refuse(text, "Unbalanced parentheses in filter pattern") : 0;
}

static int join(enum logs_pattern_word word, int one, int other)
{
        int decides = word == PATTERN_OR;

        if (one == decides || other == decides)
                return decides;
        return one < 0 ? one : other;
}

int logs_pattern_code_run(const struct logs_pattern_code *code, int (*holds)(void *arg, size_t condition),
                          void *arg)
{
        int stack[PATTERN_CODE_MAX] = {};
        size_t count = 0;

        for (size_t i = 0; i < code->count; i++) {
                if (code->steps[i].word == PATTERN_CONDITION) {
                        stack[count++] = holds(arg, code->steps[i].condition);
                        continue;
                }
                count--;
                stack[count - 1] = join(code->steps[i].word, stack[count - 1], stack[count]);
        }
        return count == 1 ? stack[0] : 0;
}
