#include "random_value.h"

#include "base/text.h"
#include "wire/value.h"

#include <assert.h>

#define MAX_LEVELS 5

static void random_value(struct random_source *source, const struct wire_type *type, struct arena *arena,
                         void *place, unsigned int level);

/* splitmix64 */
uint64_t random_next(struct random_source *source)
{
        uint64_t z = source->state += 0x9e3779b97f4a7c15U;

        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
        z = (z ^ z >> 27) * 0x94d049bb133111ebU;
        return z ^ z >> 31;
}

size_t random_below(struct random_source *source, size_t limit)
{
        return (size_t)(random_next(source) % limit);
}

static uint32_t random_code_point(struct random_source *source)
{
        static const uint32_t CORNERS[] = {
                0,   1,    '\t', '\n', '\r',  ' ',   '"',    '&',    '<',    '>',    '%',     '+',     '=',
                '.', '\\', 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfffd, 0xffff, 0x10000, 0x10ffff};
        uint32_t code;

        if (random_below(source, 4))
                return (uint32_t)(' ' + random_below(source, 95));
        code = CORNERS[random_below(source, ARRAY_LEN(CORNERS))];
        if (source->for_xml &&
            ((code < 0x20 && code != '\t' && code != '\n' && code != '\r') || code == 0xffff))
                return '_';
        return code;
}

static struct str random_text(struct random_source *source, struct arena *arena)
{
        struct buf text;
        struct str copy;

        buf_init(&text, 4096);
        for (size_t i = random_below(source, 20); i > 0; i--)
                utf8_append(&text, random_code_point(source));
        copy = arena_dup(arena, buf_str(&text));
        buf_done(&text);
        return copy;
}

static struct str random_bytes(struct random_source *source, struct arena *arena)
{
        size_t len = random_below(source, 40);
        char *bytes = arena_alloc(arena, len + 1);

        assert(bytes);
        for (size_t i = 0; i < len; i++)
                bytes[i] = (char)random_next(source);
        return (struct str){bytes, len};
}

static struct str random_document(struct random_source *source)
{
        static const struct str DOCUMENTS[] = {STR_INIT("{\"a\":[1,true,null]}"), STR_INIT("\"text\""),
                                               STR_INIT("-1.5"), STR_INIT("[]"), STR_INIT("false")};

        return DOCUMENTS[random_below(source, ARRAY_LEN(DOCUMENTS))];
}

static int64_t random_integer(struct random_source *source, enum wire_kind kind)
{
        uint64_t bits = random_next(source) >> random_below(source, 64);

        if (kind == WIRE_INTEGER)
                return (int32_t)(uint32_t)bits;
        return (int64_t)bits;
}

static double random_double(struct random_source *source)
{
        static const double CORNERS[] = {0, 1, -1, 0.1, 1e300, -1e-300, 4503599627370497.5, 1.0 / 3};

        if (random_below(source, 2))
                return CORNERS[random_below(source, ARRAY_LEN(CORNERS))];
        return (double)random_integer(source, WIRE_LONG) / 1024;
}

static int64_t random_time(struct random_source *source, const struct wire_type *type)
{
        int64_t ms = (int64_t)(random_next(source) % UINT64_C(4102444800000)); /* up to 2100 */

        if (type->time == WIRE_TIME_HTTP || (source->whole_seconds && type->time == WIRE_TIME_DEFAULT))
                ms -= ms % 1000;
        return ms;
}

static void random_scalar(struct random_source *source, const struct wire_type *type, struct arena *arena,
                          void *place)
{
        switch (type->kind) {
        case WIRE_BLOB:
                *(struct str *)place = random_bytes(source, arena);
                return;
        case WIRE_BOOLEAN:
                *(struct opt_bool *)place = OPT_BOOL(random_below(source, 2));
                return;
        case WIRE_INTEGER:
        case WIRE_LONG:
                *(struct opt_int *)place = OPT_INT(random_integer(source, type->kind));
                return;
        case WIRE_DOUBLE:
                *(struct opt_double *)place = (struct opt_double){true, random_double(source)};
                return;
        case WIRE_TIMESTAMP:
                *(struct opt_int *)place = OPT_INT(random_time(source, type));
                return;
        case WIRE_DOCUMENT:
                *(struct str *)place = random_document(source);
                return;
        default:
                *(struct str *)place = random_text(source, arena);
        }
}

/* Mostly few, sometimes so many that their numbers do not sort as text. */
static size_t random_count(struct random_source *source, unsigned int level)
{
        if (level == 1 && random_below(source, 8) == 0)
                return random_below(source, 25);
        return level >= MAX_LEVELS ? 0 : random_below(source, 4);
}

static void random_list(struct random_source *source, const struct wire_type *type, struct arena *arena,
                        struct wire_list *list, unsigned int level)
{
        list->is_set = true;
        list->count = random_count(source, level);
        list->items = arena_alloc_array(arena, list->count + 1, type->element->size);
        assert(list->items);
        for (size_t i = 0; i < list->count; i++)
                random_value(source, type->element, arena, (char *)list->items + i * type->element->size,
                             level + 1);
}

static void random_map(struct random_source *source, const struct wire_type *type, struct arena *arena,
                       struct wire_map *map, unsigned int level)
{
        size_t size = wire_entry_size(type);

        map->is_set = true;
        map->count = random_count(source, level);
        map->items = arena_alloc_array(arena, map->count + 1, size);
        assert(map->items);
        for (size_t i = 0; i < map->count; i++) {
                char *entry = (char *)map->items + i * size;

                *(struct str *)(void *)entry = arena_printf(arena, "%zu<&%%\u00e9", i);
                random_value(source, type->element, arena, entry + type->value_offset, level + 1);
        }
}

static bool is_flat(const struct wire_member *member)
{
        return (member->flags | member->type->flags) & WIRE_FLATTENED;
}

static void random_member(struct random_source *source, const struct wire_member *member, struct arena *arena,
                          void *in_struct, unsigned int level)
{
        void *place = wire_at(member, in_struct);

        if (member->type->kind == WIRE_STRUCT) {
                if (level >= MAX_LEVELS)
                        return;
                *(void **)place = arena_alloc(arena, member->type->size);
                place = *(void **)place;
                assert(place);
        }
        random_value(source, member->type, arena, place, level + 1);
        if (source->no_empty_flat && is_flat(member) && ((struct wire_list *)place)->count == 0)
                memset(place, 0, member->type->size);
}

static void random_members(struct random_source *source, const struct wire_type *type, struct arena *arena,
                           void *place, unsigned int level)
{
        if ((type->flags & WIRE_UNION) && type->member_count) {
                random_member(source, &type->members[random_below(source, type->member_count)], arena, place,
                              level);
                return;
        }
        for (size_t i = 0; i < type->member_count; i++)
                if (random_below(source, 3))
                        random_member(source, &type->members[i], arena, place, level);
}

static void random_value(struct random_source *source, const struct wire_type *type, struct arena *arena,
                         void *place, unsigned int level)
{
        if (type->kind == WIRE_LIST)
                random_list(source, type, arena, place, level);
        else if (type->kind == WIRE_MAP)
                random_map(source, type, arena, place, level);
        else if (type->kind == WIRE_STRUCT)
                random_members(source, type, arena, place, level);
        else
                random_scalar(source, type, arena, place);
}

void random_struct(struct random_source *source, const struct wire_type *type, struct arena *arena, void *ret)
{
        random_members(source, type, arena, ret, 0);
}
