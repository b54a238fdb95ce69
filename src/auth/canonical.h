/* The canonical request: the one text that both sides make of a request, whatever libraries and proxies did
 * to its spelling. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * For the files of this folder only. */
#pragma once

#include "auth/claim.h"
#include "base/buf.h"

/* Appends it without a line end after the payload hash. -EBADMSG: the signed headers are not a sorted list of
 * lower-case names of headers that came, so that no honest signature can match. */
must_check int canonical_request(const struct http_request *request, const struct claim *claim,
                                 bool path_is_literal, struct str payload_hash, struct arena *arena,
                                 struct buf *out);

void canonical_path(struct str path, bool is_literal, struct buf *out);
must_check int canonical_query(struct str query, struct arena *arena, struct buf *out);
must_check int canonical_headers(const struct http_request *request, struct str signed_headers,
                                 struct buf *out);

/* Whether a header of this name (in any case) is in the list "host;x-amz-date". */
bool is_signed_header(struct str signed_headers, struct str name);
