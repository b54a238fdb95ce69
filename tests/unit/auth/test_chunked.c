/* aws-chunked bodies: AWS's own examples, and every way in which a body is not what was signed. */
#include "chunk_writer.h"

#include "../check.h"

#define TRAILER_SEED "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
#define CHECKSUM     "x-amz-checksum-crc32c:sOO8/Q=="
#define OUT_MAX      ((size_t)128 * 1024)

static char as[65536];

/* What was given out. */
struct taken {
        char bytes[OUT_MAX];
        size_t len;
        int answer;
};
static struct taken taken;

static int take(void *arg, struct str clear)
{
        struct taken *to = arg;

        assert_true(clear.len > 0 && clear.len <= sizeof(to->bytes) - to->len);
        memcpy(to->bytes + to->len, clear.ptr, clear.len);
        to->len += clear.len;
        return to->answer;
}

/* The body in pieces of a size; the first may be shorter. */
static enum chunked_problem decode(struct chunk_writer *writer, const char *seed, struct str body,
                                   size_t first, size_t piece)
{
        _cleanup_(chunked_done) struct chunked chunked = {};
        int r = chunk_writer_begin(writer, &chunked, seed);

        taken = (struct taken){};
        if (r == 0 && first)
                r = chunked_push(&chunked, str_part(body, 0, first), take, &taken);
        for (size_t at = first; r == 0 && at < body.len; at += piece)
                r = chunked_push(&chunked, str_part(body, at, piece), take, &taken);
        if (r == 0)
                r = chunked_end(&chunked);
        assert_int_equal(r, chunked.problem ? -EBADMSG : 0);
        assert_true(taken.len <= writer->decoded_len);
        if (chunked.problem == CHUNKED_OK) {
                assert_int_equal(taken.len, writer->decoded_len);
                assert_true(str_is_set(chunked_trailer(&chunked, STR("x-amz-checksum-crc32c"))) ==
                            (writer->payload != PAYLOAD_CHUNKS));
        } else {
                assert_true(str_is_set(chunked_words(chunked.problem)));
                assert_int_equal(chunked_push(&chunked, STR("0"), take, &taken), -EBADMSG);
        }
        return chunked.problem;
}

static enum chunked_problem decode_str(struct chunk_writer *writer, struct str body)
{
        return decode(writer, EXAMPLE_SEED, body, 0, body.len + !body.len);
}

static enum chunked_problem decode_it(struct chunk_writer *writer)
{
        return decode_str(writer, buf_str(&writer->body));
}

/* 65 KB of the letter a, as in the examples. */
static void write_example(struct chunk_writer *writer, enum auth_payload payload, const char *seed)
{
        memset(as, 'a', sizeof(as));
        chunk_writer_init(writer, payload, seed);
        chunk_writer_add(writer, str_make(as, 65536));
        chunk_writer_add(writer, str_make(as, 1024));
        chunk_writer_add(writer, STR(""));
}

static void assert_has(const struct chunk_writer *writer, const char *text)
{
        if (str_find(buf_str(&writer->body), str_of(text)) < 0)
                fail_msg("no %s", text);
}

/* https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html */
static void test_example(void **state)
{
        struct chunk_writer writer;

        (void)state;
        write_example(&writer, PAYLOAD_CHUNKS, EXAMPLE_SEED);
        chunk_writer_end(&writer);
        assert_has(
                &writer,
                "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n");
        assert_has(
                &writer,
                "400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n");
        assert_has(&writer,
                   "0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n");
        assert_int_equal(writer.body.len, 66824); /* Content-Length of the example */
        assert_int_equal(decode_it(&writer), CHUNKED_OK);
        assert_memory_equal(taken.bytes, as, 65536);
        chunk_writer_done(&writer);
}

/* https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html */
static void test_example_with_trailer(void **state)
{
        struct chunk_writer writer;

        (void)state;
        write_example(&writer, PAYLOAD_CHUNKS_TRAILER, TRAILER_SEED);
        chunk_writer_trailer(&writer, CHECKSUM);
        chunk_writer_sign_trailers(&writer, CHECKSUM "\n");
        chunk_writer_end(&writer);
        assert_has(
                &writer,
                "10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n");
        assert_has(
                &writer,
                "400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n");
        assert_has(&writer, "0;chunk-signature="
                            "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n" CHECKSUM
                            "\r\nx-amz-trailer-signature:"
                            "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n");
        assert_int_equal(decode(&writer, TRAILER_SEED, buf_str(&writer.body), 0, 1 << 20), CHUNKED_OK);
        assert_int_equal(decode(&writer, EXAMPLE_SEED, buf_str(&writer.body), 0, 1 << 20),
                         CHUNKED_BAD_SIGNATURE);
        chunk_writer_done(&writer);
}

