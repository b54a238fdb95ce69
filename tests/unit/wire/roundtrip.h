/* Random values there and back again, for any operation. */
#pragma once

#include "wire/wire.h"

/* Fails the test at the first difference. */
void roundtrip_operation(const struct api_operation *operation, uint64_t seed, unsigned int rounds);
