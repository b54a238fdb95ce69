/* What PutTargets takes. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html */
#include "services/events/input.h"
#include "services/events/target_kind.h"

static int bad_arn(struct call *call, const struct events_target *target)
{
        return call_invalid(call,
                            "Parameter %.*s is not valid. Reason: Provided Arn is not in correct format.",
                            STR_ARG(target->arn));
}

/* Honestly: what could never be delivered is not taken. */
static int check_kind(struct call *call, const struct events_target *target)
{
        struct str service = events_arn_part(target->arn, 3);

        if (!str_starts(target->arn, STR("arn:")) || !str_is_set(events_arn_part(target->arn, 6)) ||
            service.len == 0)
                return bad_arn(call, target);
        if (events_target_kind_of(target->arn))
                return 0;
        return call_invalid(call, "Target %.*s is not valid. Reason: this server does not deliver to %.*s.",
                            STR_ARG(target->id), STR_ARG(target->arn));
}

/* Members that are about targets of another kind. */
static int check_parameters(struct call *call, const struct events_target *target)
{
        if (!target->kinesis_parameters && !target->run_command_parameters && !target->ecs_parameters &&
            !target->batch_parameters && !target->http_parameters && !target->redshift_data_parameters &&
            !target->sage_maker_pipeline_parameters && !target->app_sync_parameters)
                return 0;
        return call_invalid(call,
                            "Parameter(s) not valid for target %.*s: they are of another kind of target.",
                            STR_ARG(target->id));
}

static int check_dead_letter(struct call *call, const struct events_bus *bus,
                             const struct events_target *target)
{
        struct str arn = target->dead_letter_config ? target->dead_letter_config->arn : STR_NONE;

        if (!arn.len)
                return 0;
        if (!str_eq(events_arn_part(arn, 3), STR("sqs")) || str_ends(arn, STR(".fifo")) ||
            !str_eq(events_arn_part(arn, 4), bus->region))
                return call_invalid(call,
                                    "Parameter DeadLetterConfig of target %.*s is not valid. Reason: it must "
                                    "be a standard queue in the Region of the rule.",
                                    STR_ARG(target->id));
        return 0;
}

int events_check_target(struct call *call, const struct events_bus *bus, const struct events_target *target)
{
        const struct events_target_kind *kind;

        TRY(check_kind(call, target));
        kind = events_target_kind_of(target->arn);
        TRY(check_parameters(call, target));
        TRY(events_check_input(call, target));
        TRY(check_dead_letter(call, bus, target));
        TRY(kind->check(call, bus, target));
        return str_is_set(target->role_arn) ? events_pass_role(call, target->role_arn) : 0;
}
