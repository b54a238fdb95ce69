/* S3's own rules for signatures, and its own words. */
#include "auth/internal.h"
#include "auth/payload.h"
#include "auth/s3_version_2.h"
#include "auth/signature.h"
#include "fixture.h"

#include "../check.h"

#define MINUTE_MS (60 * MS_PER_S)
#define COMPONENTS                                                                                           \
        "The authorization header is malformed; the authorization header requires three components: "        \
        "Credential, "                                                                                       \
        "SignedHeaders, and Signature."
#define NO_DATE    "AWS authentication requires a valid Date or x-amz-date header"
#define NOT_SIGNED "There were headers present in the request which were not signed"
#define VERSION_2                                                                                            \
        "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
#define MISMATCH                                                                                             \
        "The request signature we calculated does not match the signature you provided. Check your key and " \
        "signing method."
#define ALL_NEEDED                                                                                           \
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "             \
        "X-Amz-Signature, "                                                                                  \
        "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."

static int set_up(void **state)
{
        struct fixture *f;

        if (fixture_set_up(state) < 0)
                return -1;
        f = *state;
        f->expected = (struct auth_expectation){.service = STR("s3"), .path_is_literal = true};
        f->signer.service = STR("s3");
        f->signer.signed_headers = STR("host;x-amz-content-sha256;x-amz-date");
        return 0;
}

static void sign(struct fixture *f)
{
        signable_init(&f->signable);
        signable_add_header(&f->signable, "x-amz-content-sha256", STR("UNSIGNED-PAYLOAD"));
        signer_sign(&f->signer, &f->signable);
}

static void presign(struct fixture *f)
{
        signable_init(&f->signable);
        signable_add_header(&f->signable, "x-amz-content-sha256", STR("UNSIGNED-PAYLOAD"));
        f->signer.signed_headers = STR("host;x-amz-content-sha256");
        signer_presign(&f->signer, &f->signable);
}

/* In a header of the request, or in its query (name NULL), one text for another. */
static void edit(struct fixture *f, const char *name, const char *from, const char *to)
{
        struct str *value = &f->signable.request.query;
        ptrdiff_t at;

        for (size_t i = 0; name && i < f->signable.request.header_count; i++)
                if (str_eq_nocase(f->signable.headers[i].name, str_of(name)))
                        value = &f->signable.headers[i].value;
        at = str_find(*value, str_of(from));
        assert_true(at >= 0);
        *value = arena_printf(&f->arena, "%.*s%s%.*s", (int)at, value->ptr, to,
                              STR_ARG(str_from(*value, (size_t)at + str_of(from).len)));
}

static void rename_header(struct fixture *f, const char *name, const char *to)
{
        for (size_t i = 0; i < f->signable.request.header_count; i++)
                if (str_eq_nocase(f->signable.headers[i].name, str_of(name)))
                        f->signable.headers[i].name = str_of(to);
}

static void assert_refused(struct fixture *f, enum auth_problem problem, const char *words)
{
        assert_int_equal(fixture_check(f), problem);
        assert_str(f->result.message, str_of(words));
}

static void assert_detail(const struct fixture *f, const char *name, struct str value)
{
        const struct str_map *details = &f->result.details;

        for (size_t i = 0; i < details->count; i++)
                if (str_eq(details->items[i].key, str_of(name))) {
                        assert_str(details->items[i].value, value);
                        return;
                }
        fail_msg("no %s", name);
}

/* -- Authorization. */

static void test_good(void **state)
{
        struct fixture *f = *state;

        sign(f);
        assert_int_equal(fixture_check(f), AUTH_OK);
        assert_false(f->result.details.is_set);
        assert_str(f->result.signature_version, STR("AWS4-HMAC-SHA256"));
        f->signer.lifetime_s = 60;
        presign(f);
        assert_int_equal(fixture_check(f), AUTH_OK);
        assert_true(f->result.is_presigned);
        assert_int_equal(f->result.signed_at_ms, f->signer.at_ms);
        assert_str(f->result.signature_version, STR("AWS4-HMAC-SHA256"));
}

