/* Queries of Logs Insights: up to a bar of its own ("\n") it is the query, what follows are messages, one a
 * line. Whatever they are, the query is refused with a reason and a place in it, or it gives rows. */
#include "services/logs/insights.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void offer_all(struct insights *insights, struct str messages)
{
        struct str message;
        int64_t ms = INT64_C(1767225600000);

        while (str_cut(&messages, '\n', &message)) {
                const struct insights_event event = {
                        .ms = ms += 1000,
                        .came_ms = ms,
                        .message = message,
                        .stream = STR("s"),
                        .log = STR("111122223333:g"),
                        .pointer = STR("p"),
                };
                int r = insights_offer(insights, &event);

                assert(r == 0 || r == 1 || r == -E2BIG || r == -ENOMEM);
        }
}

static void show_all(struct insights *insights)
{
        struct arena arena;

        arena_init(&arena, (size_t)8 << 20);
        for (size_t row = 0; row < insights_row_count(insights); row++)
                for (size_t column = 0; column < insights_column_count(insights); column++)
                        (void)insights_cell(insights, row, column, &arena);
        arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const struct insights_terms terms = {0, INT64_C(4000000000000), INT64_C(1767225600000), 0};
        struct str messages = str_make(data, size), text;
        struct insights *insights;
        struct insights_error error;
        int r;

        if (!str_cut(&messages, '\n', &text))
                return 0;
        r = insights_compile(text, &terms, &insights, &error);
        assert(r == 0 || r == -ENOMEM || (r == -EINVAL && error.why[0] && error.start <= text.len));
        if (r < 0)
                return 0;
        offer_all(insights, messages);
        r = insights_end(insights);
        assert(r == 0 || r == -E2BIG || r == -ENOMEM);
        if (r == 0)
                show_all(insights);
        insights_free(insights);
        return 0;
}
