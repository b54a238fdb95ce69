/* Sums over a body that comes in pieces: any set of those that S3 takes and gives, in one pass. As in hash.h,
 * none of this can fail for a reason that a caller could handle.
 *
 *         _cleanup_(sums_done) struct sums sums = {};
 *
 *         sums_begin(&sums, SUM_BIT(SUM_MD5) | SUM_BIT(SUM_CRC64NVME));
 *         sums_add(&sums, piece);                        (any number of times)
 *         sums_end(&sums);
 *         etag = hex_encode(arena, sums_get(&sums, SUM_MD5));
 *
 * All values are raw bytes, as they go into base64: numbers in big-endian order. xxHash has the seed 0.
 * The composite checksum of an object in parts is the same sum over the raw sums of its parts, one by one;
 * the one over the whole object, where S3 gives that, comes from sum_join(). */
#pragma once

#include "base/str.h"

enum sum {
        SUM_MD5,
        SUM_SHA1,
        SUM_SHA256,
        SUM_SHA512,
        SUM_CRC32,
        SUM_CRC32C,
        SUM_CRC64NVME,
        SUM_XXHASH64,
        SUM_XXHASH3,
        SUM_XXHASH128,
        SUM_KINDS,
};

#define SUM_BIT(sum) (1U << (sum))
#define SUM_MAX      64 /* bytes of the longest */

/* S3's name of it, as in its ChecksumAlgorithm, in capitals; -EINVAL: there is none of that name here. */
struct str sum_name(enum sum sum);
must_check int sum_find(struct str name, enum sum *ret);
size_t sum_len(enum sum sum); /* in bytes */

/* Zero before the first use. Ended sums may begin again, for another body and other wants: what they hold is
 * used again. sums_done() frees, at any time. */
struct sums {
        unsigned int wanted; /* SUM_BIT of each */
        union sum_state {
                void *context;
                uint64_t crc;
        } states[SUM_KINDS];
        uint8_t values[SUM_KINDS][SUM_MAX];
};
void sums_begin(struct sums *sums, unsigned int wanted);
void sums_add(struct sums *sums, struct str bytes);
void sums_end(struct sums *sums);
void sums_done(struct sums *sums);

/* Of ended sums, sum_len() bytes that live as long as they and until they begin again; absent if not wanted.
 */
struct str sums_get(const struct sums *sums, enum sum sum);

/* Of bytes in one piece. The first sum_len() bytes are written. */
void sum_of(enum sum sum, struct str bytes, uint8_t ret[SUM_MAX]);

/* True for CRCs, whose sums of two runs of bytes, one behind the other, give that of both. */
bool sum_can_join(enum sum sum);
/* sum_len() bytes each; first becomes the sum of both. Zeros are the sum of nothing. Only if sum_can_join().
 */
void sum_join(enum sum sum, uint8_t *first, const uint8_t *second, uint64_t second_len);
