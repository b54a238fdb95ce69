/* GetLogEvents: a stream's events, page by page in both directions.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html */
#include "services/logs/logs.h"
#include "services/logs/reader.h"

/* Where a page ended or began. A token says in which direction it leads. */
static struct str make_token(struct call *call, char direction, struct logs_place place)
{
        return arena_printf(&call->arena, "%c/%.*s", direction, STR_ARG(logs_event_id(&call->arena, place)));
}

static int read_token(struct call *call, const struct logs_get_log_events_in *in, struct logs_reader *reader)
{
        struct logs_place place;
        struct str token = in->next_token;

        if (!str_is_set(token))
                return 0;
        if ((!str_starts(token, STR("f/")) && !str_starts(token, STR("b/"))) ||
            logs_event_place(str_from(token, 2), &place) < 0)
                return call_invalid(call, "The specified nextToken is invalid.");
        reader->selection->is_backward = token.ptr[0] == 'b';
        if (reader->selection->is_backward)
                reader->to = place;
        else
                reader->from = (struct logs_place){place.ms, place.sequence + 1};
        return 0;
}

/* "Events with a timestamp equal to or later than this time are not included." */
static void narrow(const struct logs_get_log_events_in *in, struct logs_reader *reader)
{
        const struct logs_place start = {in->start_time.value, INT64_MIN},
                                end = {in->end_time.value, INT64_MIN};

        if (in->start_time.is_set && logs_place_compare(reader->from, start) < 0)
                reader->from = start;
        if (in->end_time.is_set && logs_place_compare(reader->to, end) > 0)
                reader->to = end;
}

static int show(struct call *call, const struct logs_selection *selection,
                struct logs_output_log_event_list *ret)
{
        ret->is_set = true;
        ret->items = arena_new_array(&call->arena, struct logs_output_log_event, selection->count + 1);
        if (!ret->items)
                return -ENOMEM;
        for (size_t i = 0; i < selection->count; i++) {
                const struct logs_event *event = &selection->chosen[i].event;

                ret->items[ret->count++] = (struct logs_output_log_event){
                        .timestamp = OPT_INT(event->place.ms),
                        .ingestion_time = OPT_INT(event->came_ms),
                        .message = arena_dup(&call->arena, event->message),
                };
        }
        return 0;
}

/* Of a page without events: where it was looked for. What comes later is found from there. */
static struct logs_place empty_place(const struct logs_get_log_events_in *in,
                                     const struct logs_selection *selection)
{
        struct logs_place place = {0, 0};

        if (selection->is_cut)
                return (struct logs_place){selection->cut.ms > 0 ? selection->cut.ms : 0,
                                           selection->cut.sequence > 0 ? selection->cut.sequence - 1 : 0};
        if (str_is_set(in->next_token))
                (void)!logs_event_place(str_from(in->next_token, 2), &place);
        else if (in->start_time.is_set)
                place.ms = in->start_time.value;
        return place;
}

/* "If you have reached the end of the stream, it returns the same token you passed in." */
static void give_tokens(struct call *call, const struct logs_get_log_events_in *in,
                        const struct logs_selection *selection, struct logs_get_log_events_out *out)
{
        struct logs_place first = empty_place(in, selection), last = first;

        if (selection->count) {
                first = selection->chosen[0].event.place;
                last = selection->chosen[selection->count - 1].event.place;
        }
        out->next_forward_token = make_token(call, 'f', last);
        out->next_backward_token = make_token(call, 'b', first);
}

int logs_check_unmask(struct call *call, const struct logs_log_group_record *group)
{
        const struct resource resource = {
                .arn = arena_printf(&call->arena, "%.*s:log-stream:", STR_ARG(logs_group_arn(call, group))),
                .account = group->account,
                .type = STR("AWS::Logs::LogGroup"),
                .tags = group->tags,
        };

        return call->authorise(call, STR("logs:Unmask"), &resource);
}

int logs_get_log_events(struct call *call, const struct logs_get_log_events_in *in,
                        struct logs_get_log_events_out *out)
{
        _cleanup_(logs_selection_done) struct logs_selection selection = {};
        struct logs_log_group_record group;
        struct logs_log_stream_record stream;
        struct logs_reader reader = {.call = call,
                                     .group = &group,
                                     .from = LOGS_FIRST_PLACE,
                                     .to = LOGS_LAST_PLACE,
                                     .selection = &selection};

        TRY(call_take_time(call));
        TRY(logs_need_either(call, in->log_group_name, in->log_group_identifier, &group));
        if (str_eq(group.class, LOGS_INFREQUENT))
                return logs_refuse_class(call, &group, &logs_invalid_operation_exception);
        if (in->unmask.value)
                TRY(logs_check_unmask(call, &group));
        TRY(logs_need_stream(call, group.number.value, in->log_stream_name, &stream));
        logs_selection_init(&selection, in->limit.is_set ? (size_t)in->limit.value : LOGS_PAGE_EVENTS,
                            !in->start_from_head.value);
        reader.stream = stream.number;
        TRY(read_token(call, in, &reader));
        narrow(in, &reader);
        TRY(logs_read_events(&reader));
        TRY(show(call, &selection, &out->events));
        give_tokens(call, in, &selection, out);
        return 0;
}
