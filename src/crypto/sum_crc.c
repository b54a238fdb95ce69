#include "base/crc.h"
#include "crypto/sum_method.h"

static size_t len_of(int which)
{
        return which == CRC_64NVME ? 8 : 4;
}

static uint64_t get_big_endian(const uint8_t *bytes, size_t len)
{
        uint64_t value = 0;

        for (; len; bytes++, len--)
                value = value << 8 | *bytes;
        return value;
}

static void put_big_endian(uint64_t value, uint8_t *bytes, size_t len)
{
        for (; len; value >>= 8, len--)
                bytes[len - 1] = (uint8_t)value;
}

static void begin(int which, union sum_state *state)
{
        (void)which;
        state->crc = 0;
}

static void add(int which, union sum_state *state, struct str bytes)
{
        state->crc = crc_of((enum crc)which, state->crc, bytes);
}

static void end(int which, union sum_state *state, uint8_t *ret)
{
        put_big_endian(state->crc, ret, len_of(which));
}

static void drop(union sum_state *state)
{
        state->crc = 0;
}

static void join(int which, uint8_t *first, const uint8_t *second, uint64_t second_len)
{
        size_t len = len_of(which);
        uint64_t before = get_big_endian(first, len);

        put_big_endian(crc_join((enum crc)which, before, get_big_endian(second, len), second_len), first,
                       len);
}

const struct sum_method SUM_BY_CRC = {begin, add, end, drop, join};
