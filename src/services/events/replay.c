/* StartReplay, CancelReplay, DescribeReplay.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_StartReplay.html */
#include "services/events/replay.h"

#define ACTIVE_MAX 10 /* "a maximum of ten active concurrent replays per account per AWS Region" */

struct str events_replay_arn(struct call *call, const struct events_replay_record *replay)
{
        return arena_printf(&call->arena, "arn:%.*s:events:%.*s:%.*s:replay/%.*s",
                            STR_ARG(call->host->partition), STR_ARG(replay->region), STR_ARG(replay->account),
                            STR_ARG(replay->name));
}

bool events_replay_is_active(const struct events_replay_record *replay)
{
        return str_eq(replay->state, EVENTS_STARTING) || str_eq(replay->state, EVENTS_RUNNING) ||
               str_eq(replay->state, EVENTS_CANCELLING);
}

int events_replay_count(struct call *call, const struct events_replay_record *replay, int64_t more)
{
        struct events_replay_count_record count = {.account = replay->account, .region = replay->region};
        int r = call_get(call, &events_replay_count_record_type, &count);

        if (r < 0 && r != -ENOENT)
                return r;
        count.active = OPT_INT(count.active.value + more);
        if (more > 0 && count.active.value > ACTIVE_MAX)
                return fail(call, &events_limit_exceeded_exception,
                            "The requested resource exceeds the maximum number allowed.");
        return call_put(call, &events_replay_count_record_type, &count);
}

static int need(struct call *call, struct str name, struct events_replay_record *ret)
{
        int r;

        *ret = (struct events_replay_record){.account = call->account, .region = call->region, .name = name};
        r = call_get(call, &events_replay_record_type, ret);
        return r == -ENOENT ? fail(call, &events_resource_not_found_exception, "Replay %.*s does not exist.",
                                   STR_ARG(name))
                            : r;
}

/* -- StartReplay */

static int find_source(struct call *call, struct str arn, struct events_archive_record *ret)
{
        struct events_archive_record named;

        if (!events_archive_parse(arn, &named))
                return call_invalid(call,
                                    "Parameter EventSourceArn is not valid. Reason: it is not the ARN of an "
                                    "archive.");
        if (!str_eq(named.account, call->account) || !str_eq(named.region, call->region))
                return fail(call, &events_resource_not_found_exception, "Archive %.*s does not exist.",
                            STR_ARG(named.name));
        return events_need_archive(call, named.name, ret);
}

static int check_rules(struct call *call, const struct str_list *arns, struct str bus_arn)
{
        for (size_t i = 0; i < arns->count; i++) {
                struct events_bus bus = {};
                struct events_rule_record rule;
                struct str name = STR_NONE;

                if (!events_rule_parse(&call->arena, arns->items[i], &bus, &name) ||
                    !str_eq(bus.arn, bus_arn))
                        return call_invalid(
                                call,
                                "Parameter Destination.FilterArns is not valid. Reason: %.*s is no "
                                "rule of the event bus.",
                                STR_ARG(arns->items[i]));
                TRY(events_need_rule(call, &bus, name, &rule));
        }
        return 0;
}

/* "You can replay events only to the event bus specified to create the archive." */
static int check(struct call *call, const struct events_start_replay_in *in,
                 const struct events_archive_record *archive)
{
        if (!str_eq(in->destination->arn, archive->bus))
                return call_invalid(call,
                                    "Parameter Destination.Arn is not valid. Reason: events are replayed to "
                                    "the event bus of the archive alone.");
        if (in->event_start_time.value >= in->event_end_time.value)
                return call_invalid(call, "Parameter EventEndTime is not valid. Reason: it must be after "
                                          "EventStartTime.");
        return check_rules(call, &in->destination->filter_arns, archive->bus);
}

static int insert(struct call *call, const struct events_replay_record *replay)
{
        int r = call_insert(call, &events_replay_record_type, replay);

        if (r == -EEXIST)
                return fail(call, &events_resource_already_exists_exception, "Replay %.*s already exists.",
                            STR_ARG(replay->name));
        TRY(r);
        TRY(events_replay_count(call, replay, 1));
        return events_replay_set_timer(call, replay, call->now_ms);
}

int events_start_replay(struct call *call, const struct events_start_replay_in *in,
                        struct events_start_replay_out *out)
{
        struct events_archive_record archive;
        struct events_replay_record replay = {
                .account = call->account,
                .region = call->region,
                .name = in->replay_name,
                .description = in->description,
                .archive = in->event_source_arn,
                .bus = in->destination->arn,
                .rules = in->destination->filter_arns,
                .state = EVENTS_STARTING,
                .event_start = in->event_start_time,
                .event_end = in->event_end_time,
                .started = OPT_INT(call->now_ms),
        };

        TRY(find_source(call, in->event_source_arn, &archive));
        TRY(check(call, in, &archive));
        replay.archive_number = archive.number;
        TRY(insert(call, &replay));
        out->replay_arn = events_replay_arn(call, &replay);
        out->state = replay.state;
        out->replay_start_time = replay.started;
        return 0;
}

/* -- The others */

int events_cancel_replay(struct call *call, const struct events_cancel_replay_in *in,
                         struct events_cancel_replay_out *out)
{
        struct events_replay_record replay;

        TRY(need(call, in->replay_name, &replay));
        if (!str_eq(replay.state, EVENTS_STARTING) && !str_eq(replay.state, EVENTS_RUNNING))
                return fail(call, &events_illegal_status_exception,
                            "Replay %.*s is not in a valid state for this operation: it is %.*s.",
                            STR_ARG(replay.name), STR_ARG(replay.state));
        replay.state = EVENTS_CANCELLING;
        out->replay_arn = events_replay_arn(call, &replay);
        out->state = replay.state;
        return call_put(call, &events_replay_record_type, &replay);
}

int events_describe_replay(struct call *call, const struct events_describe_replay_in *in,
                           struct events_describe_replay_out *out)
{
        struct events_replay_destination *destination =
                arena_new(&call->arena, struct events_replay_destination);
        struct events_replay_record replay;

        TRY(need(call, in->replay_name, &replay));
        if (!destination)
                return -ENOMEM;
        *destination = (struct events_replay_destination){.arn = replay.bus, .filter_arns = replay.rules};
        *out = (struct events_describe_replay_out){
                .replay_name = replay.name,
                .replay_arn = events_replay_arn(call, &replay),
                .description = replay.description,
                .state = replay.state,
                .state_reason = replay.reason,
                .event_source_arn = replay.archive,
                .destination = destination,
                .event_start_time = replay.event_start,
                .event_end_time = replay.event_end,
                .event_last_replayed_time = replay.last_replayed,
                .replay_start_time = replay.started,
                .replay_end_time = replay.ended,
        };
        return 0;
}
