/* Signed requests with long-term keys: what holds, and every way in which it does not. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define MINUTE_MS (60 * MS_PER_S)

static void assert_words(const struct fixture *f, const char *words)
{
        if (!str_eq(f->result.message, str_of(words)))
                fail_msg("got %.*s, not %s", STR_ARG(f->result.message), words);
}

static void test_good(void **state)
{
        struct fixture *f = *state;

        assert_int_equal(fixture_sign_and_check(f), AUTH_OK);
        assert_int_equal(f->result.principal.kind, IAM_USER);
        assert_true(str_eq(f->result.principal.arn, STR("arn:aws:iam::123456789012:user/alice")));
        assert_true(str_eq(f->result.principal.access_key_id, STR(SIGNER_KEY_ID)));
        assert_true(str_eq(f->result.scope_region, STR("us-east-1")));
        assert_true(str_eq(f->result.scope_service, STR("iam")));
        assert_true(str_eq(f->result.signature_version, STR("AWS4-HMAC-SHA256")));
        assert_int_equal(f->result.signed_at_ms, f->signer.at_ms);
        assert_false(f->result.is_presigned);
}

static void test_secret_is_opened_once_a_day(void **state)
{
        struct fixture *f = *state;

        for (int i = 0; i < 5; i++)
                assert_int_equal(fixture_sign_and_check(f), AUTH_OK);
        assert_int_equal(f->store.opened, 1);
        f->signer.region = STR("eu-west-1");
        assert_int_equal(fixture_sign_and_check(f), AUTH_OK);
        assert_int_equal(f->store.opened, 2);
}

/* A cached signing key is of no use once the key is inactive or has another secret. */
static void test_changes_are_seen_at_once(void **state)
{
        struct fixture *f = *state;

        assert_int_equal(fixture_sign_and_check(f), AUTH_OK);
        f->store.secret = STR("another secret");
        assert_int_equal(fixture_sign_and_check(f), AUTH_BAD_SIGNATURE);
        f->signer.secret = STR("another secret");
        assert_int_equal(fixture_sign_and_check(f), AUTH_OK);
        f->store.is_inactive = true;
        assert_int_equal(fixture_sign_and_check(f), AUTH_UNKNOWN_KEY);
        assert_words(f, "The security token included in the request is invalid.");
}

static void test_unknown_key(void **state)
{
        struct fixture *f = *state;

        f->signer.access_key_id = STR("AKIDOTHER");
        assert_int_equal(fixture_sign_and_check(f), AUTH_UNKNOWN_KEY);
        assert_int_equal(f->result.principal.kind, ANONYMOUS);
        assert_true(str_eq(f->result.access_key_id, STR("AKIDOTHER")));
        f->signer.access_key_id = STR("ASIAOTHER"); /* and no token */
        assert_int_equal(fixture_sign_and_check(f), AUTH_BAD_TOKEN);
        assert_words(f, "The security token included in the request is invalid.");
}

static void test_wrong_secret(void **state)
{
        struct fixture *f = *state;

        f->signer.secret = STR("wrong");
        assert_int_equal(fixture_sign_and_check(f), AUTH_BAD_SIGNATURE);
        assert_words(f, "The request signature we calculated does not match the signature you provided. "
                        "Check your AWS Secret "
                        "Access Key and signing method. Consult the service documentation for details.");
        assert_true(str_eq(f->result.principal.name, STR("alice"))); /* who was claimed */
}

static void test_scope(void **state)
{
        struct fixture *f = *state;

        f->signer.service = STR("sts");
        assert_int_equal(fixture_sign_and_check(f), AUTH_WRONG_SCOPE);
        assert_words(f, "Credential should be scoped to correct service: 'iam'. ");
        f->signer.terminator = STR("aws5_request");
        f->signer.region = STR("nowhere");
        assert_int_equal(fixture_sign_and_check(f), AUTH_WRONG_SCOPE);
        assert_words(
                f, "Credential should be scoped to a valid region, not 'nowhere'. Credential should be "
                   "scoped to correct "
                   "service: 'iam'. Credential should be scoped with a valid terminator: 'aws4_request', not "
                   "'aws5_request'. ");
}

static void test_scope_date(void **state)
{
        struct fixture *f = *state;
        struct str now = time_basic(&f->arena, f->signer.at_ms);

        f->signer.date = STR("20150830");
        assert_int_equal(fixture_sign_and_check(f), AUTH_WRONG_SCOPE);
        assert_true(str_eq(
                f->result.message,
                arena_printf(
                        &f->arena,
                        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
                        "HTTP: '20150830' != '%.8s', from '%.*s'. ",
                        now.ptr, STR_ARG(now))));
}

