/* RFC 1321, 3.4, with eight messages in the eight words of each vector.
 *
 * What takes time is the chain: each step needs the result of the step before. So what a step can add up
 * without it comes first, and G is a sum of two terms that have no bit in common. */
#include "crypto/md5_lanes.h"

#if defined(__x86_64__)
#include <assert.h>
#include <immintrin.h>

#define TARGET_AVX2 __attribute__((target("avx2")))
#define INLINE_AVX2 __attribute__((target("avx2"), always_inline)) static inline

#define BLOCK_WORDS 16
#define CHAIN_WORDS 4
#define STEPS       64

/* The whole part of 2^32 times |sin(i + 1)|. */
static const uint32_t SINES[STEPS] = {
        0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
        0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
        0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
        0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
        0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
        0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
        0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
        0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};

struct vectors {
        __m256i a, b, c, d;
};

/* A sum that the compiler must not take apart: it would add in another order, and lengthen the chain. */
INLINE_AVX2 __m256i whole(__m256i sum)
{
        __asm__("" : "+x"(sum));
        return sum;
}

/* -- The four functions, each added to what is known before b is. */

INLINE_AVX2 __m256i add_f(__m256i sum, __m256i b, __m256i c, __m256i d)
{
        return _mm256_add_epi32(sum, _mm256_xor_si256(d, _mm256_and_si256(b, _mm256_xor_si256(c, d))));
}

INLINE_AVX2 __m256i add_g(__m256i sum, __m256i b, __m256i c, __m256i d)
{
        sum = whole(_mm256_add_epi32(sum, _mm256_andnot_si256(d, c)));
        return _mm256_add_epi32(sum, _mm256_and_si256(d, b));
}

INLINE_AVX2 __m256i add_h(__m256i sum, __m256i b, __m256i c, __m256i d)
{
        return _mm256_add_epi32(sum, _mm256_xor_si256(b, _mm256_xor_si256(c, d)));
}

INLINE_AVX2 __m256i add_i(__m256i sum, __m256i b, __m256i c, __m256i d)
{
        __m256i not_d = _mm256_xor_si256(d, _mm256_set1_epi32(-1));

        return _mm256_add_epi32(sum, _mm256_xor_si256(c, _mm256_or_si256(b, not_d)));
}

typedef __m256i add_function(__m256i sum, __m256i b, __m256i c, __m256i d);

/* -- Steps. */

struct md5_round {
        add_function *add;
        int turns[4];
        unsigned int word, stride; /* the first step's word, and how far on the next one's is */
        const uint32_t *sines;
};

INLINE_AVX2 __m256i turn(__m256i words, int bits)
{
        return _mm256_or_si256(_mm256_slli_epi32(words, bits), _mm256_srli_epi32(words, 32 - bits));
}

INLINE_AVX2 __m256i step(const struct md5_round *how, unsigned int i, const __m256i *words, struct vectors v)
{
        __m256i word = words[(how->word + i * how->stride) % BLOCK_WORDS];
        __m256i sum = _mm256_add_epi32(v.a, _mm256_add_epi32(word, _mm256_set1_epi32((int)how->sines[i])));

        return _mm256_add_epi32(v.b, turn(how->add(whole(sum), v.b, v.c, v.d), how->turns[i % 4]));
}

INLINE_AVX2 struct vectors do_round(const struct md5_round how, const __m256i *words, struct vectors v)
{
        for (unsigned int i = 0; i < BLOCK_WORDS; i += 4) {
                v.a = step(&how, i, words, v);
                v.d = step(&how, i + 1, words, (struct vectors){v.d, v.a, v.b, v.c});
                v.c = step(&how, i + 2, words, (struct vectors){v.c, v.d, v.a, v.b});
                v.b = step(&how, i + 3, words, (struct vectors){v.b, v.c, v.d, v.a});
        }
        return v;
}

