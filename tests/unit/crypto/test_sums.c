/* Published values: RFC 1321, A.5 (MD5); FIPS 180-4's examples (SHA); CRCs of "123456789" from their
 * catalogues; the vectors of xxHash's own sanity check, over the bytes that it makes. */
#include "bytes.h"

#include "crypto/sums.h"

#define EACH_SUM(sum)                                                                                        \
        enum sum sum = 0;                                                                                    \
        (sum) < SUM_KINDS;                                                                                   \
        (sum)++
#define ALL ((1U << SUM_KINDS) - 1)

static struct arena arena;
static char body[20000];
static uint64_t seed = 42;

/* Below a limit, the same in each run. */
static size_t some(size_t below)
{
        seed = seed * 6364136223846793005 + 1442695040888963407;
        return (size_t)(seed >> 33) % below;
}

static int set_up(void **state)
{
        (void)state;
        arena_init(&arena, (size_t)1 << 20);
        for (size_t i = 0; i < sizeof(body); i++)
                body[i] = (char)some(256);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        arena_done(&arena);
        return 0;
}

static void assert_sum(enum sum sum, struct str bytes, const char *expected)
{
        uint8_t value[SUM_MAX];

        sum_of(sum, bytes, value);
        assert_hex(&arena, str_make(value, sum_len(sum)), expected);
}

