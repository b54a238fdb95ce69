/* StartQuery, StopQuery: a query is compiled at once, and run by a timer on a thread of its own.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html */
#include "base/ids.h"
#include "base/json_out.h"
#include "base/text.h"
#include "events/timers.h"
#include "services/logs/data_key.h"
#include "services/logs/query.h"

#include <stdio.h>

#define GROUPS_MAX  50
#define WAITING_MAX 30                    /* in an account and region */
#define KEPT_MS     (7 * MS_PER_DAY)      /* "Query results are available for 7 days" */
#define SECONDS_MAX INT64_C(100000000000) /* what is more is milliseconds */

/* -- Which groups */

struct names {
        const struct str *items;
        size_t count;
};

/* "must include exactly one of the following parameters" */
static int read_names(struct call *call, const struct logs_start_query_in *in, struct names *ret)
{
        int given = (str_is_set(in->log_group_name) ? 1 : 0) + (in->log_group_names.count ? 1 : 0) +
                    (in->log_group_identifiers.count ? 1 : 0);

        if (given != 1)
                return call_invalid(
                        call, "Exactly one of logGroupName, logGroupNames and logGroupIdentifiers must be "
                              "specified.");
        *ret = (struct names){&in->log_group_name, 1};
        if (in->log_group_names.count)
                *ret = (struct names){in->log_group_names.items, in->log_group_names.count};
        else if (in->log_group_identifiers.count)
                *ret = (struct names){in->log_group_identifiers.items, in->log_group_identifiers.count};
        return ret->count > GROUPS_MAX ? call_invalid(call, "Up to 50 log groups can be queried.") : 0;
}

static int need_group(struct call *call, struct str text, struct logs_log_group_record *ret)
{
        struct logs_name name;
        int r;

        if (logs_read_name(call, text, &name) < 0)
                return call_invalid(call, "Invalid log group identifier '%.*s'.", STR_ARG(text));
        r = logs_find_group(call, &name, ret);
        if (r == -ENOENT)
                return fail(call, &logs_resource_not_found_exception,
                            "Log group '%.*s' does not exist for account ID '%.*s'", STR_ARG(name.group),
                            STR_ARG(name.account));
        return r;
}

/* Asked as if it did not exist, where it does not. */
static int may_query(struct call *call, struct str text)
{
        struct logs_log_group_record group;
        struct logs_name name;
        int r;

        if (logs_read_name(call, text, &name) < 0)
                return 0; /* told afterwards */
        r = logs_find_group(call, &name, &group);
        if (r < 0 && r != -ENOENT)
                return r;
        if (r == -ENOENT)
                group = (struct logs_log_group_record){
                        .account = name.account, .region = name.region, .name = name.group};
        return query_authorise(call, STR("logs:StartQuery"), &group);
}

/* Before this the group was not there yet, or keeps nothing any more. */
static int64_t begin_of(const struct call *call, const struct logs_log_group_record *group)
{
        int64_t cutoff_ms = logs_cutoff_ms(call, group);

        return cutoff_ms > group->created.value ? cutoff_ms : group->created.value;
}

/* *begin_ms: of the group that goes back furthest. */
static int take_group(struct call *call, struct str text, bool unmasks, struct logs_query_record *query,
                      int64_t *begin_ms)
{
        struct logs_log_group_record group = {};

        TRY(need_group(call, text, &group));
        if (str_eq(group.class, LOGS_DELIVERY))
                return logs_refuse_class(call, &group, &logs_invalid_parameter_exception);
        if (unmasks)
                TRY(query_authorise(call, STR("logs:Unmask"), &group));
        TRY(logs_ask_keys(call, &group, &query->keys));
        if (begin_of(call, &group) < *begin_ms)
                *begin_ms = begin_of(call, &group);
        for (size_t i = 0; i < query->groups.count; i++)
                if (query->groups.items[i].value == group.number.value)
                        return 0;
        query->group_names.items[query->groups.count] =
                arena_printf(&call->arena, "%.*s:%.*s", STR_ARG(group.account), STR_ARG(group.name));
        query->groups.items[query->groups.count++] = group.number;
        query->group_names.count = query->groups.count;
        if (!str_is_set(query->first_name))
                query->first_name = group.name;
        return 0;
}

static int take_groups(struct call *call, const struct names *names, bool unmasks,
                       struct logs_query_record *query, int64_t *ret_begin_ms)
{
        *ret_begin_ms = INT64_MAX;
        for (size_t i = 1; i < names->count; i++)
                TRY(may_query(call, names->items[i]));
        query->groups.items = arena_new_array(&call->arena, struct opt_int, names->count);
        query->group_names.items = arena_new_array(&call->arena, struct str, names->count);
        query->groups.is_set = query->group_names.is_set = true;
        if (!query->groups.items || !query->group_names.items)
                return -ENOMEM;
        for (size_t i = 0; i < names->count; i++)
                TRY(take_group(call, names->items[i], unmasks, query, ret_begin_ms));
        return 0;
}

int logs_queried_group_resource(struct call *call, const struct str *args, struct resource *ret)
{
        const struct logs_start_query_in *in = call->in;
        struct str first[2] = {args[0], STR_NONE};

        if (in && in->log_group_names.count && !str_is_set(args[0]))
                first[0] = in->log_group_names.items[0];
        else if (in && in->log_group_identifiers.count && !str_is_set(args[0]))
                first[1] = in->log_group_identifiers.items[0];
        return logs_log_group_resource(call, first, ret);
}

/* -- Its text */

