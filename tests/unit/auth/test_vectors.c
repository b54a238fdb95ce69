/* Signatures that AWS has published: the example of the IAM user guide and of AWS's Signature Version 4 test
 * suite (key AKIDEXAMPLE, 2015-08-30T12:36:00Z, us-east-1). */
#include "auth/internal.h"
#include "auth/signature.h"
#include "signer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

struct vector {
        const char *name, *method, *path, *query, *body, *service, *signed_headers, *signature;
        const char *headers[8]; /* name, value, ... */
};

#define SUITE_HOST "Host", "example.amazonaws.com"
#define SUITE_DATE "X-Amz-Date", "20150830T123600Z"

static const struct vector VECTORS[] = {
        {"user guide: ListUsers",
         "GET",
         "/",
         "Action=ListUsers&Version=2010-05-08",
         "",
         "iam",
         "content-type;host;x-amz-date",
         "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
         {"Host", "iam.amazonaws.com", SUITE_DATE, "Content-Type",
          "application/x-www-form-urlencoded; charset=utf-8"}},
        {"get-vanilla",
         "GET",
         "/",
         NULL,
         "",
         "service",
         "host;x-amz-date",
         "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
         {SUITE_HOST, SUITE_DATE}},
        {"post-vanilla",
         "POST",
         "/",
         NULL,
         "",
         "service",
         "host;x-amz-date",
         "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
         {SUITE_HOST, SUITE_DATE}},
        {"get-vanilla-query-order-key-case",
         "GET",
         "/",
         "Param2=value2&Param1=value1",
         "",
         "service",
         "host;x-amz-date",
         "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
         {SUITE_HOST, SUITE_DATE}},
        {"get-utf8",
         "GET",
         "/\xe1\x88\xb4",
         NULL,
         "",
         "service",
         "host;x-amz-date",
         "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
         {SUITE_HOST, SUITE_DATE}},
        {"get-relative-relative",
         "GET",
         "/example1/example2/../..",
         NULL,
         "",
         "service",
         "host;x-amz-date",
         "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
         {SUITE_HOST, SUITE_DATE}},
        {"get-slashes",
         "GET",
         "//example//",
         NULL,
         "",
         "service",
         "host;x-amz-date",
         "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
         {SUITE_HOST, SUITE_DATE}},
        {"get-space",
         "GET",
         "/example space/",
         NULL,
         "",
         "service",
         "host;x-amz-date",
         "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
         {SUITE_HOST, SUITE_DATE}},
        {"get-header-key-duplicate",
         "GET",
         "/",
         NULL,
         "",
         "service",
         "host;my-header1;x-amz-date",
         "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
         {SUITE_HOST, "My-Header1", "value2,value2", "My-Header1", "value1", SUITE_DATE}},
        {"get-header-value-order",
         "GET",
         "/",
         NULL,
         "",
         "service",
         "host;my-header1;x-amz-date",
         "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
         {SUITE_HOST, "My-Header1", "value4,value1,value3", "My-Header1", "value2", SUITE_DATE}},
        {"get-header-value-trim",
         "GET",
         "/",
         NULL,
         "",
         "service",
         "host;my-header1;my-header2;x-amz-date",
         "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
         {SUITE_HOST, "My-Header1", " value1", "My-Header2", " \"a   b   c\"", SUITE_DATE}},
        {"post-x-www-form-urlencoded",
         "POST",
         "/",
         NULL,
         "Param1=value1",
         "service",
         "content-type;host;x-amz-date",
         "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
         {SUITE_HOST, "Content-Type", "application/x-www-form-urlencoded", SUITE_DATE}},
};

static int open_secret(struct check *check, void *arg, struct secret *ret)
{
        (void)check;
        (void)arg;
        return secret_copy(ret, STR(SIGNER_SECRET));
}

static void fill(const struct vector *vector, struct signable *signable, struct arena *arena)
{
        signable_init(signable);
        signable->request.header_count = 0;
        signable->request.method = str_of(vector->method);
        signable->request.path = str_of(vector->path);
        signable->request.query = str_of(vector->query);
        signable->request.body = str_of(vector->body);
        for (size_t i = 0; i + 1 < ARRAY_LEN(vector->headers) && vector->headers[i]; i += 2)
                signable_add_header(signable, vector->headers[i], str_of(vector->headers[i + 1]));
        signable_add_header(
                signable, "Authorization",
                arena_printf(arena,
                             "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/%s/aws4_request, "
                             "SignedHeaders=%s, Signature=%s",
                             vector->service, vector->signed_headers, vector->signature));
}

static void check_vector(struct auth *auth, const struct vector *vector)
{
        struct auth_expectation expected = {.service = str_of(vector->service)};
        struct key_secret secret = {.version = STR("1"), .open = open_secret};
        struct auth_result result = {};
        struct signable signable;
        struct arena arena;
        struct check check = {.auth = auth, .expected = &expected, .arena = &arena, .result = &result};

        arena_init(&arena, (size_t)1 << 20);
        fill(vector, &signable, &arena);
        check.request = &signable.request;
        assert_int_equal(claim_read(&check), 0);
        if (signature_check(&check, &secret) != 0)
                fail_msg("%s", vector->name);
        signable.request.method = STR("PUT");
        assert_int_equal(signature_check(&check, &secret), -EACCES);
        assert_int_equal(result.problem, AUTH_BAD_SIGNATURE);
        arena_done(&arena);
}

static void test_vectors(void **state)
{
        struct clock clock = {};
        struct keyring *keyring;
        struct auth *auth;

        (void)state;
        assert_int_equal(keyring_ephemeral(&keyring), 0);
        assert_int_equal(auth_new(keyring, &clock, &auth), 0);
        for (size_t i = 0; i < ARRAY_LEN(VECTORS); i++)
                check_vector(auth, &VECTORS[i]);
        auth_free(auth);
        keyring_free(keyring);
}

/* The user guide's derived key of 20150830, us-east-1, iam. */
static void test_derived_key(void **state)
{
        static const uint8_t EXPECTED[] = {0xc4, 0xaf, 0xb1, 0xcc, 0x57, 0x71, 0xd8, 0x71, 0x76, 0x3a, 0x39,
                                           0x3e, 0x44, 0xb7, 0x03, 0x57, 0x1b, 0x55, 0xcc, 0x28, 0x42, 0x4d,
                                           0x1a, 0x5e, 0x86, 0xda, 0x6e, 0xd3, 0xc1, 0x54, 0xa4, 0xb9};
        struct claim claim = {.date = STR("20150830"),
                              .region = STR("us-east-1"),
                              .service = STR("iam"),
                              .terminator = STR("aws4_request")};
        uint8_t key[SHA256_LEN];

        (void)state;
        assert_int_equal(signing_key_derive(STR(SIGNER_SECRET), &claim, key), 0);
        assert_memory_equal(key, EXPECTED, SHA256_LEN);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_vectors),
                cmocka_unit_test(test_derived_key),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
