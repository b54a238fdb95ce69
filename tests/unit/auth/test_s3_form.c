/* Forms of browsers: AWS's own example, the policy, and what is signed. */
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/hash.h"
#include "fixture.h"

#include "../check.h"

#define FIELDS_MAX 24
#define BUCKET     "photos"

struct bench {
        struct fixture *fixture;
        struct auth_form form;
        struct str_pair fields[FIELDS_MAX];
};

static struct bench bench;

static int set_up(void **state)
{
        if (fixture_set_up(state) < 0)
                return -1;
        bench = (struct bench){.fixture = *state};
        bench.form = (struct auth_form){{bench.fields, 0, true}, STR(BUCKET)};
        bench.fixture->expected =
                (struct auth_expectation){.service = STR("s3"), .path_is_literal = true, .form = &bench.form};
        bench.fixture->signer.service = STR("s3");
        signable_init(&bench.fixture->signable);
        return 0;
}

static void set(const char *name, struct str value)
{
        struct str_map *fields = &bench.form.fields;

        for (size_t i = 0; i < fields->count; i++)
                if (str_eq_nocase(fields->items[i].key, str_of(name))) {
                        fields->items[i].value = value;
                        return;
                }
        assert_true(fields->count < FIELDS_MAX);
        fields->items[fields->count++] = (struct str_pair){str_of(name), value};
}

static struct str hmac_next(struct str key, struct str text)
{
        static uint8_t mac[SHA256_LEN];

        hmac_sha256(key, text, mac);
        return str_make(mac, sizeof(mac));
}

/* By the page, step by step. */
static void sign_version_4(struct str secret, struct str credential, struct str encoded)
{
        struct str key = arena_printf(&bench.fixture->arena, "AWS4%.*s", STR_ARG(secret)), piece;

        (void)str_cut(&credential, '/', &piece);
        while (str_cut(&credential, '/', &piece))
                key = hmac_next(key, piece);
        set("policy", encoded);
        set("X-Amz-Signature", hex_encode(&bench.fixture->arena, hmac_next(key, encoded)));
}

/* The policy has the conditions of the signature behind its own. */
static enum auth_problem check(const char *policy)
{
        struct fixture *f = bench.fixture;
        struct str stamp = time_basic(&f->arena, f->signer.at_ms);
        struct str credential =
                arena_printf(&f->arena, SIGNER_KEY_ID "/%.*s/us-east-1/s3/aws4_request", 8, stamp.ptr);

        set("x-amz-algorithm", STR("AWS4-HMAC-SHA256"));
        set("x-amz-date", stamp);
        set("x-amz-credential", credential);
        sign_version_4(STR(SIGNER_SECRET), credential, base64_encode(&f->arena, str_of(policy)));
        return fixture_check(f);
}

#define OF_SIGNATURE                                                                                         \
        "[\"starts-with\",\"$x-amz-date\",\"\"],{\"x-amz-algorithm\":\"AWS4-HMAC-SHA256\"},"                 \
        "[\"starts-with\",\"$x-amz-credential\",\"\"],{\"bucket\":\"" BUCKET "\"}"

/* Conditions in a policy that ends in 2099. */
static enum auth_problem check_conditions(const char *conditions)
{
        struct str policy = arena_printf(
                &bench.fixture->arena,
                "{\"expiration\":\"2099-01-01T00:00:00.000Z\",\"conditions\":[" OF_SIGNATURE "%s]}",
                conditions);

        return check(arena_cstr(&bench.fixture->arena, policy));
}

static void assert_told(const char *words)
{
        assert_str(bench.fixture->result.message, str_of(words));
}

/* https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html: its signature is right, and it has
 * ended since. */
