/* DescribeAlarms. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html */
#include "services/cloudwatch/alarm.h"
#include "services/cloudwatch/composite.h"
#include "services/marker.h"

#define PAGE      50
#define LOOKED_AT 2000 /* alarms that one page may look at */
#define SUBJECT   ((size_t)64 * 1024)

struct page {
        struct call *call;
        const struct cloudwatch_describe_alarms_in *in;
        struct cloudwatch_describe_alarms_out *out;
        struct str subject, after;
        size_t limit, seen;
        bool metric, composite; /* which kinds are wanted */
        bool is_sparse;         /* no more than names and states */
};

/* -- The question */

static void add_part(struct buf *buf, struct str part)
{
        buf_addf(buf, "%zu ", part.len);
        buf_add(buf, part);
}

/* What a token is bound to. */
static int find_subject(struct page *page)
{
        const struct cloudwatch_describe_alarms_in *in = page->in;
        _cleanup_(buf_done) struct buf buf = {};

        buf_init(&buf, SUBJECT);
        buf_addf(&buf, "%d %d ", page->metric, page->composite);
        add_part(&buf, in->alarm_name_prefix);
        add_part(&buf, in->children_of_alarm_name);
        add_part(&buf, in->parents_of_alarm_name);
        add_part(&buf, in->state_value);
        add_part(&buf, in->action_prefix);
        for (size_t i = 0; i < in->alarm_names.count; i++)
                add_part(&buf, in->alarm_names.items[i]);
        TRY(buf_check(&buf));
        page->subject = arena_dup(&page->call->arena, buf_str(&buf));
        return 0;
}

static bool is_wanted(const struct cloudwatch_describe_alarms_in *in, struct str kind)
{
        for (size_t i = 0; i < in->alarm_types.count; i++)
                if (str_eq(in->alarm_types.items[i], kind))
                        return true;
        /* "If you omit this parameter, only metric alarms are returned." */
        return in->alarm_types.count == 0 && str_eq(kind, CLOUDWATCH_METRIC_ALARM);
}

/* "If you specify ChildrenOfAlarmName, you cannot specify any other parameters in the request except for
 * MaxRecords and NextToken. If you do so, you receive a validation error." */
static int check_family(struct call *call, const struct cloudwatch_describe_alarms_in *in)
{
        bool of_children = str_is_set(in->children_of_alarm_name),
             of_parents = str_is_set(in->parents_of_alarm_name);
        bool has_others = in->alarm_names.count > 0 || str_is_set(in->alarm_name_prefix) ||
                          in->alarm_types.count > 0 || str_is_set(in->state_value) ||
                          str_is_set(in->action_prefix);

        if ((of_children && (of_parents || has_others)) || (of_parents && has_others))
                return call_invalid(call, "%s can only be combined with MaxRecords and NextToken.",
                                    of_children ? "ChildrenOfAlarmName" : "ParentsOfAlarmName");
        if (in->alarm_names.count > 0 && str_is_set(in->alarm_name_prefix))
                return call_invalid(call, "AlarmNames and AlarmNamePrefix cannot both be set.");
        return 0;
}

/* "You can't return information about composite alarms if your cloudwatch:DescribeAlarms permission has a
 * narrower scope" than "*". */
static int may_see(struct call *call, const struct page *page)
{
        const struct resource all = {.arn = cloudwatch_arn(call, "alarm:", STR("*"))};

        return page->composite && page->in->alarm_names.count > 0
                       ? call->authorise(call, STR("cloudwatch:DescribeAlarms"), &all)
                       : 0;
}

static int begin(struct page *page)
{
        struct call *call = page->call;
        const struct cloudwatch_describe_alarms_in *in = page->in;

        TRY(check_family(call, in));
        page->limit = in->max_records.is_set ? (size_t)in->max_records.value : PAGE;
        page->is_sparse = str_is_set(in->children_of_alarm_name) || str_is_set(in->parents_of_alarm_name);
        page->metric = page->is_sparse || is_wanted(in, CLOUDWATCH_METRIC_ALARM);
        page->composite = page->is_sparse || is_wanted(in, CLOUDWATCH_COMPOSITE_ALARM);
        TRY(may_see(call, page));
        TRY(find_subject(page));
        if (str_is_set(in->next_token) && marker_read(call, page->subject, in->next_token, &page->after) < 0)
                return fail(call, &cloudwatch_invalid_next_token, "The next token specified is invalid.");
        page->out->metric_alarms.is_set = page->out->composite_alarms.is_set = true;
        page->out->metric_alarms.items =
                arena_new_array(&call->arena, struct cloudwatch_metric_alarm, page->limit);
        page->out->composite_alarms.items =
                arena_new_array(&call->arena, struct cloudwatch_composite_alarm, page->limit);
        return page->out->metric_alarms.items && page->out->composite_alarms.items ? 0 : -ENOMEM;
}

/* -- The answer */

static bool has_action(const struct str_list *actions, struct str prefix)
{
        for (size_t i = 0; i < actions->count; i++)
                if (str_starts(actions->items[i], prefix))
                        return true;
        return false;
}

