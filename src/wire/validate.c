#include "validate.h"

#include "base/text.h"
#include "wire/pattern.h"
#include "wire/scalar.h"
#include "wire/value.h"
#include "wire/violation.h"

/* After so many the walk ends: enough for anyone to mend, and a bound on the work. */
#define MAX_VIOLATIONS 50

struct check {
        struct pattern_matcher matcher;
        struct buf text; /* the violations, with "; " between them */
        size_t count;
        bool is_full;
        struct buf said; /* the first sentence of a service's own about a pattern; counts when nothing else is
                            wrong */
        struct buf missing;              /* the first required member that is absent */
        unsigned int hidden;             /* how many of the shapes around are secret */
        const struct wire_member *first; /* of the input: where the first violation is */
};

static int check_value(struct check *check, const struct wire_type *type, uint32_t flags, const void *value,
                       const struct violation_path *path);

static void note_first(struct check *check, const struct violation_path *path)
{
        while (path->above)
                path = path->above;
        if (!check->first)
                check->first = path->member;
}

/* One constraint is broken; its words follow, by the caller. */
static void begin_violation(struct check *check, const struct wire_type *type, uint32_t flags,
                            const void *value, const struct violation_path *path)
{
        note_first(check, path);
        if (check->count++)
                buf_add(&check->text, STR("; "));
        check->is_full = check->count >= MAX_VIOLATIONS;
        violation_add_value(&check->text, type, value,
                            check->hidden || ((flags | type->flags) & WIRE_SECRET));
        buf_add(&check->text, STR(" at '"));
        violation_add_path(&check->text, path);
        buf_add(&check->text, STR("' failed to satisfy constraint: "));
}

/* -- What a single value may break. */

struct broken {
        bool max, min, pattern, values;
};

static bool is_any(struct broken broken)
{
        return broken.max || broken.min || broken.pattern || broken.values;
}

static void check_size(const struct wire_type *type, int64_t size, struct broken *ret)
{
        ret->max = (type->flags & WIRE_HAS_MAX) && size > type->max;
        ret->min = (type->flags & WIRE_HAS_MIN) && size < type->min;
}

static bool is_one_of(const struct wire_type *type, struct str text)
{
        for (size_t i = 0; i < type->value_count; i++)
                if (str_eq(type->values[i], text))
                        return true;
        return type->value_count == 0;
}

static int check_string(struct check *check, const struct wire_type *type, struct str text,
                        struct broken *ret)
{
        int matches = 1;

        if (type->flags & (WIRE_HAS_MAX | WIRE_HAS_MIN))
                check_size(type, (int64_t)utf8_length(text), ret);
        ret->values = !is_one_of(type, text);
        /* The length first: what is too long is not worth matching. */
        if (str_is_set(type->pattern) && !ret->max)
                matches = pattern_matches(&check->matcher, type->pattern, text);
        TRY(matches);
        ret->pattern = !matches;
        return 0;
}

static int check_scalar(struct check *check, const struct wire_type *type, const void *value,
                        struct broken *ret)
{
        double number;

        switch (type->kind) {
        case WIRE_STRING:
                return check_string(check, type, *(const struct str *)value, ret);
        case WIRE_BLOB:
        case WIRE_STREAM:
                check_size(type, (int64_t)((const struct str *)value)->len, ret);
                return 0;
        case WIRE_INTEGER:
        case WIRE_LONG:
                check_size(type, ((const struct opt_int *)value)->value, ret);
                return 0;
        case WIRE_DOUBLE:
                number = ((const struct opt_double *)value)->value;
                ret->max = (type->flags & WIRE_HAS_MAX) && !(number <= (double)type->max);
                ret->min = (type->flags & WIRE_HAS_MIN) && !(number >= (double)type->min);
                return 0;
        default:
                return 0;
        }
}

/* IAM, for one, looks at patterns when all else is well, and words what is wrong itself. */
static void say(struct check *check, const struct wire_type *type, const struct violation_path *path)
{
        if (check->said.len)
                return;
        note_first(check, path);
        buf_add(&check->said, STR("The specified value for "));
        violation_add_path(&check->said, path);
        buf_add(&check->said, STR(" is invalid. "));
        buf_add(&check->said, type->says);
}

static void report_broken(struct check *check, const struct wire_type *type, uint32_t flags,
                          const void *value, const struct violation_path *path, struct broken broken)
{
        bool is_said = broken.pattern && str_is_set(type->says);
        const struct {
                bool is_broken;
                void (*add)(struct buf *buf, const struct wire_type *type);
        } parts[] = {
                {broken.max, violation_add_max},
                {broken.min, violation_add_min},
                {broken.pattern && !is_said, violation_add_pattern},
                {broken.values, violation_add_enum},
        };

        if (is_said)
                say(check, type, path);
        for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
                if (!parts[i].is_broken || check->is_full)
                        continue;
                begin_violation(check, type, flags, value, path);
                parts[i].add(&check->text, type);
        }
}

/* -- Lists and maps. The scalars in them are judged together, in one violation that says all that is asked.
 */

static int any_scalar_broken(struct check *check, const struct wire_type *type, const void *value, bool *any)
{
        struct broken broken = {};

        if (*any)
                return 0;
        if (!wire_scalar_is_set(type, value)) {
                *any = true;
                return 0;
        }
        TRY(check_scalar(check, type, value, &broken));
        *any = is_any(broken);
        return 0;
}

static void report_inner(struct check *check, const struct wire_type *type, uint32_t flags, const void *value,
                         const struct violation_path *path, struct str words, const struct wire_type *inner)
{
        if (check->is_full)
                return;
        begin_violation(check, type, flags | (inner->flags & WIRE_SECRET), value, path);
        buf_add(&check->text, words);
        violation_add_constraints(&check->text, inner);
}

