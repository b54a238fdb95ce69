/* Rules taken from a group, by their ids or by what they say.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html */
#include "services/ec2/permission.h"

struct revocation {
        const struct ec2_asked *asked;
        bool is_default_vpc;
        struct ec2_rules there, unknown, revoked;
};

static int begin(struct call *call, struct revocation *revocation, size_t room)
{
        TRY(ec2_get_rules(call, revocation->asked->group, &revocation->there));
        revocation->unknown.items = arena_new_array(&call->arena, struct ec2_rule_record, room + 1);
        revocation->revoked.items = arena_new_array(&call->arena, struct ec2_rule_record, room + 1);
        return call->arena.failed ? -ENOMEM : 0;
}

static int revoke(struct call *call, struct revocation *revocation, const struct ec2_rule_record *rule)
{
        for (size_t i = 0; i < revocation->revoked.count; i++)
                if (str_eq(revocation->revoked.items[i].id, rule->id))
                        return 0;
        revocation->revoked.items[revocation->revoked.count++] = *rule;
        return call_delete(call, &ec2_rule_record_type, rule);
}

/* -- By ids */

static int revoke_ids(struct call *call, struct revocation *revocation, const struct str_list *ids)
{
        struct ec2_rule_record rule = {};

        if (ids->count > EC2_RESOURCES_MAX)
                return ec2_invalid(call, "Too many security group rule ids.");
        TRY(begin(call, revocation, ids->count));
        for (size_t i = 0; i < ids->count; i++) {
                TRY(ec2_need_rule(call, ids->items[i], &rule));
                if (!str_eq(rule.group, revocation->asked->group->id) ||
                    ec2_is_egress(&rule) != revocation->asked->is_egress)
                        return fail(call, &ec2_invalid_security_group_rule_id_not_found,
                                    "The security group rule ID '%.*s' does not exist", STR_ARG(rule.id));
                TRY(revoke(call, revocation, &rule));
        }
        return 0;
}

/* -- By permissions */

/* "If you do specify the description, it must match the existing rule's value exactly." */
static bool is_meant(const struct ec2_rule_record *rule, const struct ec2_rule_record *asked)
{
        return ec2_rule_is_same(rule, asked) &&
               (!str_is_set(asked->description) || str_eq(rule->description, asked->description));
}

static int revoke_rule(struct call *call, struct revocation *revocation, const struct ec2_rule_record *asked)
{
        for (size_t i = 0; i < revocation->there.count; i++)
                if (is_meant(&revocation->there.items[i], asked))
                        return revoke(call, revocation, &revocation->there.items[i]);
        if (!revocation->is_default_vpc)
                return fail(call, &ec2_invalid_permission_not_found,
                            "The specified rule does not exist in this security group.");
        revocation->unknown.items[revocation->unknown.count++] = *asked;
        return 0;
}

static int revoke_permissions(struct call *call, struct revocation *revocation,
                              const struct ec2_ip_permission_list *permissions)
{
        struct ec2_rules asked = {};

        TRY(ec2_read_permissions(call, revocation->asked, permissions, &asked));
        TRY(begin(call, revocation, asked.count));
        for (size_t i = 0; i < asked.count; i++)
                TRY(revoke_rule(call, revocation, &asked.items[i]));
        return 0;
}

static int revoke_either(struct call *call, struct revocation *revocation,
                         const struct ec2_ip_permission_list *permissions, const struct str_list *ids)
{
        if (permissions->count && ids->count)
                return ec2_combined(call, "ipPermissions", "securityGroupRuleIds");
        if (ids->count)
                return revoke_ids(call, revocation, ids);
        if (permissions->count)
                return revoke_permissions(call, revocation, permissions);
        return ec2_missing(call, "Either 'ipPermissions' or 'securityGroupRuleIds' should be provided.");
}

/* -- What is told */

static struct ec2_revoked_security_group_rule told(const struct ec2_rule_record *rule)
{
        return (struct ec2_revoked_security_group_rule){
                .security_group_rule_id = rule->id,
                .group_id = rule->group,
                .is_egress = rule->is_egress,
                .ip_protocol = rule->protocol,
                .from_port = rule->from_port,
                .to_port = rule->to_port,
                .cidr_ipv4 = rule->cidr_ipv4,
                .cidr_ipv6 = rule->cidr_ipv6,
                .prefix_list_id = rule->prefix_list,
                .referenced_group_id = rule->referenced,
                .description = rule->description,
        };
}

static int tell_revoked(struct call *call, const struct ec2_rules *rules,
                        struct ec2_revoked_security_group_rule_list *ret)
{
        *ret = (struct ec2_revoked_security_group_rule_list){
                arena_new_array(&call->arena, struct ec2_revoked_security_group_rule, rules->count + 1),
                rules->count, true};
        if (!ret->items)
                return -ENOMEM;
        for (size_t i = 0; i < rules->count; i++)
                ret->items[i] = told(&rules->items[i]);
        return 0;
}

static int tell_unknown(struct call *call, const struct revocation *revocation,
                        struct ec2_ip_permission_list *ret)
{
        if (revocation->unknown.count == 0)
                return 0;
        return ec2_tell_permissions(call, &revocation->unknown, revocation->asked->is_egress, ret);
}

int ec2_revoke_security_group_ingress(struct call *call,
                                      const struct ec2_revoke_security_group_ingress_in *in,
                                      struct ec2_revoke_security_group_ingress_out *out)
{
        const struct ec2_plain_permission plain = EC2_PLAIN_PERMISSION(in);
        struct ec2_ip_permission_list permissions = {};
        struct ec2_group_record group = {};
        struct ec2_asked asked = {.group = &group, .is_there = true};
        struct revocation revocation = {.asked = &asked};
        struct ec2_home_record home = {};

        TRY(ec2_enter(call, &home));
        TRY(ec2_need_named_group(call, in->group_id, in->group_name, &group));
        TRY(ec2_choose_permissions(call, &plain, &in->ip_permissions, &permissions));
        revocation.is_default_vpc = str_eq(group.vpc, home.default_vpc);
        TRY(revoke_either(call, &revocation, &permissions, &in->security_group_rule_ids));
        out->return_ = OPT_BOOL(true);
        TRY(tell_unknown(call, &revocation, &out->unknown_ip_permissions));
        return tell_revoked(call, &revocation.revoked, &out->revoked_security_group_rules);
}

int ec2_revoke_security_group_egress(struct call *call, const struct ec2_revoke_security_group_egress_in *in,
                                     struct ec2_revoke_security_group_egress_out *out)
{
        const struct ec2_plain_permission plain = EC2_PLAIN_PERMISSION(in);
        struct ec2_group_record group = {};
        struct ec2_asked asked = {.group = &group, .is_egress = true, .is_there = true};
        struct revocation revocation = {.asked = &asked};
        struct ec2_home_record home = {};

        TRY(ec2_enter(call, &home));
        TRY(ec2_need_group(call, in->group_id, &group));
        TRY(ec2_refuse_plain(call, &plain));
        revocation.is_default_vpc = str_eq(group.vpc, home.default_vpc);
        TRY(revoke_either(call, &revocation, &in->ip_permissions, &in->security_group_rule_ids));
        out->return_ = OPT_BOOL(true);
        TRY(tell_unknown(call, &revocation, &out->unknown_ip_permissions));
        return tell_revoked(call, &revocation.revoked, &out->revoked_security_group_rules);
}
