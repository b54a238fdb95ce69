#include "base/crc_inside.h"

#include <endian.h>
#include <pthread.h>

/* All else follows from these: the polynomial without its highest power, and its degree. */
static const struct {
        uint64_t polynomial;
        unsigned int bits;
} CRCS[] = {
        [CRC_32] = {0xedb88320, 32},
        [CRC_32C] = {0x82f63b78, 32},
        [CRC_64NVME] = {0x9a6c9329ac4bc9b5, 64},
};

/* Constants once set: nothing writes them after the first use. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct crc_tables all_tables[ARRAY_LEN(CRCS)];

static uint64_t one(enum crc crc)
{
        return (uint64_t)1 << (CRCS[crc].bits - 1);
}

static uint64_t times_x(enum crc crc, uint64_t a)
{
        return (a >> 1) ^ (CRCS[crc].polynomial & -(a & 1));
}

static uint64_t power_of_x(enum crc crc, unsigned int exponent)
{
        uint64_t power = one(crc);

        for (; exponent; exponent--)
                power = times_x(crc, power);
        return power;
}

static uint64_t multiply(enum crc crc, uint64_t a, uint64_t b)
{
        uint64_t product = 0;

        for (uint64_t bit = one(crc); bit; bit >>= 1) {
                product ^= a & bit ? b : 0;
                b = times_x(crc, b);
        }
        return product;
}

static void fill_by_byte(enum crc crc, uint64_t by_byte[8][256])
{
        for (unsigned int n = 0; n < 256; n++) {
                uint64_t remainder = n;

                for (unsigned int bit = 0; bit < 8; bit++)
                        remainder = times_x(crc, remainder);
                by_byte[0][n] = remainder;
        }
        for (unsigned int k = 1; k < 8; k++)
                for (unsigned int n = 0; n < 256; n++)
                        by_byte[k][n] = (by_byte[k - 1][n] >> 8) ^ by_byte[0][by_byte[k - 1][n] & 255];
}

/* The product of two halves comes out one power too high, and wants a factor of 64 bits. */
static void fill_over(enum crc crc, unsigned int bytes, uint64_t over[2])
{
        over[0] = power_of_x(crc, 8 * bytes + 64 - 1) << (64 - CRCS[crc].bits);
        over[1] = power_of_x(crc, 8 * bytes - 1) << (64 - CRCS[crc].bits);
}

static void fill_all(void)
{
        for (enum crc crc = 0; crc < ARRAY_LEN(CRCS); crc++) {
                struct crc_tables *tables = &all_tables[crc];

                fill_by_byte(crc, tables->by_byte);
                tables->power[0] = power_of_x(crc, 8);
                for (size_t k = 1; k < ARRAY_LEN(tables->power); k++)
                        tables->power[k] = multiply(crc, tables->power[k - 1], tables->power[k - 1]);
                fill_over(crc, 16, tables->over_16);
                fill_over(crc, 64, tables->over_64);
        }
}

const struct crc_tables *crc_tables(enum crc crc)
{
        (void)pthread_once(&once, fill_all);
        return &all_tables[crc];
}

/* Eight bytes at a time, each by the table for its place ("slicing"). */
uint64_t crc_add_portable(enum crc crc, uint64_t remainder, struct str bytes)
{
        const uint64_t(*by_byte)[256] = crc_tables(crc)->by_byte;
        const char *p = bytes.ptr;
        size_t len = bytes.len;
        uint64_t word;

        for (; len >= sizeof(word); p += sizeof(word), len -= sizeof(word)) {
                memcpy(&word, p, sizeof(word));
                word = le64toh(word) ^ remainder;
                remainder = by_byte[7][word & 255] ^ by_byte[6][word >> 8 & 255] ^
                            by_byte[5][word >> 16 & 255] ^ by_byte[4][word >> 24 & 255] ^
                            by_byte[3][word >> 32 & 255] ^ by_byte[2][word >> 40 & 255] ^
                            by_byte[1][word >> 48 & 255] ^ by_byte[0][word >> 56];
        }
        for (; len; p++, len--)
                remainder = (remainder >> 8) ^ by_byte[0][(remainder ^ (unsigned char)*p) & 255];
        return remainder;
}

static uint64_t inverted(enum crc crc, uint64_t value)
{
        return value ^ (UINT64_MAX >> (64 - CRCS[crc].bits));
}

uint64_t crc_portable(enum crc crc, uint64_t before, struct str bytes)
{
        return inverted(crc, crc_add_portable(crc, inverted(crc, before), bytes));
}

uint64_t crc_of(enum crc crc, uint64_t before, struct str bytes)
{
        return inverted(crc, crc_add(crc, inverted(crc, before), bytes));
}

uint64_t crc_join(enum crc crc, uint64_t first, uint64_t second, uint64_t second_len)
{
        const uint64_t *power = crc_tables(crc)->power;

        for (; second_len; second_len >>= 1, power++)
                if (second_len & 1)
                        first = multiply(crc, *power, first);
        return first ^ second;
}
