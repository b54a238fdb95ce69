/* Requests that are not signed as a whole, each with AWS's words. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define NEEDS_CREDENTIAL "Authorization header requires 'Credential' parameter. "
#define NEEDS_SIGNATURE  "Authorization header requires 'Signature' parameter. "
#define NEEDS_HEADERS    "Authorization header requires 'SignedHeaders' parameter. "
#define NEEDS_DATE       "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
#define HASHED           "(Hashed with SHA-256 and encoded with Base64) Authorization="
#define SCOPE            "AKIDEXAMPLE/20260131/us-east-1/iam/aws4_request"
#define DATE             "20260131T120000Z"

static void assert_refused(struct fixture *f, enum auth_problem problem, const char *words)
{
        assert_int_equal(fixture_check(f), problem);
        if (!str_starts(f->result.message, str_of(words)))
                fail_msg("got %.*s, not %s", STR_ARG(f->result.message), words);
}

static void assert_header(struct fixture *f, const char *authorization, const char *date, const char *words)
{
        signable_init(&f->signable);
        signable_add_header(&f->signable, "Authorization", str_of(authorization));
        if (date)
                signable_add_header(&f->signable, "X-Amz-Date", str_of(date));
        assert_refused(f, AUTH_INCOMPLETE, words);
}

static void test_unsigned(void **state)
{
        struct fixture *f = *state;

        assert_refused(f, AUTH_MISSING, "Request is missing Authentication Token");
        f->expected.is_json = true;
        assert_refused(f, AUTH_MISSING, "Missing Authentication Token");
        signable_add_header(&f->signable, "Authorization", STR(""));
        assert_refused(f, AUTH_MISSING, "Missing Authentication Token");
        f->signable.request.query = STR("AWSAccessKeyId=AKID&Signature=abc"); /* version 2 is no longer */
        assert_refused(f, AUTH_MISSING, "Missing Authentication Token");
}

static void test_incomplete_header(void **state)
{
        struct fixture *f = *state;

        assert_header(f, "mock", NULL, NEEDS_CREDENTIAL NEEDS_SIGNATURE NEEDS_HEADERS NEEDS_DATE HASHED);
        assert_header(f, "AWS4-HMAC-SHA256", DATE, NEEDS_CREDENTIAL NEEDS_SIGNATURE NEEDS_HEADERS HASHED);
        assert_header(f, "AWS4-HMAC-SHA256 Credential=" SCOPE, DATE, NEEDS_SIGNATURE NEEDS_HEADERS HASHED);
        assert_header(f, "AWS4-HMAC-SHA256 Credential=" SCOPE ", Signature=ab,", DATE, NEEDS_HEADERS HASHED);
        assert_header(f, "AWS4-HMAC-SHA256 Credential=" SCOPE ",SignedHeaders=host,Signature=", DATE,
                      NEEDS_SIGNATURE HASHED);
        assert_header(f, "AWS4-HMAC-SHA256 Credential=" SCOPE ", SignedHeaders=host, Signature=ab", NULL,
                      NEEDS_DATE HASHED);
        /* The header itself is not given back, for it may hold a secret. */
        assert_int_equal(str_find(f->result.message, STR("AKIDEXAMPLE")), -1);
}

static void test_malformed_header(void **state)
{
        struct fixture *f = *state;
        static const char PAIR[] =
                "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with "
                "SHA-256 and encoded with Base64): '";

        assert_header(f, "Bearer abcdef", NULL, PAIR);
        assert_header(f, "AWS4-HMAC-SHA256 Credential", DATE, PAIR);
        assert_header(f, "AWS4-HMAC-SHA256 Signature=a, Signature=b", DATE, PAIR);
        assert_header(f, "AWS4-HMAC-SHA512 Credential=" SCOPE ", SignedHeaders=host, Signature=ab", DATE,
                      "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512'.");
        assert_header(f, "AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=ab", DATE,
                      "Credential must have exactly 5 slash-delimited elements, e.g. "
                      "keyid/date/region/service/term, got "
                      "'a/b/c'");
        assert_header(f, "AWS4-HMAC-SHA256 Credential=x/" SCOPE ", SignedHeaders=host, Signature=ab", DATE,
                      "Credential must have exactly 5");
        assert_header(f,
                      "AWS4-HMAC-SHA256 Credential=/20260131/us-east-1/iam/aws4_request, SignedHeaders=host, "
                      "Signature=ab",
                      DATE, "Credential must have exactly 5");
        assert_header(f, "AWS4-HMAC-SHA256 Credential=" SCOPE ", SignedHeaders=host, Signature=ab",
                      "2026-01-31", "Date must be in ISO-8601 'basic format'. Got '2026-01-31'.");
        assert_header(f, "AWS4-HMAC-SHA256 Credential=" SCOPE ", SignedHeaders=host, Signature=ab",
                      "20260231T120000Z", "Date must be in ISO-8601 'basic format'.");
        assert_header(f, "AWS4-HMAC-SHA256 Credential=a\n\xff/b, SignedHeaders=host, Signature=ab", DATE,
                      "Credential must have exactly 5 slash-delimited elements, e.g. "
                      "keyid/date/region/service/term, got "
                      "'a\?\?/b'");
}

