/* Runs of bytes: comparison, search, cutting, numbers. */
#include "../check.h"

static void absent_and_empty_are_told_apart_but_equal(void **state)
{
        (void)state;
        assert_false(str_is_set(STR_NONE));
        assert_true(str_is_set(STR("")));
        assert_true(str_eq(STR_NONE, STR("")));
        assert_int_equal(str_cmp(STR_NONE, STR("")), 0);
        assert_false(str_is_set(str_of(NULL)));
        assert_str(str_of("abc"), STR("abc"));
        assert_str(str_make("a\0b", 3), STR("a\0b"));
}

static void comparison(void **state)
{
        (void)state;
        assert_true(str_eq(STR("a\0b"), STR("a\0b")));
        assert_false(str_eq(STR("a\0b"), STR("a\0c")));
        assert_false(str_eq(STR("ab"), STR("abc")));
        assert_true(str_eq_nocase(STR("X-Amz-DATE"), STR("x-amz-date")));
        assert_false(str_eq_nocase(STR("x-amz-date"), STR("x-amz-dat")));
        assert_false(str_eq_nocase(STR("@"), STR("`"))); /* 32 apart, and no letters */
        assert_false(str_eq_nocase(STR("\xc4"), STR("\xe4")));
        assert_true(str_cmp(STR("a"), STR("b")) < 0);
        assert_true(str_cmp(STR("b"), STR("a")) > 0);
        assert_true(str_cmp(STR("a"), STR("aa")) < 0);
        assert_true(str_cmp(STR("\x7f"), STR("\x80")) < 0); /* bytes are unsigned */
}

static void beginnings_and_ends(void **state)
{
        (void)state;
        assert_true(str_starts(STR("arn:aws"), STR("arn:")));
        assert_true(str_starts(STR("a"), STR("")));
        assert_true(str_starts(STR_NONE, STR("")));
        assert_false(str_starts(STR("ar"), STR("arn")));
        assert_true(str_starts_nocase(STR("BEARER x"), STR("bearer ")));
        assert_true(str_ends(STR("file.api"), STR(".api")));
        assert_false(str_ends(STR("api"), STR(".api")));
        assert_true(str_ends(STR("x"), STR("")));
}

static void search(void **state)
{
        (void)state;
        assert_int_equal(str_find_byte(STR("a=b=c"), '='), 1);
        assert_int_equal(str_find_last_byte(STR("a=b=c"), '='), 3);
        assert_int_equal(str_find_byte(STR("abc"), '='), -1);
        assert_int_equal(str_find_last_byte(STR(""), '='), -1);
        assert_int_equal(str_find_byte(STR_NONE, 'x'), -1);
        assert_int_equal(str_find_byte(STR("a\0b"), 'b'), 2);
        assert_true(str_has_byte(STR("abc"), 'c'));
        assert_int_equal(str_find(STR("aabaac"), STR("aac")), 3);
        assert_int_equal(str_find(STR("abc"), STR("")), 0);
        assert_int_equal(str_find(STR("abc"), STR("c\0")), -1);
        assert_int_equal(str_find(STR("abc"), STR("abcd")), -1);
}

static void parts(void **state)
{
        (void)state;
        assert_str(str_from(STR("abc"), 1), STR("bc"));
        assert_str(str_from(STR("abc"), 9), STR(""));
        assert_str(str_from(STR_NONE, 1), STR_NONE);
        assert_str(str_part(STR("abc"), 1, 1), STR("b"));
        assert_str(str_part(STR("abc"), 1, 9), STR("bc"));
        assert_str(str_part(STR("abc"), 4, 1), STR(""));
        assert_str(str_trim(STR(" \t a b\t ")), STR("a b"));
        assert_str(str_trim(STR(" \t ")), STR(""));
        assert_str(str_trim(STR("\n")), STR("\n")); /* only blanks */
}

static void cutting_gives_every_piece(void **state)
{
        struct str rest = STR(",a,,b,");
        struct str piece;
        struct str expected[] = {STR(""), STR("a"), STR(""), STR("b"), STR("")};
        size_t n = 0;

        (void)state;
        while (str_cut(&rest, ',', &piece)) {
                assert_in_range(n, 0, ARRAY_LEN(expected) - 1);
                assert_str(piece, expected[n++]);
        }
        assert_int_equal(n, ARRAY_LEN(expected));
        rest = STR("");
        assert_true(str_cut(&rest, ',', &piece));
        assert_str(piece, STR(""));
        assert_false(str_cut(&rest, ',', &piece));
}