static void test_header(void **state)
{
        static const struct {
                const char *from, *to;
                enum auth_problem problem;
                const char *words;
        } CASES[] = {
                {"Credential=", "Credentials=", AUTH_INCOMPLETE, COMPONENTS},
                {"SignedHeaders=", "Headers=", AUTH_INCOMPLETE, COMPONENTS},
                {"Signature=", "Signature==", AUTH_BAD_SIGNATURE, MISMATCH},
                {"Signature=", "", AUTH_INCOMPLETE, COMPONENTS},
                {"Signature=", "Signature=a, Signature=", AUTH_INCOMPLETE, COMPONENTS},
                {"/us-east-1/", "/", AUTH_INCOMPLETE,
                 "The authorization header is malformed; the Credential is mal-formed; expecting "
                 "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"."},
                {"/s3/", "/ec2/", AUTH_INCOMPLETE,
                 "The authorization header is malformed; incorrect service \"ec2\". This endpoint belongs to "
                 "\"s3\"."},
                {"aws4_request", "aws4_reques", AUTH_INCOMPLETE,
                 "The authorization header is malformed; incorrect terminal \"aws4_reques\". This endpoint "
                 "uses "
                 "\"aws4_request\"."},
                {"AKIDEXAMPLE/", "AKIDEXAMPLE/x", AUTH_INCOMPLETE, NULL},
                {"/us-east-1/", "/nowhere/", AUTH_INCOMPLETE,
                 "The authorization header is malformed; the region 'nowhere' is wrong"},
                {"AKIDEXAMPLE", "AKIDOTHER", AUTH_UNKNOWN_KEY,
                 "The AWS Access Key Id you provided does not exist in our records."},
                {"AKIDEXAMPLE", "ASIAOTHER", AUTH_UNKNOWN_KEY,
                 "The AWS Access Key Id you provided does not exist in our records."},
                {"AWS4-HMAC-SHA256 ", "Bearer ", AUTH_BAD_ARGUMENT, "Unsupported Authorization Type"},
                {"AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA1 ", AUTH_BAD_ARGUMENT, "Unsupported Authorization Type"},
                {"AWS4-HMAC-SHA256 ", "AWS ", AUTH_BAD_REQUEST, VERSION_2},
        };
        struct fixture *f = *state;

        for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
                sign(f);
                edit(f, "Authorization", CASES[i].from, CASES[i].to);
                assert_int_equal(fixture_check(f), CASES[i].problem);
                if (CASES[i].words)
                        assert_str(f->result.message, str_of(CASES[i].words));
        }
}

static void test_region(void **state)
{
        struct fixture *f = *state;

        f->expected.region = STR("eu-west-1");
        sign(f);
        assert_refused(f, AUTH_INCOMPLETE,
                       "The authorization header is malformed; the region 'us-east-1' is wrong; expecting "
                       "'eu-west-1'");
        assert_detail(f, "Region", STR("eu-west-1"));
        f->signer.lifetime_s = 60;
        presign(f);
        assert_refused(
                f, AUTH_BAD_QUERY,
                "Error parsing the X-Amz-Credential parameter; the region 'us-east-1' is wrong; expecting "
                "'eu-west-1'");
}

static void test_scope_date(void **state)
{
        struct fixture *f = *state;

        f->signer.date = STR("2013052");
        sign(f);
        assert_refused(
                f, AUTH_INCOMPLETE,
                "The authorization header is malformed; incorrect date format \"2013052\". This date in the "
                "credential must be in the format \"yyyyMMdd\".");
        f->signer.date = STR("20130524");
        sign(f);
        assert_int_equal(fixture_check(f), AUTH_INCOMPLETE);
        assert_true(str_starts(
                f->result.message,
                STR("The authorization header is malformed; Invalid credential date \"20130524\". This date "
                    "is not the same as X-Amz-Date: \"")));
}

