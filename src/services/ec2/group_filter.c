/* https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroups.html (Filter.N) */
#include "services/ec2/group_filter.h"

static const struct ec2_group_shown *shown_of(const void *item)
{
        return item;
}

static void show_description(const void *item, struct ec2_probe *probe)
{
        ec2_probe_text(probe, shown_of(item)->group.description);
}

static void show_id(const void *item, struct ec2_probe *probe)
{
        ec2_probe_text(probe, shown_of(item)->group.id);
}

static void show_name(const void *item, struct ec2_probe *probe)
{
        ec2_probe_text(probe, shown_of(item)->group.name);
}

static void show_owner(const void *item, struct ec2_probe *probe)
{
        ec2_probe_text(probe, shown_of(item)->group.account);
}

static void show_tag(const void *item, struct ec2_probe *probe)
{
        ec2_probe_tag(probe, &shown_of(item)->group.tags);
}

static void show_tag_keys(const void *item, struct ec2_probe *probe)
{
        ec2_probe_tag_keys(probe, &shown_of(item)->group.tags);
}

static void show_vpc(const void *item, struct ec2_probe *probe)
{
        ec2_probe_text(probe, shown_of(item)->group.vpc);
}

/* -- Rules: "the results include security groups for which any combination of rules - not necessarily a
 * single rule - match all filters". Of each piece of a rule one filter for what comes in, and one for what
 * goes out. */

typedef void (*show_rule)(const struct ec2_rule_record *rule, struct ec2_probe *probe);

static void show_rules(const void *item, struct ec2_probe *probe, bool is_egress, show_rule show)
{
        const struct ec2_rules *rules = &shown_of(item)->rules;

        for (size_t i = 0; i < rules->count; i++)
                if (ec2_is_egress(&rules->items[i]) == is_egress)
                        show(&rules->items[i], probe);
}

static void show_ipv4(const struct ec2_rule_record *rule, struct ec2_probe *probe)
{
        ec2_probe_text(probe, rule->cidr_ipv4);
}

static void show_ipv6(const struct ec2_rule_record *rule, struct ec2_probe *probe)
{
        ec2_probe_text(probe, rule->cidr_ipv6);
}

static void show_from(const struct ec2_rule_record *rule, struct ec2_probe *probe)
{
        ec2_probe_number(probe, rule->from_port.value);
}

static void show_to(const struct ec2_rule_record *rule, struct ec2_probe *probe)
{
        ec2_probe_number(probe, rule->to_port.value);
}

static void show_referenced(const struct ec2_rule_record *rule, struct ec2_probe *probe)
{
        ec2_probe_text(probe, rule->referenced);
}

static void show_referenced_name(const struct ec2_rule_record *rule, struct ec2_probe *probe)
{
        ec2_probe_text(probe, rule->referenced_name);
}

static void show_referenced_account(const struct ec2_rule_record *rule, struct ec2_probe *probe)
{
        ec2_probe_text(probe, rule->referenced_account);
}

static void show_prefix_list(const struct ec2_rule_record *rule, struct ec2_probe *probe)
{
        ec2_probe_text(probe, rule->prefix_list);
}

static void show_protocol(const struct ec2_rule_record *rule, struct ec2_probe *probe)
{
        ec2_probe_text(probe, rule->protocol);
}

#define BOTH_WAYS(show)                                                                                      \
        static void show##_in(const void *item, struct ec2_probe *probe)                                     \
        {                                                                                                    \
                show_rules(item, probe, false, show);                                                        \
        }                                                                                                    \
        static void show##_out(const void *item, struct ec2_probe *probe)                                    \
        {                                                                                                    \
                show_rules(item, probe, true, show);                                                         \
        }

BOTH_WAYS(show_ipv4)
BOTH_WAYS(show_ipv6)
BOTH_WAYS(show_from)
BOTH_WAYS(show_to)
BOTH_WAYS(show_referenced)
BOTH_WAYS(show_referenced_name)
BOTH_WAYS(show_referenced_account)
BOTH_WAYS(show_prefix_list)
BOTH_WAYS(show_protocol)

#define FIELDS_OF(name, show)                                                                                \
        {STR_INIT("ip-permission." name), show##_in},                                                        \
        {                                                                                                    \
                STR_INIT("egress.ip-permission." name), show##_out                                           \
        }

static const struct ec2_filter_field FIELDS[] = {
        {STR_INIT("description"), show_description},
        {STR_INIT("group-id"), show_id},
        {STR_INIT("group-name"), show_name},
        {STR_INIT("owner-id"), show_owner},
        {STR_INIT("tag:"), show_tag},
        {STR_INIT("tag-key"), show_tag_keys},
        {STR_INIT("vpc-id"), show_vpc},
        FIELDS_OF("cidr", show_ipv4),
        FIELDS_OF("from-port", show_from),
        FIELDS_OF("group-id", show_referenced),
        FIELDS_OF("group-name", show_referenced_name),
        FIELDS_OF("ipv6-cidr", show_ipv6),
        FIELDS_OF("prefix-list-id", show_prefix_list),
        FIELDS_OF("protocol", show_protocol),
        FIELDS_OF("to-port", show_to),
        FIELDS_OF("user-id", show_referenced_account),
};

static const struct ec2_filter_field FIELDS_FOR_VPC[] = {
        {STR_INIT("description"), show_description}, {STR_INIT("group-id"), show_id},
        {STR_INIT("group-name"), show_name},         {STR_INIT("owner-id"), show_owner},
        {STR_INIT("primary-vpc-id"), show_vpc},
};

int ec2_check_group_filters(struct call *call, const struct ec2_filter_list *filters)
{
        return ec2_check_filters(call, filters, FIELDS, ARRAY_LEN(FIELDS));
}

bool ec2_group_matches(const struct ec2_filter_list *filters, struct ec2_effort *effort,
                       const struct ec2_group_shown *shown)
{
        return ec2_filters_match(filters, FIELDS, ARRAY_LEN(FIELDS), effort, shown);
}

bool ec2_group_filters_need_rules(const struct ec2_filter_list *filters)
{
        for (size_t i = 0; i < filters->count; i++)
                if (str_starts(filters->items[i].name, STR("ip-permission.")) ||
                    str_starts(filters->items[i].name, STR("egress.")))
                        return true;
        return false;
}

int ec2_check_group_filters_for_vpc(struct call *call, const struct ec2_filter_list *filters)
{
        return ec2_check_filters(call, filters, FIELDS_FOR_VPC, ARRAY_LEN(FIELDS_FOR_VPC));
}

bool ec2_group_matches_for_vpc(const struct ec2_filter_list *filters, struct ec2_effort *effort,
                               const struct ec2_group_shown *shown)
{
        return ec2_filters_match(filters, FIELDS_FOR_VPC, ARRAY_LEN(FIELDS_FOR_VPC), effort, shown);
}