static void test_example(void **state)
{
        static const char POLICY[] =
                "{ \"expiration\": \"2015-12-30T12:00:00.000Z\",\r\n  \"conditions\": [\r\n"
                "    {\"bucket\": \"sigv4examplebucket\"},\r\n    [\"starts-with\", \"$key\", "
                "\"user/user1/\"],\r\n"
                "    {\"acl\": \"public-read\"},\r\n    {\"success_action_redirect\": "
                "\"http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html\"},\r\n"
                "    [\"starts-with\", \"$Content-Type\", \"image/\"],\r\n"
                "    {\"x-amz-meta-uuid\": \"14365123651274\"},\r\n"
                "    {\"x-amz-server-side-encryption\": \"AES256\"},\r\n"
                "    [\"starts-with\", \"$x-amz-meta-tag\", \"\"],\r\n\r\n"
                "    {\"x-amz-credential\": \"AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request\"},\r\n"
                "    {\"x-amz-algorithm\": \"AWS4-HMAC-SHA256\"},\r\n    {\"x-amz-date\": "
                "\"20151229T000000Z\" }\r\n"
                "  ]\r\n}";
        struct fixture *f = *state;
        struct str credential = STR("AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request");

        sign_version_4(STR("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), credential,
                       base64_encode(&f->arena, str_of(POLICY)));
        assert_str(bench.fields[1].value,
                   STR("8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e"));
        f->store.secret = STR("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        set("x-amz-algorithm", STR("AWS4-HMAC-SHA256"));
        set("x-amz-date", STR("20151229T000000Z"));
        set("x-amz-credential", STR(SIGNER_KEY_ID "/20151229/us-east-1/s3/aws4_request"));
        assert_int_equal(fixture_check(f), AUTH_DENIED);
        assert_told("Invalid according to Policy: Policy expired.");
        set("policy", STR("e30="));
        assert_int_equal(fixture_check(f), AUTH_BAD_SIGNATURE);
}

static void test_good(void **state)
{
        struct fixture *f = *state;

        set("key", STR("k"));
        set("x-ignore-a", STR("b"));
        assert_int_equal(check_conditions(",{\"key\":\"k\"}"), AUTH_OK);
        assert_true(f->result.is_form && !f->result.is_presigned && !f->result.is_body_signed);
        assert_int_equal(f->result.principal.kind, IAM_USER);
        assert_str(f->result.signature_version, STR("AWS4-HMAC-SHA256"));
        assert_str(f->result.scope_region, STR("us-east-1"));
        assert_true(f->result.size_min == 0 && f->result.size_max == UINT64_MAX);
        assert_int_equal(f->result.payload, PAYLOAD_UNSAID);
}

static void test_sizes(void **state)
{
        struct fixture *f = *state;

        assert_int_equal(
                check_conditions(",[\"content-length-range\",5,100],[\"content-length-range\",\"2\",\"50\"]"),
                AUTH_OK);
        assert_true(f->result.size_min == 5 && f->result.size_max == 50);
        assert_int_equal(check_conditions(",[\"content-length-range\",0,18446744073709551616]"),
                         AUTH_BAD_POLICY);
}

static void test_fields(void **state)
{
        (void)state;
        set("key", STR("user/k"));
        assert_int_equal(check_conditions(",[\"starts-with\",\"$key\",\"user/\"]"), AUTH_OK);
        assert_int_equal(
                check_conditions(",[\"starts-with\",\"$key\",\"user/k\"],[\"eq\",\"$Key\",\"user/k\"]"),
                AUTH_OK);
        assert_int_equal(check_conditions(",[\"starts-with\",\"$key\",\"user/k2\"]"), AUTH_DENIED);
        assert_told("Invalid according to Policy: Policy Condition failed: [\"starts-with\", \"$key\", "
                    "\"user/k2\"]");
        assert_int_equal(check_conditions(",{\"key\":\"user/\"},{\"acl\":\"x\"}"), AUTH_DENIED);
        assert_told("Invalid according to Policy: Policy Condition failed: [\"eq\", \"$key\", \"user/\"]");
        assert_int_equal(check_conditions(""), AUTH_DENIED);
        assert_told("Invalid according to Policy: Extra input fields: key");
        set("bucket", STR("other")); /* is none of the form's to say */
        assert_int_equal(check_conditions(",[\"starts-with\",\"$key\",\"\"]"), AUTH_OK);
        bench.form.bucket = STR("photos2");
        assert_int_equal(check_conditions(",[\"starts-with\",\"$key\",\"\"]"), AUTH_DENIED);
}

static void test_escapes(void **state)
{
        (void)state;
        set("key", STR("$\v\\\"/\xc3\xbc"));
        assert_int_equal(check_conditions(",{\"key\":\"\\$\\v\\\\\\\"\\/\\u00fc\"}"), AUTH_OK);
        assert_int_equal(check_conditions(",{\"key\":\"\\x\"}"), AUTH_BAD_POLICY);
        assert_int_equal(check_conditions(",{\"key\":\"\\"), AUTH_BAD_POLICY);
}

/* A text cut short anywhere is no policy. */
static void test_cut_short(void **state)
{
        static const char POLICY[] = "{\"conditions\":[" OF_SIGNATURE ",[\"content-length-range\",1,2]],"
                                     "\"expiration\":\"2099-01-01T00:00:00.000Z\"}";
        struct fixture *f = *state;

        assert_int_equal(check(POLICY), AUTH_OK);
        for (size_t len = 1; len < strlen(POLICY); len++)
                assert_int_equal(check(arena_cstr(&f->arena, str_make(POLICY, len))), AUTH_BAD_POLICY);
}

static void test_ends(void **state)
{
        struct fixture *f = *state;
        struct str policy =
                arena_printf(&f->arena, "{\"expiration\":\"%.*s\",\"conditions\":[" OF_SIGNATURE "]}",
                             STR_ARG(time_iso(&f->arena, f->signer.at_ms + 60 * MS_PER_S)));
        const char *text = arena_cstr(&f->arena, policy);

        assert_int_equal(check(text), AUTH_OK);
        clock_advance(&f->clock, 61 * MS_PER_S);
        assert_int_equal(check(text), AUTH_DENIED);
        assert_told("Invalid according to Policy: Policy expired.");
        assert_int_equal(check_conditions(""), AUTH_OK);
        clock_advance(&f->clock, 7 * MS_PER_DAY); /* that its signing key is good for */
        assert_int_equal(check_conditions(""), AUTH_DENIED);
}

static void test_version_2(void **state)
{
        static const char POLICY[] =
                "{\"expiration\":\"2099-01-01T00:00:00Z\",\"conditions\":[{\"bucket\":\"" BUCKET "\"}]}";
        struct fixture *f = *state;
        struct str encoded = base64_encode(&f->arena, str_of(POLICY));
        uint8_t mac[DIGEST_MAX];

        hmac_of(DIGEST_SHA1, STR(SIGNER_SECRET), encoded, mac);
        set("AWSAccessKeyId", STR(SIGNER_KEY_ID));
        set("Policy", encoded);
        set("Signature", base64_encode(&f->arena, str_make(mac, 20)));
        assert_int_equal(fixture_check(f), AUTH_OK);
        assert_str(f->result.signature_version, STR("AWS"));
        set("key", STR("k"));
        assert_int_equal(fixture_check(f), AUTH_DENIED);
        set("Signature", STR("AAAA"));
        assert_int_equal(fixture_check(f), AUTH_BAD_SIGNATURE);
        set("Signature", STR(""));
        assert_int_equal(fixture_check(f), AUTH_BAD_ARGUMENT);
}

static void test_claims(void **state)
{
        static const char *const NAMES[] = {"x-amz-algorithm", "x-amz-date", "x-amz-credential", "policy",
                                            "x-amz-signature"};
        struct fixture *f = *state;

        assert_int_equal(fixture_check(f), AUTH_MISSING);
        assert_told("Access Denied");
        for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
                assert_int_equal(check_conditions(""), AUTH_OK);
                set(NAMES[i], STR(""));
                assert_int_equal(fixture_check(f), AUTH_BAD_ARGUMENT);
                set(NAMES[i], STR("other"));
                assert_true(fixture_check(f) != AUTH_OK);
        }
        assert_int_equal(check_conditions(""), AUTH_OK);
        f->store.is_inactive = true;
        assert_int_equal(fixture_check(f), AUTH_UNKNOWN_KEY);
        f->store.is_inactive = false;
        set("signature", STR("x"));
        assert_int_equal(fixture_check(f), AUTH_BAD_ARGUMENT);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_example, set_up, fixture_tear_down),
                cmocka_unit_test_setup_teardown(test_good, set_up, fixture_tear_down),
                cmocka_unit_test_setup_teardown(test_sizes, set_up, fixture_tear_down),
                cmocka_unit_test_setup_teardown(test_fields, set_up, fixture_tear_down),
                cmocka_unit_test_setup_teardown(test_escapes, set_up, fixture_tear_down),
                cmocka_unit_test_setup_teardown(test_cut_short, set_up, fixture_tear_down),
                cmocka_unit_test_setup_teardown(test_ends, set_up, fixture_tear_down),
                cmocka_unit_test_setup_teardown(test_version_2, set_up, fixture_tear_down),
                cmocka_unit_test_setup_teardown(test_claims, set_up, fixture_tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