static void test_regions(void **state)
{
        static const char *const GOOD[] = {"us-east-1", "ap-southeast-5", "us-gov-west-1", "us-isob-east-1"};
        static const char *const BAD[] = {"",          "us",         "us-east", "us-east-",   "US-EAST-1",
                                          "us-east-0", "us-east-1;", "us--1",   "us-east-10", "aws-global"};
        struct fixture *f = *state;

        for (size_t i = 0; i < ARRAY_LEN(GOOD); i++) {
                f->signer.region = str_of(GOOD[i]);
                assert_int_equal(fixture_sign_and_check(f), AUTH_OK);
        }
        for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
                f->signer.region = str_of(BAD[i]);
                assert_int_equal(fixture_sign_and_check(f), AUTH_WRONG_SCOPE);
        }
        f->expected.region = STR("us-east-1");
        f->signer.region = STR("eu-west-1");
        assert_int_equal(fixture_sign_and_check(f), AUTH_WRONG_SCOPE);
}

static void test_skew(void **state)
{
        struct fixture *f = *state;
        int64_t now = f->signer.at_ms;

        f->signer.at_ms = now - 4 * MINUTE_MS;
        assert_int_equal(fixture_sign_and_check(f), AUTH_OK);
        f->signer.at_ms = now + 4 * MINUTE_MS;
        assert_int_equal(fixture_sign_and_check(f), AUTH_OK);
        f->signer.at_ms = now - 6 * MINUTE_MS;
        assert_int_equal(fixture_sign_and_check(f), AUTH_SKEWED);
        assert_true(str_starts(f->result.message,
                               arena_printf(&f->arena, "Signature expired: %.*s is now earlier than ",
                                            STR_ARG(time_basic(&f->arena, f->signer.at_ms)))));
        assert_true(str_ends(f->result.message, STR(" - 5 min.)")));
        f->signer.at_ms = now + 6 * MINUTE_MS;
        assert_int_equal(fixture_sign_and_check(f), AUTH_SKEWED);
        assert_true(str_starts(f->result.message, STR("Signature not yet current: ")));
        assert_true(str_ends(f->result.message, STR(" + 5 min.)")));
}

/* Clients do not follow when the clock is advanced: their signatures stay good. */
static void test_advanced_clock(void **state)
{
        struct fixture *f = *state;

        clock_advance(&f->clock, 30 * MS_PER_DAY);
        assert_int_equal(fixture_sign_and_check(f), AUTH_OK);
}

static void test_date_header(void **state)
{
        struct fixture *f = *state;
        struct http_header *date;

        f->signer.signed_headers = STR("host");
        assert_int_equal(fixture_sign_and_check(f), AUTH_BAD_SIGNATURE); /* X-Amz-Date must be signed */
        date = &f->signable.headers[1];
        assert_true(str_eq(date->name, STR("X-Amz-Date")));
        *date = (struct http_header){STR("Date"), time_http(&f->arena, f->signer.at_ms)};
        assert_int_equal(fixture_check(f), AUTH_OK);
        date->value = time_iso(&f->arena, f->signer.at_ms);
        assert_int_equal(fixture_check(f), AUTH_OK);
        date->value = STR("yesterday");
        assert_int_equal(fixture_check(f), AUTH_INCOMPLETE);
}

