#include "auth/chunked_inside.h"

#include <assert.h>

#define LENGTH_HEADER  "X-Amz-Decoded-Content-Length"
#define LINE_END_BYTES 2

enum state { CHUNK_HEADER, CHUNK_DATA, CHUNK_END, TRAILERS, ENDED };

struct taker {
        int (*take)(void *arg, struct str clear);
        void *arg;
};

int chunked_refuse(struct chunked *chunked, enum chunked_problem problem)
{
        chunked->problem = problem;
        return -EBADMSG;
}

struct str chunked_words(enum chunked_problem problem)
{
        static const struct str INCOMPLETE = STR_INIT("The request body terminated unexpectedly");
        const struct str words[] = {
                [CHUNKED_MALFORMED] = INCOMPLETE,
                [CHUNKED_WRONG_LENGTH] = INCOMPLETE,
                [CHUNKED_NO_LENGTH] = STR("You must provide the Content-Length HTTP header."),
                [CHUNKED_BAD_SIGNATURE] = STR("The request signature we calculated does not match the "
                                              "signature you provided. Check your "
                                              "key and signing method."),
                [CHUNKED_SMALL_CHUNK] =
                        STR("Only the last chunk is allowed to have a size less than 8192 bytes"),
                [CHUNKED_BAD_TRAILER] =
                        STR("The request contained trailing data that was not well-formed or did not "
                            "conform to our published schema."),
                [CHUNKED_UNSUPPORTED_TRAILER] =
                        STR("The value specified in the x-amz-trailer header is not supported"),
        };

        return words[problem];
}

/* -- Beginning and end. */

static int read_length(struct chunked *chunked, const struct http_request *request)
{
        struct str value = http_header_value(request, STR(LENGTH_HEADER));
        size_t count = 0;

        for (size_t i = 0; i < request->header_count; i++)
                count += str_eq_nocase(request->headers[i].name, STR(LENGTH_HEADER));
        if (count != 1 || str_to_u64(value, &chunked->decoded_len) < 0)
                return chunked_refuse(chunked, CHUNKED_NO_LENGTH);
        return 0;
}

static void take_over(struct chunked *chunked, struct auth_stream *stream)
{
        assert(stream->seed.len == CHUNKED_SIGNATURE && stream->scope.len <= CHUNKED_SCOPE_MAX &&
               stream->timestamp.len == sizeof(chunked->timestamp));
        chunked->signing_key = stream->signing_key;
        stream->signing_key = (struct secret){};
        memcpy(chunked->previous, stream->seed.ptr, CHUNKED_SIGNATURE);
        memcpy(chunked->timestamp, stream->timestamp.ptr, sizeof(chunked->timestamp));
        memcpy(chunked->scope, stream->scope.ptr, stream->scope.len);
        chunked->scope_len = stream->scope.len;
}

int chunked_begin(struct chunked *chunked, const struct http_request *request, enum auth_payload payload,
                  struct auth_stream *stream)
{
        assert(payload_is_streamed(payload));
        *chunked = (struct chunked){.payload = payload, .state = CHUNK_HEADER};
        if (chunked_is_signed(chunked))
                take_over(chunked, stream);
        chunked->error = read_length(chunked, request);
        if (chunked->error == 0)
                chunked->error = chunked_announce(chunked, request);
        return chunked->error;
}

/* A hash that was begun must be ended. */
static void drop_hash(struct chunked *chunked)
{
        uint8_t unused[SHA256_LEN];

        if (chunked->hash.context)
                sha256_end(&chunked->hash, unused);
        chunked->hash = (struct sha256){};
}

void chunked_done(struct chunked *chunked)
{
        drop_hash(chunked);
        secret_done(&chunked->signing_key);
}

/* -- Lines: chunk headers, the end of a chunk's bytes, trailers. */

static int end_chunk(struct chunked *chunked)
{
        uint8_t hash[SHA256_LEN];

        if (!chunked_is_signed(chunked))
                return 0;
        sha256_end(&chunked->hash, hash);
        chunked->hash = (struct sha256){};
        return chunked_prove_chunk(chunked, hash);
}

static int begin_chunk(struct chunked *chunked, struct str line)
{
        TRY(chunked_read_header(chunked, line));
        chunked->chunk_left = chunked->chunk_len;
        if (chunked_is_signed(chunked))
                sha256_begin(&chunked->hash);
        chunked->state = chunked->chunk_len ? CHUNK_DATA : TRAILERS;
        return chunked->chunk_len ? 0 : end_chunk(chunked);
}

