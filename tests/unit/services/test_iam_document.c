/* Policy documents as texts: their length, their encoding, where their statements stand, whom they let in. */
#include "services/iam/document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_length_leaves_white_space_out(void **state)
{
        (void)state;
        assert_int_equal(iam_document_length(STR("")), 0);
        assert_int_equal(iam_document_length(STR(" \t\r\n")), 0);
        assert_int_equal(iam_document_length(STR("{ \"a b\" :\n1 }")), 8);
        assert_int_equal(iam_document_length(STR("\xc3\xa9\xc3\xa9 x")), 3); /* characters, not bytes */
}

static void test_encoding(void **state)
{
        struct arena arena;

        (void)state;
        arena_init(&arena, 4096);
        assert_true(str_eq(iam_document_encode(&arena, STR("{\"a\": \"b/c*~-._+\xc3\xa9\"}")),
                           STR("%7B%22a%22%3A%20%22b%2Fc%2A~-._%2B%C3%A9%22%7D")));
        assert_true(str_eq(iam_document_encode(&arena, STR("")), STR("")));
        arena_done(&arena);
}

static void test_version(void **state)
{
        (void)state;
        assert_true(iam_document_is_current(STR("{\"Version\":\"2012-10-17\"}")));
        assert_false(iam_document_is_current(STR("{\"Version\":\"2008-10-17\"}")));
        assert_false(iam_document_is_current(STR("{\"Id\":\"2012-10-17\"}")));
        assert_false(iam_document_is_current(STR("{\"Version\":20121017}")));
        assert_false(iam_document_is_current(STR("2012-10-17")));
}

static void assert_stands(const char *text, size_t index, int64_t line, int64_t column, int64_t end_line,
                          int64_t end_column)
{
        struct document_position start, end;

        assert_int_equal(iam_document_statement(str_of(text), index, &start, &end), 0);
        assert_int_equal(start.line, line);
        assert_int_equal(start.column, column);
        assert_int_equal(end.line, end_line);
        assert_int_equal(end.column, end_column);
}

static void test_positions(void **state)
{
        static const char *const LIST =
                "{\"Id\":\"a]}\\\"\",\n \"Statement\" : [ {\"a\":[{}]},\n  {\"b\":\"\\\\\"}\n]}";

        (void)state;
        assert_stands(LIST, 0, 2, 17, 2, 28);
        assert_stands(LIST, 1, 2, 29, 3, 13);
        assert_stands("{\"Statement\":{\"a\":1}}", 0, 1, 15, 1, 21);
        /* A member of that name further inside is another one; characters count, not bytes. */
        assert_stands("{\"x\":{\"Statement\":[{}]},\"\xc3\xa9\":\"\xc3\xa9\",\"Statement\":[{}]}", 0, 1, 46,
                      1, 48);
}

static void test_no_such_statement(void **state)
{
        static const char *const NOT[] = {"",
                                          "{",
                                          "{}",
                                          "[]",
                                          "{\"Statement\":",
                                          "{\"Statement\":[",
                                          "{\"Statement\":[]}",
                                          "{\"Statement\":[{}",
                                          "{\"a\":1",
                                          "{\"a\"",
                                          "{\"Statement\":[{},1]}"};
        struct document_position start, end;

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(NOT); i++)
                assert_int_equal(iam_document_statement(str_of(NOT[i]), 1, &start, &end), -EINVAL);
        assert_int_equal(iam_document_statement(STR("{\"Statement\":{}}"), 1, &start, &end), -EINVAL);
}

#define POLICY(statements) STR("{\"Version\":\"2012-10-17\",\"Statement\":" statements "}")

static void test_grants(void **state)
{
        (void)state;
        assert_true(iam_document_grants(POLICY("{\"Effect\":\"Allow\",\"Action\":\"s3:Get*\"}"), STR("s3")));
        assert_true(iam_document_grants(POLICY("[{\"Effect\":\"Allow\",\"Action\":[\"ec2:*\",\"S3:*\"]}]"),
                                        STR("s3")));
        assert_true(iam_document_grants(POLICY("[{\"Effect\":\"Allow\",\"Action\":\"*\"}]"), STR("s3")));
        assert_true(
                iam_document_grants(POLICY("[{\"Effect\":\"Allow\",\"NotAction\":\"iam:*\"}]"), STR("s3")));
        assert_true(
                iam_document_grants(POLICY("[{\"Effect\":\"Allow\",\"NotAction\":\"s3:Put*\"}]"), STR("s3")));
        assert_false(iam_document_grants(POLICY("[{\"Effect\":\"Deny\",\"Action\":\"s3:*\"}]"), STR("s3")));
        assert_false(iam_document_grants(POLICY("[{\"Effect\":\"Allow\",\"NotAction\":[\"a:*\",\"s3:*\"]}]"),
                                         STR("s3")));
        assert_false(iam_document_grants(POLICY("[{\"Effect\":\"Allow\",\"Action\":\"s3-object-lambda:*\"}]"),
                                         STR("s3")));
        assert_false(iam_document_grants(STR("no policy"), STR("s3")));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_length_leaves_white_space_out),
                cmocka_unit_test(test_encoding),
                cmocka_unit_test(test_version),
                cmocka_unit_test(test_positions),
                cmocka_unit_test(test_no_such_statement),
                cmocka_unit_test(test_grants),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
