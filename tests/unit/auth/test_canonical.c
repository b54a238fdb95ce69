#include "auth/canonical.h"

#include "signer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct arena arena;

static void assert_path(const char *path, const char *expected)
{
        _cleanup_(buf_done) struct buf out = {};

        buf_init(&out, 4096);
        buf_add(&out, STR("GET\n")); /* stays as it is, whatever ".." does */
        canonical_path(str_of(path), false, &out);
        assert_true(str_starts(buf_str(&out), STR("GET\n")));
        if (!str_eq(str_from(buf_str(&out), 4), str_of(expected)))
                fail_msg("%s gave %.*s, not %s", path, STR_ARG(buf_str(&out)), expected);
}

static void test_path(void **state)
{
        (void)state;
        assert_path("", "/");
        assert_path("/", "/");
        assert_path("///", "/");
        assert_path("/a//b", "/a/b");
        assert_path("/a/", "/a/");
        assert_path("/a/./b/", "/a/b/");
        assert_path("/a/b/..", "/a");
        assert_path("/a/b/../", "/a/");
        assert_path("/../../etc", "/etc");
        assert_path("/a/..", "/");
        assert_path("/..a/...", "/..a/...");
        assert_path("/a b/\xc3\xa4~", "/a%20b/%C3%A4~");
        assert_path("/a%20b/%2e%2e/c", "/a%2520b/%252e%252e/c"); /* encoded twice, and not taken for dots */
}

static void test_literal_path(void **state)
{
        _cleanup_(buf_done) struct buf out = {};

        (void)state;
        buf_init(&out, 4096);
        canonical_path(STR("/bucket//a/../b%20c/"), true, &out);
        assert_true(str_eq(buf_str(&out), STR("/bucket//a/../b%20c/")));
        buf_clear(&out);
        canonical_path(STR(""), true, &out);
        assert_true(str_eq(buf_str(&out), STR("/")));
}

static void assert_query(const char *query, const char *expected)
{
        _cleanup_(buf_done) struct buf out = {};

        buf_init(&out, 4096);
        assert_int_equal(canonical_query(str_of(query), &arena, &out), 0);
        if (!str_eq(buf_str(&out), str_of(expected)))
                fail_msg("%s gave %.*s, not %s", query, STR_ARG(buf_str(&out)), expected);
}

static void test_query(void **state)
{
        (void)state;
        assert_query("", "");
        assert_query("b=2&a=1", "a=1&b=2");
        assert_query("a", "a=");
        assert_query("a=", "a=");
        assert_query("&&a=1&", "a=1");
        assert_query("a=2&a=10&a=1", "a=1&a=10&a=2");
        assert_query("a-b=1&a=2", "a=2&a-b=1"); /* by name, where '-' would sort before '=' */
        assert_query("B=1&a=1&A=1", "A=1&B=1&a=1");
        assert_query("a=b=c", "a=b%3Dc");
        assert_query("a=%7e%41%2f", "a=~A%2F");
        assert_query("a=x+y", "a=x%2By");
        assert_query("a=\xe1\x88\xb4 ", "a=%E1%88%B4%20");
        assert_query("a=%zz%4", "a=%25zz%254");
        assert_query("X-Amz-Signature=1&b=1", "b=1");
        assert_query("X%2dAmz-Signature=1&b=1", "b=1");
        assert_query("x-amz-signature=1", "x-amz-signature=1");
}

static int headers_of(const struct signable *signable, const char *names, struct buf *out)
{
        buf_clear(out);
        return canonical_headers(&signable->request, str_of(names), out);
}

static void test_headers(void **state)
{
        _cleanup_(buf_done) struct buf out = {};
        struct signable signable;

        (void)state;
        buf_init(&out, 4096);
        signable_init(&signable);
        signable_add_header(&signable, "X-Two", STR("  b   c\t d "));
        signable_add_header(&signable, "x-two", STR("a"));
        signable_add_header(&signable, "X-Empty", STR(""));
        assert_int_equal(headers_of(&signable, "host;x-empty;x-two", &out), 0);
        assert_true(str_eq(buf_str(&out), STR("host:iam.amazonaws.com\nx-empty:\nx-two:b c d,a\n")));
        assert_int_equal(headers_of(&signable, "host", &out), 0);
}

/* Lists that no honest signer writes. */
static void test_bad_header_lists(void **state)
{
        static const char *const BAD[] = {"Host",  "x-two;host", "host;host",   "",
                                          "host;", ";host",      "host;absent", "host x-two"};
        _cleanup_(buf_done) struct buf out = {};
        struct signable signable;

        (void)state;
        buf_init(&out, 4096);
        signable_init(&signable);
        signable_add_header(&signable, "X-Two", STR("1"));
        for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
                assert_int_equal(headers_of(&signable, BAD[i], &out), -EBADMSG);
}

static void test_signed_header_list(void **state)
{
        (void)state;
        assert_true(is_signed_header(STR("host;x-amz-date"), STR("X-Amz-Date")));
        assert_false(is_signed_header(STR("host;x-amz-date"), STR("x-amz")));
        assert_false(is_signed_header(STR(""), STR("host")));
}

static int set_up(void **state)
{
        (void)state;
        arena_init(&arena, (size_t)1 << 20);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        arena_done(&arena);
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_path),
                cmocka_unit_test(test_literal_path),
                cmocka_unit_test(test_query),
                cmocka_unit_test(test_headers),
                cmocka_unit_test(test_bad_header_lists),
                cmocka_unit_test(test_signed_header_list),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
