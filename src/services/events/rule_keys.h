/* Condition keys of permissions on rules. */
#pragma once

#include "services/events/events.h"

/* For struct resource, whose `of` is the rule: its name alone when it is not there yet. */
must_check int events_find_rule_key(struct call *call, const struct resource *resource, struct str name,
                                    struct policy_key *ret);
