/* What the headers announce of an aws-chunked body, and its trailers. */
#include "chunk_writer.h"

#include "../check.h"

static int ignore(void *arg, struct str clear)
{
        (void)arg, (void)clear;
        return 0;
}

/* -- Announced. */

static enum chunked_problem begin(enum auth_payload payload, const struct http_header *headers, size_t count)
{
        _cleanup_(chunked_done) struct chunked chunked = {};
        _cleanup_(auth_stream_done) struct auth_stream stream = {
                .seed = STR(EXAMPLE_SEED), .timestamp = STR(EXAMPLE_TIME), .scope = STR(EXAMPLE_SCOPE)};
        struct http_request request = {.headers = headers, .header_count = count};
        int r = secret_new(&stream.signing_key, SHA256_LEN);

        assert_int_equal(r, 0);
        r = chunked_begin(&chunked, &request, payload, &stream);
        assert_int_equal(r, chunked.problem ? -EBADMSG : 0);
        assert_int_equal(chunked_end(&chunked), -EBADMSG);
        /* The key has moved, or is left where it was. */
        assert_int_equal(stream.signing_key.len, payload == PAYLOAD_UNSIGNED_TRAILER ? SHA256_LEN : 0);
        return r ? chunked.problem : CHUNKED_OK;
}

#define LENGTH(value)                                                                                        \
        {                                                                                                    \
                STR_INIT("X-Amz-Decoded-Content-Length"), STR_INIT(value)                                    \
        }
#define TRAILER(value)                                                                                       \
        {                                                                                                    \
                STR_INIT("X-Amz-Trailer"), STR_INIT(value)                                                   \
        }
#define CRC "x-amz-checksum-crc32"

static void test_announced_length(void **state)
{
        static const char *const BAD[] = {"",    "-1", "+1", "1.0", "0x1", "1 1", "18446744073709551616",
                                          "much"};
        static const struct http_header TWICE[] = {LENGTH("5"), LENGTH("5")};
        struct http_header one = LENGTH("5");

        (void)state;
        assert_int_equal(begin(PAYLOAD_CHUNKS, &one, 1), CHUNKED_OK);
        one.value = STR("18446744073709551615");
        assert_int_equal(begin(PAYLOAD_CHUNKS, &one, 1), CHUNKED_OK);
        for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
                one.value = str_of(BAD[i]);
                assert_int_equal(begin(PAYLOAD_CHUNKS, &one, 1), CHUNKED_NO_LENGTH);
        }
        assert_int_equal(begin(PAYLOAD_CHUNKS, NULL, 0), CHUNKED_NO_LENGTH);
        assert_int_equal(begin(PAYLOAD_CHUNKS, TWICE, 2), CHUNKED_NO_LENGTH);
}

static void test_announced_trailers(void **state)
{
        static const struct {
                enum auth_payload payload;
                const char *trailer; /* NULL: no header */
                enum chunked_problem problem;
        } CASES[] = {
                {PAYLOAD_CHUNKS, NULL, CHUNKED_OK},
                {PAYLOAD_CHUNKS, CRC, CHUNKED_BAD_TRAILER},
                {PAYLOAD_CHUNKS_TRAILER, NULL, CHUNKED_BAD_TRAILER},
                {PAYLOAD_UNSIGNED_TRAILER, NULL, CHUNKED_BAD_TRAILER},
                {PAYLOAD_CHUNKS_TRAILER, CRC, CHUNKED_OK},
                {PAYLOAD_UNSIGNED_TRAILER, CRC, CHUNKED_OK},
                {PAYLOAD_UNSIGNED_TRAILER, "X-Amz-Checksum-CRC32", CHUNKED_OK},
                {PAYLOAD_UNSIGNED_TRAILER, CRC " , " CRC "c", CHUNKED_OK},
                {PAYLOAD_UNSIGNED_TRAILER, CRC "," CRC, CHUNKED_BAD_TRAILER},
                {PAYLOAD_UNSIGNED_TRAILER, CRC ",", CHUNKED_UNSUPPORTED_TRAILER},
                {PAYLOAD_UNSIGNED_TRAILER, "", CHUNKED_UNSUPPORTED_TRAILER},
                {PAYLOAD_UNSIGNED_TRAILER, "x-amz-checksum-", CHUNKED_UNSUPPORTED_TRAILER},
                {PAYLOAD_UNSIGNED_TRAILER, "x-amz-meta-a", CHUNKED_UNSUPPORTED_TRAILER},
                {PAYLOAD_UNSIGNED_TRAILER, "x-amz-trailer-signature", CHUNKED_UNSUPPORTED_TRAILER},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
                struct http_header headers[] = {LENGTH("5"), TRAILER("")};

                headers[1].value = str_of(CASES[i].trailer ? CASES[i].trailer : "");
                if (begin(CASES[i].payload, headers, CASES[i].trailer ? 2 : 1) != CASES[i].problem)
                        fail_msg("%d: %s", (int)CASES[i].payload, CASES[i].trailer);
        }
}

