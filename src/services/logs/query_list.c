/* DescribeQueries, ListLogGroupsForQuery: "queries that are scheduled, running, or have been run recently".
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeQueries.html */
#include "services/logs/query.h"
#include "services/marker.h"

#define PAGE      100
#define LOOKED_AT 5000

static bool has_group(const struct logs_query_record *query, struct str name)
{
        for (size_t i = 0; i < query->group_names.count; i++)
                if (str_eq(str_from(query->group_names.items[i], query->account.len + 1), name))
                        return true;
        return false;
}

static bool is_wanted(const struct logs_describe_queries_in *in, const struct logs_query_record *query)
{
        if (str_is_set(in->query_language) && !str_eq(in->query_language, STR("CWLI")))
                return false;
        if (str_is_set(in->status) && !str_eq(in->status, query->status))
                return false;
        return !str_is_set(in->log_group_name) || has_group(query, in->log_group_name);
}

static struct logs_query_info show(const struct logs_query_record *query)
{
        return (struct logs_query_info){
                .query_language = STR("CWLI"),
                .query_id = query->id,
                .query_string = query->text,
                .status = query->status,
                .create_time = query->created,
                .log_group_name = query->first_name,
                .query_duration = query->duration_ms,
                .bytes_scanned = {query->bytes.is_set, (double)query->bytes.value},
                .user_identity = query->caller,
        };
}

int logs_describe_queries(struct call *call, const struct logs_describe_queries_in *in,
                          struct logs_describe_queries_out *out)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        const struct logs_query_record like = {.account = call->account, .region = call->region};
        size_t limit = in->max_results.is_set ? (size_t)in->max_results.value : PAGE;
        struct logs_query_record query = {};
        struct str after, place = STR_NONE;
        int r;

        TRY(logs_read_token(call, STR("queries"), in->next_token, &after));
        out->queries.is_set = true;
        out->queries.items = arena_new_array(&call->arena, struct logs_query_info, limit + 1);
        if (!out->queries.items)
                return -ENOMEM;
        TRY(record_scan_begin_down(&scan, call->txn, &call->arena, &logs_query_record_type,
                                   logs_query_by_start, &like, 2, after));
        for (size_t seen = 0; (r = record_scan_next(&scan, &query)) == 0; seen++) {
                if (out->queries.count == limit || seen == LOOKED_AT)
                        return marker_make(call, STR("queries"), place, &out->next_token);
                place = record_scan_token(&scan, &call->arena);
                if (is_wanted(in, &query))
                        out->queries.items[out->queries.count++] = show(&query);
                query = (struct logs_query_record){};
        }
        return r == -ENOENT ? 0 : r;
}

/* "The log groups that were analyzed": those that it was begun with. They are fifty at most, and so on one
 * page. */
int logs_list_log_groups_for_query(struct call *call, const struct logs_list_log_groups_for_query_in *in,
                                   struct logs_list_log_groups_for_query_out *out)
{
        struct logs_query_record query;
        struct str after;

        TRY(query_need(call, in->query_id, &query));
        TRY(logs_read_token(call, STR("groups of a query"), in->next_token, &after));
        out->log_group_identifiers.is_set = true;
        out->log_group_identifiers.items =
                arena_new_array(&call->arena, struct str, query.group_names.count + 1);
        if (!out->log_group_identifiers.items)
                return -ENOMEM;
        for (size_t i = 0; i < query.group_names.count; i++) {
                struct str name = query.group_names.items[i], account;

                if (!str_cut(&name, ':', &account))
                        return -EBADMSG;
                out->log_group_identifiers.items[out->log_group_identifiers.count++] =
                        logs_arn(call, account, query.region,
                                 arena_printf(&call->arena, "log-group:%.*s", STR_ARG(name)));
        }
        return 0;
}
