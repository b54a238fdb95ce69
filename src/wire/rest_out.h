/* The headers of a rest answer. Internal to the rest protocols. */
#pragma once

#include "net/http.h"
#include "wire/descriptor.h"

struct rest_headers {
        struct arena *arena;
        bool has_content_length; /* the answer has a body, whose length the server says: the output does not
                                  */
        struct http_header *items;
        size_t count;
};

/* The request's id, in the service's headers. */
must_check int rest_headers_begin(struct rest_headers *headers, const struct api_service *service,
                                  struct str request_id);

/* Those that members of the output are. Control characters, which could end a header and begin another, go
 * out as blanks; an entry of a map whose key cannot be a part of a name is left out. */
must_check int rest_headers_add_all(struct rest_headers *headers, const struct wire_type *type,
                                    const void *out);

/* Content-Type, unless the output gave it. */
must_check int rest_headers_type(struct rest_headers *headers, struct str content_type);
