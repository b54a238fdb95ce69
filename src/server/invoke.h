/* Calls of one service by another, within the transaction of the one: call->invoke. */
#pragma once

#include "services/call.h"

must_check int invoke(struct call *call, const struct api_operation *operation, const void *in, void *out,
                      struct str via_service);
