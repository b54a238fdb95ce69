#include "form_order.h"

/* A dot sorts before all else, so that "A.b" stands with "A" and not behind "A-c". */
static int rank(char c)
{
        return c == '.' ? 0 : (unsigned char)c + 1;
}

static int compare_names(struct str a, struct str b)
{
        size_t shorter = a.len < b.len ? a.len : b.len;

        for (size_t i = 0; i < shorter; i++)
                if (a.ptr[i] != b.ptr[i])
                        return rank(a.ptr[i]) - rank(b.ptr[i]);
        return (a.len > b.len) - (a.len < b.len);
}

/* Stable, so that the last of equal names stays the last: they lie in one array in the order sent. */
static void sort_small(struct str_pair *params, size_t count)
{
        for (size_t i = 1; i < count; i++) {
                struct str_pair moving = params[i];
                size_t to = i;

                for (; to > 0 && compare_names(params[to - 1].key, moving.key) > 0; to--)
                        params[to] = params[to - 1];
                params[to] = moving;
        }
}

/* Merge sort on runs that sort_small() made. */
static void merge(const struct str_pair *from, struct str_pair *to, size_t begin, size_t middle, size_t end)
{
        size_t left = begin, right = middle;

        for (size_t i = begin; i < end; i++)
                if (left < middle && (right >= end || compare_names(from[left].key, from[right].key) <= 0))
                        to[i] = from[left++];
                else
                        to[i] = from[right++];
}

#define SMALL ((size_t)16)

static size_t least(size_t a, size_t b)
{
        return a < b ? a : b;
}

static int sort(struct arena *arena, struct str_pair **params, size_t count)
{
        struct str_pair *from = *params, *to;

        for (size_t i = 0; i < count; i += SMALL)
                sort_small(from + i, least(SMALL, count - i));
        if (count <= SMALL)
                return 0;
        to = arena_new_array(arena, struct str_pair, count);
        if (!to)
                return -ENOMEM;
        for (size_t width = SMALL; width < count; width *= 2) {
                struct str_pair *swap = from;

                for (size_t i = 0; i < count; i += 2 * width)
                        merge(from, to, i, least(i + width, count), least(i + 2 * width, count));
                from = to;
                to = swap;
        }
        *params = from;
        return 0;
}

int form_order(const struct wire_form *form, struct arena *arena, struct form_run *ret_all)
{
        struct str_pair *params = arena_new_array(arena, struct str_pair, form->count + 1);

        if (!params)
                return -ENOMEM;
        if (form->count)
                memcpy(params, form->params, form->count * sizeof(*params));
        TRY(sort(arena, &params, form->count));
        *ret_all = (struct form_run){.params = params, .end = form->count};
        return 0;
}

static size_t segment_end(struct str name, size_t from)
{
        while (from < name.len && name.ptr[from] != '.')
                from++;
        return from;
}

bool form_next(struct form_run *rest, struct str *ret_segment, struct form_run *ret_run)
{
        size_t start, end, next = rest->begin;
        struct str name;

        if (form_run_is_empty(rest))
                return false;
        name = rest->params[next].key;
        start = rest->at ? rest->at + 1 : 0; /* behind the dot */
        end = segment_end(name, start);
        *ret_segment = str_part(name, start, end - start);
        while (++next < rest->end) {
                struct str other = rest->params[next].key;

                if (other.len < end || memcmp(other.ptr + start, name.ptr + start, end - start) != 0 ||
                    (other.len > end && other.ptr[end] != '.'))
                        break;
        }
        *ret_run = (struct form_run){rest->params, rest->begin, next, end};
        rest->begin = next;
        return true;
}

struct str form_take_value(struct form_run *run)
{
        struct str value = STR_NONE;

        while (run->begin < run->end && run->params[run->begin].key.len == run->at)
                value = run->params[run->begin++].value;
        return value;
}
