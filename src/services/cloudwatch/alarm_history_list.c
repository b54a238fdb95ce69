/* DescribeAlarmHistory.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html */
#include "services/cloudwatch/alarm.h"
#include "services/marker.h"

#define PAGE      100
#define LOOKED_AT 5000 /* items that one page may look at */

struct page {
        struct call *call;
        const struct cloudwatch_describe_alarm_history_in *in;
        struct cloudwatch_alarm_history_item_list *items;
        struct str subject, after;
        size_t limit, seen;
        int64_t from_ms, to_ms; /* both included */
        bool is_down;
};

static int begin(struct page *page, struct str token)
{
        const struct cloudwatch_describe_alarm_history_in *in = page->in;
        struct call *call = page->call;
        int64_t kept_ms = call->now_ms - CLOUDWATCH_HISTORY_MS + 1;

        page->limit = in->max_records.is_set ? (size_t)in->max_records.value : PAGE;
        page->from_ms =
                in->start_date.is_set && in->start_date.value > kept_ms ? in->start_date.value : kept_ms;
        page->to_ms = in->end_date.is_set ? in->end_date.value : INT64_MAX;
        page->is_down = !str_eq(in->scan_by, STR("TimestampAscending"));
        page->subject = arena_printf(&call->arena, "%zu %.*s %.*s %d %lld %lld", in->alarm_name.len,
                                     STR_ARG(in->alarm_name), STR_ARG(in->history_item_type), page->is_down,
                                     (long long)in->start_date.value, (long long)in->end_date.value);
        for (size_t i = 0; i < in->alarm_types.count; i++)
                page->subject = arena_printf(&call->arena, "%.*s %.*s", STR_ARG(page->subject),
                                             STR_ARG(in->alarm_types.items[i]));
        if (str_is_set(token) && marker_read(call, page->subject, token, &page->after) < 0)
                return fail(call, &cloudwatch_invalid_next_token, "The next token specified is invalid.");
        page->items->is_set = true;
        page->items->items = arena_new_array(&call->arena, struct cloudwatch_alarm_history_item, page->limit);
        return page->items->items ? 0 : -ENOMEM;
}

/* "If you omit this parameter, only metric alarms are returned." */
static bool fits(const struct page *page, const struct cloudwatch_alarm_history_record *row)
{
        const struct cloudwatch_describe_alarm_history_in *in = page->in;
        bool is_kind = in->alarm_types.count == 0 && str_eq(row->kind, CLOUDWATCH_METRIC_ALARM);

        for (size_t i = 0; i < in->alarm_types.count; i++)
                is_kind |= str_eq(row->kind, in->alarm_types.items[i]);
        return is_kind && row->at.value >= page->from_ms && row->at.value <= page->to_ms &&
               (!str_is_set(in->alarm_name) || str_eq(row->name, in->alarm_name)) &&
               (!str_is_set(in->history_item_type) || str_eq(row->type, in->history_item_type));
}

/* Behind it there is nothing that fits. */
static bool is_over(const struct page *page, const struct cloudwatch_alarm_history_record *row)
{
        return page->is_down ? row->at.value < page->from_ms : row->at.value > page->to_ms;
}

static bool is_full(const struct page *page)
{
        const struct arena *arena = &page->call->arena;

        return page->items->count >= page->limit || page->seen >= LOOKED_AT ||
               (page->seen > 0 && arena->used > arena->limit / 2);
}

static void add(struct page *page, const struct cloudwatch_alarm_history_record *row)
{
        page->items->items[page->items->count++] = (struct cloudwatch_alarm_history_item){
                .alarm_name = row->name,
                .alarm_type = row->kind,
                .timestamp = row->at,
                .history_item_type = row->type,
                .history_summary = row->summary,
                .history_data = row->data,
        };
}

/* Of one alarm by its digest, of all by time. */
static int scan_begin(struct page *page, struct record_scan *ret)
{
        struct call *call = page->call;
        bool is_one = str_is_set(page->in->alarm_name);
        const struct record_index *index = is_one ? cloudwatch_alarm_history_by_alarm : NULL;
        const struct cloudwatch_alarm_history_record like = {
                .account = call->account,
                .region = call->region,
                .alarm = is_one ? cloudwatch_history_digest(call, page->in->alarm_name) : STR_NONE,
        };
        size_t members = is_one ? 1 : 2;

        return page->is_down ? record_scan_begin_down(ret, call->txn, &call->arena,
                                                      &cloudwatch_alarm_history_record_type, index, &like,
                                                      members, page->after)
                             : record_scan_begin(ret, call->txn, &call->arena,
                                                 &cloudwatch_alarm_history_record_type, index, &like, members,
                                                 page->after);
}

/* "You can't return information about a composite alarm if your permission has a narrower scope" than "*". */
static int may_see(struct call *call, const struct cloudwatch_describe_alarm_history_in *in)
{
        const struct resource all = {.arn = cloudwatch_arn(call, "alarm:", STR("*"))};

        for (size_t i = 0; i < in->alarm_types.count && str_is_set(in->alarm_name); i++)
                if (str_eq(in->alarm_types.items[i], CLOUDWATCH_COMPOSITE_ALARM))
                        return call->authorise(call, STR("cloudwatch:DescribeAlarmHistory"), &all);
        return 0;
}

int cloudwatch_describe_alarm_history(struct call *call,
                                      const struct cloudwatch_describe_alarm_history_in *in,
                                      struct cloudwatch_describe_alarm_history_out *out)
{
        struct page page = {.call = call, .in = in, .items = &out->alarm_history_items};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct str last;

        TRY(may_see(call, in));
        TRY(begin(&page, in->next_token));
        TRY(scan_begin(&page, &scan));
        for (last = page.after;; page.seen++) {
                struct cloudwatch_alarm_history_record row = {};
                int r = record_scan_next(&scan, &row);

                if (r == -ENOENT || (r == 0 && is_over(&page, &row)))
                        return 0;
                TRY(r);
                if (is_full(&page))
                        return marker_make(call, page.subject, last, &out->next_token);
                if (fits(&page, &row))
                        add(&page, &row);
                last = record_scan_token(&scan, &call->arena);
        }
}
