/* Event patterns: the first line is one, what follows is an event. Whatever they are, the pattern is refused
 * with a reason, or it answers; and an index never hides a pattern that fits. */
#include "services/events/pattern_index.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void match(struct arena *arena, const struct event_pattern *pattern, struct str text)
{
        json_t *event = json_loadb(text.ptr, text.len, JSON_ALLOW_NUL, NULL);
        const struct event_index *index;
        uint64_t bits = 0;

        if (event && event_index_make(arena, &pattern, 1, &index) == 0) {
                event_index_find(index, event, &bits);
                assert(bits == 1 || !event_pattern_matches(pattern, event));
        }
        json_decref(event);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct str event = str_make(data, size), text, reason = STR_NONE;
        const struct event_pattern *pattern;
        struct arena arena;
        int r;

        if (!str_cut(&event, '\n', &text))
                return 0;
        arena_init(&arena, (size_t)8 << 20);
        r = event_pattern_compile(&arena, text, &pattern, &reason);
        assert(r == 0 || r == -ENOMEM || (r == -EINVAL && reason.len > 0));
        if (r == 0)
                match(&arena, pattern, str_is_set(event) ? event : STR(""));
        arena_done(&arena);
        return 0;
}
