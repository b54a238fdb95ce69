/* What S3 requests say of their bodies, and what a decoder of chunks is given. */
#include "auth/internal.h"
#include "auth/payload.h"
#include "auth/signature.h"
#include "chunk_writer.h"
#include "fixture.h"

#include "../check.h"

#define HASH_OF_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

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

/* The body is "abc". */
static enum auth_problem check_with(struct fixture *f, const char *payload)
{
        signable_init(&f->signable);
        f->signable.request.body = STR("abc");
        signable_add_header(&f->signable, "x-amz-content-sha256", str_of(payload));
        signer_sign(&f->signer, &f->signable);
        return fixture_check(f);
}

static void test_hash(void **state)
{
        struct fixture *f = *state;

        assert_int_equal(check_with(f, HASH_OF_ABC), AUTH_OK);
        assert_int_equal(f->result.payload, PAYLOAD_HASHED);
        assert_str(f->result.payload_hash, STR(HASH_OF_ABC));
        assert_true(f->result.is_body_signed);
        f->signable.request.body = STR("abd");
        assert_int_equal(fixture_check(f), AUTH_BAD_BODY_HASH);
        f->expected.body_comes_later = true;
        assert_int_equal(fixture_check(f), AUTH_OK);
        assert_str(f->result.payload_hash, STR(HASH_OF_ABC));
}

static void test_unsigned(void **state)
{
        struct fixture *f = *state;

        assert_int_equal(check_with(f, "UNSIGNED-PAYLOAD"), AUTH_OK);
        assert_int_equal(f->result.payload, PAYLOAD_UNSIGNED);
        assert_false(f->result.is_body_signed);
}

static void test_missing(void **state)
{
        struct fixture *f = *state;

        f->signer.signed_headers = STR("host;x-amz-date");
        assert_int_equal(fixture_sign_and_check(f), AUTH_BAD_REQUEST);
        assert_str(f->result.message, STR("Missing required header for this request: x-amz-content-sha256"));
}

static void test_no_such_value(void **state)
{
        static const char *const BAD[] = {
                "",
                "abc",
                "unsigned-payload",
                "STREAMING-UNSIGNED-PAYLOAD",
                "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-",
                "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0",
        };
        struct fixture *f = *state;

        for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
                assert_int_equal(check_with(f, BAD[i]), AUTH_BAD_ARGUMENT);
                assert_true(str_starts(f->result.message,
                                       STR("x-amz-content-sha256 must be UNSIGNED-PAYLOAD, ")));
        }
        assert_int_equal(check_with(f, "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"), AUTH_NOT_IMPLEMENTED);
        assert_int_equal(check_with(f, "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER"),
                         AUTH_NOT_IMPLEMENTED);
}

/* -- Streams. */

static void assert_stream(struct fixture *f, const char *payload, enum auth_payload kind, bool is_signed)
{
        _cleanup_(auth_stream_done) struct auth_stream stream = {};

        f->expected.ret_stream = NULL;
        assert_int_equal(check_with(f, payload), AUTH_BAD_REQUEST);
        assert_str(f->result.message, STR("The value of x-amz-content-sha256 header is invalid."));
        f->expected.ret_stream = &stream;
        assert_int_equal(check_with(f, payload), AUTH_OK);
        assert_int_equal(f->result.payload, kind);
        assert_true(f->result.is_body_signed == is_signed);
        assert_int_equal(stream.signing_key.len, is_signed ? SHA256_LEN : 0);
}

