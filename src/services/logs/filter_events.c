/* FilterLogEvents: events of all streams of a group, or of some, in order of time, that match a pattern.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html */
#include "base/map.h"
#include "services/logs/logs.h"
#include "services/logs/pattern.h"
#include "services/logs/reader.h"
#include "services/marker.h"

#define DOWN_SINCE_MS                                                                                        \
        INT64_C(1704067200000) /* 2024-01-01: "supported only when startTime is on or after"                 \
                                */

/* What is known of a stream: asked for again for each of its blocks. */
struct known {
        int64_t number;
        struct str name; /* absent: it was deleted */
        bool is_wanted;
};

struct filter {
        struct call *call;
        const struct logs_filter_log_events_in *in;
        struct logs_pattern *pattern; /* NULL: all */
        struct map known;             /* by the bytes of their numbers */
};

/* -- Streams */

static bool is_named(const struct logs_filter_log_events_in *in, struct str name)
{
        if (str_is_set(in->log_stream_name_prefix))
                return str_starts(name, in->log_stream_name_prefix);
        for (size_t i = 0; i < in->log_stream_names.count; i++)
                if (str_eq(in->log_stream_names.items[i], name))
                        return true;
        return !in->log_stream_names.is_set;
}

static int know(struct filter *filter, int64_t number, const struct known **ret)
{
        struct logs_log_stream_record stream = {.number = OPT_INT(number)};
        struct known *known;
        int r;

        *ret = known = map_get(&filter->known, str_make(&number, sizeof(number)));
        if (known)
                return 0;
        *ret = known = arena_new(&filter->call->arena, struct known);
        if (!known)
                return -ENOMEM;
        r = call_get(filter->call, &logs_log_stream_record_type, &stream);
        if (r < 0 && r != -ENOENT)
                return r;
        *known = (struct known){.number = number};
        if (r == 0) {
                known->name = stream.name;
                known->is_wanted = is_named(filter->in, stream.name);
        }
        return map_put(&filter->known, str_make(&known->number, sizeof(known->number)), known);
}

static int wants_stream(void *arg, int64_t stream)
{
        const struct known *known;

        TRY(know(arg, stream, &known));
        return known->is_wanted;
}

/* An answer without the event would say that it does not match. */
static int refuse_event(struct call *call, const struct logs_event *event)
{
        return call_invalid(
                call,
                "Invalid filter pattern: its regular expressions take too long to match the log event "
                "of %lld. Simplify them, or leave the event out by startTime and endTime.",
                (long long)event->place.ms);
}

static int wants_event(void *arg, const struct logs_event *event)
{
        const struct filter *filter = arg;
        int r = filter->pattern ? logs_pattern_match(filter->pattern, event->message) : 1;

        return r == -E2BIG ? refuse_event(filter->call, event) : r;
}

/* -- What is asked for */

static int check(struct call *call, const struct logs_filter_log_events_in *in)
{
        bool is_down = in->start_from_head.is_set && !in->start_from_head.value;

        if (in->log_stream_names.is_set && str_is_set(in->log_stream_name_prefix))
                return call_invalid(call, "LogStream names and LogStream name prefix are mutually exclusive "
                                          "parameters.");
        if (is_down && in->start_time.is_set && in->start_time.value < DOWN_SINCE_MS)
                return call_invalid(call,
                                    "startFromHead can be false only when startTime is on or after January "
                                    "1, 2024 00:00:00 UTC.");
        return 0;
}

static int compile(struct call *call, struct str text, struct logs_pattern **ret)
{
        char why[PATTERN_WHY_MAX];
        int r;

        if (text.len == 0)
                return 0;
        r = logs_pattern_compile(text, ret, why);
        return r == -EINVAL ? call_invalid(call, "Invalid filter pattern: %s", why) : r;
}

/* "Events with a timestamp later than this time are not returned." */
static void narrow(const struct logs_filter_log_events_in *in, struct logs_reader *reader)
{
        if (in->start_time.is_set)
                reader->from = (struct logs_place){in->start_time.value, INT64_MIN};
        if (in->end_time.is_set && in->end_time.value < INT64_MAX)
                reader->to = (struct logs_place){in->end_time.value + 1, INT64_MIN};
}

/* A token says in which direction the first page was read, and where the page ended. */
static struct str subject(struct call *call, const struct logs_log_group_record *group)
{
        return arena_printf(&call->arena, "filter %lld", (long long)group->number.value);
}

static int read_token(struct call *call, const struct logs_filter_log_events_in *in,
                      struct logs_reader *reader)
{
        struct logs_place place;
        struct str bytes, rest;
        int64_t sequence;

        TRY(logs_read_token(call, subject(call, reader->group), in->next_token, &bytes));
        if (!str_is_set(bytes))
                return 0;
        rest = str_from(bytes, 1);
        if (bytes.len < 1 + 2 * sizeof(int64_t))
                return -EBADMSG;
        memcpy(&place.ms, rest.ptr, sizeof(int64_t));
        memcpy(&sequence, rest.ptr + sizeof(int64_t), sizeof(int64_t));
        place.sequence = sequence;
        reader->selection->is_backward = bytes.ptr[0] == 'b';
        if (reader->selection->is_backward)
                reader->to = place;
        else
                reader->from = place;
        return 0;
}

