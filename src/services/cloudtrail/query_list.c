/* DescribeQuery, GetQueryResults, ListQueries.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetQueryResults.html */
#include "services/cloudtrail/query.h"
#include "services/marker.h"

#define PAGE_MAX 1000
#define LOOK_MAX 5000 /* queries, for a page: it may be short then */

/* -- One */

bool lake_query_is_of(const struct cloudtrail_query_record *query, struct str store)
{
        ptrdiff_t at = str_find_last_byte(store, '/');

        store = str_from(store, (size_t)(at + 1));
        for (size_t i = 0; i < query->stores.count; i++)
                if (str_eq(query->stores.items[i], store))
                        return true;
        return false;
}

int lake_find_query(struct call *call, struct str action, struct str store, struct str id,
                    struct cloudtrail_query_record *ret)
{
        struct cloudtrail_event_data_store_record found;
        int r;

        if (str_is_set(store))
                TRY(store_find(call, store, &found));
        *ret = (struct cloudtrail_query_record){.account = call->account, .region = call->region, .id = id};
        r = call_get(call, &cloudtrail_query_record_type, ret);
        if (r == 0 && str_is_set(store) && !lake_query_is_of(ret, store))
                r = -ENOENT;
        if (r == -ENOENT)
                return fail(call, &cloudtrail_query_id_not_found_exception,
                            "The query ID does not exist: %.*s", STR_ARG(id));
        TRY(r);
        return lake_may(call, action, ret->stores.items, ret->stores.count);
}

int cloudtrail_describe_query(struct call *call, const struct cloudtrail_describe_query_in *in,
                              struct cloudtrail_describe_query_out *out)
{
        struct cloudtrail_query_statistics_for_describe_query *statistics =
                arena_new(&call->arena, struct cloudtrail_query_statistics_for_describe_query);
        struct cloudtrail_query_record query;

        if (!statistics)
                return -ENOMEM;
        if (!str_is_set(in->query_id) || str_is_set(in->query_alias))
                return fail(call, &cloudtrail_invalid_parameter_exception,
                            "A QueryId must be specified, and no QueryAlias.");
        TRY(lake_find_query(call, STR("cloudtrail:DescribeQuery"), in->event_data_store, in->query_id,
                            &query));
        *statistics = (struct cloudtrail_query_statistics_for_describe_query){
                .events_matched = OPT_INT(query.rows.value),
                .events_scanned = OPT_INT(query.scanned.value),
                .bytes_scanned = OPT_INT(query.bytes.value),
                .execution_time_in_millis = OPT_INT(query.took_ms.value),
                .creation_time = query.created,
        };
        *out = (struct cloudtrail_describe_query_out){
                .query_id = query.id,
                .query_string = query.statement,
                .query_status = query.status,
                .query_statistics = statistics,
                .error_message = query.reason,
        };
        return 0;
}

/* -- Its rows */

static int give_row(struct call *call, const struct cloudtrail_query_row_record *row,
                    struct cloudtrail_get_query_results_out *out)
{
        size_t count = row->names.count < row->values.count ? row->names.count : row->values.count;
        struct str_map *columns = arena_new_array(&call->arena, struct str_map, count + 1);
        struct str_pair *pairs = arena_new_array(&call->arena, struct str_pair, count + 1);

        if (!columns || !pairs)
                return -ENOMEM;
        for (size_t i = 0; i < count; i++) {
                pairs[i] = (struct str_pair){row->names.items[i], row->values.items[i]};
                columns[i] = (struct str_map){.items = &pairs[i], .count = 1, .is_set = true};
        }
        out->query_result_rows.items[out->query_result_rows.count].items = columns;
        out->query_result_rows.items[out->query_result_rows.count].count = count;
        out->query_result_rows.items[out->query_result_rows.count++].is_set = true;
        return 0;
}

static int give_rows(struct call *call, const struct cloudtrail_query_record *query, int64_t first,
                     size_t page, struct cloudtrail_get_query_results_out *out)
{
        int64_t end = first + (int64_t)page < query->rows.value ? first + (int64_t)page : query->rows.value;

        for (int64_t i = first; i < end; i++) {
                struct cloudtrail_query_row_record row = {.query = query->id, .number = OPT_INT(i)};

                TRY(call_get(call, &cloudtrail_query_row_record_type, &row));
                TRY(give_row(call, &row, out));
        }
        if (end < query->rows.value)
                return marker_make(call, query->id, arena_printf(&call->arena, "%lld", (long long)end),
                                   &out->next_token);
        return 0;
}