static bool fits(const struct page *page, const struct cloudwatch_alarm_record *alarm)
{
        const struct cloudwatch_describe_alarms_in *in = page->in;
        struct str prefix = in->action_prefix;

        if (cloudwatch_is_composite(alarm) ? !page->composite : !page->metric)
                return false;
        if (str_is_set(in->alarm_name_prefix) && !str_starts(alarm->name, in->alarm_name_prefix))
                return false;
        if (str_is_set(in->state_value) && !str_eq(alarm->state, in->state_value))
                return false;
        return !str_is_set(prefix) || has_action(&alarm->ok_actions, prefix) ||
               has_action(&alarm->alarm_actions, prefix) ||
               has_action(&alarm->insufficient_data_actions, prefix);
}

/* "Only the Alarm Name, ARN, StateValue, and StateUpdatedTimestamp information are returned"; of parents the
 * first two. */
static void add_sparse(struct page *page, const struct cloudwatch_alarm_record *alarm)
{
        bool of_children = str_is_set(page->in->children_of_alarm_name);
        struct str arn = cloudwatch_alarm_arn(page->call, alarm);
        struct str state = of_children ? alarm->state : STR_NONE;
        struct opt_int updated = of_children ? alarm->updated : (struct opt_int){};

        if (cloudwatch_is_composite(alarm))
                page->out->composite_alarms.items[page->out->composite_alarms.count++] =
                        (struct cloudwatch_composite_alarm){.alarm_name = alarm->name,
                                                            .alarm_arn = arn,
                                                            .state_value = state,
                                                            .state_updated_timestamp = updated};
        else
                page->out->metric_alarms.items[page->out->metric_alarms.count++] =
                        (struct cloudwatch_metric_alarm){.alarm_name = alarm->name,
                                                         .alarm_arn = arn,
                                                         .state_value = state,
                                                         .state_updated_timestamp = updated};
}

static void add(struct page *page, const struct cloudwatch_alarm_record *alarm)
{
        struct cloudwatch_describe_alarms_out *out = page->out;

        if (page->is_sparse)
                add_sparse(page, alarm);
        else if (cloudwatch_is_composite(alarm))
                cloudwatch_show_composite_alarm(page->call, alarm,
                                                &out->composite_alarms.items[out->composite_alarms.count++]);
        else
                cloudwatch_show_metric_alarm(page->call, alarm,
                                             &out->metric_alarms.items[out->metric_alarms.count++]);
}

/* Not too large for the memory of a call, either. */
static bool is_full(const struct page *page)
{
        size_t count = page->out->metric_alarms.count + page->out->composite_alarms.count;
        const struct arena *arena = &page->call->arena;

        return count >= page->limit || page->seen >= LOOKED_AT ||
               (page->seen > 0 && arena->used > arena->limit / 2);
}

/* -- By name, in order */

static int describe_all(struct page *page)
{
        struct call *call = page->call;
        const struct cloudwatch_alarm_record like = {.account = call->account, .region = call->region};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct str last = page->after;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &cloudwatch_alarm_record_type,
                              cloudwatch_alarm_by_name, &like, 2, page->after));
        for (;; page->seen++) {
                struct cloudwatch_alarm_record alarm = {};
                int r = record_scan_next(&scan, &alarm);

                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                if (is_full(page))
                        return marker_make(call, page->subject, last, &page->out->next_token);
                if (fits(page, &alarm))
                        add(page, &alarm);
                last = record_scan_token(&scan, &call->arena);
        }
}

/* -- Those of a list: the token is a number in it */

struct list {
        const int64_t *numbers; /* of alarms; NULL: by names */
        const struct str_list *names;
        size_t count;
};

static int get(struct page *page, const struct list *list, size_t i, struct cloudwatch_alarm_record *ret)
{
        return list->numbers ? cloudwatch_get_alarm(page->call, list->numbers[i], ret)
                             : cloudwatch_find_alarm(page->call, list->names->items[i], ret);
}

static int describe_list(struct page *page, const struct list *list)
{
        uint64_t from = 0;

        if (str_is_set(page->after) && str_to_u64(page->after, &from) < 0)
                return -EBADMSG;
        for (size_t i = (size_t)from; i < list->count; i++, page->seen++) {
                struct cloudwatch_alarm_record alarm;
                int r;

                if (is_full(page))
                        return marker_make(page->call, page->subject,
                                           arena_printf(&page->call->arena, "%zu", i),
                                           &page->out->next_token);
                r = get(page, list, i, &alarm);
                if (r < 0 && r != -ENOENT)
                        return r;
                if (r == 0 && fits(page, &alarm))
                        add(page, &alarm);
        }
        return 0;
}

static int describe_family(struct page *page)
{
        const struct cloudwatch_describe_alarms_in *in = page->in;
        bool of_children = str_is_set(in->children_of_alarm_name);
        struct cloudwatch_alarm_record alarm;
        struct list list = {};
        int r = cloudwatch_find_alarm(
                page->call, of_children ? in->children_of_alarm_name : in->parents_of_alarm_name, &alarm);

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        TRY(cloudwatch_list_family(page->call, alarm.number.value, of_children, &list.numbers, &list.count));
        return describe_list(page, &list);
}

int cloudwatch_describe_alarms(struct call *call, const struct cloudwatch_describe_alarms_in *in,
                               struct cloudwatch_describe_alarms_out *out)
{
        const struct list named = {.names = &in->alarm_names, .count = in->alarm_names.count};
        struct page page = {.call = call, .in = in, .out = out};

        TRY(begin(&page));
        if (page.is_sparse)
                return describe_family(&page);
        return named.count > 0 ? describe_list(&page, &named) : describe_all(&page);
}