/* Where it is cut is the first of what is missing: read upward it comes first again, read downward it is the
 * last that does. */
static int make_token(struct call *call, const struct logs_reader *reader, struct str *ret)
{
        const struct logs_selection *selection = reader->selection;
        char bytes[1 + 2 * sizeof(int64_t)];
        struct logs_place place = selection->cut;

        if (!selection->is_cut)
                return 0;
        if (selection->is_backward && place.sequence < INT64_MAX)
                place.sequence++;
        bytes[0] = selection->is_backward ? 'b' : 'f';
        memcpy(bytes + 1, &place.ms, sizeof(int64_t));
        memcpy(bytes + 1 + sizeof(int64_t), &place.sequence, sizeof(int64_t));
        return marker_make(call, subject(call, reader->group), str_make(bytes, sizeof(bytes)), ret);
}

/* -- The answer */

static int show_event(struct filter *filter, const struct logs_chosen *chosen,
                      struct logs_filtered_log_event *ret)
{
        struct arena *arena = &filter->call->arena;
        const struct known *known;

        TRY(know(filter, chosen->stream, &known));
        *ret = (struct logs_filtered_log_event){
                .log_stream_name = known->name,
                .timestamp = OPT_INT(chosen->event.place.ms),
                .message = arena_dup(arena, chosen->event.message),
                .ingestion_time = OPT_INT(chosen->event.came_ms),
                .event_id = logs_event_id(arena, chosen->event.place),
        };
        return 0;
}

/* "As of May 15, 2020, this parameter is no longer supported. This parameter returns an empty list." */
static int show(struct filter *filter, const struct logs_selection *selection,
                struct logs_filter_log_events_out *out)
{
        size_t count = selection->count;

        out->searched_log_streams.is_set = true;
        out->events.is_set = true;
        out->events.items = arena_new_array(&filter->call->arena, struct logs_filtered_log_event, count + 1);
        if (!out->events.items)
                return -ENOMEM;
        for (size_t i = 0; i < count; i++) {
                size_t from = selection->is_backward ? count - 1 - i : i;

                TRY(show_event(filter, &selection->chosen[from], &out->events.items[out->events.count++]));
        }
        return 0;
}

static int need_streams(struct call *call, const struct logs_filter_log_events_in *in,
                        const struct logs_log_group_record *group)
{
        struct logs_log_stream_record stream;

        for (size_t i = 0; i < in->log_stream_names.count; i++)
                TRY(logs_need_stream(call, group->number.value, in->log_stream_names.items[i], &stream));
        return 0;
}

static int run(struct filter *filter, const struct logs_log_group_record *group,
               struct logs_filter_log_events_out *out)
{
        _cleanup_(logs_selection_done) struct logs_selection selection = {};
        const struct logs_filter_log_events_in *in = filter->in;
        struct logs_reader reader = {
                .call = filter->call,
                .group = group,
                .from = LOGS_FIRST_PLACE,
                .to = LOGS_LAST_PLACE,
                .wants_stream = wants_stream,
                .wants_event = wants_event,
                .arg = filter,
                .selection = &selection,
        };
        int r;

        logs_selection_init(&selection, in->limit.is_set ? (size_t)in->limit.value : LOGS_PAGE_EVENTS,
                            in->start_from_head.is_set && !in->start_from_head.value);
        narrow(in, &reader);
        TRY(read_token(filter->call, in, &reader));
        r = logs_read_events(&reader);
        if (r == -ETIME)
                return call_invalid(
                        filter->call,
                        "Invalid filter pattern: its regular expressions take too long. Simplify them, "
                        "or ask for less by startTime and endTime.");
        TRY(r);
        TRY(show(filter, &selection, out));
        return make_token(filter->call, &reader, &out->next_token);
}

int logs_filter_log_events(struct call *call, const struct logs_filter_log_events_in *in,
                           struct logs_filter_log_events_out *out)
{
        _cleanup_(logs_pattern_freep) struct logs_pattern *pattern = NULL;
        struct filter filter = {.call = call, .in = in};
        struct logs_log_group_record group;
        int r;

        TRY(call_take_time(call));
        TRY(logs_need_either(call, in->log_group_name, in->log_group_identifier, &group));
        if (!str_eq(group.class, LOGS_STANDARD))
                return logs_refuse_class(call, &group, &logs_invalid_operation_exception);
        if (in->unmask.value)
                TRY(logs_check_unmask(call, &group));
        TRY(check(call, in));
        TRY(compile(call, in->filter_pattern, &pattern));
        TRY(need_streams(call, in, &group));
        filter.pattern = pattern;
        map_init(&filter.known);
        r = run(&filter, &group, out);
        map_done(&filter.known);
        return r;
}
