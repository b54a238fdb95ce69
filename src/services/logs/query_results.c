/* GetQueryResults.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetQueryResults.html */
#include "services/logs/query.h"
#include "services/marker.h"

#define ANSWER_BYTES ((size_t)3 * 1024 * 1024)
#define ANSWER_CELLS 100000

/* Where an answer begins. */
struct place {
        int64_t page, row;
};

struct answer {
        struct call *call;
        const struct logs_query_record *query;
        struct logs_get_query_results_out *out;
        struct place place;
        size_t most, bytes, cells;
        bool is_full;
};

/* The permission on each group; the first was asked for. A group that is gone is not asked for. */
static int may_read(struct call *call, const struct logs_query_record *query)
{
        for (size_t i = 1; i < query->groups.count; i++) {
                struct logs_log_group_record group = {.number = query->groups.items[i]};
                int r = call_get(call, &logs_log_group_record_type, &group);

                if (r == -ENOENT)
                        continue;
                TRY(r);
                TRY(query_authorise(call, STR("logs:GetQueryResults"), &group));
        }
        return 0;
}

int logs_result_group_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct logs_query_record query;
        struct logs_log_group_record group = {};
        struct str names[2] = {};
        int r = str_is_set(args[0]) ? query_find(call, args[0], &query) : -ENOENT;

        if (r == 0) {
                group.number = query.groups.items[0];
                r = call_get(call, &logs_log_group_record_type, &group);
        }
        if (r < 0 && r != -ENOENT)
                return r;
        if (r == 0)
                names[1] = logs_group_arn(call, &group);
        return logs_log_group_resource(call, names, ret);
}

/* -- Rows */

static int take_row(struct answer *answer, struct str *rows, struct logs_result_field_list *ret)
{
        const struct str_list *columns = &answer->query->columns;

        ret->items = arena_new_array(&answer->call->arena, struct logs_result_field, columns->count + 1);
        ret->is_set = true;
        if (!ret->items)
                return -ENOMEM;
        for (size_t i = 0; i < columns->count; i++) {
                struct str cell;

                TRY(query_take_cell(rows, &cell));
                answer->bytes += cell.len + columns->items[i].len;
                if (str_is_set(cell))
                        ret->items[ret->count++] = (struct logs_result_field){
                                columns->items[i], arena_dup(&answer->call->arena, cell)};
        }
        answer->cells += columns->count;
        return 0;
}

static int skip_row(struct answer *answer, struct str *rows)
{
        struct str cell;

        for (size_t i = 0; i < answer->query->columns.count; i++)
                TRY(query_take_cell(rows, &cell));
        return 0;
}

static int show_rows(struct answer *answer, struct str rows)
{
        struct logs_result_field_list_list *results = &answer->out->results;
        int64_t row = 0;

        for (; rows.len && row < answer->place.row; row++)
                TRY(skip_row(answer, &rows));
        for (; rows.len; row++) {
                answer->is_full = results->count == answer->most || answer->bytes > ANSWER_BYTES ||
                                  answer->cells > ANSWER_CELLS;
                answer->place.row = row;
                if (answer->is_full)
                        return 0;
                TRY(take_row(answer, &rows, &results->items[results->count]));
                results->count++;
        }
        answer->place = (struct place){answer->place.page + 1, 0};
        return 0;
}

static int show_page(struct answer *answer)
{
        struct call *call = answer->call;
        _cleanup_(secret_done) struct secret rows = {};
        struct logs_query_page_record page = {.query = answer->query->id,
                                              .number = OPT_INT(answer->place.page)};

        TRY(call_get(call, &logs_query_page_record_type, &page));
        TRY(call_open(call, record_name(&call->arena, &logs_query_page_record_type, &page), page.rows,
                      &rows));
        return show_rows(answer, secret_str(&rows));
}

/* -- Pages of an answer */

static struct str subject(struct call *call, struct str id)
{
        return arena_printf(&call->arena, "query %.*s", STR_ARG(id));
}

static int read_place(struct answer *answer, struct str token)
{
        struct str bytes;

        TRY(logs_read_token(answer->call, subject(answer->call, answer->query->id), token, &bytes));
        if (!str_is_set(bytes))
                return 0;
        if (bytes.len != sizeof(answer->place))
                return -EBADMSG;
        memcpy(&answer->place, bytes.ptr, sizeof(answer->place));
        return 0;
}

static int show_results(struct answer *answer, struct str token)
{
        struct logs_get_query_results_out *out = answer->out;

        out->results.is_set = true;
        out->results.items =
                arena_new_array(&answer->call->arena, struct logs_result_field_list, answer->most + 1);
        if (!out->results.items)
                return -ENOMEM;
        TRY(read_place(answer, token));
        while (!answer->is_full && answer->place.page < answer->query->pages.value)
                TRY(show_page(answer));
        if (!answer->is_full)
                return 0;
        return marker_make(answer->call, subject(answer->call, answer->query->id),
                           str_make(&answer->place, sizeof(answer->place)), &out->next_token);
}

static struct opt_double as_double(struct opt_int number)
{
        return (struct opt_double){true, (double)number.value};
}

static int show_statistics(struct call *call, const struct logs_query_record *query,
                           struct logs_query_statistics **ret)
{
        struct logs_query_statistics *statistics = arena_new(&call->arena, struct logs_query_statistics);

        if (!statistics)
                return -ENOMEM;
        *statistics = (struct logs_query_statistics){
                .records_matched = as_double(query->matched),
                .records_scanned = as_double(query->scanned),
                .bytes_scanned = as_double(query->bytes),
                .estimated_records_skipped = as_double(OPT_INT(0)),
                .estimated_bytes_skipped = as_double(OPT_INT(0)),
                .log_groups_scanned = as_double(OPT_INT((int64_t)query->groups.count)),
        };
        *ret = statistics;
        return 0;
}

int logs_get_query_results(struct call *call, const struct logs_get_query_results_in *in,
                           struct logs_get_query_results_out *out)
{
        struct logs_query_record query;
        struct answer answer = {.call = call, .query = &query, .out = out, .most = INSIGHTS_ROWS_MAX};

        TRY(call_take_time(call));
        TRY(query_need(call, in->query_id, &query));
        TRY(may_read(call, &query));
        if (in->max_items.value > 0)
                answer.most = (size_t)in->max_items.value;
        out->query_language = STR("CWLI");
        out->status = query.status;
        TRY(show_statistics(call, &query, &out->statistics));
        return show_results(&answer, in->next_token);
}
