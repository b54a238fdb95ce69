/* Temporary credentials: issued, used, and refused once anything about them is wrong. */
#include "crypto/hash.h"
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct principal session_of(struct fixture *f, int64_t lifetime_ms)
{
        int64_t now = clock_now_ms(&f->clock);

        return (struct principal){
                .kind = ASSUMED_ROLE,
                .account = STR("123456789012"),
                .arn = STR("arn:aws:sts::123456789012:assumed-role/r/s"),
                .id = STR("AROAEXAMPLE:s"),
                .name = STR("s"),
                .session = {.issued_ms = now,
                            .expires_ms = now + lifetime_ms,
                            .issuer_arn = STR("arn:aws:iam::123456789012:role/r")},
        };
}

static struct auth_credentials issue(struct fixture *f, int64_t lifetime_ms)
{
        struct principal principal = session_of(f, lifetime_ms);
        struct auth_credentials credentials;

        assert_int_equal(auth_issue(f->auth, &principal, &f->arena, &credentials, NULL), 0);
        f->signer.access_key_id = credentials.access_key_id;
        f->signer.secret = credentials.secret_access_key;
        f->signer.token = credentials.session_token;
        f->signer.signed_headers = STR("host;x-amz-date;x-amz-security-token");
        return credentials;
}

static void test_issued(void **state)
{
        struct fixture *f = *state;
        struct auth_credentials credentials = issue(f, 3600 * MS_PER_S);
        struct str account;

        assert_true(str_starts(credentials.access_key_id, STR("ASIA")));
        assert_int_equal(credentials.access_key_id.len, 20);
        assert_int_equal(credentials.secret_access_key.len, 40);
        assert_int_equal(auth_account_of_key(credentials.access_key_id, &f->arena, &account), 0);
        assert_true(str_eq(account, STR("123456789012")));
        assert_int_equal(str_find(credentials.session_token, credentials.secret_access_key), -1);
        for (int i = 0; i < 3; i++) {
                assert_int_equal(fixture_sign_and_check(f), AUTH_OK);
                assert_int_equal(f->result.principal.kind, ASSUMED_ROLE);
                assert_true(f->result.principal.is_temporary);
                assert_true(str_eq(f->result.principal.access_key_id, credentials.access_key_id));
                assert_true(str_eq(f->result.principal.session.issuer_arn,
                                   STR("arn:aws:iam::123456789012:role/r")));
        }
        assert_int_equal(f->store.opened, 0); /* no long-term key was asked for */
}

static void test_presigned(void **state)
{
        struct fixture *f = *state;

        (void)issue(f, 3600 * MS_PER_S);
        f->signer.signed_headers = STR("host");
        f->signer.lifetime_s = 60;
        signer_presign(&f->signer, &f->signable);
        assert_int_equal(fixture_check(f), AUTH_OK);
        assert_int_equal(f->result.principal.kind, ASSUMED_ROLE);
}

/* S3 says it in its own words; the key that chunks would be proven with is not left behind. */
static void test_expired_for_s3(void **state)
{
        struct fixture *f = *state;
        struct auth_stream stream = {};

        f->expected = (struct auth_expectation){
                .service = STR("s3"), .path_is_literal = true, .ret_stream = &stream};
        f->signer.service = STR("s3");
        (void)issue(f, 3600 * MS_PER_S);
        f->signer.signed_headers = STR("host;x-amz-content-sha256;x-amz-date;x-amz-security-token");
        signable_init(&f->signable);
        signable_add_header(&f->signable, "x-amz-content-sha256", STR("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"));
        signer_sign(&f->signer, &f->signable);
        assert_int_equal(fixture_check(f), AUTH_OK);
        assert_int_equal(stream.signing_key.len, SHA256_LEN);
        auth_stream_done(&stream);
        clock_advance(&f->clock, 3601 * MS_PER_S);
        assert_int_equal(fixture_check(f), AUTH_EXPIRED_TOKEN);
        assert_true(str_eq(f->result.message, STR("The provided token has expired.")));
        assert_null(stream.signing_key.bytes);
        f->signable.headers[3].value = STR("another");
        assert_int_equal(fixture_check(f), AUTH_BAD_TOKEN);
        assert_true(str_eq(f->result.message, STR("The provided token is malformed or otherwise invalid.")));
}

