/* Where threads that sum by MD5 at the same time meet, so that one of them works for up to eight: see
 * md5_lanes.h. Inside this folder. */
#pragma once

#include "base/str.h"

/* Fewer bytes are summed sooner than others are found for them. */
#define MD5_TABLE_MIN ((size_t)16 << 10)

/* False where the processor has no lanes: nobody may come to the table then. */
bool md5_table_is_open(void);

/* Whole blocks, behind those that gave *chain (A, B, C and D of RFC 1321). Returns when they are summed. */
void md5_table_add(uint32_t chain[4], const uint8_t *bytes, size_t blocks);
