#include "store/checksum.h"

#if defined(__x86_64__)
#include <nmmintrin.h>

__attribute__((target("sse4.2"))) static uint32_t checksum_sse42(uint32_t crc, const char *p, size_t len)
{
        uint64_t wide = crc;
        uint64_t word;

        for (; len >= sizeof(word); p += sizeof(word), len -= sizeof(word)) {
                memcpy(&word, p, sizeof(word));
                wide = _mm_crc32_u64(wide, word);
        }
        crc = (uint32_t)wide;
        for (; len > 0; p++, len--)
                crc = _mm_crc32_u8(crc, (unsigned char)*p);
        return crc;
}

static bool has_sse42(void)
{
        return __builtin_cpu_supports("sse4.2");
}
#else
static uint32_t checksum_sse42(uint32_t crc, const char *p, size_t len)
{
        (void)p;
        (void)len;
        return crc;
}

static bool has_sse42(void)
{
        return false;
}
#endif

/* Four bits at a time: small, and only for processors without the instruction. Entry n is the remainder of n
 * shifted by the reversed polynomial 0x82F63B78. */
static const uint32_t by_nibble[16] = {
        0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
        0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

static uint32_t checksum_plain(uint32_t crc, const char *p, size_t len)
{
        for (; len > 0; p++, len--) {
                crc ^= (unsigned char)*p;
                crc = (crc >> 4) ^ by_nibble[crc & 15];
                crc = (crc >> 4) ^ by_nibble[crc & 15];
        }
        return crc;
}

uint32_t checksum_portable(uint32_t before, struct str bytes)
{
        return ~checksum_plain(~before, bytes.ptr, bytes.len);
}

uint32_t checksum(uint32_t before, struct str bytes)
{
        if (!has_sse42())
                return checksum_portable(before, bytes);
        return ~checksum_sse42(~before, bytes.ptr, bytes.len);
}
