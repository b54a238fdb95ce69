#include "services/events/target_kind.h"

static const struct events_target_kind *const KINDS[] = {&events_bus_target, &events_queue_target,
                                                         &events_log_target, &events_topic_target};

const struct events_target_kind *events_target_kind_of(struct str arn)
{
        struct str service = events_arn_part(arn, 3);

        for (size_t i = 0; i < ARRAY_LEN(KINDS); i++)
                if (str_eq(KINDS[i]->service, service))
                        return KINDS[i];
        return NULL;
}
