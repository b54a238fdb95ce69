/* Rules of security groups. */
#pragma once

#include "services/ec2/ec2.h"

struct ec2_rules {
        struct ec2_rule_record *items;
        size_t count;
};

/* All of a group's, in the order in which they were added. */
must_check int ec2_get_rules(struct call *call, const struct ec2_group_record *group, struct ec2_rules *ret);
/* Stores a new one; its number is the group's next, and its id is drawn when it has none. The group is to be
 * stored afterwards. */
must_check int ec2_add_rule(struct call *call, struct ec2_group_record *group, struct ec2_rule_record *rule);
/* Of any group of the account in the region. -ENOENT */
must_check int ec2_find_rule(struct call *call, struct str id, struct ec2_rule_record *ret);
/* InvalidSecurityGroupRuleId.NotFound, .Malformed */
must_check int ec2_need_rule(struct call *call, struct str id, struct ec2_rule_record *ret);

/* Do they let the same through? Descriptions and tags do not count. */
bool ec2_rule_is_same(const struct ec2_rule_record *a, const struct ec2_rule_record *b);
/* RulesPerSecurityGroupLimitExceeded, of both directions and both families. */
must_check int ec2_check_rule_count(struct call *call, const struct ec2_rules *rules);
/* InvalidPermission.Duplicate, in AWS's words. */
must_check int ec2_rule_exists(struct call *call, const struct ec2_rule_record *rule);

static inline bool ec2_is_egress(const struct ec2_rule_record *rule)
{
        return rule->is_egress.value;
}

/* As the API tells it: rule_told.c */
must_check int ec2_tell_rule(struct call *call, const struct ec2_rule_record *rule,
                             struct ec2_security_group_rule *ret);
must_check int ec2_tell_rules(struct call *call, const struct ec2_rules *rules,
                              struct ec2_security_group_rule_list *ret);
/* Those of one direction, by protocol and ports. */
must_check int ec2_tell_permissions(struct call *call, const struct ec2_rules *rules, bool is_egress,
                                    struct ec2_ip_permission_list *ret);

/* The ids of what a VPC has from the beginning: home.c */
struct ec2_default_group {
        struct str id, vpc, in_rule, out_rule; /* the last two absent: drawn */
};
must_check int ec2_add_default_group(struct call *call, const struct ec2_default_group *ids);
struct str ec2_first_rule_id(struct call *call); /* of the one that lets all out */
