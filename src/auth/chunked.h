/* Bodies of Content-Encoding: aws-chunked, decoded as they come: S3's uploads in signed chunks, or in
 * unsigned ones, with or without trailers. Memory is bounded whatever the body's size; nothing is allocated
 * but the hash in progress. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 *
 * A chunk's bytes are given out before the signature of the chunk is known to be right, and the signature
 * holds for the chunks so far, not for the end: what was given out counts only once chunked_end() gives 0. */
#pragma once

#include "auth/auth.h"
#include "crypto/hash.h"

/* What is wrong with a body, and the error of S3 that says so. */
enum chunked_problem {
        CHUNKED_OK,
        CHUNKED_MALFORMED,     /* framing, an end too early, bytes behind the end: IncompleteBody 400 */
        CHUNKED_WRONG_LENGTH,  /* not as long as X-Amz-Decoded-Content-Length says: IncompleteBody 400 */
        CHUNKED_NO_LENGTH,     /* that header is missing or no number: MissingContentLength 411 */
        CHUNKED_BAD_SIGNATURE, /* of a chunk, or of the trailers: SignatureDoesNotMatch 403 */
        CHUNKED_SMALL_CHUNK, /* before another: InvalidChunkSizeError 403, with <Chunk> and <BadChunkSize> */
        CHUNKED_BAD_TRAILER, /* not announced, announced but missing, twice: MalformedTrailerError 400 */
        CHUNKED_UNSUPPORTED_TRAILER, /* announced, and none that S3 knows: InvalidRequest 400 */
};

/* S3's words for it; absent for CHUNKED_OK. */
struct str chunked_words(enum chunked_problem problem);

#define CHUNKED_LINE_MAX     256 /* a chunk's header, or one trailer */
#define CHUNKED_TRAILERS_MAX 1024
#define CHUNKED_SCOPE_MAX    128
#define CHUNKED_SIGNATURE    ((size_t)2 * SHA256_LEN)

/* Its bytes may move between calls. */
struct chunked {
        enum chunked_problem problem; /* why -EBADMSG */
        uint64_t chunk_number;        /* of the newest chunk, from 1 on: <Chunk> */
        uint64_t small_size;          /* <BadChunkSize> */

        /* -- Its own affair. */
        enum auth_payload payload;
        int state, error;
        uint64_t decoded_len, total; /* as announced, and of the chunks so far */
        uint64_t chunk_len, chunk_left;
        struct sha256 hash; /* of the chunk in progress */
        struct secret signing_key;
        char previous[CHUNKED_SIGNATURE];  /* signature: the next one covers it */
        char signature[CHUNKED_SIGNATURE]; /* that the chunk in progress came with */
        char timestamp[16], scope[CHUNKED_SCOPE_MAX];
        size_t scope_len;
        bool has_trailer_signature;
        char line[CHUNKED_LINE_MAX];
        size_t line_len;
        char announced[CHUNKED_LINE_MAX]; /* "x-amz-checksum-crc32c" and a comma, each */
        size_t announced_len;
        char trailers[CHUNKED_TRAILERS_MAX]; /* "name:value\n" each, in order of their names */
        size_t trailers_len;
};

/* Reads from the request's headers what is to come; of the body nothing yet. payload: one of the streaming
 * kinds. Takes over the stream's key, and nothing else of stream or request is needed afterwards. Whatever
 * the result, chunked_done() is due. -EBADMSG: chunked->problem says why. */
must_check int chunked_begin(struct chunked *chunked, const struct http_request *request,
                             enum auth_payload payload, struct auth_stream *stream);
void chunked_done(struct chunked *chunked); /* wipes; fine on {} */

/* The next bytes of the body, in pieces of any size. take() is given what they decode to; what it returns
 * below 0 ends the decoding and is returned. -EBADMSG: chunked->problem says why; the same at every later
 * call. */
must_check int chunked_push(struct chunked *chunked, struct str bytes,
                            int (*take)(void *arg, struct str clear), void *arg);
/* That was all of the body. 0: it is whole, as long as announced, and every signature is right. -EBADMSG. */
must_check int chunked_end(struct chunked *chunked);

/* A body that is there already, from begin to end. out: may be where the body stands. -EMSGSIZE: it would not
 * fit into the room; -EBADMSG as above: what is in out means nothing. */
must_check int chunked_decode(struct chunked *chunked, struct str body, char *out, size_t room,
                              size_t *ret_len);

/* The value of a trailer, once chunked_end() gave 0; absent: it did not come. Valid while the struct stands
 * where it is. Trailers that were not signed are the client's word only. */
struct str chunked_trailer(const struct chunked *chunked, struct str lower_case_name);
/* The trailers that have come, one after the other. False: that was the last. *at is 0 at first. */
bool chunked_next_trailer(const struct chunked *chunked, size_t *at, struct str *ret_name,
                          struct str *ret_value);
