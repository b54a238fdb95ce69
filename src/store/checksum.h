/* CRC-32C (Castagnoli) of the bytes behind every stored key and of every archive: it finds damage, not
 * malice. */
#pragma once

#include "base/str.h"

/* Of bytes that follow those whose checksum is `before` (0 at the start). */
uint32_t checksum(uint32_t before, struct str bytes);
/* The same without the processor's instruction for it. */
uint32_t checksum_portable(uint32_t before, struct str bytes);
