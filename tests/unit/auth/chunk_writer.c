#include "chunk_writer.h"

#include "auth/signing_key.h"
#include "base/text.h"

#include <assert.h>
#include <stdio.h>

static void derive(uint8_t ret[SHA256_LEN])
{
        struct claim claim = {.date = STR("20130524"),
                              .region = STR("us-east-1"),
                              .service = STR("s3"),
                              .terminator = STR(SIGNING_TERMINATOR)};
        int r = signing_key_derive(STR(EXAMPLE_SECRET), &claim, ret);

        assert(r == 0);
}

void chunk_writer_init(struct chunk_writer *writer, enum auth_payload payload, const char *seed)
{
        *writer = (struct chunk_writer){.payload = payload};
        derive(writer->key);
        memcpy(writer->previous, seed, CHUNKED_SIGNATURE);
        buf_init(&writer->body, (size_t)1 << 20);
        writer->headers[1] = (struct http_header){STR("x-amz-trailer"), STR("x-amz-checksum-crc32c")};
}

void chunk_writer_done(struct chunk_writer *writer)
{
        buf_done(&writer->body);
}

static void sign(struct chunk_writer *writer, const char *algorithm, struct str rest)
{
        char text[512];
        uint8_t mac[SHA256_LEN];
        int len = snprintf(text, sizeof(text), "%s\n" EXAMPLE_TIME "\n" EXAMPLE_SCOPE "\n%.*s\n%.*s",
                           algorithm, (int)CHUNKED_SIGNATURE, writer->previous, STR_ARG(rest));

        assert(len > 0 && (size_t)len < sizeof(text));
        hmac_sha256(str_make(writer->key, SHA256_LEN), str_make(text, (size_t)len), mac);
        hex_write(writer->previous, mac, sizeof(mac));
}

static void sign_chunk(struct chunk_writer *writer, struct str clear)
{
        char rest[2 * CHUNKED_SIGNATURE + 1];

        sha256_hex(STR(""), rest);
        rest[CHUNKED_SIGNATURE] = '\n';
        sha256_hex(clear, rest + CHUNKED_SIGNATURE + 1);
        sign(writer, "AWS4-HMAC-SHA256-PAYLOAD", str_make(rest, sizeof(rest)));
}

void chunk_writer_add(struct chunk_writer *writer, struct str clear)
{
        buf_addf(&writer->body, "%zx", clear.len);
        if (writer->payload != PAYLOAD_UNSIGNED_TRAILER) {
                sign_chunk(writer, clear);
                buf_addf(&writer->body, ";chunk-signature=%.*s", (int)CHUNKED_SIGNATURE, writer->previous);
        }
        buf_add(&writer->body, STR("\r\n"));
        buf_add(&writer->body, clear);
        if (clear.len)
                buf_add(&writer->body, STR("\r\n"));
        writer->decoded_len += clear.len;
}

void chunk_writer_trailer(struct chunk_writer *writer, const char *line)
{
        buf_addf(&writer->body, "%s\r\n", line);
}

void chunk_writer_sign_trailers(struct chunk_writer *writer, const char *canonical)
{
        char hash[CHUNKED_SIGNATURE];

        sha256_hex(str_of(canonical), hash);
        sign(writer, "AWS4-HMAC-SHA256-TRAILER", str_make(hash, sizeof(hash)));
        buf_addf(&writer->body, "x-amz-trailer-signature:%.*s\r\n", (int)CHUNKED_SIGNATURE, writer->previous);
}

void chunk_writer_end(struct chunk_writer *writer)
{
        buf_add(&writer->body, STR("\r\n"));
        assert(!writer->body.failed);
}

int chunk_writer_begin(struct chunk_writer *writer, struct chunked *chunked, const char *seed)
{
        struct auth_stream stream = {
                .seed = str_of(seed), .timestamp = STR(EXAMPLE_TIME), .scope = STR(EXAMPLE_SCOPE)};
        int r = secret_copy(&stream.signing_key, str_make(writer->key, SHA256_LEN));

        assert(r == 0);
        (void)snprintf(writer->length, sizeof(writer->length), "%llu",
                       (unsigned long long)writer->decoded_len);
        writer->headers[0] =
                (struct http_header){STR("x-amz-decoded-content-length"), str_of(writer->length)};
        writer->request = (struct http_request){.headers = writer->headers,
                                                .header_count = writer->payload == PAYLOAD_CHUNKS ? 1 : 2};
        r = chunked_begin(chunked, &writer->request, writer->payload, &stream);
        auth_stream_done(&stream);
        return r;
}
