/* PutDashboard, GetDashboard, ListDashboards, DeleteDashboards. What a body says is the matter of who shows
 * it: it is kept as it was given, if it is a JSON object with a list of widgets.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html */
#include "services/cloudwatch/dashboard.h"

#include "services/cloudwatch/alarm.h"
#include "services/marker.h"
#include "wire/json_read.h"

#define NAME_MAX_LEN 255
#define PAGE         1000
#define DELETED_MAX  100
#define WIDGETS_MAX  500 /* "Up to 500 metrics/graphs" and as many widgets */

struct str cloudwatch_dashboard_arn(struct call *call, struct str name)
{
        return arena_printf(&call->arena, "arn:%.*s:cloudwatch::%.*s:dashboard/%.*s",
                            STR_ARG(call->host->partition), STR_ARG(call->account), STR_ARG(name));
}

int cloudwatch_read_dashboard_arn(struct call *call, struct str arn, struct str *ret_name)
{
        struct str start = cloudwatch_dashboard_arn(call, STR(""));

        if (!str_is_set(start) || !str_starts(arn, start) || arn.len == start.len)
                return -EINVAL;
        *ret_name = str_from(arn, start.len);
        return 0;
}

int cloudwatch_find_dashboard(struct call *call, struct str name, struct cloudwatch_dashboard_record *ret)
{
        *ret = (struct cloudwatch_dashboard_record){.account = call->account, .name = name};
        return call_get(call, &cloudwatch_dashboard_record_type, ret);
}

/* "Valid characters are A-Z, a-z, 0-9, "-", and "_""; of prefixes also ".". */
static bool is_name(struct str name, bool may_have_dots)
{
        for (size_t i = 0; i < name.len; i++) {
                char c = name.ptr[i];

                if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || (c == '.' && may_have_dots)))
                        return false;
        }
        return name.len <= NAME_MAX_LEN;
}

static int invalid(struct call *call, const char *name, struct str value)
{
        return fail(call, &cloudwatch_invalid_parameter_value_exception,
                    "The value %.*s for parameter %s is invalid.", STR_ARG(value), name);
}

static int no_dashboard(struct call *call, struct str name)
{
        return fail(call, &cloudwatch_dashboard_not_found_error, "Dashboard %.*s does not exist",
                    STR_ARG(name));
}

/* -- PutDashboard */

/* Without a tree: one of {},{},{} would be eighty times as long as its text. */
static int count_widgets(struct json_read *read, size_t *ret)
{
        bool is_first = true;
        int more;

        *ret = 0;
        if (json_read_peek(read) != JSON_IS_ARRAY)
                return -EINVAL;
        TRY(json_read_open(read));
        while ((more = json_read_next(read, ']', &is_first)) > 0) {
                TRY(json_read_skip(read, NULL));
                *ret += 1;
        }
        return more;
}

/* *ret_widgets: SIZE_MAX: it does not say. */
static int read_body(struct json_read *read, size_t *ret_widgets)
{
        bool is_first = true;
        struct str key;
        int more;

        *ret_widgets = SIZE_MAX;
        if (json_read_peek(read) != JSON_IS_OBJECT)
                return -EINVAL;
        TRY(json_read_open(read));
        while ((more = json_read_next(read, '}', &is_first)) > 0) {
                TRY(json_read_key(read, &key));
                TRY(str_eq(key, STR("widgets")) ? count_widgets(read, ret_widgets)
                                                : json_read_skip(read, NULL));
        }
        TRY(more);
        return json_read_end(read);
}

static int check_body(struct call *call, struct str body)
{
        struct json_read read = {.at = body.ptr, .end = body.ptr + body.len, .arena = &call->arena};
        size_t widgets;

        if (read_body(&read, &widgets) < 0)
                return fail(call, &cloudwatch_dashboard_invalid_input_error,
                            "The field DashboardBody must be a valid JSON object");
        if (widgets > WIDGETS_MAX)
                return fail(call, &cloudwatch_dashboard_invalid_input_error,
                            "The dashboard body is invalid: widgets must be an array of at most %d widgets",
                            WIDGETS_MAX);
        return 0;
}

int cloudwatch_put_dashboard(struct call *call, const struct cloudwatch_put_dashboard_in *in,
                             struct cloudwatch_put_dashboard_out *out)
{
        struct cloudwatch_dashboard_record dashboard;
        int r;

