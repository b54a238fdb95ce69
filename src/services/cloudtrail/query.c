/* StartQuery, CancelQuery.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StartQuery.html */
#include "services/cloudtrail/query.h"

#include "base/ids.h"
#include "events/timers.h"

#define RUNNING_MAX 10 /* "The maximum number of queued or running queries" */

/* -- Its statement */

static int refuse_statement(struct call *call, struct str reason)
{
        return fail(call, &cloudtrail_invalid_query_statement_exception, "Query statement is not valid: %.*s",
                    STR_ARG(reason));
}

static int find_table(struct call *call, struct str id, struct sql_table *ret)
{
        struct cloudtrail_event_data_store_record store = {};

        TRY(store_find_active(call, id, &store));
        *ret = (struct sql_table){
                .id = store.id, .number = store.number.value, .cutoff_ms = store_cutoff_ms(call, &store)};
        return 0;
}

int lake_plan_query(struct call *call, struct str statement, struct sql_plan *ret,
                    struct sql_table **ret_tables)
{
        struct str reason = STR_NONE;
        int r = sql_rewrite(&call->arena, statement, ret, &reason);

        if (r == -EINVAL)
                return refuse_statement(call, reason);
        TRY(r);
        *ret_tables = arena_new_array(&call->arena, struct sql_table, ret->store_count);
        if (!*ret_tables)
                return -ENOMEM;
        for (size_t i = 0; i < ret->store_count; i++)
                TRY(find_table(call, ret->stores[i], &(*ret_tables)[i]));
        return 0;
}

int lake_may(struct call *call, struct str action, const struct str *stores, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                struct resource resource = {};

                TRY(cloudtrail_eventdatastore_resource(call, &stores[i], &resource));
                TRY(call->authorise(call, action, &resource));
        }
        return 0;
}

static int check(struct call *call, const struct cloudtrail_start_query_in *in, struct sql_plan *plan)
{
        struct str reason = STR_NONE;
        struct sql_table *tables = NULL;
        int r;

        if (!str_is_set(in->query_statement) || str_is_set(in->query_alias))
                return fail(call, &cloudtrail_invalid_parameter_exception,
                            "A QueryStatement must be specified, and no QueryAlias.");
        if (str_is_set(in->delivery_s3_uri))
                return fail(call, &cloudtrail_unsupported_operation_exception,
                            "Query results are not delivered to S3 here.");
        if (str_is_set(in->event_data_store_owner_account_id) &&
            !str_eq(in->event_data_store_owner_account_id, call->account))
                return fail(call, &cloudtrail_event_data_store_not_found_exception,
                            "The specified event data store was not found.");
        TRY(lake_plan_query(call, in->query_statement, plan, &tables));
        TRY(lake_may(call, STR("cloudtrail:StartQuery"), plan->stores, plan->store_count));
        r = sql_check(call, plan, tables, &reason);
        return r == -EINVAL ? refuse_statement(call, reason) : r;
}

/* -- What permissions are asked on first: without a store they would be asked on all. */

int cloudtrail_stated_eventdatastore_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct sql_token token = {.kind = SQL_END};
        struct str rest = args[0], id = STR_NONE;

        do
                if (sql_take_token(&rest, &token) < 0)
                        break;
        while (token.kind != SQL_STORE && token.kind != SQL_END);
        if (token.kind == SQL_STORE)
                id = arena_lower(&call->arena, token.text);
        return cloudtrail_eventdatastore_resource(call, &id, ret);
}

int cloudtrail_queried_eventdatastore_resource(struct call *call, const struct str *args,
                                               struct resource *ret)
{
        struct cloudtrail_query_record query = {
                .account = call->account, .region = call->region, .id = args[1]};
        struct str id = args[0];
        int r = 0;

        if (!str_is_set(id) && str_is_set(query.id))
                r = call_get(call, &cloudtrail_query_record_type, &query);
        if (r < 0 && r != -ENOENT)
                return r;
        if (query.stores.count > 0)
                id = query.stores.items[0];
        return cloudtrail_eventdatastore_resource(call, &id, ret);
}

/* -- StartQuery */

static int check_room(struct call *call)
{
        const struct cloudtrail_query_record like = {.account = call->account, .region = call->region};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        size_t running = 0;
        int r = 0;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &cloudtrail_query_record_type,
                              cloudtrail_query_by_waiting, &like, 2, STR_NONE));
        while (r == 0 && running < RUNNING_MAX) {
                struct cloudtrail_query_record query = {};

                r = record_scan_next(&scan, &query);
                running += r == 0;
        }
        if (r < 0 && r != -ENOENT)
                return r;
        if (running >= RUNNING_MAX)
                return fail(call, &cloudtrail_max_concurrent_queries_exception,
                            "You are already running the maximum number of concurrent queries. The maximum "
                            "number of "
                            "concurrent queries is %d.",
                            RUNNING_MAX);
        return 0;
}

static int set_timer(struct call *call, const char *name, const struct cloudtrail_query_record *query,
                     int64_t due_ms, enum timer_lane lane)
{
        const struct timer timer = {
                .due_ms = due_ms,
                .name = str_of(name),
                .subject = arena_printf(&call->arena, "%.*s %.*s %.*s", STR_ARG(query->account),
                                        STR_ARG(query->region), STR_ARG(query->id)),
                .lane = lane,
                .owner = query->account,
        };

        return timer_set(call->txn, &timer);
}

int cloudtrail_start_query(struct call *call, const struct cloudtrail_start_query_in *in,
                           struct cloudtrail_start_query_out *out)
{
        struct sql_plan plan;
        struct cloudtrail_query_record query = {
                .account = call->account,
                .region = call->region,
                .id = id_uuid(&call->arena),
                .statement = in->query_statement,
                .status = STR("QUEUED"),
                .created = OPT_INT(call->now_ms),
                .waiting = OPT_INT(call->now_ms),
        };

        TRY(check(call, in, &plan));
        TRY(check_room(call));
        query.stores = (struct str_list){.items = plan.stores, .count = plan.store_count, .is_set = true};
        TRY(call_insert(call, &cloudtrail_query_record_type, &query));
        TRY(set_timer(call, "cloudtrail.RunQuery", &query, call->now_ms, TIMER_LONG));
        TRY(set_timer(call, "cloudtrail.DropQuery", &query, call->now_ms + QUERY_KEPT_DAYS * MS_PER_DAY,
                      TIMER_QUICK));
        out->query_id = query.id;
        return 0;
}

/* -- CancelQuery */

int cloudtrail_cancel_query(struct call *call, const struct cloudtrail_cancel_query_in *in,
                            struct cloudtrail_cancel_query_out *out)
{
        struct cloudtrail_query_record query;

        TRY(lake_find_query(call, STR("cloudtrail:CancelQuery"), in->event_data_store, in->query_id, &query));
        if (!str_eq(query.status, STR("QUEUED")))
                return fail(call, &cloudtrail_inactive_query_exception,
                            "The specified query cannot be canceled because it is in the %.*s state.",
                            STR_ARG(query.status));
        query.status = STR("CANCELLED");
        query.waiting = (struct opt_int){};
        TRY(call_put(call, &cloudtrail_query_record_type, &query));
        out->query_id = query.id;
        out->query_status = query.status;
        return 0;
}
