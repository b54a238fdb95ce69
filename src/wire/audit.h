/* Inputs and outputs as events show them: requestParameters and responseElements, without secrets.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
#pragma once

#include "base/json_out.h"
#include "wire/descriptor.h"

/* So much is written of requestParameters or responseElements, of which an event shows less (server/audit.c):
 * how large they were is told. */
#define WIRE_AUDIT_MAX ((size_t)512 * 1024)

/* Writes the structure as one JSON object, or null when no member is set. Members of secret types or so
 * marked read "HIDDEN_DUE_TO_SECURITY_REASONS". More than WIRE_AUDIT_MAX bytes: -EMSGSIZE, with the buffer as
 * it was before. -EMSGSIZE also when the buffer itself is full. */
must_check int wire_audit_json(const struct wire_type *type, const void *value, struct json_out *out);

/* The same of EC2: by the names of its documents, with lists as {"items": [...]}. Of an answer request_id
 * stands in front; absent: none. */
must_check int wire_audit_ec2(const struct wire_type *type, const void *value, struct str request_id,
                              struct json_out *out);

/* The same of EC2's younger operations: within "<name>Request" or "<name>Response", a request by the names of
 * its form. Lists are told as what XML has under one name: one item, or an array of them, each with its
 * number
 * ("tag"). */
must_check int wire_audit_enclosed(const struct api_operation *operation, const void *in,
                                   struct json_out *out);
must_check int wire_audit_enclosed_answer(const struct api_operation *operation, const void *answer,
                                          struct str request_id, struct json_out *out);

/* The same of S3: a request by the names that it has on the wire, with the host that was called (absent:
 * none), and of an answer its own headers. */
must_check int wire_audit_request(const struct api_operation *operation, const void *in, struct str host,
                                  struct json_out *out);
must_check int wire_audit_answer(const struct api_operation *operation, const void *answer,
                                 struct json_out *out);
