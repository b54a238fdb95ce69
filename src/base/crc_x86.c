/* With the processor's product of polynomials (PCLMULQDQ) and, for CRC-32C, its own instruction (SSE 4.2).
 *
 * Sixteen bytes are replaced by others that stand further on and have the same remainder: their halves times
 * what the way is worth, as Gopal and others describe it ("Fast CRC Computation for Generic Polynomials Using
 * PCLMULQDQ Instruction", Intel, 2009). Four such runs at once hide how long one product takes. What is left
 * in the end is sixteen bytes, whose remainder is found as that of any bytes. */
#include "base/crc_inside.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#include <wmmintrin.h>

/* Below, setting up costs more than it gains. */
#define FOLD_MIN 128

#define TARGET_FOLD  __attribute__((target("pclmul")))
#define TARGET_SSE42 __attribute__((target("sse4.2")))

TARGET_SSE42 static uint64_t add_crc32c(uint64_t remainder, struct str bytes)
{
        const char *p = bytes.ptr;
        size_t len = bytes.len;
        uint64_t word;

        for (; len >= sizeof(word); p += sizeof(word), len -= sizeof(word)) {
                memcpy(&word, p, sizeof(word));
                remainder = _mm_crc32_u64(remainder, word);
        }
        for (; len; p++, len--)
                remainder = _mm_crc32_u8((uint32_t)remainder, (unsigned char)*p);
        return remainder;
}

/* Without products. */
static uint64_t add_short(enum crc crc, uint64_t remainder, struct str bytes)
{
        if (crc == CRC_32C && __builtin_cpu_supports("sse4.2"))
                return add_crc32c(remainder, bytes);
        return crc_add_portable(crc, remainder, bytes);
}

TARGET_FOLD static inline __m128i load(const void *from)
{
        return _mm_loadu_si128(from);
}

/* What `run` is worth as far on as `over` says, added to what stands there. */
TARGET_FOLD static inline __m128i move_on(__m128i run, __m128i over, __m128i there)
{
        __m128i first = _mm_clmulepi64_si128(run, over, 0x00);
        __m128i second = _mm_clmulepi64_si128(run, over, 0x11);

        return _mm_xor_si128(_mm_xor_si128(first, second), there);
}

/* All but the last bytes, fewer than 16, which *bytes then is: in 16 that have the same remainder. */
TARGET_FOLD static __m128i fold(const struct crc_tables *tables, uint64_t remainder, struct str *bytes)
{
        const __m128i over_16 = load(tables->over_16), over_64 = load(tables->over_64);
        const char *p = bytes->ptr, *end = bytes->ptr + bytes->len;
        __m128i a = _mm_xor_si128(load(p), _mm_set_epi64x(0, (long long)remainder));
        __m128i b = load(p + 16), c = load(p + 32), d = load(p + 48);

        for (p += 64; end - p >= 64; p += 64) {
                a = move_on(a, over_64, load(p));
                b = move_on(b, over_64, load(p + 16));
                c = move_on(c, over_64, load(p + 32));
                d = move_on(d, over_64, load(p + 48));
        }
        a = move_on(move_on(move_on(a, over_16, b), over_16, c), over_16, d);
        for (; end - p >= 16; p += 16)
                a = move_on(a, over_16, load(p));
        *bytes = (struct str){p, (size_t)(end - p)};
        return a;
}

TARGET_FOLD static uint64_t add_long(enum crc crc, uint64_t remainder, struct str bytes)
{
        char folded[16];

        _mm_storeu_si128((void *)folded, fold(crc_tables(crc), remainder, &bytes));
        return add_short(crc, add_short(crc, 0, (struct str){folded, sizeof(folded)}), bytes);
}

uint64_t crc_add(enum crc crc, uint64_t remainder, struct str bytes)
{
        if (bytes.len >= FOLD_MIN && __builtin_cpu_supports("pclmul"))
                return add_long(crc, remainder, bytes);
        return add_short(crc, remainder, bytes);
}
#endif