static int check_list(struct check *check, const struct wire_type *type, uint32_t flags,
                      const struct wire_list *list, const struct violation_path *path)
{
        bool any = false;

        for (size_t i = 0; i < list->count && !check->is_full; i++) {
                struct violation_path inner = {.above = path, .number = i + 1};
                const void *item = wire_item(type, list, i);

                if (wire_is_scalar(type->element))
                        TRY(any_scalar_broken(check, type->element, item, &any));
                else
                        TRY(check_value(check, type->element, 0, item, &inner));
        }
        if (any)
                report_inner(check, type, flags, list, path, STR("Member must satisfy constraint: "),
                             type->element);
        return 0;
}

static int check_map(struct check *check, const struct wire_type *type, uint32_t flags,
                     const struct wire_map *map, const struct violation_path *path)
{
        bool any_key = false, any_value = false;

        for (size_t i = 0; i < map->count && !check->is_full; i++) {
                struct violation_path inner = {
                        .above = path, .key = wire_entry_key(type, map, i), .number = i + 1};
                const void *value = wire_entry_value(type, map, i);

                if (type->key)
                        TRY(any_scalar_broken(check, type->key, wire_entry(type, map, i), &any_key));
                if (wire_is_scalar(type->element))
                        TRY(any_scalar_broken(check, type->element, value, &any_value));
                else
                        TRY(check_value(check, type->element, 0, value, &inner));
        }
        if (any_key)
                report_inner(check, type, flags, map, path, STR("Map keys must satisfy constraint: "),
                             type->key);
        if (any_value)
                report_inner(check, type, flags, map, path, STR("Map value must satisfy constraint: "),
                             type->element);
        return 0;
}

/* -- Structures. */

static int check_member(struct check *check, const struct wire_member *member, const void *in_struct,
                        const struct violation_path *above)
{
        struct violation_path path = {.above = above, .member = member};

        if (wire_is_set(member, in_struct))
                return check_value(check, member->type, member->flags, wire_value_at(member, in_struct),
                                   &path);
        if (member->required) {
                begin_violation(check, member->type, member->flags, NULL, &path);
                buf_add(&check->text, STR("Member must not be null"));
                if (check->missing.len == 0)
                        violation_add_form_name(&check->missing, &path);
        }
        return 0;
}

static size_t count_set(const struct wire_type *type, const void *value)
{
        size_t count = 0;

        for (size_t i = 0; i < type->member_count; i++)
                count += wire_is_set(&type->members[i], value);
        return count;
}

static int check_struct(struct check *check, const struct wire_type *type, const void *value,
                        const struct violation_path *path)
{
        for (size_t i = 0; i < type->member_count && !check->is_full; i++)
                TRY(check_member(check, &type->members[i], value, path));
        if ((type->flags & WIRE_UNION) && path && !check->is_full && count_set(type, value) != 1) {
                begin_violation(check, type, WIRE_SECRET, value, path);
                buf_add(&check->text, STR("Member must have exactly one of its members set"));
        }
        return 0;
}

static int check_sized(struct check *check, const struct wire_type *type, uint32_t flags, const void *value,
                       const struct violation_path *path)
{
        struct broken broken = {};

        if (type->kind == WIRE_LIST)
                check_size(type, (int64_t)((const struct wire_list *)value)->count, &broken);
        else if (type->kind == WIRE_MAP)
                check_size(type, (int64_t)((const struct wire_map *)value)->count, &broken);
        else
                TRY(check_scalar(check, type, value, &broken));
        report_broken(check, type, flags, value, path, broken);
        return 0;
}

static int check_value(struct check *check, const struct wire_type *type, uint32_t flags, const void *value,
                       const struct violation_path *path)
{
        unsigned int is_secret = ((flags | type->flags) & WIRE_SECRET) != 0;
        int result = 0;

        check->hidden += is_secret;
        if (type->kind != WIRE_STRUCT)
                result = check_sized(check, type, flags, value, path);
        if (result == 0 && type->kind == WIRE_STRUCT)
                result = check_struct(check, type, value, path);
        else if (result == 0 && type->kind == WIRE_LIST)
                result = check_list(check, type, flags, value, path);
        else if (result == 0 && type->kind == WIRE_MAP)
                result = check_map(check, type, flags, value, path);
        check->hidden -= is_secret;
        return result;
}

static void take_message(struct check *check, struct arena *arena, struct wire_violations *ret)
{
        *ret = (struct wire_violations){.count = check->count, .first = check->first};
        if (check->count == 0 && check->said.len) {
                ret->count = 1;
                ret->message = arena_dup(arena, buf_str(&check->said));
        }
        if (check->missing.len)
                ret->missing = arena_dup(arena, buf_str(&check->missing));
        if (check->count)
                ret->message = arena_printf(arena, "%zu validation error%s detected: %.*s", check->count,
                                            check->count == 1 ? "" : "s", STR_ARG(buf_str(&check->text)));
}

int wire_validate_value(const struct wire_type *type, const void *in, struct wire_patterns *patterns,
                        struct arena *arena, struct wire_violations *ret)
{
        struct check check = {.matcher = {.patterns = patterns, .arena = arena}};
        int result;

        buf_init(&check.text, WIRE_VIOLATIONS_MAX_MESSAGE);
        buf_init(&check.said, WIRE_VIOLATIONS_MAX_MESSAGE);
        buf_init(&check.missing, WIRE_VIOLATIONS_MAX_MESSAGE);
        result = check_struct(&check, type, in, NULL);
        take_message(&check, arena, ret);
        buf_done(&check.text);
        buf_done(&check.said);
        buf_done(&check.missing);
        return result < 0 || !arena->failed ? result : -ENOMEM;
}
