/* TestEventPattern. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html */
#include "services/events/event.h"
#include "services/events/events.h"
#include "services/events/pattern.h"

/* "All of the following fields are mandatory". */
static int check_event(struct call *call, const json_t *event)
{
        static const char *const FIELDS[] = {"id",     "account",   "source",     "time",
                                             "region", "resources", "detail-type"};

        if (!json_is_object(event))
                return call_invalid(call, "Parameter Event is not valid. Reason: it is not a JSON object.");
        for (size_t i = 0; i < ARRAY_LEN(FIELDS); i++)
                if (!json_object_get(event, FIELDS[i]))
                        return call_invalid(call,
                                            "Parameter Event is not valid. Reason: field %s is missing.",
                                            FIELDS[i]);
        return 0;
}

int events_test_event_pattern(struct call *call, const struct events_test_event_pattern_in *in,
                              struct events_test_event_pattern_out *out)
{
        const struct event_pattern *pattern;
        _cleanup_(events_json_done) json_t *event = NULL;
        struct str reason = STR_NONE;
        int r = event_pattern_check(&call->arena, in->event_pattern, &pattern, &reason);

        if (r == -EINVAL)
                return fail(call, &events_invalid_event_pattern_exception,
                            "Event pattern is not valid. Reason: %.*s", STR_ARG(reason));
        TRY(r);
        event = events_json_load(in->event);
        TRY(check_event(call, event));
        out->result = OPT_BOOL(event_pattern_matches(pattern, event));
        return 0;
}