static void test_host_must_be_signed(void **state)
{
        struct fixture *f = *state;

        f->signer.signed_headers = STR("x-amz-date");
        assert_int_equal(fixture_sign_and_check(f), AUTH_BAD_SIGNATURE);
        assert_words(f, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
}

static void test_amz_headers_must_be_signed(void **state)
{
        struct fixture *f = *state;

        assert_int_equal(fixture_sign_and_check(f), AUTH_OK);
        signable_add_header(&f->signable, "X-AMZ-Target", STR("TrentService.ScheduleKeyDeletion"));
        assert_int_equal(fixture_check(f), AUTH_BAD_SIGNATURE);
        f->signable.headers[f->signable.request.header_count - 1].name = STR("User-Agent");
        assert_int_equal(fixture_check(f), AUTH_OK);
}

static enum auth_problem check_with_hash(struct fixture *f, const char *hash, const char *body)
{
        signable_init(&f->signable);
        f->signer.signed_headers = STR("host;x-amz-content-sha256;x-amz-date");
        f->signable.request.body = str_of(body);
        signable_add_header(&f->signable, "x-amz-content-sha256", str_of(hash));
        signer_sign(&f->signer, &f->signable);
        return fixture_check(f);
}

static void test_body_hash(void **state)
{
        static const char HASH_OF_ABC[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        struct fixture *f = *state;

        assert_int_equal(check_with_hash(f, HASH_OF_ABC, "abc"), AUTH_OK);
        assert_int_equal(check_with_hash(f, HASH_OF_ABC, "abd"), AUTH_BAD_BODY_HASH);
        assert_words(f, "The provided 'x-amz-content-sha256' header does not match what was computed.");
        assert_int_equal(check_with_hash(f, "", "abc"), AUTH_BAD_BODY_HASH);
        assert_int_equal(check_with_hash(f, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "abc"), AUTH_BAD_BODY_HASH);
}

/* S3 takes a body that its sender did not sign; elsewhere it could be changed on the way. */
static void test_unsigned_body(void **state)
{
        struct fixture *f = *state;

        assert_int_equal(check_with_hash(f, "UNSIGNED-PAYLOAD", "abc"), AUTH_BAD_SIGNATURE);
        f->expected.path_is_literal = true;
        assert_int_equal(check_with_hash(f, "UNSIGNED-PAYLOAD", "abc"), AUTH_OK);
        f->signable.request.body = STR("another");
        assert_int_equal(fixture_check(f), AUTH_OK);
}

static void test_body_is_signed(void **state)
{
        struct fixture *f = *state;

        signable_init(&f->signable);
        f->signable.request.body = STR("Action=ListUsers");
        signer_sign(&f->signer, &f->signable);
        assert_int_equal(fixture_check(f), AUTH_OK);
        f->signable.request.body = STR("Action=DeleteUser");
        assert_int_equal(fixture_check(f), AUTH_BAD_SIGNATURE);
}

static enum auth_problem check_presigned(struct fixture *f)
{
        signable_init(&f->signable);
        f->signer.signed_headers = STR("host");
        signer_presign(&f->signer, &f->signable);
        return fixture_check(f);
}

static void test_presigned(void **state)
{
        struct fixture *f = *state;
        int64_t now = f->signer.at_ms;

        f->signer.lifetime_s = 60;
        assert_int_equal(check_presigned(f), AUTH_OK);
        assert_true(f->result.is_presigned);
        f->signer.at_ms = now - 2 * MINUTE_MS;
        assert_int_equal(check_presigned(f), AUTH_EXPIRED_REQUEST);
        assert_words(f, "Request has expired.");
        f->signer.lifetime_s = 604800;
        f->signer.at_ms = now - 6 * MS_PER_DAY;
        assert_int_equal(check_presigned(f), AUTH_OK);
        clock_advance(&f->clock, 2 * MS_PER_DAY);
        assert_int_equal(check_presigned(f), AUTH_EXPIRED_REQUEST);
        f->signer.at_ms = now + 10 * MINUTE_MS;
        assert_int_equal(check_presigned(f), AUTH_SKEWED);
        f->signer.lifetime_s = 0; /* not said: as a header's */
        assert_int_equal(check_presigned(f), AUTH_SKEWED);
        f->signer.at_ms = now;
        assert_int_equal(check_presigned(f), AUTH_OK);
}

static void test_presigned_wrong_secret(void **state)
{
        struct fixture *f = *state;

        f->signer.lifetime_s = 60;
        f->signer.secret = STR("wrong");
        assert_int_equal(check_presigned(f), AUTH_BAD_SIGNATURE);
}

/* A key store that cannot answer is no reason to let anybody in. */
static int broken_find(void *arg, struct arena *arena, struct str access_key_id, struct auth_key *ret)
{
        (void)arg;
        (void)arena;
        (void)access_key_id;
        (void)ret;
        return -EIO;
}

static void test_broken_store(void **state)
{
        struct fixture *f = *state;
        struct auth_source source = {.find_key = broken_find};

        signer_sign(&f->signer, &f->signable);
        assert_int_equal(
                auth_check(f->auth, &f->signable.request, &f->expected, &source, &f->arena, &f->result),
                -EIO);
}

static void test_small_arena(void **state)
{
        struct fixture *f = *state;
        struct auth_source source = key_store_source(&f->store);
        struct arena small;

        signer_sign(&f->signer, &f->signable);
        arena_init(&small, 16);
        assert_int_equal(auth_check(f->auth, &f->signable.request, &f->expected, &source, &small, &f->result),
                         -ENOMEM);
        arena_done(&small);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_good),
                TEST(test_secret_is_opened_once_a_day),
                TEST(test_changes_are_seen_at_once),
                TEST(test_unknown_key),
                TEST(test_wrong_secret),
                TEST(test_scope),
                TEST(test_scope_date),
                TEST(test_regions),
                TEST(test_skew),
                TEST(test_advanced_clock),
                TEST(test_date_header),
                TEST(test_host_must_be_signed),
                TEST(test_amz_headers_must_be_signed),
                TEST(test_body_hash),
                TEST(test_unsigned_body),
                TEST(test_body_is_signed),
                TEST(test_presigned),
                TEST(test_presigned_wrong_secret),
                TEST(test_broken_store),
                TEST(test_small_arena),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
