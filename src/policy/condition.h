/* Conditions against the keys of a request. */
#pragma once

#include "policy/model.h"

must_check int condition_value_compile(struct arena *arena, struct str source, enum condition_family family,
                                       bool variables, struct condition_value *ret);
bool condition_holds(const struct condition *condition, const struct policy_question *question);