static void unsigned_numbers(void **state)
{
        static const char *const BAD[] = {"", "-1", "+1", " 1", "1 ", "0x1", "1e3", "1.0", "-", "\xd9\xa1"};
        uint64_t n = 7;

        (void)state;
        assert_int_equal(str_to_u64(STR("0"), &n), 0);
        assert_true(n == 0);
        assert_int_equal(str_to_u64(STR("18446744073709551615"), &n), 0);
        assert_true(n == UINT64_MAX);
        assert_int_equal(str_to_u64(STR("0000000000000000000000012"), &n), 0);
        assert_true(n == 12);
        assert_int_equal(str_to_u64(STR("18446744073709551616"), &n), -ERANGE);
        assert_int_equal(str_to_u64(STR("99999999999999999999999"), &n), -ERANGE);
        for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
                assert_int_equal(str_to_u64(str_of(BAD[i]), &n), -EINVAL);
        assert_int_equal(str_to_u64(STR("1\0"), &n), -EINVAL);
        assert_true(n == 12); /* untouched by failures */
}

static void signed_numbers(void **state)
{
        int64_t n = 0;

        (void)state;
        assert_int_equal(str_to_i64(STR("-9223372036854775808"), &n), 0);
        assert_true(n == INT64_MIN);
        assert_int_equal(str_to_i64(STR("9223372036854775807"), &n), 0);
        assert_true(n == INT64_MAX);
        assert_int_equal(str_to_i64(STR("-0"), &n), 0);
        assert_true(n == 0);
        assert_int_equal(str_to_i64(STR("9223372036854775808"), &n), -ERANGE);
        assert_int_equal(str_to_i64(STR("-9223372036854775809"), &n), -ERANGE);
        assert_int_equal(str_to_i64(STR("--1"), &n), -EINVAL);
        assert_int_equal(str_to_i64(STR("-"), &n), -EINVAL);
        assert_int_equal(str_to_i64(STR("+1"), &n), -EINVAL);
}

static void real_numbers(void **state)
{
        static const char *const BAD[] = {"",    " 1",    "1 ",  "\n1",  "inf", "-Infinity",
                                          "nan", "0x1",   "1e",  "1e+",  "e1",  "-",
                                          ".",   "1.2.3", "1,5", "1e5x", "1p3", "++1"};
        double d = 0;

        (void)state;
        assert_int_equal(str_to_double(STR("-12.5e2"), &d), 0);
        assert_true(d == -1250.0);
        assert_int_equal(str_to_double(STR("0.1"), &d), 0);
        assert_true(d == 0.1);
        for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
                assert_int_equal(str_to_double(str_of(BAD[i]), &d), -EINVAL);
        assert_int_equal(str_to_double(STR("1\0"), &d), -EINVAL);
        assert_int_equal(str_to_double(STR("1e999"), &d), -ERANGE);
        assert_int_equal(str_to_double(STR("-1e999"), &d), -ERANGE);
        assert_int_equal(
                str_to_double(STR("0000000000000000000000000000000000000000000000000000000000000001"), &d),
                -EINVAL);
        assert_true(d == 0.1);
}

static void hashes_depend_on_content_and_seed(void **state)
{
        (void)state;
        assert_true(str_hash(STR("a"), 1) == str_hash(STR("a"), 1));
        assert_true(str_hash(STR("a"), 1) != str_hash(STR("b"), 1));
        assert_true(str_hash(STR("a"), 1) != str_hash(STR("a"), 2));
        assert_true(str_hash(STR("a\0"), 1) != str_hash(STR("a"), 1));
}

static void copies_into_buffers_are_bounded(void **state)
{
        char buffer[4] = "zzz";

        (void)state;
        assert_int_equal(str_to_buffer(STR("abc"), buffer, sizeof(buffer)), 0);
        assert_string_equal(buffer, "abc");
        assert_int_equal(str_to_buffer(STR("abcd"), buffer, sizeof(buffer)), -ENAMETOOLONG);
        assert_int_equal(str_to_buffer(STR_NONE, buffer, sizeof(buffer)), 0);
        assert_string_equal(buffer, "");
        assert_int_equal(str_to_buffer(STR(""), buffer, 0), -ENAMETOOLONG);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(absent_and_empty_are_told_apart_but_equal),
                cmocka_unit_test(comparison),
                cmocka_unit_test(beginnings_and_ends),
                cmocka_unit_test(search),
                cmocka_unit_test(parts),
                cmocka_unit_test(cutting_gives_every_piece),
                cmocka_unit_test(unsigned_numbers),
                cmocka_unit_test(signed_numbers),
                cmocka_unit_test(real_numbers),
                cmocka_unit_test(hashes_depend_on_content_and_seed),
                cmocka_unit_test(copies_into_buffers_are_bounded),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
