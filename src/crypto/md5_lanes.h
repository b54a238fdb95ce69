/* MD5's compression of several messages at once, each in a lane of the processor's vectors (AVX2): eight take
 * as long as one lane, about twice as long as one alone by libcrypto's code. One message cannot be made
 * faster in any such way: each of its steps needs the one before. Inside this folder. */
#pragma once

#include "base/str.h"

#define MD5_LANES_MAX   8
#define MD5_BLOCK_BYTES ((size_t)64)

struct md5_lane {
        uint32_t chain[4];    /* A, B, C and D of RFC 1321 */
        const uint8_t *bytes; /* of any alignment */
};

#if defined(__x86_64__)
bool md5_lanes_are_there(void);
/* So many blocks of each of 1 to MD5_LANES_MAX lanes, all of which move on behind them. Only where lanes are
 * there. */
void md5_lanes_add(struct md5_lane *const lanes[], size_t count, size_t blocks);
#else
static inline bool md5_lanes_are_there(void)
{
        return false;
}

static inline void md5_lanes_add(struct md5_lane *const lanes[], size_t count, size_t blocks)
{
        (void)lanes, (void)count, (void)blocks;
        abort();
}
#endif
