/* Looking things up in a question. */
#pragma once

#include "policy/policy.h"

/* False when the request has no such key, or has it without values. */
bool question_find_key(const struct policy_question *question, struct str name, struct policy_key *ret);