/* "Details about this error are displayed in a QueryCompileError object." */
static int refuse(struct call *call, const struct insights_error *error)
{
        struct buf buf;
        struct json_out out = {.buf = &buf};
        struct str why = arena_dup(&call->arena, str_of(error->why));

        buf_init(&buf, 4096);
        json_open(&out, '{');
        json_key(&out, STR("location"));
        json_open(&out, '{');
        json_key(&out, STR("startCharOffset"));
        json_int(&out, (int64_t)error->start);
        json_key(&out, STR("endCharOffset"));
        json_int(&out, (int64_t)error->end);
        json_close(&out, '}');
        json_pair(&out, STR("message"), why);
        json_close(&out, '}');
        call->error_members =
                arena_printf(&call->arena, "\"queryCompileError\":%.*s", STR_ARG(buf_str(&buf)));
        buf_done(&buf);
        return fail(call, &logs_malformed_query_exception, "%.*s", STR_ARG(why));
}

static int check_text(struct call *call, const struct logs_query_record *query, bool *ret_unmasks)
{
        const struct insights_terms terms = query_terms(call, query);
        struct insights *insights;
        struct insights_error error;
        int r = insights_compile(query->text, &terms, &insights, &error);

        if (r == -EINVAL)
                return refuse(call, &error);
        TRY(r);
        *ret_unmasks = insights_unmasks(insights);
        insights_free(insights);
        return 0;
}

/* Older events than the group are not asked for by an end before it was made, though it may have some. */
static int check_range(struct call *call, const struct logs_query_record *query, int64_t begin_ms)
{
        struct insights_error error = {.end = utf8_length(query->text)};

        if (query->end_ms.value >= begin_ms)
                return 0;
        (void)snprintf(error.why, sizeof(error.why),
                       "Query's end date and time is either before the log groups creation time or exceeds "
                       "the log groups log retention settings ([0,%zu])",
                       error.end);
        return refuse(call, &error);
}

/* "Specified as epoch time, the number of seconds"; the guide's own examples have milliseconds too. */
static int64_t read_time(int64_t time, bool is_end)
{
        if (time > SECONDS_MAX)
                return time;
        return time * 1000 + (is_end ? 999 : 0);
}

static int check_terms(struct call *call, const struct logs_start_query_in *in,
                       struct logs_query_record *query)
{
        if (str_is_set(in->query_language) && !str_eq(in->query_language, STR("CWLI")))
                return call_invalid(call, "The query language %.*s is not supported.",
                                    STR_ARG(in->query_language));
        query->start_ms = OPT_INT(read_time(in->start_time.value, false));
        query->end_ms = OPT_INT(read_time(in->end_time.value, true));
        if (query->start_ms.value > query->end_ms.value)
                return call_invalid(call, "End time should not be before start time.");
        if (in->limit.value > INSIGHTS_ROWS_MAX)
                return call_invalid(call, "The limit of a query is %d.", INSIGHTS_ROWS_MAX);
        query->limit = OPT_INT(in->limit.value);
        return 0;
}

/* -- Begun */

static int join(struct call *call)
{
        struct logs_query_load_record load = {.account = call->account, .region = call->region};
        int r = call_get(call, &logs_query_load_record_type, &load);

        if (r < 0 && r != -ENOENT)
                return r;
        if (load.waiting.value >= WAITING_MAX)
                return fail(call, &logs_limit_exceeded_exception,
                            "Account maximum query concurrency limit of [%d] reached.", WAITING_MAX);
        load.waiting = OPT_INT(load.waiting.value + 1);
        return call_put(call, &logs_query_load_record_type, &load);
}

static int set_timers(struct call *call, struct str id)
{
        const struct timer run = {.due_ms = call->now_ms,
                                  .name = STR("logs.RunQuery"),
                                  .subject = id,
                                  .lane = TIMER_LONG,
                                  .owner = call->account};
        const struct timer drop = {
                .due_ms = call->now_ms + KEPT_MS, .name = STR("logs.DropQuery"), .subject = id};

        TRY(timer_set(call->txn, &run));
        return timer_set(call->txn, &drop);
}

int logs_start_query(struct call *call, const struct logs_start_query_in *in,
                     struct logs_start_query_out *out)
{
        struct logs_query_record query = {
                .id = id_uuid(&call->arena),
                .account = call->account,
                .region = call->region,
                .created = OPT_INT(call->now_ms),
                .text = in->query_string,
                .status = QUERY_SCHEDULED,
                .keys_asked = OPT_BOOL(true),
                .caller = call->principal.arn,
        };
        bool unmasks = false;
        struct names names = {};
        int64_t begin_ms = 0;

        TRY(read_names(call, in, &names));
        TRY(check_terms(call, in, &query));
        TRY(check_text(call, &query, &unmasks));
        TRY(take_groups(call, &names, unmasks, &query, &begin_ms));
        TRY(check_range(call, &query, begin_ms));
        TRY(join(call));
        TRY(set_timers(call, query.id));
        out->query_id = query.id;
        return call_insert(call, &logs_query_record_type, &query);
}

int logs_stop_query(struct call *call, const struct logs_stop_query_in *in, struct logs_stop_query_out *out)
{
        struct logs_query_record query;

        TRY(query_need(call, in->query_id, &query));
        if (!str_eq(query.status, QUERY_SCHEDULED))
                return call_invalid(call, "Query with ID %.*s is not running: it is in state %.*s.",
                                    STR_ARG(in->query_id), STR_ARG(query.status));
        out->success = OPT_BOOL(true);
        return query_end(call, &query, QUERY_CANCELLED);
}