        if (in->dashboard_name.len == 0 || !is_name(in->dashboard_name, false))
                return fail(call, &cloudwatch_dashboard_invalid_input_error,
                            "The value %.*s for field DashboardName contains invalid characters. It can only "
                            "contain alphanumerics, dash (-) and underscore (_).",
                            STR_ARG(in->dashboard_name));
        TRY(check_body(call, in->dashboard_body));
        r = cloudwatch_find_dashboard(call, in->dashboard_name, &dashboard);
        if (r == -ENOENT) /* "If you specify Tags when updating an existing dashboard, the tag updates are
                             ignored." */
                r = cloudwatch_merge_tags(call, &in->tags, &dashboard.tags);
        TRY(r);
        dashboard.body = in->dashboard_body;
        dashboard.modified = OPT_INT(call->now_ms);
        out->dashboard_validation_messages.is_set = true;
        return call_put(call, &cloudwatch_dashboard_record_type, &dashboard);
}

/* -- The others */

int cloudwatch_get_dashboard(struct call *call, const struct cloudwatch_get_dashboard_in *in,
                             struct cloudwatch_get_dashboard_out *out)
{
        struct cloudwatch_dashboard_record dashboard;
        int r = cloudwatch_find_dashboard(call, in->dashboard_name, &dashboard);

        if (r == -ENOENT)
                return no_dashboard(call, in->dashboard_name);
        TRY(r);
        out->dashboard_arn = cloudwatch_dashboard_arn(call, dashboard.name);
        out->dashboard_body = dashboard.body;
        out->dashboard_name = dashboard.name;
        return 0;
}

static struct cloudwatch_dashboard_entry entry_of(struct call *call,
                                                  const struct cloudwatch_dashboard_record *dashboard)
{
        return (struct cloudwatch_dashboard_entry){
                .dashboard_name = dashboard->name,
                .dashboard_arn = cloudwatch_dashboard_arn(call, dashboard->name),
                .last_modified = dashboard->modified,
                .size = OPT_INT((int64_t)dashboard->body.len),
        };
}

static int fill(struct call *call, struct record_scan *scan, struct str prefix, struct str subject,
                struct cloudwatch_list_dashboards_out *out)
{
        struct str place = STR_NONE;
        int r;

        for (;;) {
                struct cloudwatch_dashboard_record dashboard = {};

                r = record_scan_next(scan, &dashboard);
                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                if (!str_starts(dashboard.name, prefix))
                        continue;
                if (out->dashboard_entries.count == PAGE)
                        return marker_make(call, subject, place, &out->next_token);
                out->dashboard_entries.items[out->dashboard_entries.count++] = entry_of(call, &dashboard);
                place = record_scan_token(scan, &call->arena);
        }
}

int cloudwatch_list_dashboards(struct call *call, const struct cloudwatch_list_dashboards_in *in,
                               struct cloudwatch_list_dashboards_out *out)
{
        const struct cloudwatch_dashboard_record like = {.account = call->account};
        struct str prefix = str_is_set(in->dashboard_name_prefix) ? in->dashboard_name_prefix : STR("");
        struct str subject = arena_printf(&call->arena, "dashboards %.*s", STR_ARG(prefix)), after = STR_NONE;
        _cleanup_(record_scan_end) struct record_scan scan = {};

        if (!is_name(prefix, true))
                return invalid(call, "DashboardNamePrefix", prefix);
        if (str_is_set(in->next_token) && marker_read(call, subject, in->next_token, &after) < 0)
                return invalid(call, "NextToken", in->next_token);
        out->dashboard_entries.is_set = true;
        out->dashboard_entries.items = arena_new_array(&call->arena, struct cloudwatch_dashboard_entry, PAGE);
        if (!out->dashboard_entries.items)
                return -ENOMEM;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &cloudwatch_dashboard_record_type, NULL, &like,
                              1, after));
        return fill(call, &scan, prefix, subject, out);
}

static bool was_named_before(const struct str_list *names, size_t index)
{
        for (size_t i = 0; i < index; i++)
                if (str_eq(names->items[i], names->items[index]))
                        return true;
        return false;
}

int cloudwatch_delete_dashboards(struct call *call, const struct cloudwatch_delete_dashboards_in *in,
                                 struct cloudwatch_delete_dashboards_out *out)
{
        struct cloudwatch_dashboard_record dashboard;

        (void)out;
        if (in->dashboard_names.count > DELETED_MAX)
                return fail(call, &cloudwatch_invalid_parameter_value_exception,
                            "The collection DashboardNames must not have a size greater than %d.",
                            DELETED_MAX);
        for (size_t i = 0; i < in->dashboard_names.count; i++) {
                int r;

                if (was_named_before(&in->dashboard_names, i))
                        continue;
                r = cloudwatch_find_dashboard(call, in->dashboard_names.items[i], &dashboard);
                if (r == -ENOENT)
                        return no_dashboard(call, in->dashboard_names.items[i]);
                TRY(r);
                TRY(call_delete(call, &cloudwatch_dashboard_record_type, &dashboard));
        }
        return 0;
}
