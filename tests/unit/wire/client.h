/* The client's side of the protocols, written apart from the server's: requests as an SDK would send them,
 * and whether an answer says what a value holds. */
#pragma once

#include "base/buf.h"
#include "wire/descriptor.h"

#include <jansson.h>

/* "UserName=alice&Tags.member.1.Key=..." */
void client_query_request(const struct wire_type *type, const void *value, struct buf *ret);

/* A new reference. */
json_t *client_json_value(const struct wire_type *type, const void *value);
bool client_json_matches(const struct wire_type *type, const void *value, const json_t *json);

/* Is `body` well-formed XML whose child of this name (NULL: whose root) holds the members of the value? */
bool client_xml_matches(const struct wire_type *type, const void *value, struct str body, const char *child);

bool client_xml_is_well_formed(struct str body);
