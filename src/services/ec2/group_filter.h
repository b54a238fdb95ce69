/* What filters see of security groups. */
#pragma once

#include "services/ec2/filter.h"
#include "services/ec2/rule.h"

struct ec2_group_shown {
        struct ec2_group_record group;
        struct ec2_rules rules;
};

must_check int ec2_check_group_filters(struct call *call, const struct ec2_filter_list *filters);
bool ec2_group_matches(const struct ec2_filter_list *filters, struct ec2_effort *effort,
                       const struct ec2_group_shown *shown);
/* Do they look at the rules? */
bool ec2_group_filters_need_rules(const struct ec2_filter_list *filters);
/* The fewer ones of GetSecurityGroupsForVpc; the rules are not looked at. */
must_check int ec2_check_group_filters_for_vpc(struct call *call, const struct ec2_filter_list *filters);
bool ec2_group_matches_for_vpc(const struct ec2_filter_list *filters, struct ec2_effort *effort,
                               const struct ec2_group_shown *shown);
