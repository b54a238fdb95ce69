#include "services/events/choice.h"

int events_choice_begin(const struct events_choice *choice, struct call *call, const char *what,
                        struct str token, struct opt_int limit, struct events_page *page)
{
        if (str_is_set(choice->name_prefix) + str_is_set(choice->source) + str_is_set(choice->state) > 1)
                return call_invalid(call,
                                    "Only one of NamePrefix, EventSourceArn, or State can be specified.");
        return events_page_begin(page, call, token, limit,
                                 arena_printf(&call->arena, "%s %.*s %.*s %.*s", what,
                                              STR_ARG(choice->name_prefix), STR_ARG(choice->source),
                                              STR_ARG(choice->state)));
}

bool events_choice_takes(const struct events_choice *choice, struct str name, struct str source,
                         struct str state)
{
        return (!str_is_set(choice->name_prefix) || str_starts(name, choice->name_prefix)) &&
               (!str_is_set(choice->source) || str_eq(source, choice->source)) &&
               (!str_is_set(choice->state) || str_eq(state, choice->state));
}