static void test_version_2(void **state)
{
        struct fixture *f = *state;

        signable_init(&f->signable);
        signable_add_header(&f->signable, "Authorization",
                            STR("AWS AKIDEXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg="));
        assert_refused(f, AUTH_BAD_REQUEST, VERSION_2);
        assert_str(f->result.signature_version, STR("AWS"));
}

static void test_two_mechanisms(void **state)
{
        struct fixture *f = *state;

        sign(f);
        f->signable.request.query = STR("X-Amz-Algorithm=AWS4-HMAC-SHA256");
        assert_int_equal(fixture_check(f), AUTH_BAD_ARGUMENT);
        assert_detail(f, "ArgumentName", STR("Authorization"));
        sign(f);
        signable_add_header(&f->signable, "authorization", STR("AWS4-HMAC-SHA256 a"));
        assert_int_equal(fixture_check(f), AUTH_BAD_ARGUMENT);
}

static void test_not_signed(void **state)
{
        struct fixture *f = *state;

        sign(f);
        signable_add_header(&f->signable, "X-Amz-Meta-Color", STR("red"));
        signable_add_header(&f->signable, "Range", STR("bytes=0-1"));
        signable_add_header(&f->signable, "x-amz-acl", STR("public-read"));
        assert_refused(f, AUTH_DENIED, NOT_SIGNED);
        assert_detail(f, "HeadersNotSigned", STR("x-amz-meta-color, x-amz-acl"));
        f->signer.signed_headers = STR("x-amz-content-sha256;x-amz-date");
        sign(f);
        assert_refused(f, AUTH_DENIED, NOT_SIGNED);
        assert_detail(f, "HeadersNotSigned", STR("host"));
}

/* -- Without a signature. */

