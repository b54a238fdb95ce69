/* The condition keys of a request: the global ones, those that the operation's input gives, and those of the
 * resource. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html */
#pragma once

#include "server/flight.h"

struct context {
        struct flight *flight;
        const struct resource *resource; /* of the permission in question */
        bool has_principal_tags, has_request_tags;
        bool is_broken; /* a key could not be found out: nothing may be allowed on what is left */
        struct str_map principal_tags, request_tags;
};

/* A policy_question.find_key; arg is a struct context. Values are computed when a condition asks, in the
 * arena. */
bool context_find(void *arg, struct str name, struct policy_key *ret);
