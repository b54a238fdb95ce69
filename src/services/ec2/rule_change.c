/* Rules changed in place.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySecurityGroupRules.html */
#include "services/ec2/permission.h"

static struct ec2_rule_record *find(const struct ec2_rules *rules, struct str id)
{
        for (size_t i = 0; i < rules->count; i++)
                if (str_eq(rules->items[i].id, id))
                        return &rules->items[i];
        return NULL;
}

/* In this group, and not only somewhere. */
static int need_of_group(struct call *call, const struct ec2_rules *there, struct str id,
                         struct ec2_rule_record **ret)
{
        struct ec2_rule_record rule = {};

        TRY(ec2_need_rule(call, id, &rule));
        *ret = find(there, id);
        if (!*ret)
                return fail(call, &ec2_invalid_security_group_rule_id_not_found,
                            "The security group rule ID '%.*s' does not exist", STR_ARG(id));
        return 0;
}

/* -- ModifySecurityGroupRules: what a rule says is replaced as a whole; its id and tags stay. */

static int peers_of(struct call *call, const struct ec2_security_group_rule_request *request,
                    struct ec2_ip_permission *ret)
{
        struct {
                struct ec2_ip_range ipv4;
                struct ec2_ipv6_range ipv6;
                struct ec2_prefix_list_id list;
                struct ec2_user_id_group_pair group;
        } *peers = arena_alloc(&call->arena, sizeof(*peers));

        if (!peers)
                return -ENOMEM;
        peers->ipv4 = (struct ec2_ip_range){request->description, request->cidr_ipv4};
        peers->ipv6 = (struct ec2_ipv6_range){request->description, request->cidr_ipv6};
        peers->list = (struct ec2_prefix_list_id){request->description, request->prefix_list_id};
        peers->group = (struct ec2_user_id_group_pair){.description = request->description,
                                                       .group_id = request->referenced_group_id};
        ret->ip_ranges = (struct ec2_ip_range_list){&peers->ipv4, str_is_set(request->cidr_ipv4), true};
        ret->ipv6_ranges = (struct ec2_ipv6_range_list){&peers->ipv6, str_is_set(request->cidr_ipv6), true};
        ret->prefix_list_ids =
                (struct ec2_prefix_list_id_list){&peers->list, str_is_set(request->prefix_list_id), true};
        ret->user_id_group_pairs = (struct ec2_user_id_group_pair_list){
                &peers->group, str_is_set(request->referenced_group_id), true};
        return 0;
}

static int read_request(struct call *call, const struct ec2_asked *asked,
                        const struct ec2_security_group_rule_request *request, struct ec2_rule_record *ret)
{
        struct ec2_ip_permission permission = {.ip_protocol = request->ip_protocol,
                                               .from_port = request->from_port,
                                               .to_port = request->to_port};
        const struct ec2_ip_permission_list one = {&permission, 1, true};
        struct ec2_rules rules = {};

        TRY(peers_of(call, request, &permission));
        TRY(ec2_read_permissions(call, asked, &one, &rules));
        if (rules.count != 1)
                return ec2_invalid(call,
                                   "Exactly one of CidrIpv4, CidrIpv6, PrefixListId and ReferencedGroupId "
                                   "must be specified for a security group rule.");
        *ret = rules.items[0];
        return 0;
}

static int change(struct call *call, const struct ec2_group_record *group, const struct ec2_rules *there,
                  const struct ec2_security_group_rule_update *update)
{
        struct ec2_asked asked = {.group = group};
        struct ec2_rule_record *rule, changed;

        TRY(need_of_group(call, there, update->security_group_rule_id, &rule));
        if (!update->security_group_rule)
                return ec2_missing(call, "The request must contain the parameter SecurityGroupRule");
        asked.is_egress = ec2_is_egress(rule);
        TRY(read_request(call, &asked, update->security_group_rule, &changed));
        changed.account = rule->account;
        changed.region = rule->region;
        changed.group = rule->group;
        changed.number = rule->number;
        changed.id = rule->id;
        changed.tags = rule->tags;
        *rule = changed;
        return call_put(call, &ec2_rule_record_type, rule);
}

static int check_unlike(struct call *call, const struct ec2_rules *rules)
{
        for (size_t i = 0; i < rules->count; i++)
                for (size_t k = 0; k < i; k++)
                        if (ec2_rule_is_same(&rules->items[i], &rules->items[k]))
                                return ec2_rule_exists(call, &rules->items[i]);
        return 0;
}

int ec2_modify_security_group_rules(struct call *call, const struct ec2_modify_security_group_rules_in *in,
                                    struct ec2_modify_security_group_rules_out *out)
{
        struct ec2_home_record home = {};
        struct ec2_group_record group = {};
        struct ec2_rules there = {};

