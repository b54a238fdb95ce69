/* How one sum is made; inside this folder. */
#pragma once

#include "crypto/sums.h"

/* `which` is the method's own: the digest, the CRC. */
struct sum_method {
        void (*begin)(int which, union sum_state *state); /* on one that ended, or zero */
        void (*add)(int which, union sum_state *state, struct str bytes);
        void (*end)(int which, union sum_state *state, uint8_t *ret); /* keeps what is worth keeping */
        void (*drop)(union sum_state *state);
        /* NULL: what sum_can_join() denies. */
        void (*join)(int which, uint8_t *first, const uint8_t *second, uint64_t second_len);
};

extern const struct sum_method SUM_BY_DIGEST; /* of an enum digest */
extern const struct sum_method SUM_BY_MD5;
extern const struct sum_method SUM_BY_CRC; /* of an enum crc */
extern const struct sum_method SUM_BY_XXHASH64, SUM_BY_XXHASH3, SUM_BY_XXHASH128;
