/* Reading a rest request, place by place. Internal to the rest protocols. */
#pragma once

#include "wire/wire.h"

struct rest_in {
        enum api_protocol protocol;
        const struct http_request *http;
        const struct wire_rest *rest;
        struct arena *arena;
        struct wire_fault *fault;
};

/* The value of a member, or of an item of it, from its text. -EBADMSG: in the fault, in the protocol's words.
 */
must_check int rest_in_value(struct rest_in *in, const struct wire_member *member,
                             const struct wire_type *type, struct str text, void *place);

/* Fills in the fault of a value that is none of this type. */
must_check int rest_in_refuse(struct rest_in *in, const struct wire_member *member,
                              const struct wire_type *type, struct str text);

/* All members of the input that travel there. */
must_check int rest_in_query(struct rest_in *in, const struct wire_type *type, void *in_struct);
must_check int rest_in_headers(struct rest_in *in, const struct wire_type *type, void *in_struct);