static int take_line(struct chunked *chunked, struct str line)
{
        if (chunked->state == CHUNK_HEADER)
                return begin_chunk(chunked, line);
        if (chunked->state == TRAILERS && line.len)
                return chunked_add_trailer(chunked, line);
        if (line.len)
                return chunked_refuse(chunked, CHUNKED_MALFORMED);
        if (chunked->state == CHUNK_END) {
                chunked->state = CHUNK_HEADER;
                return 0;
        }
        chunked->state = ENDED;
        return chunked_check_trailers(chunked);
}

/* Printable ASCII and CRLF: nothing else stands in such a line. */
static int check_line(struct chunked *chunked)
{
        size_t len = chunked->line_len - LINE_END_BYTES;

        if (chunked->line_len < LINE_END_BYTES || chunked->line[len] != '\r')
                return chunked_refuse(chunked, CHUNKED_MALFORMED);
        for (size_t i = 0; i < len; i++)
                if (chunked->line[i] < ' ' || chunked->line[i] > '~')
                        return chunked_refuse(chunked, CHUNKED_MALFORMED);
        return 0;
}

static int push_line(struct chunked *chunked, struct str *bytes)
{
        size_t room =
                (chunked->state == CHUNK_END ? LINE_END_BYTES : sizeof(chunked->line)) - chunked->line_len;
        struct str piece = str_part(*bytes, 0, room);
        ptrdiff_t end = str_find_byte(piece, '\n');

        if (end >= 0)
                piece.len = (size_t)end + 1;
        memcpy(chunked->line + chunked->line_len, piece.ptr, piece.len);
        chunked->line_len += piece.len;
        *bytes = str_from(*bytes, piece.len);
        if (end < 0)
                return piece.len == room ? chunked_refuse(chunked, CHUNKED_MALFORMED) : 0;
        TRY(check_line(chunked));
        piece = str_make(chunked->line, chunked->line_len - LINE_END_BYTES);
        chunked->line_len = 0;
        return take_line(chunked, piece);
}

/* -- The bytes. */

static int push_data(struct chunked *chunked, struct str *bytes, const struct taker *taker)
{
        struct str piece = *bytes;

        if (piece.len > chunked->chunk_left)
                piece.len = (size_t)chunked->chunk_left;
        *bytes = str_from(*bytes, piece.len);
        chunked->chunk_left -= piece.len;
        if (chunked_is_signed(chunked))
                sha256_add(&chunked->hash, piece);
        TRY(taker->take(taker->arg, piece));
        if (chunked->chunk_left)
                return 0;
        chunked->state = CHUNK_END;
        return end_chunk(chunked);
}

static int push(struct chunked *chunked, struct str bytes, const struct taker *taker)
{
        while (bytes.len) {
                if (chunked->state == ENDED)
                        return chunked_refuse(chunked, CHUNKED_MALFORMED);
                TRY(chunked->state == CHUNK_DATA ? push_data(chunked, &bytes, taker)
                                                 : push_line(chunked, &bytes));
        }
        return 0;
}

int chunked_push(struct chunked *chunked, struct str bytes, int (*take)(void *arg, struct str clear),
                 void *arg)
{
        struct taker taker = {take, arg};

        if (chunked->error == 0)
                chunked->error = push(chunked, bytes, &taker);
        return chunked->error;
}

int chunked_end(struct chunked *chunked)
{
        if (chunked->error == 0 && chunked->state != ENDED)
                chunked->error = chunked_refuse(chunked, CHUNKED_MALFORMED);
        return chunked->error;
}

/* -- All at once. */

struct output {
        char *out;
        size_t len;
};

/* What is decoded is never longer than what it was decoded from, so it may take its place. */
static int append(void *arg, struct str clear)
{
        struct output *output = arg;

        memmove(output->out + output->len, clear.ptr, clear.len);
        output->len += clear.len;
        return 0;
}

int chunked_decode(struct chunked *chunked, struct str body, char *out, size_t room, size_t *ret_len)
{
        struct output output = {.out = out};

        if (chunked->error == 0 && chunked->decoded_len > room)
                return -EMSGSIZE;
        TRY(chunked_push(chunked, body, append, &output));
        TRY(chunked_end(chunked));
        *ret_len = output.len;
        return 0;
}
