#include "bytes.h"

#include "crypto/der.h"

static void assert_bad(struct str bytes)
{
        struct str rest = bytes, content = STR("untouched");

        assert_int_equal(der_take(&rest, DER_OCTETS, &content), -EBADMSG);
        assert_str(content, STR("untouched"));
        assert_str(rest, bytes);
}

static void test_take(void **state)
{
        struct str rest = STR("\x04\x02hi\x04\x00\x05"), content;

        (void)state;
        assert_int_equal(der_take(&rest, DER_OCTETS, &content), 0);
        assert_str(content, STR("hi"));
        assert_int_equal(der_take(&rest, DER_OCTETS, &content), 0);
        assert_int_equal(content.len, 0);
        assert_bad(rest);
        assert_int_equal(der_take_optional(&rest, DER_OCTETS, &content), 0);
        assert_false(str_is_set(content));
        assert_str(rest, STR("\x05"));
        assert_int_equal(der_take_optional(&rest, 5, &content), -EBADMSG); /* there, but broken */
}

static void test_bad_lengths(void **state)
{
        static char zeros[70000] = {DER_OCTETS};

        (void)state;
        assert_bad(STR(""));
        assert_bad(STR("\x04"));
        assert_bad(STR("\x04\x03hi"));
        assert_bad(STR("\x04\x80hi\0\0"));     /* of no given length: BER */
        assert_bad(STR("\x04\x81\x02hi"));     /* not the shortest form */
        assert_bad(STR("\x04\x82\x00\x02hi")); /* nor this */
        assert_bad(STR("\x04\x81"));           /* cut off */
        assert_bad(STR("\x04\x82\x01"));       /* cut off */
        assert_bad(STR("\x04\xffhi"));
        zeros[1] = (char)0x82;
        zeros[3] = (char)0x80;
        assert_bad(str_make(zeros, 200)); /* 128 in two bytes */
        zeros[1] = (char)0x83;
        zeros[2] = 1;
        zeros[3] = 0;
        assert_bad(str_make(zeros, sizeof(zeros))); /* larger than any key */
}

static void test_only(void **state)
{
        struct str content;

        (void)state;
        assert_int_equal(der_only(STR("\x04\x01x"), DER_OCTETS, &content), 0);
        assert_int_equal(der_only(STR("\x04\x01x\0"), DER_OCTETS, &content), -EBADMSG);
}

static void test_numbers(void **state)
{
        static const struct {
                struct str der;
                int result;
                struct str number;
        } CASES[] = {
                {STR_INIT("\x02\x01\x00"), 0, STR_INIT("")},
                {STR_INIT("\x02\x01\x7f"), 0, STR_INIT("\x7f")},
                {STR_INIT("\x02\x02\x00\x80"), 0, STR_INIT("\x80")},
                {STR_INIT("\x02\x00"), -EBADMSG, STR_INIT("")},
                {STR_INIT("\x02\x01\x80"), -EBADMSG, STR_INIT("")},     /* negative */
                {STR_INIT("\x02\x02\x00\x7f"), -EBADMSG, STR_INIT("")}, /* a zero too many */
                {STR_INIT("\x02\x02\x00\x00"), -EBADMSG, STR_INIT("")},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
                struct str rest = CASES[i].der, number = STR("");

                assert_int_equal(der_take_unsigned(&rest, &number), CASES[i].result);
                assert_str(number, CASES[i].number);
        }
}

static void test_bits(void **state)
{
        struct str rest = STR("\x03\x02\x00x"), bits;

        (void)state;
        assert_int_equal(der_take_bits(&rest, &bits), 0);
        assert_str(bits, STR("x"));
        rest = STR("\x03\x02\x01x");
        assert_int_equal(der_take_bits(&rest, &bits), -EBADMSG);
        rest = STR("\x03\x00");
        assert_int_equal(der_take_bits(&rest, &bits), -EBADMSG);
}

/* Every length of a length, written and read again. */
static void test_write(void **state)
{
        static const size_t LENGTHS[] = {0, 1, 127, 128, 255, 256, 65535};
        static uint8_t room[65535 + 8];
        static char zeros[65535];

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(LENGTHS); i++) {
                struct der_writer writer = {.start = room, .at = room + sizeof(room)};
                struct str content;

                der_put(&writer, str_make(zeros, LENGTHS[i]));
                der_wrap(&writer, DER_OCTETS, room + sizeof(room));
                assert_int_equal(der_only(str_make(writer.at, (size_t)(room + sizeof(room) - writer.at)),
                                          DER_OCTETS, &content),
                                 0);
                assert_int_equal(content.len, LENGTHS[i]);
        }
}

static void test_write_numbers(void **state)
{
        uint8_t room[32];
        struct der_writer writer = {.start = room, .at = room + sizeof(room)};

        (void)state;
        der_put_unsigned(&writer, STR("\x00\x00\x12\x34"));
        der_put_unsigned(&writer, STR("\x80"));
        der_put_unsigned(&writer, STR("\x00"));
        der_put_unsigned(&writer, STR(""));
        der_wrap(&writer, DER_SEQUENCE, room + sizeof(room));
        assert_str(str_make(writer.at, (size_t)(room + sizeof(room) - writer.at)),
                   STR("\x30\x0e\x02\x01\x00\x02\x01\x00\x02\x02\x00\x80\x02\x02\x12\x34"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_take),          cmocka_unit_test(test_bad_lengths),
                cmocka_unit_test(test_only),          cmocka_unit_test(test_numbers),
                cmocka_unit_test(test_bits),          cmocka_unit_test(test_write),
                cmocka_unit_test(test_write_numbers),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