static void test_anonymous(void **state)
{
        struct fixture *f = *state;
        struct auth_stream stream = {};

        signable_init(&f->signable);
        assert_refused(f, AUTH_MISSING, "Access Denied");
        assert_int_equal(f->result.payload, PAYLOAD_UNSAID);
        signable_add_header(&f->signable, "x-amz-content-sha256", STR("STREAMING-UNSIGNED-PAYLOAD-TRAILER"));
        assert_int_equal(fixture_check(f), AUTH_BAD_REQUEST);
        f->expected.ret_stream = &stream;
        assert_refused(f, AUTH_MISSING, "Access Denied");
        assert_int_equal(f->result.payload, PAYLOAD_UNSIGNED_TRAILER);
        f->signable.headers[1].value = STR("STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
        assert_refused(f, AUTH_BAD_REQUEST,
                       "Anonymous requests don't support this x-amz-content-sha256 value. Please use "
                       "UNSIGNED-PAYLOAD or "
                       "STREAMING-UNSIGNED-PAYLOAD-TRAILER.");
        f->signable.headers[1].value = STR("anything");
        assert_int_equal(fixture_check(f), AUTH_BAD_ARGUMENT);
        assert_detail(f, "ArgumentValue", STR("anything"));
}

/* -- Dates. */

static void test_date(void **state)
{
        struct fixture *f = *state;

        sign(f);
        rename_header(f, "x-amz-date", "x-other-date");
        assert_refused(f, AUTH_DENIED, NO_DATE);
        rename_header(f, "x-other-date", "x-amz-date");
        edit(f, "x-amz-date", "T", "t");
        assert_refused(f, AUTH_DENIED, NO_DATE);
        f->signer.signed_headers = STR("host;x-amz-content-sha256");
        sign(f);
        rename_header(f, "x-amz-date", "date");
        assert_int_equal(fixture_check(f), AUTH_OK);
        for (size_t i = 0; i < f->signable.request.header_count; i++)
                if (str_eq(f->signable.headers[i].name, STR("date")))
                        f->signable.headers[i].value = time_http(&f->arena, f->signer.at_ms);
        assert_int_equal(fixture_check(f), AUTH_OK);
}

static void test_skew(void **state)
{
        static const int MINUTES[] = {-16, -14, 14, 16};
        struct fixture *f = *state;
        int64_t now = f->signer.at_ms;

        for (size_t i = 0; i < ARRAY_LEN(MINUTES); i++) {
                f->signer.at_ms = now + MINUTES[i] * MINUTE_MS;
                sign(f);
                if (i == 1 || i == 2) {
                        assert_int_equal(fixture_check(f), AUTH_OK);
                        continue;
                }
                assert_refused(f, AUTH_SKEWED,
                               "The difference between the request time and the current time is too large.");
                assert_detail(f, "RequestTime", time_basic(&f->arena, f->signer.at_ms));
                assert_detail(f, "MaxAllowedSkewMilliseconds", STR("900000"));
        }
}

/* -- Presigned. */

static void test_query(void **state)
{
        static const struct {
                const char *from, *to, *words;
        } CASES[] = {
                {"X-Amz-Algorithm", "Algorithm", ALL_NEEDED},
                {"X-Amz-Credential", "Credential", ALL_NEEDED},
                {"X-Amz-Signature", "x-Signature", ALL_NEEDED},
                {"X-Amz-Date", "Date", ALL_NEEDED},
                {"X-Amz-SignedHeaders", "SignedHeaders", ALL_NEEDED},
                {"X-Amz-Expires", "Expires", ALL_NEEDED},
                {"X-Amz-Expires=60", "X-Amz-Expires=", ALL_NEEDED},
                {"X-Amz-Expires=60", "X-Amz-Expires=60&X-Amz-Expires=60", ALL_NEEDED},
                {"X-Amz-Expires=60", "X-Amz-Expires=%6", ALL_NEEDED},
                {"X-Amz-Expires=60", "X-Amz-Expires=1h", "X-Amz-Expires should be a number"},
                {"X-Amz-Expires=60", "X-Amz-Expires=-1", "X-Amz-Expires must be non-negative"},
                {"X-Amz-Expires=60", "X-Amz-Expires=604801",
                 "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must "
                 "be less than "
                 "604800 seconds"},
                {"X-Amz-Expires=60", "X-Amz-Expires=99999999999999999999",
                 "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must "
                 "be less than "
                 "604800 seconds"},
                {"SHA256", "SHA1",
                 "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\""},
                {"X-Amz-Date=2", "X-Amz-Date=x2",
                 "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""},
                {"%2Fs3%2F", "%2Fec2%2F",
                 "Error parsing the X-Amz-Credential parameter; incorrect service \"ec2\". This endpoint "
                 "belongs to \"s3\"."},
        };
        struct fixture *f = *state;

        f->signer.lifetime_s = 60;
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
                presign(f);
                edit(f, NULL, CASES[i].from, CASES[i].to);
                assert_refused(f, AUTH_BAD_QUERY, CASES[i].words);
        }
        presign(f);
        edit(f, NULL, "X-Amz-Expires=60", "X-Amz-Expires=61");
        assert_refused(f, AUTH_BAD_SIGNATURE, MISMATCH);
}

static void test_presigned_times(void **state)
{
        struct fixture *f = *state;
        int64_t now = f->signer.at_ms;

        f->signer.lifetime_s = 60;
        f->signer.at_ms = now - 2 * MINUTE_MS;
        presign(f);
        assert_refused(f, AUTH_EXPIRED_REQUEST, "Request has expired");
        assert_detail(f, "X-Amz-Expires", STR("60"));
        assert_detail(f, "Expires", time_iso(&f->arena, f->signer.at_ms + MINUTE_MS));
        f->signer.at_ms = now + 16 * MINUTE_MS;
        presign(f);
        assert_refused(f, AUTH_EXPIRED_REQUEST, "Request is not yet valid");
        f->signer.at_ms = now + 14 * MINUTE_MS;
        presign(f);
        assert_int_equal(fixture_check(f), AUTH_OK);
        edit(f, NULL, "X-Amz-Expires=60", "X-Amz-Expires=0");
        assert_refused(f, AUTH_EXPIRED_REQUEST, "Request has expired");
        f->signer.lifetime_s = 604800;
        f->signer.at_ms = now;
        presign(f);
        clock_advance(&f->clock, 6 * MS_PER_DAY);
        assert_int_equal(fixture_check(f), AUTH_OK);
        clock_advance(&f->clock, 2 * MS_PER_DAY);
        assert_int_equal(fixture_check(f), AUTH_EXPIRED_REQUEST);
}

static int open_example_secret(struct check *check, void *arg, struct secret *ret)
{
        (void)check, (void)arg;
        return secret_copy(ret, STR("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"));
}

/* https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
static void test_presigned_example(void **state)
{
        struct fixture *f = *state;
        struct key_secret secret = {.version = STR("1"), .open = open_example_secret};
        struct check check = {.auth = f->auth,
                              .request = &f->signable.request,
                              .expected = &f->expected,
                              .arena = &f->arena,
                              .result = &f->result};

        signable_init(&f->signable);
        f->signable.headers[0].value = STR("examplebucket.s3.amazonaws.com");
        f->signable.request.path = STR("/test.txt");
        f->signable.request.query =
                STR("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-"
                    "east-1%2Fs3%2F"
                    "aws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&"
                    "X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
        assert_int_equal(claim_read(&check), 0);
        assert_int_equal(payload_read(&check), 0);
        assert_int_equal(f->result.payload, PAYLOAD_UNSAID);
        assert_false(f->result.is_body_signed);
        assert_int_equal(signature_check(&check, &secret), 0);
        f->signable.request.path = STR("/test.tx");
        assert_int_equal(signature_check(&check, &secret), -EACCES);
}

/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html, "Query string request
 * authentication alternative": right, and long past its end. */
static void test_version_2_example(void **state)
{
        struct fixture *f = *state;
        struct key_secret secret = {.version = STR("1"), .open = open_example_secret};
        struct check check = {.auth = f->auth,
                              .request = &f->signable.request,
                              .expected = &f->expected,
                              .arena = &f->arena,
                              .result = &f->result};

        signable_init(&f->signable);
        f->signable.headers[0].value = STR("johnsmith.s3.amazonaws.com");
        f->signable.request.method = STR("GET");
        f->signable.request.path = STR("/photos/puppy.jpg");
        f->expected.full_path = STR("/johnsmith/photos/puppy.jpg");
        f->signable.request.query = STR("AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1175139620&Signature="
                                        "NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D");
        assert_int_equal(claim_read(&check), 0);
        assert_true(f->result.is_presigned);
        assert_str(f->result.signature_version, STR("AWS"));
        assert_int_equal(s3_version_2_check(&check, &secret), -EACCES);
        assert_int_equal(f->result.problem, AUTH_EXPIRED_REQUEST);
        f->expected.full_path = STR("/johnsmith/photos/puppy.jpx");
        assert_int_equal(s3_version_2_check(&check, &secret), -EACCES);
        assert_int_equal(f->result.problem, AUTH_BAD_SIGNATURE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, fixture_tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_good),
                TEST(test_header),
                TEST(test_region),
                TEST(test_scope_date),
                TEST(test_version_2),
                TEST(test_two_mechanisms),
                TEST(test_not_signed),
                TEST(test_anonymous),
                TEST(test_date),
                TEST(test_skew),
                TEST(test_query),
                TEST(test_presigned_times),
                TEST(test_presigned_example),
                TEST(test_version_2_example),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
