/* What requests say of rules: one permission has protocol and ports, and any number of peers. */
#pragma once

#include "services/ec2/rule.h"

struct ec2_asked {
        const struct ec2_group_record *group; /* whose rules */
        bool is_egress;
        bool is_there; /* rules that were made before: the groups that they name may be gone */
};

/* A rule each, without number, id and tags. */
must_check int ec2_read_permissions(struct call *call, const struct ec2_asked *asked,
                                    const struct ec2_ip_permission_list *permissions, struct ec2_rules *ret);

/* A permission that is written into the request itself, as those of ingress may be. */
struct ec2_plain_permission {
        struct str protocol, cidr, source_name, source_owner;
        struct opt_int from_port, to_port;
};
/* That of any of the requests: they name its members alike. */
#define EC2_PLAIN_PERMISSION(in)                                                                             \
        {                                                                                                    \
                (in)->ip_protocol, (in)->cidr_ip, (in)->source_security_group_name,                          \
                        (in)->source_security_group_owner_id, (in)->from_port, (in)->to_port                 \
        }
/* The permissions of a request that may have them in either form; InvalidParameterCombination for both,
 * and an empty list for none. */
must_check int ec2_choose_permissions(struct call *call, const struct ec2_plain_permission *plain,
                                      const struct ec2_ip_permission_list *listed,
                                      struct ec2_ip_permission_list *ret);
/* "Not supported. Use IP permissions instead.": of egress. */
must_check int ec2_refuse_plain(struct call *call, const struct ec2_plain_permission *plain);
