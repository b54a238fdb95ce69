/* What EC2 says of parameters that are not as its shapes demand: it has codes of its own for those that are
 * missing or unknown. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
 *
 * All fill in the fault and give -EBADMSG, or -ENOMEM. */
#pragma once

#include "wire/errors.h"
#include "wire/validate.h"

/* Of every request, whatever its operation: the action, and what proves who asks. */
bool ec2_is_common_parameter(struct str name);

must_check int ec2_fault_of_unknown(struct str name, struct arena *arena, struct wire_fault *ret);

/* Of the first of these violations. */
must_check int ec2_fault_of_value(const struct wire_violations *violations, const void *in,
                                  struct arena *arena, struct wire_fault *ret);
