/* The structure of a pattern: objects down to the arrays of what their fields may be. */
#include "services/events/pattern_model.h"

#include <stdarg.h>

#define DEPTH_MAX 32   /* of objects in each other; AWS does not say */
#define WAYS_MAX  1000 /* "if the use of $or results in over 1000 rule combinations" */
#define OR        "$or"

int event_pattern_refuse(struct event_compiler *compiler, const char *format, ...)
{
        char text[512];
        va_list args;

        va_start(args, format);
        (void)vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        compiler->reason = arena_dup(compiler->arena, str_of(text));
        return str_is_set(compiler->reason) ? -EINVAL : -ENOMEM;
}

struct str event_text(const json_t *string)
{
        return str_make(json_string_value(string), json_string_length(string));
}

static int compile_object(struct event_compiler *compiler, const json_t *object, unsigned int depth,
                          struct event_pattern *ret);

static int compile_alternatives(struct event_compiler *compiler, const json_t *list, unsigned int depth,
                                struct event_choice *choice)
{
        size_t i;
        json_t *one;

        if (json_array_size(list) < 2)
                return event_pattern_refuse(compiler, "\"%s\" must be an array of two or more objects", OR);
        json_array_foreach((json_t *)list, i, one)
        {
                struct event_pattern *pattern = arena_new(compiler->arena, struct event_pattern);

                if (!pattern)
                        return -ENOMEM;
                TRY(compile_object(compiler, one, depth, pattern));
                pattern->next = choice->alternatives;
                choice->alternatives = pattern;
                choice->ways += pattern->ways;
        }
        return 0;
}

static int multiply_ways(struct event_compiler *compiler, size_t ways, struct event_pattern *pattern)
{
        pattern->ways *= ways;
        return pattern->ways <= WAYS_MAX
                       ? 0
                       : event_pattern_refuse(compiler, "\"%s\" makes more than %d combinations", OR,
                                              WAYS_MAX);
}

static int add_choice(struct event_compiler *compiler, const json_t *list, unsigned int depth,
                      struct event_pattern *pattern)
{
        struct event_choice *choice = arena_new(compiler->arena, struct event_choice);

        if (!choice)
                return -ENOMEM;
        TRY(compile_alternatives(compiler, list, depth, choice));
        choice->next = pattern->choices;
        pattern->choices = choice;
        return multiply_ways(compiler, choice->ways, pattern);
}

static int compile_field(struct event_compiler *compiler, const json_t *value, unsigned int depth,
                         struct event_field *field)
{
        struct event_pattern *inside;

        if (json_is_array(value))
                return event_tests_compile(compiler, value, &field->tests);
        if (!json_is_object(value))
                return event_pattern_refuse(compiler, "\"%.*s\" must be an object or an array",
                                            STR_ARG(field->name));
        inside = arena_new(compiler->arena, struct event_pattern);
        if (!inside)
                return -ENOMEM;
        field->inside = inside;
        return compile_object(compiler, value, depth, inside);
}

static int add_field(struct event_compiler *compiler, struct str name, const json_t *value,
                     unsigned int depth, struct event_pattern *pattern)
{
        struct event_field *field = arena_new(compiler->arena, struct event_field);

        if (!field)
                return -ENOMEM;
        field->name = arena_dup(compiler->arena, name);
        if (!str_is_set(field->name))
                return -ENOMEM;
        TRY(compile_field(compiler, value, depth, field));
        field->next = pattern->fields;
        pattern->fields = field;
        return field->inside ? multiply_ways(compiler, field->inside->ways, pattern) : 0;
}

static int compile_object(struct event_compiler *compiler, const json_t *object, unsigned int depth,
                          struct event_pattern *ret)
{
        const char *key;
        json_t *value;

        if (!json_is_object(object))
                return event_pattern_refuse(compiler, "Filter is not an object");
        if (json_object_size(object) == 0)
                return event_pattern_refuse(compiler, "Empty objects are not allowed");
        if (depth == 0)
                return event_pattern_refuse(compiler, "Too many objects in each other");
        ret->ways = 1;
        json_object_foreach((json_t *)object, key, value)
        {
                if (str_eq(str_of(key), STR(OR)) && json_is_array(value))
                        TRY(add_choice(compiler, value, depth - 1, ret));
                else
                        TRY(add_field(compiler, str_of(key), value, depth - 1, ret));
        }
        return 0;
}

static int compile_text(struct event_compiler *compiler, struct str text, const struct event_pattern **ret)
{
        struct event_pattern *pattern = arena_new(compiler->arena, struct event_pattern);
        json_error_t error;
        json_t *json;
        int r;

        if (!pattern)
                return -ENOMEM;
        /* "if you include a key more than once the last reference will be the one used" */
        json = json_loadb(text.ptr, text.len, 0, &error);
        r = json ? compile_object(compiler, json, DEPTH_MAX, pattern)
                 : event_pattern_refuse(compiler, "%s at line %d, column %d", error.text, error.line,
                                        error.column);
        json_decref(json);
        if (r == 0)
                *ret = pattern;
        return r;
}

int event_pattern_compile(struct arena *arena, struct str text, const struct event_pattern **ret,
                          struct str *ret_reason)
{
        struct event_compiler compiler = {.arena = arena};
        int r = compile_text(&compiler, text, ret);

        *ret_reason = compiler.reason;
        return r;
}

int event_pattern_check(struct arena *arena, struct str text, const struct event_pattern **ret,
                        struct str *ret_reason)
{
        struct event_compiler compiler = {.arena = arena, .is_new = true};
        int r = compile_text(&compiler, text, ret);

        *ret_reason = compiler.reason;
        return r;
}