INLINE_AVX2 struct vectors add_block(const __m256i *words, struct vectors v)
{
        struct vectors before = v;

        v = do_round((struct md5_round){add_f, {7, 12, 17, 22}, 0, 1, SINES}, words, v);
        v = do_round((struct md5_round){add_g, {5, 9, 14, 20}, 1, 5, SINES + 16}, words, v);
        v = do_round((struct md5_round){add_h, {4, 11, 16, 23}, 5, 3, SINES + 32}, words, v);
        v = do_round((struct md5_round){add_i, {6, 10, 15, 21}, 0, 7, SINES + 48}, words, v);
        return (struct vectors){_mm256_add_epi32(v.a, before.a), _mm256_add_epi32(v.b, before.b),
                                _mm256_add_epi32(v.c, before.c), _mm256_add_epi32(v.d, before.d)};
}

/* -- Between lanes and vectors. */

/* Two 16-byte quarters of a block, of lanes i and i + 4, side by side. */
INLINE_AVX2 __m256i load_two(const uint8_t *low, const uint8_t *high)
{
        return _mm256_loadu2_m128i((const void *)high, (const void *)low);
}

/* A quarter of each lane's block: four words of eight lanes. */
INLINE_AVX2 void load_quarter(const uint8_t *const from[MD5_LANES_MAX], size_t at, __m256i *words)
{
        __m256i r0 = load_two(from[0] + at, from[4] + at), r1 = load_two(from[1] + at, from[5] + at);
        __m256i r2 = load_two(from[2] + at, from[6] + at), r3 = load_two(from[3] + at, from[7] + at);
        __m256i low_01 = _mm256_unpacklo_epi32(r0, r1), high_01 = _mm256_unpackhi_epi32(r0, r1);
        __m256i low_23 = _mm256_unpacklo_epi32(r2, r3), high_23 = _mm256_unpackhi_epi32(r2, r3);

        words[0] = _mm256_unpacklo_epi64(low_01, low_23);
        words[1] = _mm256_unpackhi_epi64(low_01, low_23);
        words[2] = _mm256_unpacklo_epi64(high_01, high_23);
        words[3] = _mm256_unpackhi_epi64(high_01, high_23);
}

TARGET_AVX2 static struct vectors add_blocks(const uint8_t *from[MD5_LANES_MAX], size_t blocks,
                                             struct vectors v)
{
        __m256i words[BLOCK_WORDS];

        for (; blocks > 0; blocks--) {
                for (unsigned int i = 0; i < 4; i++)
                        load_quarter(from, (size_t)i * 16, words + (size_t)i * 4);
                for (unsigned int i = 0; i < MD5_LANES_MAX; i++)
                        from[i] += MD5_BLOCK_BYTES;
                v = add_block(words, v);
        }
        return v;
}

bool md5_lanes_are_there(void)
{
        return __builtin_cpu_supports("avx2");
}

/* Lanes that nobody uses sum the first one's bytes, for nobody. */
TARGET_AVX2 void md5_lanes_add(struct md5_lane *const lanes[], size_t count, size_t blocks)
{
        union {
                struct vectors vectors;
                uint32_t words[CHAIN_WORDS][MD5_LANES_MAX];
        } all;
        const uint8_t *from[MD5_LANES_MAX];

        assert(count > 0 && count <= MD5_LANES_MAX);
        for (size_t i = 0; i < MD5_LANES_MAX; i++) {
                const struct md5_lane *lane = lanes[i < count ? i : 0];

                from[i] = lane->bytes;
                for (size_t k = 0; k < CHAIN_WORDS; k++)
                        all.words[k][i] = lane->chain[k];
        }
        all.vectors = add_blocks(from, blocks, all.vectors);
        for (size_t i = 0; i < count; i++) {
                lanes[i]->bytes = from[i];
                for (size_t k = 0; k < CHAIN_WORDS; k++)
                        lanes[i]->chain[k] = all.words[k][i];
        }
}
#endif
