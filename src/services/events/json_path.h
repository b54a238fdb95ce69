/* The part of JSONPath that EventBridge has: dots, indexes and asterisks.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html */
#pragma once

#include <jansson.h>

#include "base/str.h"

bool json_path_is_valid(struct str path);
/* The value, for the caller to decref; of a path with an asterisk an array of all that it finds. NULL: there
 * is none. */
json_t *json_path_find(const json_t *value, struct str path) must_check;
