/* Topics of SNS as targets.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions */
#include "services/events/target_kind.h"
#include "services/sns/directory.h"

static int check(struct call *call, const struct events_bus *bus, const struct events_target *target)
{
        if (str_is_set(target->role_arn))
                return call_invalid(call, "RoleArn is not supported for target %.*s.", STR_ARG(target->arn));
        if (!str_eq(events_arn_part(target->arn, 4), bus->region))
                return call_invalid(call, "Target %.*s is not valid. Reason: the topic is in another Region.",
                                    STR_ARG(target->id));
        /* No parameter of a target says which group of the topic a message is of. */
        if (str_ends(target->arn, STR(".fifo")))
                return call_invalid(call, "Target %.*s is not valid. Reason: FIFO topics are not supported.",
                                    STR_ARG(target->id));
        return 0;
}

/* AWS's words of dead letters for SNS's errors. */
static struct str code_of(const struct api_error *error)
{
        if (error == &sns_authorization_error_exception || str_starts(error->name, STR("KMS")) ||
            str_find(error->code, STR("AccessDenied")) >= 0)
                return STR("NO_PERMISSIONS");
        if (error == &sns_not_found_exception)
                return STR("NO_RESOURCE");
        if (error == &sns_throttled_exception)
                return STR("THROTTLING");
        return error->is_sender ? STR("INVALID_PARAMETER") : STR("ERROR_FROM_TARGET");
}

static int deliver(struct call *call, const struct events_parcel *parcel, struct str *ret_code)
{
        const struct sns_notice notice = {
                .service = EVENTS_PRINCIPAL,
                .source_arn = parcel->delivery->rule_arn,
                .source_account = parcel->delivery->account,
                .topic = parcel->delivery->target_arn,
                .message = parcel->text,
        };
        int r = sns_notify(call, &notice);

        if (r == -ECALL)
                *ret_code = code_of(call->error);
        return r;
}

const struct events_target_kind events_topic_target = {
        .service = STR_INIT("sns"), .check = check, .deliver = deliver};
