/* Filter patterns: the first line is one, what follows is a message. Whatever they are, the pattern is
 * refused with a reason, or it answers; and what fields it finds lie in the message. */
#include "services/logs/pattern.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_fields(const struct logs_pattern *pattern, struct str message)
{
        struct logs_pattern_field *fields;
        struct arena arena;
        size_t count;

        arena_init(&arena, (size_t)8 << 20);
        if (logs_pattern_fields(pattern, message, &arena, &fields, &count) == 0)
                for (size_t i = 0; i < count; i++) {
                        assert(fields[i].name.len > 1 && fields[i].name.ptr[0] == '$');
                        assert(fields[i].value.ptr >= message.ptr);
                        assert(fields[i].value.ptr + fields[i].value.len <= message.ptr + message.len);
                }
        arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct str message = str_make(data, size), text;
        char why[PATTERN_WHY_MAX];
        struct logs_pattern *pattern;
        int r;

        if (!str_cut(&message, '\n', &text))
                return 0;
        if (!str_is_set(message))
                message = STR("");
        r = logs_pattern_compile(text, &pattern, why);
        assert(r == 0 || r == -ENOMEM || (r == -EINVAL && why[0]));
        if (r < 0)
                return 0;
        r = logs_pattern_match(pattern, message);
        assert(r == 0 || r == 1 || r == -E2BIG || r == -ETIME);
        assert_fields(pattern, message);
        logs_pattern_free(pattern);
        return 0;
}
