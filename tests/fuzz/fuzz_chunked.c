/* aws-chunked bodies. The input's first byte says the kind and the next what is done:
 *
 * - Any bytes as they are: what is given out is never longer than announced, and is the same however the body
 * is cut.
 * - A body signed as it should be, whose chunks and trailer the input describes, and then changed by steps of
 * three bytes: either it is refused, or what is given out is what was signed. Random bytes would never pass a
 * signature. */
#include "auth/chunked.h"
#include "base/buf.h"
#include "base/text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DECODED_MAX ((size_t)64 * 1024)
#define KEY         "0123456789abcdef0123456789abcdef"
#define TIME        "20130524T000000Z"
#define SCOPE       "20130524/us-east-1/s3/aws4_request"
#define SEED        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
#define CHECKSUM    "x-amz-checksum-crc32"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct taken {
        char bytes[DECODED_MAX];
        size_t len;
};

static int take(void *arg, struct str clear)
{
        struct taken *taken = arg;

        assert(clear.len && clear.len <= DECODED_MAX - taken->len);
        memcpy(taken->bytes + taken->len, clear.ptr, clear.len);
        taken->len += clear.len;
        return 0;
}

static void begin(struct chunked *chunked, enum auth_payload payload, size_t decoded_len)
{
        struct auth_stream stream = {.seed = STR(SEED), .timestamp = STR(TIME), .scope = STR(SCOPE)};
        char length[24];
        int len = snprintf(length, sizeof(length), "%zu", decoded_len);
        const struct http_header headers[] = {
                {STR("x-amz-decoded-content-length"), str_make(length, (size_t)len)},
                {STR("x-amz-trailer"), STR(CHECKSUM)},
        };
        struct http_request request = {.headers = headers, .header_count = payload == PAYLOAD_CHUNKS ? 1 : 2};

        if (secret_copy(&stream.signing_key, STR(KEY)) < 0 ||
            chunked_begin(chunked, &request, payload, &stream) < 0)
                abort();
        auth_stream_done(&stream);
}

/* In pieces of a size. */
static enum chunked_problem decode(enum auth_payload payload, size_t decoded_len, struct str body,
                                   size_t piece, struct taken *taken)
{
        _cleanup_(chunked_done) struct chunked chunked = {};
        int r = 0;

        taken->len = 0;
        begin(&chunked, payload, decoded_len);
        for (size_t at = 0; r == 0 && at < body.len; at += piece)
                r = chunked_push(&chunked, str_part(body, at, piece), take, taken);
        if (r == 0)
                r = chunked_end(&chunked);
        assert(r == (chunked.problem ? -EBADMSG : 0));
        assert(taken->len <= decoded_len && (r < 0 || taken->len == decoded_len));
        assert(r < 0 || payload == PAYLOAD_CHUNKS || str_is_set(chunked_trailer(&chunked, STR(CHECKSUM))));
        return chunked.problem;
}

static void decode_raw(enum auth_payload payload, size_t decoded_len, struct str body)
{
        static struct taken whole, bytes;
        enum chunked_problem problem = decode(payload, decoded_len, body, body.len + 1, &whole);

        assert(decode(payload, decoded_len, body, 1, &bytes) == problem);
        assert(whole.len == bytes.len && memcmp(whole.bytes, bytes.bytes, whole.len) == 0);
}

/* -- A body that is signed. */

struct writer {
        struct buf body;
        char previous[CHUNKED_SIGNATURE];
        bool is_signed;
};

static void sign(struct writer *writer, const char *algorithm, struct str rest)
{
        const struct str pieces[] = {str_of(algorithm), STR("\n" TIME "\n" SCOPE "\n"),
                                     str_make(writer->previous, CHUNKED_SIGNATURE), STR("\n"), rest};
        uint8_t mac[SHA256_LEN];

        hmac_sha256_pieces(STR(KEY), pieces, ARRAY_LEN(pieces), mac);
        hex_write(writer->previous, mac, sizeof(mac));
}

