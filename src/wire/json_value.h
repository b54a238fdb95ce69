/* One value of a shape as JSON. Internal to the codecs. */
#pragma once

#include "base/json_out.h"
#include "wire/descriptor.h"

void wire_json_value(struct json_out *out, const struct wire_type *type, const void *value);