static void test_announced_in_two_headers(void **state)
{
        static const struct http_header TWO[] = {LENGTH("5"), TRAILER(CRC), TRAILER("x-amz-checksum-sha1")};
        static const struct http_header SAME[] = {LENGTH("5"), TRAILER(CRC), TRAILER(CRC)};
        char long_name[CHUNKED_LINE_MAX];
        struct http_header headers[] = {LENGTH("5"), TRAILER("")};

        (void)state;
        assert_int_equal(begin(PAYLOAD_UNSIGNED_TRAILER, TWO, 3), CHUNKED_OK);
        assert_int_equal(begin(PAYLOAD_UNSIGNED_TRAILER, SAME, 3), CHUNKED_BAD_TRAILER);
        memset(long_name, 'a', sizeof(long_name));
        memcpy(long_name, "x-amz-checksum-", 15);
        headers[1].value = str_make(long_name, sizeof(long_name));
        assert_int_equal(begin(PAYLOAD_UNSIGNED_TRAILER, headers, 2), CHUNKED_UNSUPPORTED_TRAILER);
}

/* -- What comes: one byte of body and these lines. */

struct lines {
        const char *announced;
        const char *sent[5];
        const char *canonical; /* what is signed; NULL: no signature */
};

static int decode(const struct lines *lines, enum auth_payload payload, struct chunked *chunked)
{
        _cleanup_(chunk_writer_done) struct chunk_writer writer = {};

        chunk_writer_init(&writer, payload, EXAMPLE_SEED);
        chunk_writer_add(&writer, STR("x"));
        chunk_writer_add(&writer, STR(""));
        for (size_t i = 0; lines->sent[i]; i++)
                chunk_writer_trailer(&writer, lines->sent[i]);
        if (lines->canonical)
                chunk_writer_sign_trailers(&writer, lines->canonical);
        chunk_writer_end(&writer);
        writer.headers[1].value = str_of(lines->announced);
        assert_int_equal(chunk_writer_begin(&writer, chunked, EXAMPLE_SEED), 0);
        TRY(chunked_push(chunked, buf_str(&writer.body), ignore, NULL));
        return chunked_end(chunked);
}

static void assert_lines(const struct lines *lines, enum auth_payload payload, enum chunked_problem problem)
{
        _cleanup_(chunked_done) struct chunked chunked = {};

        if (decode(lines, payload, &chunked) != (problem ? -EBADMSG : 0) || chunked.problem != problem)
                fail_msg("%s: %d, not %d", lines->sent[0], (int)chunked.problem, (int)problem);
}

#define TWO CRC ",x-amz-checksum-sha1"