static void write_chunk(struct writer *writer, struct str clear)
{
        char rest[2 * CHUNKED_SIGNATURE + 1];

        sha256_hex(STR(""), rest);
        rest[CHUNKED_SIGNATURE] = '\n';
        sha256_hex(clear, rest + CHUNKED_SIGNATURE + 1);
        buf_addf(&writer->body, "%zx", clear.len);
        if (writer->is_signed) {
                sign(writer, "AWS4-HMAC-SHA256-PAYLOAD", str_make(rest, sizeof(rest)));
                buf_add(&writer->body, STR(";chunk-signature="));
                buf_add_bytes(&writer->body, writer->previous, CHUNKED_SIGNATURE);
        }
        buf_add(&writer->body, STR("\r\n"));
        buf_add(&writer->body, clear);
        if (clear.len)
                buf_add(&writer->body, STR("\r\n"));
}

static void write_trailer(struct writer *writer)
{
        char hash[CHUNKED_SIGNATURE];

        buf_add(&writer->body, STR(CHECKSUM ":AAAAAA==\r\n"));
        if (!writer->is_signed)
                return;
        sha256_hex(STR(CHECKSUM ":AAAAAA==\n"), hash);
        sign(writer, "AWS4-HMAC-SHA256-TRAILER", str_make(hash, sizeof(hash)));
        buf_add(&writer->body, STR("x-amz-trailer-signature:"));
        buf_add_bytes(&writer->body, writer->previous, CHUNKED_SIGNATURE);
        buf_add(&writer->body, STR("\r\n"));
}

/* Chunks that S3 takes, and a last one of any size. */
static void write_body(struct writer *writer, enum auth_payload payload, size_t chunks, struct str clear)
{
        memcpy(writer->previous, SEED, CHUNKED_SIGNATURE);
        writer->is_signed = payload != PAYLOAD_UNSIGNED_TRAILER;
        buf_init(&writer->body, 2 * DECODED_MAX);
        for (; chunks && clear.len > 8192; chunks--) {
                write_chunk(writer, str_part(clear, 0, 8192));
                clear = str_from(clear, 8192);
        }
        if (clear.len)
                write_chunk(writer, clear);
        write_chunk(writer, STR(""));
        if (payload != PAYLOAD_CHUNKS)
                write_trailer(writer);
        buf_add(&writer->body, STR("\r\n"));
        assert(!writer->body.failed);
}

static void decode_changed(enum auth_payload payload, size_t decoded_len, struct str steps)
{
        static char clear[DECODED_MAX];
        static struct taken taken;
        struct writer writer = {};
        bool is_changed = false;

        for (size_t i = 0; i < decoded_len; i++)
                clear[i] = (char)(i * 131 >> 3);
        write_body(&writer, payload, steps.len ? (size_t)steps.ptr[0] & 3 : 0, str_make(clear, decoded_len));
        for (steps = str_from(steps, 1); steps.len >= 3; steps = str_from(steps, 3)) {
                size_t at = ((size_t)(uint8_t)steps.ptr[0] << 8 | (uint8_t)steps.ptr[1]) % writer.body.len;

                writer.body.data[at] = (char)(writer.body.data[at] ^ steps.ptr[2]);
                is_changed = true;
        }
        if (decode(payload, decoded_len, buf_str(&writer.body), writer.body.len, &taken) == CHUNKED_OK)
                assert(!writer.is_signed || memcmp(taken.bytes, clear, decoded_len) == 0);
        else
                assert(is_changed);
        buf_done(&writer.body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        enum auth_payload payload = PAYLOAD_CHUNKS;
        size_t decoded_len;

        if (size < 4)
                return 0;
        payload += data[0] % 3;
        decoded_len = (size_t)data[2] << 8 | data[3];
        if (data[1] % 2)
                decode_changed(payload, decoded_len, str_make(data + 4, size - 4));
        else
                decode_raw(payload, decoded_len, str_make(data + 4, size - 4));
        return 0;
}
