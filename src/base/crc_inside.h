/* What the two ways of crc.h share. Inside this folder.
 *
 * Bytes are a polynomial over GF(2), the first bit (the lowest of the first byte) its highest power; a
 * register holds its remainder, the highest power in bit 0. A remainder of 32 bits stands in the low half. */
#pragma once

#include "crc.h"

struct crc_tables {
        uint64_t by_byte[8][256]; /* [k][n]: the remainder of byte n with k bytes behind it */
        uint64_t power[64];       /* [k]: x to the number of bits in 2^k bytes */
        /* Factors that move the first and the second half of 16 bytes so many bytes on; see crc_x86.c. */
        uint64_t over_16[2], over_64[2];
};

const struct crc_tables *crc_tables(enum crc crc);
/* On registers as they are, not inverted. */
uint64_t crc_add_portable(enum crc crc, uint64_t remainder, struct str bytes);

/* The same as fast as the processor can. */
#if defined(__x86_64__)
uint64_t crc_add(enum crc crc, uint64_t remainder, struct str bytes);
#else
static inline uint64_t crc_add(enum crc crc, uint64_t remainder, struct str bytes)
{
        return crc_add_portable(crc, remainder, bytes);
}
#endif
