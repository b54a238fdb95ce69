/* Rules as the API tells them, one by one and gathered into permissions.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html */
#include "services/ec2/protocol.h"
#include "services/ec2/rule.h"

static int tell_referenced(struct call *call, const struct ec2_rule_record *rule,
                           struct ec2_security_group_rule *ret)
{
        if (!str_is_set(rule->referenced))
                return 0;
        ret->referenced_group_info = arena_new(&call->arena, struct ec2_referenced_security_group);
        if (!ret->referenced_group_info)
                return -ENOMEM;
        *ret->referenced_group_info = (struct ec2_referenced_security_group){
                .group_id = rule->referenced, .user_id = rule->referenced_account};
        return 0;
}

int ec2_tell_rule(struct call *call, const struct ec2_rule_record *rule, struct ec2_security_group_rule *ret)
{
        *ret = (struct ec2_security_group_rule){
                .security_group_rule_id = rule->id,
                .group_id = rule->group,
                .group_owner_id = rule->account,
                .is_egress = rule->is_egress,
                .ip_protocol = rule->protocol,
                .from_port = rule->from_port,
                .to_port = rule->to_port,
                .cidr_ipv4 = rule->cidr_ipv4,
                .cidr_ipv6 = rule->cidr_ipv6,
                .prefix_list_id = rule->prefix_list,
                .description = rule->description,
                .tags = rule->tags,
                .security_group_rule_arn = ec2_arn(call, "security-group-rule", rule->id),
        };
        ret->tags.is_set = true;
        return tell_referenced(call, rule, ret);
}

int ec2_tell_rules(struct call *call, const struct ec2_rules *rules, struct ec2_security_group_rule_list *ret)
{
        *ret = (struct ec2_security_group_rule_list){
                arena_new_array(&call->arena, struct ec2_security_group_rule, rules->count + 1), 0, true};
        if (!ret->items)
                return -ENOMEM;
        for (size_t i = 0; i < rules->count; i++)
                TRY(ec2_tell_rule(call, &rules->items[i], &ret->items[ret->count++]));
        return 0;
}

/* -- Permissions: peers that may use the same protocol and ports stand together. */

static bool is_alike(const struct ec2_rule_record *a, const struct ec2_rule_record *b)
{
        return ec2_is_egress(a) == ec2_is_egress(b) && str_eq(a->protocol, b->protocol) &&
               a->from_port.value == b->from_port.value && a->to_port.value == b->to_port.value;
}

static int begin_permission(struct call *call, const struct ec2_rule_record *rule, size_t peers,
                            struct ec2_ip_permission *ret)
{
        bool has_ports = ec2_protocol_has_ports(rule->protocol);

        *ret = (struct ec2_ip_permission){
                .ip_protocol = rule->protocol,
                .from_port = has_ports ? rule->from_port : (struct opt_int){},
                .to_port = has_ports ? rule->to_port : (struct opt_int){},
                .user_id_group_pairs = {arena_new_array(&call->arena, struct ec2_user_id_group_pair, peers),
                                        0, true},
                .ip_ranges = {arena_new_array(&call->arena, struct ec2_ip_range, peers), 0, true},
                .ipv6_ranges = {arena_new_array(&call->arena, struct ec2_ipv6_range, peers), 0, true},
                .prefix_list_ids = {arena_new_array(&call->arena, struct ec2_prefix_list_id, peers), 0, true},
        };
        return call->arena.failed ? -ENOMEM : 0;
}

static void add_peer(const struct ec2_rule_record *rule, struct ec2_ip_permission *ret)
{
        if (str_is_set(rule->cidr_ipv4))
                ret->ip_ranges.items[ret->ip_ranges.count++] =
                        (struct ec2_ip_range){rule->description, rule->cidr_ipv4};
        else if (str_is_set(rule->cidr_ipv6))
                ret->ipv6_ranges.items[ret->ipv6_ranges.count++] =
                        (struct ec2_ipv6_range){rule->description, rule->cidr_ipv6};
        else if (str_is_set(rule->prefix_list))
                ret->prefix_list_ids.items[ret->prefix_list_ids.count++] =
                        (struct ec2_prefix_list_id){rule->description, rule->prefix_list};
        else
                ret->user_id_group_pairs.items[ret->user_id_group_pairs.count++] =
                        (struct ec2_user_id_group_pair){.description = rule->description,
                                                        .user_id = rule->referenced_account,
                                                        .group_id = rule->referenced};
}

static bool is_first_of_its_kind(const struct ec2_rules *rules, size_t i)
{
        for (size_t k = 0; k < i; k++)
                if (is_alike(&rules->items[k], &rules->items[i]))
                        return false;
        return true;
}

static int tell_permission(struct call *call, const struct ec2_rules *rules, size_t first,
                           struct ec2_ip_permission *ret)
{
        size_t peers = 0;

        for (size_t i = first; i < rules->count; i++)
                peers += is_alike(&rules->items[first], &rules->items[i]);
        TRY(begin_permission(call, &rules->items[first], peers, ret));
        for (size_t i = first; i < rules->count; i++)
                if (is_alike(&rules->items[first], &rules->items[i]))
                        add_peer(&rules->items[i], ret);
        return 0;
}

int ec2_tell_permissions(struct call *call, const struct ec2_rules *rules, bool is_egress,
                         struct ec2_ip_permission_list *ret)
{
        *ret = (struct ec2_ip_permission_list){
                arena_new_array(&call->arena, struct ec2_ip_permission, rules->count + 1), 0, true};
        if (!ret->items)
                return -ENOMEM;
        for (size_t i = 0; i < rules->count; i++)
                if (ec2_is_egress(&rules->items[i]) == is_egress && is_first_of_its_kind(rules, i))
                        TRY(tell_permission(call, rules, i, &ret->items[ret->count++]));
        return 0;
}
