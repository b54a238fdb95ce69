/* Selectors of properties of JSON: $.a.b[0], $.*, $.a[*], $.['a.b']. */
#include <stdlib.h>

#include "services/logs/pattern_inside.h"

#define STEPS_MAX 64

struct step {
        char *name;   /* NUL-terminated; NULL: an element, or all */
        size_t index; /* of an array */
        bool is_any;
};

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

static int take_step(struct logs_pattern_text *text, struct logs_pattern_selector *selector)
{
        struct step *step = &selector->steps[selector->count];
        bool has_dot = logs_pattern_take(text, STR("."));

        if (selector->count == STEPS_MAX)
                return logs_pattern_refuse(text, "Selector of filter pattern is too long");
        selector->count++;
        if (str_starts(text->rest, STR("[")))
                TRY(take_brackets(text, step));
        else if (has_dot)
                TRY(take_name(text, step));
        selector->wildcards += step->is_any;
        return 0;
}

int logs_pattern_take_selector(struct logs_pattern_text *text, struct logs_pattern_selector *ret)
{
        *ret = (struct logs_pattern_selector){};
        if (!logs_pattern_take(text, STR("$")))
                return logs_pattern_refuse(text, "Selectors of filter patterns begin with $");
        ret->steps = calloc(STEPS_MAX + 1, sizeof(struct step));
        if (!ret->steps)
                return -ENOMEM;
        while (str_starts(text->rest, STR(".")) || str_starts(text->rest, STR("[")))
                TRY(take_step(text, ret));
        if (ret->count == 0)
                return logs_pattern_refuse(text, "Empty selector in filter pattern");
        if (ret->wildcards > 1)
                return logs_pattern_refuse(text, "Too many wildcard selectors in filter pattern");
        return 0;
}

void logs_pattern_selector_done(struct logs_pattern_selector *selector)
{
        for (size_t i = 0; i < selector->count; i++)
                free(selector->steps[i].name);
        free(selector->steps);
        *selector = (struct logs_pattern_selector){};
}

/* -- What they point to */

static const json_t *go(const json_t *value, const struct step *step)
{
        return step->name ? json_object_get(value, step->name) : json_array_get(value, step->index);
}

/* From a step on, without wildcards. */
static int shows_from(const struct logs_pattern_selector *selector, const json_t *value, size_t at,
                      int (*holds)(const void *arg, const json_t *value), const void *arg)
{
        for (; value && at < selector->count; at++)
                value = go(value, &selector->steps[at]);
        return value ? holds(arg, value) : 0;
}

static int any_shows(const struct logs_pattern_selector *selector, const json_t *value, size_t at,
                     int (*holds)(const void *arg, const json_t *value), const void *arg)
{
        json_t *all = (json_t *)(uintptr_t)value, *one;
        int answer = 0, r;
        const char *name;
        size_t index;

        json_object_foreach(all, name, one)
        {
                r = shows_from(selector, one, at, holds, arg);
                if (r > 0)
                        return r;
                answer = r < 0 ? r : answer;
        }
        json_array_foreach(all, index, one)
        {
                r = shows_from(selector, one, at, holds, arg);
                if (r > 0)
                        return r;
                answer = r < 0 ? r : answer;
        }
        return answer;
}

int logs_pattern_any(const struct logs_pattern_selector *selector, const json_t *root,
                     int (*holds)(const void *arg, const json_t *value), const void *arg)
{
        const json_t *value = root;

        for (size_t at = 0; value && at < selector->count; at++) {
                if (selector->steps[at].is_any)
                        return any_shows(selector, value, at + 1, holds, arg);
                value = go(value, &selector->steps[at]);
        }
        return value ? holds(arg, value) : 0;
}
