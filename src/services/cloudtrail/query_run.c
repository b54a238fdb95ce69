/* Queries run on the thread that may take its time, in a snapshot, and leave their rows in the transaction.
 */
#include "events/timers.h"
#include "services/cloudtrail/query.h"

#define DROPPED_AT_ONCE 2000
/* Of the results of an account in a region: a disk is not for one of them alone. */
#define KEPT_MAX (INT64_C(1024) * 1024 * 1024)

static int load(struct call *call, struct str subject, struct cloudtrail_query_record *ret)
{
        *ret = (struct cloudtrail_query_record){};
        if (!str_cut(&subject, ' ', &ret->account) || !str_cut(&subject, ' ', &ret->region))
                return -EBADMSG;
        ret->id = subject;
        TRY(call_get(call, &cloudtrail_query_record_type, ret));
        call->account = ret->account;
        call->region = ret->region;
        return 0;
}

/* Whatever goes wrong is told of the query: it is not tried again, unless the server was told to stop. */
static int run(struct call *call, const struct cloudtrail_query_record *query, struct sql_result *result)
{
        struct sql_table *tables;
        struct sql_plan plan;
        int r = lake_plan_query(call, query->statement, &plan, &tables);

        if (r == 0)
                r = sql_run(call, &plan, tables, result);
        if (r == -ESHUTDOWN)
                return r;
        if (r == -ECALL) {
                result->reason = arena_dup(&call->arena, call->error_message);
                call_forgive(call);
        } else if (r < 0) {
                *result = (struct sql_result){.reason = STR("Internal error.")};
        }
        return 0;
}

int cloudtrail_run_query_prepare(struct call *call, struct str subject)
{
        struct sql_result *result = arena_new(&call->arena, struct sql_result);
        struct cloudtrail_query_record query;
        int r = load(call, subject, &query);

        if (!result)
                return -ENOMEM;
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        call->prepared = result;
        return str_eq(query.status, STR("QUEUED")) ? run(call, &query, result) : 0;
}

/* -ENOSPC: there would be too much. */
static int change_load(struct call *call, const struct cloudtrail_query_record *query, int64_t more)
{
        struct cloudtrail_query_load_record load = {.account = query->account, .region = query->region};
        int r = call_get(call, &cloudtrail_query_load_record_type, &load);

        if (r < 0 && r != -ENOENT)
                return r;
        if (more > 0 && load.kept.value + more > KEPT_MAX)
                return -ENOSPC;
        load.kept = OPT_INT(load.kept.value + more > 0 ? load.kept.value + more : 0);
        return call_put(call, &cloudtrail_query_load_record_type, &load);
}

static int keep_rows(struct call *call, const struct cloudtrail_query_record *query,
                     const struct sql_result *result)
{
        for (size_t i = 0; i < result->count; i++) {
                const struct cloudtrail_query_row_record row = {
                        .query = query->id,
                        .number = OPT_INT((int64_t)i),
                        .names = result->names,
                        .values = result->rows[i].values,
                };

                TRY(call_put(call, &cloudtrail_query_row_record_type, &row));
        }
        return 0;
}

static int keep(struct call *call, struct cloudtrail_query_record *query, struct sql_result *result)
{
        int r = change_load(call, query, (int64_t)result->kept);

        if (r == -ENOSPC) {
                result->count = 0;
                result->reason =
                        STR("The results of the queries of the last seven days take up too much room.");
                return 0;
        }
        TRY(r);
        query->kept = OPT_INT((int64_t)result->kept);
        return keep_rows(call, query, result);
}

int cloudtrail_run_query_due(struct call *call, struct str subject)
{
        struct sql_result *result = call->prepared;
        struct cloudtrail_query_record query;
        int r = load(call, subject, &query);

        if (r < 0)
                return r == -ENOENT ? 1 : r;
        if (!result || !str_eq(query.status, STR("QUEUED")))
                return 1;
        TRY(keep(call, &query, result));
        query.waiting = (struct opt_int){};
        query.status = result->timed_out            ? STR("TIMED_OUT")
                       : str_is_set(result->reason) ? STR("FAILED")
                                                    : STR("FINISHED");
        query.reason = result->reason;
        query.rows = OPT_INT((int64_t)result->count);
        query.scanned = OPT_INT(result->events);
        query.bytes = OPT_INT(result->bytes);
        query.took_ms = OPT_INT(result->took_ms);
        TRY(call_put(call, &cloudtrail_query_record_type, &query));
        return 1;
}

/* -- Its end */

int cloudtrail_drop_query_due(struct call *call, struct str subject)
{
        struct cloudtrail_query_record query;
        const struct timer again = {
                .due_ms = call->now_ms + 1, .name = STR("cloudtrail.DropQuery"), .subject = subject};
        int64_t first;
        int r = load(call, subject, &query);

        if (r < 0)
                return r == -ENOENT ? 1 : r;
        first = query.rows.value > DROPPED_AT_ONCE ? query.rows.value - DROPPED_AT_ONCE : 0;
        for (int64_t i = first; i < query.rows.value; i++)
                TRY(call_delete(
                        call, &cloudtrail_query_row_record_type,
                        &(struct cloudtrail_query_row_record){.query = query.id, .number = OPT_INT(i)}));
        if (first == 0) {
                TRY(change_load(call, &query, -query.kept.value));
                TRY(call_delete(call, &cloudtrail_query_record_type, &query));
                return 1;
        }
        query.rows = OPT_INT(first);
        TRY(call_put(call, &cloudtrail_query_record_type, &query));
        TRY(timer_set(call->txn, &again));
        return 1;
}