static void test_unsigned_trailers(void **state)
{
        static const struct {
                struct lines lines;
                enum chunked_problem problem;
        } CASES[] = {
                {{CRC, {CRC ":AAAAAA=="}}, CHUNKED_OK},
                {{CRC, {"X-Amz-Checksum-CRC32:  AAAAAA== "}}, CHUNKED_OK},
                {{TWO, {CRC ":a", "x-amz-checksum-sha1:b"}}, CHUNKED_OK},
                {{TWO, {"x-amz-checksum-sha1:b", CRC ":a"}}, CHUNKED_OK},
                {{CRC, {NULL}}, CHUNKED_BAD_TRAILER},
                {{TWO, {CRC ":a"}}, CHUNKED_BAD_TRAILER},
                {{CRC, {"x-amz-checksum-sha1:a"}}, CHUNKED_BAD_TRAILER},
                {{CRC, {CRC ":a", "x-amz-checksum-sha1:a"}}, CHUNKED_BAD_TRAILER},
                {{CRC, {CRC ":a", CRC ":a"}}, CHUNKED_BAD_TRAILER},
                {{CRC, {CRC " :a"}}, CHUNKED_BAD_TRAILER},
                {{CRC, {CRC ":a", "x-amz-trailer-signature:" EXAMPLE_SEED}}, CHUNKED_BAD_TRAILER},
                {{CRC, {CRC "=a"}}, CHUNKED_MALFORMED},
                {{CRC, {CRC ":a\x7f"}}, CHUNKED_MALFORMED},
                {{CRC, {CRC ":\ta"}}, CHUNKED_MALFORMED},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
                assert_lines(&CASES[i].lines, PAYLOAD_UNSIGNED_TRAILER, CASES[i].problem);
}

static void test_signed_trailers(void **state)
{
        static const struct {
                struct lines lines;
                enum chunked_problem problem;
        } CASES[] = {
                {{CRC, {CRC ":a"}, CRC ":a\n"}, CHUNKED_OK},
                {{CRC, {"X-Amz-Checksum-CRC32: a "}, CRC ":a\n"}, CHUNKED_OK},
                {{TWO, {"x-amz-checksum-sha1:b", CRC ":a"}, CRC ":a\nx-amz-checksum-sha1:b\n"}, CHUNKED_OK},
                {{CRC, {CRC ":a"}, CRC ":b\n"}, CHUNKED_BAD_SIGNATURE},
                {{CRC, {CRC ":a"}, CRC ":a"}, CHUNKED_BAD_SIGNATURE},
                {{CRC, {CRC ":a"}, ""}, CHUNKED_BAD_SIGNATURE},
                {{CRC, {CRC ":a", "x-amz-trailer-signature:"}}, CHUNKED_BAD_SIGNATURE},
                /* The signature goes before what else is wrong. */
                {{CRC, {CRC ":a", "another:b"}, CRC ":a\n"}, CHUNKED_BAD_SIGNATURE},
                {{CRC, {CRC ":a", "another:b"}, "another:b\n" CRC ":a\n"}, CHUNKED_BAD_TRAILER},
                {{CRC, {NULL}, ""}, CHUNKED_BAD_TRAILER},
                {{CRC, {CRC ":a"}}, CHUNKED_MALFORMED},
                {{CRC, {NULL}}, CHUNKED_MALFORMED},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
                assert_lines(&CASES[i].lines, PAYLOAD_CHUNKS_TRAILER, CASES[i].problem);
}

/* Nothing stands behind the signature, and no trailer where none was to come. */
static void test_misplaced_trailers(void **state)
{
        _cleanup_(chunk_writer_done) struct chunk_writer writer = {};
        _cleanup_(chunked_done) struct chunked chunked = {};

        (void)state;
        assert_lines(&(struct lines){CRC, {CRC ":a"}}, PAYLOAD_CHUNKS, CHUNKED_MALFORMED);
        chunk_writer_init(&writer, PAYLOAD_CHUNKS_TRAILER, EXAMPLE_SEED);
        chunk_writer_add(&writer, STR(""));
        chunk_writer_trailer(&writer, "x-amz-checksum-crc32c:a");
        chunk_writer_sign_trailers(&writer, "x-amz-checksum-crc32c:a\n");
        chunk_writer_trailer(&writer, "x-amz-checksum-sha1:b");
        chunk_writer_end(&writer);
        assert_int_equal(chunk_writer_begin(&writer, &chunked, EXAMPLE_SEED), 0);
        assert_int_equal(chunked_push(&chunked, buf_str(&writer.body), ignore, NULL), -EBADMSG);
        assert_int_equal(chunked.problem, CHUNKED_BAD_TRAILER);
}

/* More trailers than there is room for. */
static void test_many_trailers(void **state)
{
        _cleanup_(chunk_writer_done) struct chunk_writer writer = {};
        _cleanup_(chunked_done) struct chunked chunked = {};

        (void)state;
        chunk_writer_init(&writer, PAYLOAD_UNSIGNED_TRAILER, EXAMPLE_SEED);
        chunk_writer_add(&writer, STR(""));
        for (int i = 0; i < 1000; i++)
                chunk_writer_trailer(&writer, "x-amz-checksum-crc32c:aaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
        assert_int_equal(chunk_writer_begin(&writer, &chunked, EXAMPLE_SEED), 0);
        assert_int_equal(chunked_push(&chunked, buf_str(&writer.body), ignore, NULL), -EBADMSG);
        assert_int_equal(chunked.problem, CHUNKED_BAD_TRAILER);
}

static void test_values(void **state)
{
        _cleanup_(chunked_done) struct chunked chunked = {};
        struct lines lines = {TWO, {"X-Amz-Checksum-SHA1: b=", CRC ":a:c"}};
        struct str name, value;
        size_t at = 0;

        (void)state;
        assert_int_equal(decode(&lines, PAYLOAD_UNSIGNED_TRAILER, &chunked), 0);
        assert_str(chunked_trailer(&chunked, STR(CRC)), STR("a:c"));
        assert_str(chunked_trailer(&chunked, STR("x-amz-checksum-sha1")), STR("b="));
        assert_str(chunked_trailer(&chunked, STR("x-amz-checksum-sha256")), STR_NONE);
        assert_true(chunked_next_trailer(&chunked, &at, &name, &value));
        assert_str(name, STR(CRC));
        assert_true(chunked_next_trailer(&chunked, &at, &name, &value));
        assert_str(name, STR("x-amz-checksum-sha1"));
        assert_str(value, STR("b="));
        assert_false(chunked_next_trailer(&chunked, &at, &name, &value));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_announced_length),
                cmocka_unit_test(test_announced_trailers),
                cmocka_unit_test(test_announced_in_two_headers),
                cmocka_unit_test(test_unsigned_trailers),
                cmocka_unit_test(test_signed_trailers),
                cmocka_unit_test(test_misplaced_trailers),
                cmocka_unit_test(test_many_trailers),
                cmocka_unit_test(test_values),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