static void test_known(void **state)
{
        static const struct {
                enum sum sum;
                const char *text, *expected;
        } VECTORS[] = {
                {SUM_MD5, "", "d41d8cd98f00b204e9800998ecf8427e"},
                {SUM_MD5, "abc", "900150983cd24fb0d6963f7d28e17f72"},
                {SUM_MD5, "message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
                {SUM_MD5, "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                 "57edf4a22be3c955ac49da2e2107b67a"},
                {SUM_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
                {SUM_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
                {SUM_SHA512, "abc",
                 "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3f"
                 "eebbd454d4423643ce80e2a9ac94fa54ca49f"},
                {SUM_CRC32, "", "00000000"},
                {SUM_CRC32, "123456789", "cbf43926"},
                {SUM_CRC32C, "", "00000000"},
                {SUM_CRC32C, "123456789", "e3069283"},
                {SUM_CRC64NVME, "", "0000000000000000"},
                {SUM_CRC64NVME, "123456789", "ae8b14860a799888"},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(VECTORS); i++)
                assert_sum(VECTORS[i].sum, str_of(VECTORS[i].text), VECTORS[i].expected);
}

static void test_known_xxhash(void **state)
{
        static const struct {
                enum sum sum;
                size_t len;
                const char *expected;
        } VECTORS[] = {
                {SUM_XXHASH64, 0, "ef46db3751d8e999"},
                {SUM_XXHASH64, 1, "e934a84adb052768"},
                {SUM_XXHASH64, 222, "b641ae8cb691c174"},
                {SUM_XXHASH3, 0, "2d06800538d394c2"},
                {SUM_XXHASH3, 1, "c44bdff4074eecdb"},
                {SUM_XXHASH3, 195, "cd94217ee362ec3a"},
                {SUM_XXHASH3, 2048, "dd59e2c3a5f038e0"},
                {SUM_XXHASH128, 0, "99aa06d3014798d86001c324468d497f"},
                {SUM_XXHASH128, 1, "a6cd5e9392000f6ac44bdff4074eecdb"},
        };
        uint64_t number = 2654435761;
        char bytes[2048];

        (void)state;
        for (size_t i = 0; i < sizeof(bytes); i++, number *= 11400714785074694797U)
                bytes[i] = (char)(number >> 56);
        for (size_t i = 0; i < ARRAY_LEN(VECTORS); i++)
                assert_sum(VECTORS[i].sum, str_make(bytes, VECTORS[i].len), VECTORS[i].expected);
}

static void test_names(void **state)
{
        static const char *const NOBODYS[] = {"", "crc32", "CRC64", "SHA224", "SHA-256", "XXHASH32", "MD5 "};
        enum sum found = SUM_KINDS;

        (void)state;
        for (EACH_SUM(sum)) {
                assert_int_equal(sum_find(sum_name(sum), &found), 0);
                assert_int_equal(found, sum);
                assert_true(sum_len(sum) > 0 && sum_len(sum) <= SUM_MAX);
        }
        for (size_t i = 0; i < ARRAY_LEN(NOBODYS); i++)
                assert_int_equal(sum_find(str_of(NOBODYS[i]), &found), -EINVAL);
        assert_int_equal(sum_find(STR_NONE, &found), -EINVAL);
}

static void assert_sums(const struct sums *sums, unsigned int wanted, struct str bytes)
{
        for (EACH_SUM(sum)) {
                uint8_t expected[SUM_MAX];

                sum_of(sum, bytes, expected);
                assert_str(sums_get(sums, sum),
                           wanted & SUM_BIT(sum) ? str_make(expected, sum_len(sum)) : STR_NONE);
        }
}

/* However a body is cut; empty and absent pieces among them. */
static void test_pieces_make_the_whole(void **state)
{
        _cleanup_(sums_done) struct sums sums = {};

        (void)state;
        for (size_t round = 0; round < 100; round++) {
                struct str whole = {body, some(sizeof(body))};

                sums_begin(&sums, ALL);
                sums_add(&sums, STR_NONE);
                for (struct str rest = whole; rest.len;) {
                        struct str piece = str_part(rest, 0, some(round * 10 + 2));

                        sums_add(&sums, piece);
                        rest = str_from(rest, piece.len);
                }
                sums_end(&sums);
                assert_sums(&sums, ALL, whole);
        }
}

static void test_each_length_and_place(void **state)
{
        _cleanup_(sums_done) struct sums sums = {};

        (void)state;
        for (size_t at = 0; at < 8; at++)
                for (size_t len = 0; len <= 260; len++) {
                        sums_begin(&sums, ALL);
                        sums_add(&sums, str_make(body + at, len / 2));
                        sums_add(&sums, str_make(body + at + len / 2, len - len / 2));
                        sums_end(&sums);
                        assert_sums(&sums, ALL, str_make(body + at, len));
                }
}

/* Of one struct: other wants each time, none too; a body that was given up; done and begun again. */
static void test_used_again(void **state)
{
        struct sums sums = {};

        (void)state;
        for (size_t round = 0; round < 200; round++) {
                struct str whole = {body, some(500)};
                unsigned int wanted = (unsigned int)some(ALL + 1);

                sums_begin(&sums, ALL);
                sums_add(&sums, STR("given up"));
                sums_begin(&sums, wanted);
                sums_add(&sums, whole);
                sums_end(&sums);
                assert_sums(&sums, wanted, whole);
                if (round % 3 == 0)
                        sums_done(&sums);
        }
        sums_done(&sums);
        sums_done(&sums);
        assert_sums(&sums, 0, STR(""));
}

/* A body in parts of any length, none too: the sums of all give that of the body. */
static void test_join(void **state)
{
        (void)state;
        for (EACH_SUM(sum)) {
                bool is_crc = sum == SUM_CRC32 || sum == SUM_CRC32C || sum == SUM_CRC64NVME;

                assert_int_equal(sum_can_join(sum), is_crc);
                for (size_t round = 0; is_crc && round < 100; round++) {
                        uint8_t joined[SUM_MAX] = {}, next[SUM_MAX], expected[SUM_MAX];
                        size_t at = 0;

                        for (size_t len; at < sizeof(body); at += len) {
                                len = some(sizeof(body) - at + 1) * some(2);
                                sum_of(sum, str_make(body + at, len), next);
                                sum_join(sum, joined, next, len);
                        }
                        sum_of(sum, str_make(body, at), expected);
                        assert_memory_equal(joined, expected, sum_len(sum));
                }
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_known),
                cmocka_unit_test(test_known_xxhash),
                cmocka_unit_test(test_names),
                cmocka_unit_test(test_pieces_make_the_whole),
                cmocka_unit_test(test_each_length_and_place),
                cmocka_unit_test(test_used_again),
                cmocka_unit_test(test_join),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
