/* Check values: of "123456789" as catalogues of CRCs give them; of CRC-32C, RFC 3720, B.4; of CRC-64, the NVM
 * Express Command Set Specification, "64b CRC test cases". */
#include "../check.h"

#include "base/crc.h"

#define EACH_CRC(crc)                                                                                        \
        enum crc crc = CRC_32;                                                                               \
        (crc) <= CRC_64NVME;                                                                                 \
        (crc)++

static char bytes[5000];

static int set_up(void **state)
{
        uint32_t number = 1;

        (void)state;
        for (size_t i = 0; i < sizeof(bytes); i++) {
                number = number * 1103515245 + 12345;
                bytes[i] = (char)(number >> 16);
        }
        return 0;
}

static void test_check_values(void **state)
{
        (void)state;
        assert_int_equal(crc_of(CRC_32, 0, STR("123456789")), 0xcbf43926);
        assert_int_equal(crc_of(CRC_32C, 0, STR("123456789")), 0xe3069283);
        assert_int_equal(crc_of(CRC_64NVME, 0, STR("123456789")), 0xae8b14860a799888);
        for (EACH_CRC(crc)) {
                assert_int_equal(crc_of(crc, 0, STR("")), 0);
                assert_int_equal(crc_of(crc, 0, STR_NONE), 0);
        }
}

static void test_rfc_3720(void **state)
{
        char run[32];

        (void)state;
        memset(run, 0, sizeof(run));
        assert_int_equal(crc32c(0, (struct str){run, 32}), 0x8a9136aa);
        memset(run, 0xFF, sizeof(run));
        assert_int_equal(crc32c(0, (struct str){run, 32}), 0x62a8ab43);
        for (int i = 0; i < 32; i++)
                run[i] = (char)i;
        assert_int_equal(crc32c(0, (struct str){run, 32}), 0x46dd794e);
        for (int i = 0; i < 32; i++)
                run[i] = (char)(31 - i);
        assert_int_equal(crc32c(0, (struct str){run, 32}), 0x113fdb5c);
}

static void test_nvme(void **state)
{
        static char block[4096];

        (void)state;
        memset(block, 0, sizeof(block));
        assert_int_equal(crc_of(CRC_64NVME, 0, (struct str){block, 4096}), 0x6482d367eb22b64e);
        memset(block, 0xFF, sizeof(block));
        assert_int_equal(crc_of(CRC_64NVME, 0, (struct str){block, 4096}), 0xc0ddba7302eca3ac);
}

/* With the processor's instructions and without, wherever in a word the bytes begin and end. */
static void test_both_ways_agree(void **state)
{
        (void)state;
        for (EACH_CRC(crc))
                for (size_t at = 0; at <= 64; at++)
                        for (size_t len = 0; len <= 400; len++) {
                                struct str part = {bytes + at, len};

                                assert_int_equal(crc_of(crc, at, part), crc_portable(crc, at, part));
                        }
}

static void test_pieces_make_the_whole(void **state)
{
        struct str whole = {bytes, sizeof(bytes)};

        (void)state;
        for (EACH_CRC(crc))
                for (size_t cut = 0; cut <= whole.len; cut++)
                        assert_int_equal(
                                crc_of(crc, crc_of(crc, 0, str_part(whole, 0, cut)), str_from(whole, cut)),
                                crc_of(crc, 0, whole));
}

static void test_join(void **state)
{
        struct str whole = {bytes, sizeof(bytes)};

        (void)state;
        for (EACH_CRC(crc))
                for (size_t cut = 0; cut <= whole.len; cut += cut % 7 + 1) {
                        uint64_t first = crc_of(crc, 0, str_part(whole, 0, cut));
                        uint64_t second = crc_of(crc, 0, str_from(whole, cut));

                        assert_int_equal(crc_join(crc, first, second, whole.len - cut),
                                         crc_of(crc, 0, whole));
                }
}

/* Lengths that no test could read through: the order of joining does not matter. */
static void test_join_at_length(void **state)
{
        static const uint64_t LENGTHS[] = {0, 1, 5368709120, (uint64_t)1 << 46, UINT64_MAX / 3};

        (void)state;
        for (EACH_CRC(crc))
                for (size_t i = 0; i < ARRAY_LEN(LENGTHS); i++)
                        for (size_t k = 0; k < ARRAY_LEN(LENGTHS); k++) {
                                uint64_t left =
                                        crc_join(crc, crc_join(crc, 17, 4, LENGTHS[i]), 99, LENGTHS[k]);
                                uint64_t right = crc_join(crc, 4, 99, LENGTHS[k]);

                                assert_int_equal(left, crc_join(crc, 17, right, LENGTHS[i] + LENGTHS[k]));
                        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_check_values),
                cmocka_unit_test(test_rfc_3720),
                cmocka_unit_test(test_nvme),
                cmocka_unit_test(test_both_ways_agree),
                cmocka_unit_test(test_pieces_make_the_whole),
                cmocka_unit_test(test_join),
                cmocka_unit_test(test_join_at_length),
        };

        return cmocka_run_group_tests(tests, set_up, NULL);
}
