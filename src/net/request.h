/* The headers of a request as libmicrohttpd has them, made ours and judged. Inside this folder. */
#pragma once

#include "net/exchange.h"

/* Once the headers are in. */
must_check int request_read(struct http_exchange *exchange, const char *method, const char *version);
/* The strings of the request become the exchange's own: those of libmicrohttpd end with the connection. */
must_check int request_keep(struct http_exchange *exchange);
/* What another server on the way could have read in another way, which libmicrohttpd lets pass: two lengths,
 * a length and chunks, another coding, blanks in a header's name, two hosts.
 * https://www.rfc-editor.org/rfc/rfc9112#name-message-body-length */
bool request_is_ambiguous(const struct http_request *request);
/* What a Content-Length header announces; 0 for none. An impossible one counts as endless. */
uint64_t request_length(const struct http_request *request);
/* Nobody knows yet how long the body will be. */
bool request_is_chunked(const struct http_request *request);
/* The client waits to be told before it sends the body.
 * https://www.rfc-editor.org/rfc/rfc9110#name-expect */
bool request_asks_first(const struct http_request *request);
