/* Queries of Logs Insights: compiled once, offered events one by one, in any order. No I/O; memory is
 * bounded, and so is work for each event. One thread at a time.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html */
#pragma once

#include "base/arena.h"

#define INSIGHTS_TEXT_MAX 10000
#define INSIGHTS_WHY_MAX  200
#define INSIGHTS_ROWS_MAX 10000

struct insights;

struct insights_error {
        char why[INSIGHTS_WHY_MAX];
        size_t start, end; /* characters of the text */
};

/* What a query is told beside its text. */
struct insights_terms {
        int64_t start_ms, end_ms, now_ms;
        size_t limit; /* rows, where the text says nothing; 0: INSIGHTS_ROWS_MAX */
};

/* -EINVAL: it is none; *ret_error says what is wrong, and where. The text must outlive it. */
must_check int insights_compile(struct str text, const struct insights_terms *terms, struct insights **ret,
                                struct insights_error *ret_error);
void insights_free(struct insights *insights); /* NULL is fine */
static inline void insights_freep(struct insights **insights)
{
        insights_free(*insights);
}
/* It asks for what is masked: unmask(). */
bool insights_unmasks(const struct insights *insights);

struct insights_event {
        int64_t ms, came_ms;
        struct str message, stream, log, pointer;
};

/* 1: it is one of those that the query is about; 0: it is not. -E2BIG: there is too much to be kept, or a
 * regular expression takes too long; -ETIME: all of them do, together. The query has failed then. */
must_check int insights_offer(struct insights *insights, const struct insights_event *event);
/* No more events: rows are what they are. -E2BIG, -ETIME. */
must_check int insights_end(struct insights *insights);

size_t insights_row_count(const struct insights *insights);
size_t insights_column_count(const struct insights *insights);
struct str insights_column(const struct insights *insights, size_t column);
/* Absent: the row has none. Lives as long as the arena. */
struct str insights_cell(const struct insights *insights, size_t row, size_t column, struct arena *arena);