static void test_streams(void **state)
{
        struct fixture *f = *state;

        assert_stream(f, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", PAYLOAD_CHUNKS, true);
        assert_stream(f, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", PAYLOAD_CHUNKS_TRAILER, true);
        assert_stream(f, "STREAMING-UNSIGNED-PAYLOAD-TRAILER", PAYLOAD_UNSIGNED_TRAILER, false);
}

/* No key for who could not sign the request. */
static void test_no_stream_for_a_stranger(void **state)
{
        struct fixture *f = *state;
        struct auth_stream stream = {};

        f->expected.ret_stream = &stream;
        f->signer.secret = STR("wrong");
        assert_int_equal(check_with(f, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), AUTH_BAD_SIGNATURE);
        assert_null(stream.signing_key.bytes);
        f->signer.secret = STR(SIGNER_SECRET);
        assert_int_equal(check_with(f, "UNSIGNED-PAYLOAD"), AUTH_OK);
        assert_null(stream.signing_key.bytes);
}

static enum auth_problem check_presigned(struct fixture *f, const char *payload)
{
        signable_init(&f->signable);
        f->signer.lifetime_s = 60;
        signable_add_header(&f->signable, "x-amz-content-sha256", str_of(payload));
        signer_presign(&f->signer, &f->signable);
        return fixture_check(f);
}

static void test_presigned(void **state)
{
        struct fixture *f = *state;
        struct auth_stream stream = {};

        f->expected.ret_stream = &stream;
        f->signer.signed_headers = STR("host;x-amz-content-sha256");
        assert_int_equal(check_presigned(f, "UNSIGNED-PAYLOAD"), AUTH_OK);
        assert_int_equal(check_presigned(f, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), AUTH_BAD_REQUEST);
        assert_int_equal(check_presigned(f, "STREAMING-UNSIGNED-PAYLOAD-TRAILER"), AUTH_BAD_REQUEST);
        assert_null(stream.signing_key.bytes);
}

/* -- AWS's examples, from the Authorization header to the last chunk. */

static int open_secret(struct check *check, void *arg, struct secret *ret)
{
        (void)check, (void)arg;
        return secret_copy(ret, STR(EXAMPLE_SECRET));
}

struct example {
        const char *payload, *signed_headers, *seed, *trailer;
        enum auth_payload kind;
};

static void fill(struct signable *signable, const struct example *example, struct arena *arena)
{
        signable_init(signable);
        signable->request.header_count = 0;
        signable->request.method = STR("PUT");
        signable->request.path = STR("/examplebucket/chunkObject.txt");
        signable_add_header(signable, "Host", STR("s3.amazonaws.com"));
        signable_add_header(signable, "x-amz-date", STR(EXAMPLE_TIME));
        signable_add_header(signable, "x-amz-storage-class", STR("REDUCED_REDUNDANCY"));
        signable_add_header(signable, "x-amz-content-sha256", str_of(example->payload));
        signable_add_header(signable, "Content-Encoding", STR("aws-chunked"));
        signable_add_header(signable, "x-amz-decoded-content-length", STR("66560"));
        signable_add_header(signable, "Content-Length", STR("66824"));
        if (example->trailer)
                signable_add_header(signable, "x-amz-trailer", str_of(example->trailer));
        signable_add_header(signable, "Authorization",
                            arena_printf(arena,
                                         "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/" EXAMPLE_SCOPE
                                         ",SignedHeaders=%s,Signature=%s",
                                         example->signed_headers, example->seed));
}

static void write_body(struct chunk_writer *writer, const struct example *example)
{
        static char as[65536];

        memset(as, 'a', sizeof(as));
        chunk_writer_init(writer, example->kind, example->seed);
        chunk_writer_add(writer, str_make(as, 65536));
        chunk_writer_add(writer, str_make(as, 1024));
        chunk_writer_add(writer, STR(""));
        if (example->trailer) {
                chunk_writer_trailer(writer, "x-amz-checksum-crc32c:sOO8/Q==");
                chunk_writer_sign_trailers(writer, "x-amz-checksum-crc32c:sOO8/Q==\n");
        }
        chunk_writer_end(writer);
}

static void assert_decodes(const struct http_request *request, const struct example *example,
                           struct auth_stream *stream)
{
        _cleanup_(chunk_writer_done) struct chunk_writer writer = {};
        _cleanup_(chunked_done) struct chunked chunked = {};
        size_t len;

        write_body(&writer, example);
        assert_int_equal(chunked_begin(&chunked, request, example->kind, stream), 0);
        assert_int_equal(
                chunked_decode(&chunked, buf_str(&writer.body), writer.body.data, writer.body.len, &len), 0);
        assert_int_equal(len, 66560);
}

static void check_example(struct fixture *f, const struct example *example)
{
        _cleanup_(auth_stream_done) struct auth_stream stream = {};
        struct key_secret secret = {.version = STR("1"), .open = open_secret};
        struct check check = {.auth = f->auth,
                              .request = &f->signable.request,
                              .expected = &f->expected,
                              .arena = &f->arena,
                              .result = &f->result};

        f->expected.ret_stream = &stream;
        fill(&f->signable, example, &f->arena);
        assert_int_equal(claim_read(&check), 0);
        assert_int_equal(payload_read(&check), 0);
        assert_int_equal(f->result.payload, example->kind);
        assert_int_equal(signature_check(&check, &secret), 0);
        assert_str(stream.seed, str_of(example->seed));
        assert_str(stream.timestamp, STR(EXAMPLE_TIME));
        assert_str(stream.scope, STR(EXAMPLE_SCOPE));
        assert_decodes(&f->signable.request, example, &stream);
}

/* https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and sigv4-streaming-trailers.html,
 * whose Authorization header names other headers than its canonical request does: the latter is what was
 * signed. */
static void test_examples(void **state)
{
        static const struct example EXAMPLES[] = {
                {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
                 "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-"
                 "length;"
                 "x-amz-storage-class",
                 EXAMPLE_SEED, NULL, PAYLOAD_CHUNKS},
                {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
                 "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-"
                 "storage-class;"
                 "x-amz-trailer",
                 "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e", "x-amz-checksum-crc32c",
                 PAYLOAD_CHUNKS_TRAILER},
        };

        for (size_t i = 0; i < ARRAY_LEN(EXAMPLES); i++)
                check_example(*state, &EXAMPLES[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, fixture_tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_hash),          TEST(test_unsigned), TEST(test_missing),
                TEST(test_no_such_value), TEST(test_streams),  TEST(test_no_stream_for_a_stranger),
                TEST(test_presigned),     TEST(test_examples),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
