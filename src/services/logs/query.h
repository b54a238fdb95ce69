/* Queries of Logs Insights as they are kept: what was asked, and what came of it.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html */
#pragma once

#include "services/logs/insights.h"
#include "services/logs/logs.h"

#define QUERY_SCHEDULED STR("Scheduled")
#define QUERY_COMPLETE  STR("Complete")
#define QUERY_FAILED    STR("Failed")
#define QUERY_CANCELLED STR("Cancelled")
#define QUERY_TIMEOUT   STR("Timeout")

#define QUERY_RESULT_BYTES ((size_t)24 * 1024 * 1024) /* a query whose rows have more has failed */
#define QUERY_PAGE_BYTES   ((size_t)256 * 1024)

/* Of the caller's account and region. -ENOENT. */
must_check int query_find(struct call *call, struct str id, struct logs_query_record *ret);
must_check int query_need(struct call *call, struct str id, struct logs_query_record *ret);
struct insights_terms query_terms(const struct call *call, const struct logs_query_record *query);
/* One that waited for its results does so no more. */
must_check int query_end(struct call *call, struct logs_query_record *query, struct str status);

/* A permission on a group, asked for with the operation's own action or another. */
must_check int query_authorise(struct call *call, struct str action,
                               const struct logs_log_group_record *group);
/* Where an event lies: @ptr. */
struct query_pointer {
        int64_t group, first, number, sequence;
};
struct str query_pointer_text(struct arena *arena, const struct query_pointer *pointer);
must_check int query_pointer_read(struct arena *arena, struct str text, struct query_pointer *ret);

/* Cells of rows on their way into pages and out of them: a length, or all ones for none, and the bytes. */
void query_add_cell(struct buf *page, struct str cell);
must_check int query_take_cell(struct str *page, struct str *ret);

/* What messages of JSON have in them, by their paths. */
#define QUERY_FIELDS_MAX 200
must_check int query_flatten(struct str message, struct arena *arena, struct str_map *ret);