static void test_expired(void **state)
{
        struct fixture *f = *state;

        (void)issue(f, 3600 * MS_PER_S);
        assert_int_equal(fixture_sign_and_check(f), AUTH_OK);
        clock_advance(&f->clock, 3601 * MS_PER_S);
        assert_int_equal(fixture_sign_and_check(f), AUTH_EXPIRED_TOKEN);
        assert_true(str_eq(f->result.message, STR("The security token included in the request is expired")));
        (void)issue(f, 3600 * MS_PER_S); /* by the advanced clock */
        assert_int_equal(fixture_sign_and_check(f), AUTH_OK);
}

static void test_wrong_secret(void **state)
{
        struct fixture *f = *state;

        (void)issue(f, 3600 * MS_PER_S);
        f->signer.secret = STR(SIGNER_SECRET);
        assert_int_equal(fixture_sign_and_check(f), AUTH_BAD_SIGNATURE);
}

static void assert_bad_token(struct fixture *f)
{
        assert_int_equal(fixture_sign_and_check(f), AUTH_BAD_TOKEN);
        assert_true(str_eq(f->result.message, STR("The security token included in the request is invalid.")));
        assert_int_equal(f->result.principal.kind, ANONYMOUS);
}

static void test_wrong_tokens(void **state)
{
        struct fixture *f = *state;
        struct str token;

        (void)issue(f, 3600 * MS_PER_S);
        token = f->signer.token;
        f->signer.token = STR("x");
        assert_bad_token(f);
        f->signer.token = str_part(token, 0, token.len - 4);
        assert_bad_token(f);
        f->signer.token = arena_printf(&f->arena, "B%.*s", STR_ARG(str_from(token, 1)));
        assert_bad_token(f);
        f->signer.token = token;
        f->signer.access_key_id = STR(SIGNER_KEY_ID); /* a long-term key with a token of another */
        assert_bad_token(f);
}

/* Two sessions of one role: neither token goes with the other's key. */
static void test_swapped_tokens(void **state)
{
        struct fixture *f = *state;
        struct auth_credentials first = issue(f, 3600 * MS_PER_S), second = issue(f, 3600 * MS_PER_S);

        assert_false(str_eq(first.access_key_id, second.access_key_id));
        f->signer.token = first.session_token;
        assert_bad_token(f);
}

static void test_token_of_another_server(void **state)
{
        struct fixture *f = *state;
        struct keyring *keyring;
        struct auth *other, *mine = f->auth;

        assert_int_equal(keyring_ephemeral(&keyring), 0);
        assert_int_equal(auth_new(keyring, &f->clock, &other), 0);
        f->auth = other;
        (void)issue(f, 3600 * MS_PER_S);
        f->auth = mine;
        assert_bad_token(f);
        auth_free(other);
        keyring_free(keyring);
}

static void test_token_must_be_signed(void **state)
{
        struct fixture *f = *state;

        (void)issue(f, 3600 * MS_PER_S);
        f->signer.signed_headers = STR("host;x-amz-date");
        assert_int_equal(fixture_sign_and_check(f), AUTH_BAD_SIGNATURE);
}

static int64_t percent_with_policy(struct fixture *f, size_t len, int expected)
{
        struct principal principal = session_of(f, 3600 * MS_PER_S);
        struct auth_credentials credentials;
        struct str policy = {arena_alloc(&f->arena, len), len};
        int64_t percent;

        principal.session.policies = (struct str_list){&policy, 1, true};
        principal.session.has_policy = true;
        assert_int_equal(auth_issue(f->auth, &principal, &f->arena, &credentials, &percent), expected);
        return percent;
}

static void test_packed_size(void **state)
{
        struct fixture *f = *state;

        assert_in_range(percent_with_policy(f, 1, 0), 1, 2);
        assert_in_range(percent_with_policy(f, 2048, 0), 50, 51);
        assert_int_equal(percent_with_policy(f, 4090, 0), 100);
        assert_true(percent_with_policy(f, 5000, -EMSGSIZE) > 100);
        assert_true(percent_with_policy(f, 50000, -EMSGSIZE) > 100);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_issued),
                TEST(test_presigned),
                TEST(test_expired),
                TEST(test_expired_for_s3),
                TEST(test_wrong_secret),
                TEST(test_wrong_tokens),
                TEST(test_swapped_tokens),
                TEST(test_token_of_another_server),
                TEST(test_token_must_be_signed),
                TEST(test_packed_size),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
