/* Protocols and ports of rules. */
#pragma once

#include "services/ec2/ec2.h"

/* Into protocol, from_port and to_port of the rule; InvalidParameterValue, MissingParameter. */
must_check int ec2_read_protocol(struct call *call, struct str protocol, struct opt_int from,
                                 struct opt_int to, struct ec2_rule_record *ret);
/* Has it ports, or types and codes? Of others all traffic is meant. */
bool ec2_protocol_has_ports(struct str protocol);