/* A small body of each kind: "hello" in one chunk. */
static void write_small(struct chunk_writer *writer, enum auth_payload payload)
{
        chunk_writer_init(writer, payload, EXAMPLE_SEED);
        chunk_writer_add(writer, STR("hello"));
        chunk_writer_add(writer, STR(""));
        if (payload != PAYLOAD_CHUNKS)
                chunk_writer_trailer(writer, CHECKSUM);
        if (payload == PAYLOAD_CHUNKS_TRAILER)
                chunk_writer_sign_trailers(writer, CHECKSUM "\n");
        chunk_writer_end(writer);
}

static void each_kind(void (*test)(struct chunk_writer *writer))
{
        for (enum auth_payload payload = PAYLOAD_CHUNKS; payload <= PAYLOAD_UNSIGNED_TRAILER; payload++) {
                struct chunk_writer writer;

                write_small(&writer, payload);
                test(&writer);
                chunk_writer_done(&writer);
        }
}

static void split_anywhere(struct chunk_writer *writer)
{
        struct str body = buf_str(&writer->body);

        for (size_t at = 0; at <= body.len; at++) {
                assert_int_equal(decode(writer, EXAMPLE_SEED, body, at, body.len), CHUNKED_OK);
                assert_memory_equal(taken.bytes, "hello", 5);
        }
        for (size_t piece = 1; piece < 80; piece++)
                assert_int_equal(decode(writer, EXAMPLE_SEED, body, 0, piece), CHUNKED_OK);
}

static void test_split_anywhere(void **state)
{
        (void)state;
        each_kind(split_anywhere);
}

static void cut_anywhere(struct chunk_writer *writer)
{
        struct str body = buf_str(&writer->body);

        for (size_t len = 0; len < body.len; len++)
                assert_int_equal(decode_str(writer, str_part(body, 0, len)), CHUNKED_MALFORMED);
        buf_add_byte(&writer->body, '\r'); /* and one too many */
        assert_int_equal(decode_it(writer), CHUNKED_MALFORMED);
}

static void test_cut_anywhere(void **state)
{
        (void)state;
        each_kind(cut_anywhere);
}

/* Of a signed body nothing can be changed but the case of a size's digits, of which these have none, and of
 * the trailer's name; of an unsigned one the bytes themselves and the trailer's value. */
static void flip_anywhere(struct chunk_writer *writer)
{
        struct str body = buf_str(&writer->body);
        char *bytes = writer->body.data;
        size_t data = (size_t)str_find(body, STR("hello")), name = body.len;
        ptrdiff_t trailer = str_find(body, STR(CHECKSUM)),
                  proof = str_find(body, STR("x-amz-trailer-signature"));
        size_t proof_name = proof < 0 ? body.len : (size_t)proof;

        if (trailer >= 0)
                name = (size_t)trailer;
        for (size_t at = 0; at < body.len; at++)
                for (int bit = 0; bit < 8; bit++) {
                        enum chunked_problem problem;
                        bool is_free = bit == 5 && ((at >= name && at < name + 21) ||
                                                    (at >= proof_name && at < proof_name + 23));

                        if (writer->payload == PAYLOAD_UNSIGNED_TRAILER)
                                is_free = is_free || (at >= data && at < data + 5) ||
                                          (at > name + 21 && at < name + sizeof(CHECKSUM) - 1);
                        bytes[at] = (char)(bytes[at] ^ 1 << bit);
                        problem = decode_it(writer);
                        if (problem == CHUNKED_OK && !is_free)
                                fail_msg("kind %d: bit %d of byte %zu", (int)writer->payload, bit, at);
                        bytes[at] = (char)(bytes[at] ^ 1 << bit);
                }
        assert_int_equal(decode_it(writer), CHUNKED_OK);
}

static void test_flip_anywhere(void **state)
{
        (void)state;
        each_kind(flip_anywhere);
}

static void other_length(struct chunk_writer *writer)
{
        writer->decoded_len = 6;
        assert_int_equal(decode_it(writer), CHUNKED_WRONG_LENGTH);
        writer->decoded_len = 4;
        assert_int_equal(decode_it(writer), CHUNKED_WRONG_LENGTH);
        assert_int_equal(taken.len, 0);
        writer->decoded_len = 0;
        assert_int_equal(decode_it(writer), CHUNKED_WRONG_LENGTH);
}

static void test_other_length(void **state)
{
        (void)state;
        each_kind(other_length);
}