        TRY(ec2_enter(call, &home));
        if (in->security_group_rules.count == 0)
                return ec2_missing(call, "The request must contain the parameter SecurityGroupRule");
        TRY(ec2_need_group(call, in->group_id, &group));
        TRY(ec2_get_rules(call, &group, &there));
        for (size_t i = 0; i < in->security_group_rules.count; i++)
                TRY(change(call, &group, &there, &in->security_group_rules.items[i]));
        TRY(check_unlike(call, &there));
        TRY(ec2_check_rule_count(call, &there));
        out->return_ = OPT_BOOL(true);
        return 0;
}

/* -- Descriptions: one that is left out is removed.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UpdateSecurityGroupRuleDescriptionsIngress.html
 */

static int describe_rule(struct call *call, struct ec2_rule_record *rule, struct str description)
{
        if (!ec2_text_is_valid(description))
                return ec2_invalid(call,
                                   "Invalid rule description. Valid descriptions are strings less than 256 "
                                   "characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*");
        rule->description = description.len ? description : STR_NONE;
        return call_put(call, &ec2_rule_record_type, rule);
}

static int describe_by_ids(struct call *call, const struct ec2_rules *there, bool is_egress,
                           const struct ec2_security_group_rule_description_list *descriptions)
{
        struct ec2_rule_record *rule;

        if (descriptions->count > EC2_RESOURCES_MAX)
                return ec2_invalid(call, "Too many security group rule ids.");
        for (size_t i = 0; i < descriptions->count; i++) {
                TRY(need_of_group(call, there, descriptions->items[i].security_group_rule_id, &rule));
                if (ec2_is_egress(rule) != is_egress)
                        return fail(call, &ec2_invalid_security_group_rule_id_not_found,
                                    "The security group rule ID '%.*s' does not exist", STR_ARG(rule->id));
                TRY(describe_rule(call, rule, descriptions->items[i].description));
        }
        return 0;
}

static int describe_same(struct call *call, const struct ec2_rules *there,
                         const struct ec2_rule_record *asked)
{
        for (size_t i = 0; i < there->count; i++)
                if (ec2_rule_is_same(&there->items[i], asked))
                        return describe_rule(call, &there->items[i], asked->description);
        return fail(call, &ec2_invalid_permission_not_found,
                    "The specified rule does not exist in this security group.");
}

static int describe_by_permissions(struct call *call, const struct ec2_asked *asked,
                                   const struct ec2_rules *there,
                                   const struct ec2_ip_permission_list *permissions)
{
        struct ec2_rules rules = {};

        TRY(ec2_read_permissions(call, asked, permissions, &rules));
        for (size_t i = 0; i < rules.count; i++)
                TRY(describe_same(call, there, &rules.items[i]));
        return 0;
}

static int describe(struct call *call, const struct ec2_asked *asked,
                    const struct ec2_ip_permission_list *permissions,
                    const struct ec2_security_group_rule_description_list *descriptions)
{
        struct ec2_rules there = {};

        if (permissions->count && descriptions->count)
                return ec2_combined(call, "ipPermissions", "securityGroupRuleDescriptions");
        if (!permissions->count && !descriptions->count)
                return ec2_missing(
                        call,
                        "Either 'ipPermissions' or 'securityGroupRuleDescriptions' should be provided.");
        TRY(ec2_get_rules(call, asked->group, &there));
        if (permissions->count)
                return describe_by_permissions(call, asked, &there, permissions);
        return describe_by_ids(call, &there, asked->is_egress, descriptions);
}

int ec2_update_security_group_rule_descriptions_ingress(
        struct call *call, const struct ec2_update_security_group_rule_descriptions_ingress_in *in,
        struct ec2_update_security_group_rule_descriptions_ingress_out *out)
{
        struct ec2_home_record home = {};
        struct ec2_group_record group = {};

        TRY(ec2_enter(call, &home));
        TRY(ec2_need_named_group(call, in->group_id, in->group_name, &group));
        out->return_ = OPT_BOOL(true);
        return describe(call, &(struct ec2_asked){.group = &group, .is_there = true}, &in->ip_permissions,
                        &in->security_group_rule_descriptions);
}

int ec2_update_security_group_rule_descriptions_egress(
        struct call *call, const struct ec2_update_security_group_rule_descriptions_egress_in *in,
        struct ec2_update_security_group_rule_descriptions_egress_out *out)
{
        struct ec2_home_record home = {};
        struct ec2_group_record group = {};

        TRY(ec2_enter(call, &home));
        TRY(ec2_need_named_group(call, in->group_id, in->group_name, &group));
        out->return_ = OPT_BOOL(true);
        return describe(call, &(struct ec2_asked){.group = &group, .is_egress = true, .is_there = true},
                        &in->ip_permissions, &in->security_group_rule_descriptions);
}