static void test_two_mechanisms(void **state)
{
        struct fixture *f = *state;

        signable_add_header(&f->signable, "Authorization", STR("AWS4-HMAC-SHA256 a=b"));
        signable_add_header(&f->signable, "authorization", STR("AWS4-HMAC-SHA256 a=b"));
        assert_refused(f, AUTH_INCOMPLETE, "Only one auth mechanism allowed");
        f->signable.request.header_count--;
        f->signable.request.query = STR("X-Amz-Algorithm=AWS4-HMAC-SHA256");
        assert_refused(f, AUTH_INCOMPLETE, "Only one auth mechanism allowed");
}

#define QUERY                                                                                                \
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260131%2Fus-east-1%2Fiam%2Faws4_" \
        "request"                                                                                            \
        "&X-Amz-SignedHeaders=host&X-Amz-Signature=ab&X-Amz-Date=" DATE

static void assert_query(struct fixture *f, const char *query, const char *words)
{
        f->signable.request.query = str_of(query);
        assert_refused(f, AUTH_INCOMPLETE, words);
}

static void test_incomplete_query(void **state)
{
        struct fixture *f = *state;

        assert_query(f, "X-Amz-Algorithm=AWS4-HMAC-SHA256",
                     "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string "
                     "parameters must include "
                     "'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. AWS "
                     "query-string "
                     "parameters must include 'X-Amz-Date'. Re-examine the query-string parameters.");
        assert_query(f, QUERY "&X-Amz-Date=" DATE,
                     "AWS query-string parameters must include 'X-Amz-Date' once");
        assert_query(f, QUERY "&X-Amz-Expires=%4",
                     "AWS query-string parameters must include 'X-Amz-Expires' once");
        assert_query(f, QUERY "&X-Amz-Expires=0", "X-Amz-Expires must be non-negative");
        assert_query(f, QUERY "&X-Amz-Expires=-5", "X-Amz-Expires must be non-negative");
        assert_query(f, QUERY "&X-Amz-Expires=", "X-Amz-Expires should be a number");
        assert_query(f, QUERY "&X-Amz-Expires=1e3", "X-Amz-Expires should be a number");
        assert_query(f, QUERY "&X-Amz-Expires=99999999999999999999", "X-Amz-Expires should be a number");
        assert_query(f, QUERY "&X-Amz-Expires=604801", "X-Amz-Expires must be less than a week");
        f->signable.request.query = STR(QUERY);
        assert_int_equal(fixture_check(f), AUTH_SKEWED); /* whole */
}

static void test_peek(void **state)
{
        struct fixture *f = *state;
        struct str service, region;

        assert_false(auth_peek_scope(&f->signable.request, &service, &region));
        f->signable.request.query = STR(QUERY);
        assert_true(auth_peek_scope(&f->signable.request, &service, &region));
        assert_true(str_eq(service, STR("iam")) && str_eq(region, STR("us-east-1")));
        signable_add_header(
                &f->signable, "Authorization",
                STR("AWS4-HMAC-SHA256 Credential=A/20260131/eu-west-1/sts/aws4_request, Signature=a"));
        assert_true(auth_peek_scope(&f->signable.request, &service, &region));
        assert_true(str_eq(service, STR("sts")) && str_eq(region, STR("eu-west-1")));
        f->signable.headers[1].value = STR("AWS4-HMAC-SHA256 Credential=A/20260131/eu-west-1");
        assert_false(auth_peek_scope(&f->signable.request, &service, &region));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_unsigned),       TEST(test_incomplete_header), TEST(test_malformed_header),
                TEST(test_two_mechanisms), TEST(test_incomplete_query),  TEST(test_peek),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
