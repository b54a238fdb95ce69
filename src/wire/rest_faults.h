/* What S3 says of a request that is not as its shapes demand: by where the member travels that is wrong.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 *
 * All fill in the fault and give -EBADMSG, or -ENOMEM. */
#pragma once

#include "wire/errors.h"

/* A document that is not well-formed, or lacks something, or has a value in it that is out of bounds. */
must_check int rest_fault_of_document(struct arena *arena, struct wire_fault *ret);

/* A text that is no value of this type, the member's or that of its items. */
must_check int rest_fault_of_text(const struct wire_member *member, const struct wire_type *type,
                                  struct str text, struct arena *arena, struct wire_fault *ret);

/* A member of the decoded input that is required and absent, or breaks its limits, or has something in it
 * that does. */
must_check int rest_fault_of_value(const struct wire_member *member, const void *in, struct arena *arena,
                                   struct wire_fault *ret);
