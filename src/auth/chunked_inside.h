/* The parts of chunked.c. For its files only. */
#pragma once

#include "auth/chunked.h"

/* Notes why the body is refused, and gives -EBADMSG. */
must_check int chunked_refuse(struct chunked *chunked, enum chunked_problem problem);

static inline bool chunked_is_signed(const struct chunked *chunked)
{
        return chunked->payload != PAYLOAD_UNSIGNED_TRAILER;
}

/* -- The line before a chunk's bytes: chunk_len, signature; total, which stays within what is announced. */

must_check int chunked_read_header(struct chunked *chunked, struct str line);

/* -- Signatures. */

/* Of the chunk whose bytes have this hash: chunked->signature. The next one follows it. */
must_check int chunked_prove_chunk(struct chunked *chunked, const uint8_t hash[SHA256_LEN]);
/* Of the trailers that have come. */
must_check int chunked_prove_trailers(struct chunked *chunked, struct str signature);

/* -- Trailers. */

must_check int chunked_announce(struct chunked *chunked, const struct http_request *request);
/* "name:value"; where it is the signature, what came before it is proven. */
must_check int chunked_add_trailer(struct chunked *chunked, struct str line);
/* That was the last. */
must_check int chunked_check_trailers(struct chunked *chunked);
