/* The parameters of a query-protocol request: application/x-www-form-urlencoded, from the query string and,
 * for POST, from the body behind it.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html */
#pragma once

#include "net/http.h"
#include "wire/errors.h"

/* In the order sent; names and values are decoded, valid UTF-8, and live in the arena or in the request. */
struct wire_form {
        struct str_pair *params;
        size_t count;
};

/* Parameters that one request may carry; AWS's services stop at about as many. */
#define WIRE_FORM_MAX_PARAMS 10000

/* -EBADMSG with *ret_fault filled: malformed percent-encoding, bytes that are not UTF-8, too many parameters.
 * -ENOMEM: the arena is full. */
must_check int wire_form_parse(const struct http_request *request, struct arena *arena, struct wire_form *ret,
                               struct wire_fault *ret_fault);

/* Those of a query string alone. -EINVAL: malformed percent-encoding; -EILSEQ: not UTF-8; -E2BIG: too many;
 * -ENOMEM. */
must_check int wire_form_parse_query(struct str query, struct arena *arena, struct wire_form *ret);

/* The last value given under this exact name; absent when there is none. */
struct str wire_form_value(const struct wire_form *form, struct str name);

/* "Action" and "Version", absent when not given. */
void wire_query_action(const struct wire_form *form, struct str *ret_action, struct str *ret_version);