static int read_place(struct call *call, const struct cloudtrail_query_record *query, struct str token,
                      int64_t *ret)
{
        struct str place;

        *ret = 0;
        if (str_is_set(token) &&
            (marker_read(call, query->id, token, &place) < 0 || str_to_i64(place, ret) < 0))
                return fail(call, &cloudtrail_invalid_next_token_exception, "Invalid token.");
        return 0;
}

int cloudtrail_get_query_results(struct call *call, const struct cloudtrail_get_query_results_in *in,
                                 struct cloudtrail_get_query_results_out *out)
{
        struct cloudtrail_query_statistics *statistics =
                arena_new(&call->arena, struct cloudtrail_query_statistics);
        size_t page = in->max_query_results.is_set ? (size_t)in->max_query_results.value : PAGE_MAX;
        struct cloudtrail_query_record query;
        int64_t first;

        TRY(lake_find_query(call, STR("cloudtrail:GetQueryResults"), in->event_data_store, in->query_id,
                            &query));
        TRY(read_place(call, &query, in->next_token, &first));
        out->query_result_rows.items =
                arena_alloc_array(&call->arena, page + 1, sizeof(*out->query_result_rows.items));
        out->query_result_rows.is_set = true;
        if (!out->query_result_rows.items || !statistics)
                return -ENOMEM;
        TRY(give_rows(call, &query, first, page, out));
        *statistics = (struct cloudtrail_query_statistics){
                .results_count = OPT_INT((int64_t)out->query_result_rows.count),
                .total_results_count = OPT_INT(query.rows.value),
                .bytes_scanned = OPT_INT(query.bytes.value),
        };
        out->query_status = query.status;
        out->query_statistics = statistics;
        out->error_message = query.reason;
        return 0;
}

/* -- All */

static bool is_asked_for(const struct cloudtrail_query_record *query,
                         const struct cloudtrail_list_queries_in *in)
{
        return lake_query_is_of(query, in->event_data_store) &&
               (!in->start_time.is_set || query->created.value >= in->start_time.value) &&
               (!in->end_time.is_set || query->created.value <= in->end_time.value) &&
               (!str_is_set(in->query_status) || str_eq(in->query_status, query->status));
}

static int walk(struct call *call, const struct cloudtrail_list_queries_in *in, struct record_scan *scan,
                size_t page, struct cloudtrail_list_queries_out *out)
{
        struct str place = STR_NONE;

        for (size_t looked = 0;; looked++) {
                struct cloudtrail_query_record query = {};
                int r = record_scan_next(scan, &query);

                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                if (looked == LOOK_MAX || (out->queries.count == page && is_asked_for(&query, in)))
                        return marker_make(call, in->event_data_store, place, &out->next_token);
                if (out->queries.count < page)
                        place = record_scan_token(scan, &call->arena);
                if (out->queries.count == page || !is_asked_for(&query, in))
                        continue;
                out->queries.items[out->queries.count++] =
                        (struct cloudtrail_query){query.id, query.status, query.created};
        }
}

int cloudtrail_list_queries(struct call *call, const struct cloudtrail_list_queries_in *in,
                            struct cloudtrail_list_queries_out *out)
{
        const struct cloudtrail_query_record like = {.account = call->account, .region = call->region};
        size_t page = in->max_results.is_set ? (size_t)in->max_results.value : PAGE_MAX;
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct cloudtrail_event_data_store_record store;
        struct str after = STR_NONE;

        TRY(store_find(call, in->event_data_store, &store));
        if (in->start_time.is_set && in->end_time.is_set && in->start_time.value > in->end_time.value)
                return fail(call, &cloudtrail_invalid_date_range_exception,
                            "Invalid date range: start time must be before end time.");
        if (str_is_set(in->next_token) && marker_read(call, in->event_data_store, in->next_token, &after) < 0)
                return fail(call, &cloudtrail_invalid_next_token_exception, "Invalid token.");
        out->queries.items = arena_new_array(&call->arena, struct cloudtrail_query, page + 1);
        out->queries.is_set = true;
        if (!out->queries.items)
                return -ENOMEM;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &cloudtrail_query_record_type, NULL, &like, 2,
                              after));
        return walk(call, in, &scan, page, out);
}