/* -- Chunks. */

static void assert_small_chunk(enum auth_payload payload, size_t first, enum chunked_problem problem)
{
        _cleanup_(chunk_writer_done) struct chunk_writer writer = {};
        _cleanup_(chunked_done) struct chunked chunked = {};

        chunk_writer_init(&writer, payload, EXAMPLE_SEED);
        chunk_writer_add(&writer, str_make(as, 8192));
        chunk_writer_add(&writer, str_make(as, first));
        chunk_writer_add(&writer, str_make(as, 1));
        chunk_writer_add(&writer, STR(""));
        if (payload != PAYLOAD_CHUNKS)
                chunk_writer_trailer(&writer, CHECKSUM);
        chunk_writer_end(&writer);
        assert_int_equal(chunk_writer_begin(&writer, &chunked, EXAMPLE_SEED), 0);
        taken.len = 0;
        assert_int_equal(chunked_push(&chunked, buf_str(&writer.body), take, &taken), problem ? -EBADMSG : 0);
        assert_int_equal(chunked.problem, problem);
        if (problem) {
                assert_int_equal(chunked.chunk_number, 3);
                assert_int_equal(chunked.small_size, first);
        }
}

static void test_small_chunks(void **state)
{
        (void)state;
        assert_small_chunk(PAYLOAD_CHUNKS, 8191, CHUNKED_SMALL_CHUNK);
        assert_small_chunk(PAYLOAD_CHUNKS, 8192, CHUNKED_OK);
        assert_small_chunk(PAYLOAD_UNSIGNED_TRAILER, 1, CHUNKED_SMALL_CHUNK);
        assert_small_chunk(PAYLOAD_UNSIGNED_TRAILER, 8192, CHUNKED_OK);
}

static void test_empty(void **state)
{
        struct chunk_writer writer;

        (void)state;
        chunk_writer_init(&writer, PAYLOAD_CHUNKS, EXAMPLE_SEED);
        chunk_writer_add(&writer, STR(""));
        chunk_writer_end(&writer);
        assert_int_equal(decode_it(&writer), CHUNKED_OK);
        chunk_writer_done(&writer);
}

/* Chunks that are each signed but stand in another order, or come twice. */
static void test_moved_chunks(void **state)
{
        struct chunk_writer one, other;

        (void)state;
        chunk_writer_init(&one, PAYLOAD_CHUNKS, EXAMPLE_SEED);
        chunk_writer_add(&one, str_make(as, 8192));
        chunk_writer_init(&other, PAYLOAD_CHUNKS, EXAMPLE_SEED);
        chunk_writer_add(&other, str_make(as, 8192));
        buf_add(&other.body, buf_str(&one.body));
        other.decoded_len = 16384;
        assert_int_equal(decode_it(&other), CHUNKED_BAD_SIGNATURE);
        chunk_writer_done(&one);
        chunk_writer_done(&other);
}

static void test_odd_framing(void **state)
{
        static const char *const MALFORMED[] = {
                "5\nhello\r\n0\r\n" CHECKSUM "\r\n\r\n",
                "5\r\nhello\n0\r\n" CHECKSUM "\r\n\r\n",
                "5\r\nhello\r\n0\r\n" CHECKSUM "\n\r\n",
                "5\r\nhello\r\n0\r\n" CHECKSUM "\r\n\n",
                "5 \r\nhello\r\n0\r\n" CHECKSUM "\r\n\r\n",
                " 5\r\nhello\r\n0\r\n" CHECKSUM "\r\n\r\n",
                "0x5\r\nhello\r\n0\r\n" CHECKSUM "\r\n\r\n",
                "+5\r\nhello\r\n0\r\n" CHECKSUM "\r\n\r\n",
                "-5\r\nhello\r\n0\r\n" CHECKSUM "\r\n\r\n",
                "\r\nhello\r\n0\r\n" CHECKSUM "\r\n\r\n",
                "5;\r\nhello\r\n0\r\n" CHECKSUM "\r\n\r\n",
                "5;a=b\r\nhello\r\n0\r\n" CHECKSUM "\r\n\r\n",
                "00000000000000005\r\nhello\r\n0\r\n" CHECKSUM "\r\n\r\n",
                "4\r\nhello\r\n0\r\n" CHECKSUM "\r\n\r\n",
                "5\r\nhello\r\n0\r\nno-colon\r\n\r\n",
                "5\r\nhello\r\n0\r\n:value\r\n\r\n",
                "5\r\nhello\r\n0\r\n" CHECKSUM "\r\n\r\n\r\n",
                "5\r\nhello\r\n0\r\n" CHECKSUM "\r\n\r\n0\r\n\r\n",
        };
        struct chunk_writer writer;

        (void)state;
        write_small(&writer, PAYLOAD_UNSIGNED_TRAILER);
        for (size_t i = 0; i < ARRAY_LEN(MALFORMED); i++)
                if (decode_str(&writer, str_of(MALFORMED[i])) != CHUNKED_MALFORMED)
                        fail_msg("%s", MALFORMED[i]);
        assert_int_equal(decode_str(&writer, STR("ffffffffffffffff\r\nhello")), CHUNKED_WRONG_LENGTH);
        assert_int_equal(decode_str(&writer, STR("0000000000000005\r\nhello\r\n00\r\n" CHECKSUM "\r\n\r\n")),
                         CHUNKED_OK);
        chunk_writer_done(&writer);
}

