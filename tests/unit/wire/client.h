/* The client's side of the protocols, written apart from the server's: requests as an SDK would send them,
 * and whether an answer says what a value holds. */
#pragma once

#include "base/buf.h"
#include "net/http.h"
#include "wire/descriptor.h"

#include <jansson.h>

/* "UserName=alice&Tags.member.1.Key=..." */
void client_query_request(const struct wire_type *type, const void *value, struct buf *ret);
/* "IpPermissions.1.IpProtocol=tcp&..." */
void client_ec2_request(const struct wire_type *type, const void *value, struct buf *ret);

/* A new reference. */
json_t *client_json_value(const struct wire_type *type, const void *value);
bool client_json_matches(const struct wire_type *type, const void *value, const json_t *json);

/* Is `body` well-formed XML whose child of this name (NULL: whose root) holds the members of the value? */
bool client_xml_matches(const struct wire_type *type, const void *value, struct str body, const char *child);

bool client_xml_is_well_formed(struct str body);

/* A document as no SDK would write it, but all must read it: every element has a prefix, members stand in
 * reverse, and what could be a reference is one. */
void client_xml_request(const struct wire_type *type, const void *value, struct str root, struct buf *ret);

/* All of a rest request, in the arena. */
void client_rest_request(const struct api_operation *operation, const void *in, struct arena *arena,
                         struct http_request *ret);
/* Do status, headers and body say what the value holds? */
bool client_rest_matches(const struct api_operation *operation, const void *out,
                         const struct http_response *response);
