#include "crypto/sums.h"

#include <assert.h>

#include "base/crc.h"
#include "crypto/digest.h"
#include "crypto/sum_method.h"

static const struct {
        struct str name;
        const struct sum_method *method;
        int which;
        uint8_t len;
} SUMS[SUM_KINDS] = {
        [SUM_MD5] = {STR_INIT("MD5"), &SUM_BY_MD5, 0, 16},
        [SUM_SHA1] = {STR_INIT("SHA1"), &SUM_BY_DIGEST, DIGEST_SHA1, 20},
        [SUM_SHA256] = {STR_INIT("SHA256"), &SUM_BY_DIGEST, DIGEST_SHA256, 32},
        [SUM_SHA512] = {STR_INIT("SHA512"), &SUM_BY_DIGEST, DIGEST_SHA512, 64},
        [SUM_CRC32] = {STR_INIT("CRC32"), &SUM_BY_CRC, CRC_32, 4},
        [SUM_CRC32C] = {STR_INIT("CRC32C"), &SUM_BY_CRC, CRC_32C, 4},
        [SUM_CRC64NVME] = {STR_INIT("CRC64NVME"), &SUM_BY_CRC, CRC_64NVME, 8},
        [SUM_XXHASH64] = {STR_INIT("XXHASH64"), &SUM_BY_XXHASH64, 0, 8},
        [SUM_XXHASH3] = {STR_INIT("XXHASH3"), &SUM_BY_XXHASH3, 0, 8},
        [SUM_XXHASH128] = {STR_INIT("XXHASH128"), &SUM_BY_XXHASH128, 0, 16},
};

struct str sum_name(enum sum sum)
{
        return SUMS[sum].name;
}

int sum_find(struct str name, enum sum *ret)
{
        for (enum sum sum = 0; sum < SUM_KINDS; sum++)
                if (str_eq(SUMS[sum].name, name)) {
                        *ret = sum;
                        return 0;
                }
        return -EINVAL;
}

size_t sum_len(enum sum sum)
{
        return SUMS[sum].len;
}

static bool is_wanted(const struct sums *sums, enum sum sum)
{
        return (sums->wanted & SUM_BIT(sum)) != 0;
}

void sums_begin(struct sums *sums, unsigned int wanted)
{
        sums->wanted = wanted;
        for (enum sum sum = 0; sum < SUM_KINDS; sum++)
                if (is_wanted(sums, sum))
                        SUMS[sum].method->begin(SUMS[sum].which, &sums->states[sum]);
}

void sums_add(struct sums *sums, struct str bytes)
{
        if (bytes.len == 0)
                return;
        for (enum sum sum = 0; sum < SUM_KINDS; sum++)
                if (is_wanted(sums, sum))
                        SUMS[sum].method->add(SUMS[sum].which, &sums->states[sum], bytes);
}

void sums_end(struct sums *sums)
{
        for (enum sum sum = 0; sum < SUM_KINDS; sum++)
                if (is_wanted(sums, sum))
                        SUMS[sum].method->end(SUMS[sum].which, &sums->states[sum], sums->values[sum]);
}

void sums_done(struct sums *sums)
{
        for (enum sum sum = 0; sum < SUM_KINDS; sum++)
                SUMS[sum].method->drop(&sums->states[sum]);
        sums->wanted = 0;
}

struct str sums_get(const struct sums *sums, enum sum sum)
{
        return is_wanted(sums, sum) ? str_make(sums->values[sum], SUMS[sum].len) : STR_NONE;
}

void sum_of(enum sum sum, struct str bytes, uint8_t ret[SUM_MAX])
{
        const struct sum_method *method = SUMS[sum].method;
        union sum_state state = {};

        method->begin(SUMS[sum].which, &state);
        if (bytes.len)
                method->add(SUMS[sum].which, &state, bytes);
        method->end(SUMS[sum].which, &state, ret);
        method->drop(&state);
}

bool sum_can_join(enum sum sum)
{
        return SUMS[sum].method->join != NULL;
}

void sum_join(enum sum sum, uint8_t *first, const uint8_t *second, uint64_t second_len)
{
        assert(sum_can_join(sum));
        SUMS[sum].method->join(SUMS[sum].which, first, second, second_len);
}