/* Who does not sign a chunk is not heard, whatever he says of it. */
static void test_signature_is_needed(void **state)
{
        struct chunk_writer writer;

        (void)state;
        write_small(&writer, PAYLOAD_CHUNKS);
        assert_int_equal(decode_str(&writer, STR("5\r\nhello\r\n0\r\n\r\n")), CHUNKED_MALFORMED);
        assert_int_equal(
                decode_str(&writer, STR("5;chunk-signature=\r\nhello\r\n0;chunk-signature=\r\n\r\n")),
                CHUNKED_MALFORMED);
        assert_int_equal(decode_str(&writer, STR("5;chunk-signature=" EXAMPLE_SEED "\r\nhello\r\n")),
                         CHUNKED_BAD_SIGNATURE);
        assert_int_equal(decode_str(&writer, STR("0;chunk-signature=" EXAMPLE_SEED "\r\n\r\n")),
                         CHUNKED_WRONG_LENGTH);
        chunk_writer_done(&writer);
}

/* A line that does not end costs no memory. */
static void test_endless_line(void **state)
{
        struct chunk_writer writer;

        (void)state;
        write_small(&writer, PAYLOAD_CHUNKS);
        memset(as, '0', sizeof(as));
        assert_int_equal(decode(&writer, EXAMPLE_SEED, str_make(as, sizeof(as)), 0, 1), CHUNKED_MALFORMED);
        assert_int_equal(decode(&writer, EXAMPLE_SEED, str_make(as, sizeof(as)), 0, sizeof(as)),
                         CHUNKED_MALFORMED);
        chunk_writer_done(&writer);
}

static void test_taker_that_fails(void **state)
{
        _cleanup_(chunk_writer_done) struct chunk_writer writer = {};
        _cleanup_(chunked_done) struct chunked chunked = {};

        (void)state;
        write_small(&writer, PAYLOAD_CHUNKS);
        assert_int_equal(chunk_writer_begin(&writer, &chunked, EXAMPLE_SEED), 0);
        taken = (struct taken){.answer = -ENOSPC};
        assert_int_equal(chunked_push(&chunked, buf_str(&writer.body), take, &taken), -ENOSPC);
        assert_int_equal(chunked_end(&chunked), -ENOSPC);
}

/* -- All at once. */

static void test_decode_in_place(void **state)
{
        _cleanup_(chunk_writer_done) struct chunk_writer writer = {};
        size_t len = 0;

        (void)state;
        write_example(&writer, PAYLOAD_CHUNKS, EXAMPLE_SEED);
        chunk_writer_end(&writer);
        for (size_t room = 66559; room <= 66560; room++) {
                _cleanup_(chunked_done) struct chunked chunked = {};

                assert_int_equal(chunk_writer_begin(&writer, &chunked, EXAMPLE_SEED), 0);
                assert_int_equal(
                        chunked_decode(&chunked, buf_str(&writer.body), writer.body.data, room, &len),
                        room < 66560 ? -EMSGSIZE : 0);
        }
        assert_int_equal(len, 66560);
        assert_memory_equal(writer.body.data, as, 65536);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_example),
                cmocka_unit_test(test_example_with_trailer),
                cmocka_unit_test(test_split_anywhere),
                cmocka_unit_test(test_cut_anywhere),
                cmocka_unit_test(test_flip_anywhere),
                cmocka_unit_test(test_other_length),
                cmocka_unit_test(test_small_chunks),
                cmocka_unit_test(test_empty),
                cmocka_unit_test(test_moved_chunks),
                cmocka_unit_test(test_odd_framing),
                cmocka_unit_test(test_signature_is_needed),
                cmocka_unit_test(test_endless_line),
                cmocka_unit_test(test_taker_that_fails),
                cmocka_unit_test(test_decode_in_place),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
