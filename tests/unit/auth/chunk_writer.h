/* A client's side of an aws-chunked body, for tests: AWS's example credentials and time, a body in chunks,
 * trailers. That its signatures are right is shown by AWS's own examples. */
#pragma once

#include "auth/chunked.h"
#include "base/buf.h"

/* https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html */
#define EXAMPLE_SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
#define EXAMPLE_TIME   "20130524T000000Z"
#define EXAMPLE_SCOPE  "20130524/us-east-1/s3/aws4_request"
#define EXAMPLE_SEED   "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"

struct chunk_writer {
        enum auth_payload payload;
        uint8_t key[SHA256_LEN];
        char previous[CHUNKED_SIGNATURE];
        struct buf body; /* what was written */
        uint64_t decoded_len;
        struct http_header headers[2];
        struct http_request
                request; /* that announces it, x-amz-checksum-crc32c as trailer, where the payload has any */
        char length[24];
};

/* seed: 64 digits. */
void chunk_writer_init(struct chunk_writer *writer, enum auth_payload payload, const char *seed);
void chunk_writer_done(struct chunk_writer *writer);

void chunk_writer_add(struct chunk_writer *writer, struct str clear);     /* the last one is empty */
void chunk_writer_trailer(struct chunk_writer *writer, const char *line); /* "name:value" */
/* "x-amz-trailer-signature:...": over the trailers' canonical text, "name:value\n" each. */
void chunk_writer_sign_trailers(struct chunk_writer *writer, const char *canonical);
void chunk_writer_end(struct chunk_writer *writer); /* the empty line */

/* A decoder of what the writer announces. */
must_check int chunk_writer_begin(struct chunk_writer *writer, struct chunked *chunked, const char *seed);
