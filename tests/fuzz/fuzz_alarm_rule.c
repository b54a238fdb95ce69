/* Rules of composite alarms. Whatever they are, they are refused with a reason, or say yes or no; and "NOT
 * (rule)" says the opposite. */
#include "services/cloudwatch/composite_rule.h"

#include <assert.h>

#define MEMORY ((size_t)8 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* By its name's length: whoever asks again hears the same. */
static int find_state(void *arg, struct str name, struct str *ret_state)
{
        static const char *const STATES[] = {"OK", "ALARM", "INSUFFICIENT_DATA"};

        (void)arg;
        assert(str_is_set(name));
        *ret_state = str_of(STATES[name.len % 3]);
        return 0;
}

static int evaluate(struct str text, bool *ret)
{
        struct cloudwatch_alarm_rule rule = {.text = text, .find_state = find_state};
        struct arena arena;
        int r;

        arena_init(&arena, MEMORY);
        r = cloudwatch_rule_evaluate(&arena, &rule, ret);
        assert(r == 0 || (r == -EINVAL && rule.error.len > 0));
        arena_done(&arena);
        return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        bool said = false, denied = false;
        struct arena arena;
        struct str text;

        if (size > 10240 || evaluate(str_make(data, size), &said) < 0)
                return 0;
        arena_init(&arena, MEMORY);
        text = arena_printf(&arena, "NOT (%.*s)", (int)size, (const char *)data);
        if (!memchr(data, 0, size) && evaluate(text, &denied) == 0) /* it may have one element too many */
                assert(said != denied);
        arena_done(&arena);
        return 0;
}
