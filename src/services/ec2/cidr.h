/* Ranges of addresses. */
#pragma once

#include "services/call.h"

/* As AWS keeps them: "100.68.0.18/18" is "100.68.0.0/18". -EINVAL: none, or without the length of its prefix;
 * -ENOMEM. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html */
must_check int ec2_cidr_ipv4(struct call *call, struct str text, struct str *ret);
/* Of one that is canonical: the length of its prefix. */
unsigned int ec2_cidr_length(struct str cidr);
must_check int ec2_cidr_ipv6(struct call *call, struct str text, struct str *ret);
