/* https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html */
#include "services/ec2/permission.h"

#include "services/ec2/cidr.h"
#include "services/ec2/protocol.h"

#define PEERS_MAX 1000 /* in one request: more rules than a group can have */

struct reading {
        const struct ec2_asked *asked;
        struct ec2_rule_record of; /* protocol and ports of the permission that is read */
        struct ec2_rules *rules;
};

static int read_description(struct call *call, struct str text, struct str *ret)
{
        if (!ec2_text_is_valid(text))
                return ec2_invalid(call,
                                   "Invalid rule description. Valid descriptions are strings less than 256 "
                                   "characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*");
        *ret = text.len ? text : STR_NONE;
        return 0;
}

/* The next rule of the permission, without its peer. */
static int begin_rule(struct call *call, struct reading *reading, struct str description,
                      struct ec2_rule_record **ret)
{
        struct ec2_rule_record *rule = &reading->rules->items[reading->rules->count];

        *rule = reading->of;
        TRY(read_description(call, description, &rule->description));
        reading->rules->count++;
        *ret = rule;
        return 0;
}

static int malformed_cidr(struct call *call, struct str text)
{
        return ec2_invalid(call, "CIDR block %.*s is malformed", STR_ARG(str_part(text, 0, 256)));
}

static int read_ipv4(struct call *call, struct reading *reading, const struct ec2_ip_range *range)
{
        struct ec2_rule_record *rule;
        int r;

        TRY(begin_rule(call, reading, range->description, &rule));
        r = ec2_cidr_ipv4(call, range->cidr_ip, &rule->cidr_ipv4);
        return r == -EINVAL ? malformed_cidr(call, range->cidr_ip) : r;
}

static int read_ipv6(struct call *call, struct reading *reading, const struct ec2_ipv6_range *range)
{
        struct ec2_rule_record *rule;
        int r;

        TRY(begin_rule(call, reading, range->description, &rule));
        r = ec2_cidr_ipv6(call, range->cidr_ipv6, &rule->cidr_ipv6);
        return r == -EINVAL ? malformed_cidr(call, range->cidr_ipv6) : r;
}

/* There are no prefix lists yet, so that none can be named. */
static int read_prefix_list(struct call *call, struct reading *reading, const struct ec2_prefix_list_id *list)
{
        struct ec2_rule_record *rule;

        TRY(begin_rule(call, reading, list->description, &rule));
        rule->prefix_list = list->prefix_list_id;
        if (!ec2_id_is(list->prefix_list_id, STR("pl")))
                return fail(call, &ec2_invalid_prefix_list_id_malformed,
                            "Invalid id: \"%.*s\" (expecting \"pl-...\")",
                            STR_ARG(str_part(list->prefix_list_id, 0, 256)));
        if (reading->asked->is_there)
                return 0;
        return fail(call, &ec2_invalid_prefix_list_id_not_found, "The prefix list ID '%.*s' does not exist",
                    STR_ARG(list->prefix_list_id));
}

/* -- Security groups: of the same VPC, since there are no VPC peering connections to reach others through. */

static int need_peer(struct call *call, const struct reading *reading,
                     const struct ec2_user_id_group_pair *pair, struct ec2_group_record *ret)
{
        bool is_other = pair->user_id.len && !str_eq(pair->user_id, call->account);
        struct str named = pair->group_id.len ? pair->group_id : pair->group_name;

        /* Of another account: never the own one that is called the same. */
        if (is_other && named.len && (!pair->group_id.len || ec2_id_is(named, STR("sg"))))
                return fail(call, &ec2_invalid_group_not_found, "The security group '%.*s' does not exist",
                            STR_ARG(str_part(named, 0, 256)));
        TRY(ec2_need_named_group(call, pair->group_id, pair->group_name, ret));
        if (str_eq(ret->vpc, reading->asked->group->vpc))
                return 0;
        return fail(call, &ec2_invalid_group_not_found,
                    "You have specified two resources that belong to different networks.");
}

static int read_pair(struct call *call, struct reading *reading, const struct ec2_user_id_group_pair *pair)
{
        struct ec2_group_record peer = {.id = pair->group_id};
        struct ec2_rule_record *rule;

        TRY(begin_rule(call, reading, pair->description, &rule));
        if (!reading->asked->is_there || !ec2_id_is(pair->group_id, STR("sg")))
                TRY(need_peer(call, reading, pair, &peer));
        rule->referenced = peer.id;
        rule->referenced_name = peer.name;
        rule->referenced_account = pair->user_id.len ? pair->user_id : call->account;
        return 0;
}

/* -- Permissions */

static size_t count_peers(const struct ec2_ip_permission *permission)
{
        return permission->ip_ranges.count + permission->ipv6_ranges.count +
               permission->prefix_list_ids.count + permission->user_id_group_pairs.count;
}

static int read_permission(struct call *call, struct reading *reading,
                           const struct ec2_ip_permission *permission)
{
        reading->of = (struct ec2_rule_record){.is_egress = OPT_BOOL(reading->asked->is_egress)};
        TRY(ec2_read_protocol(call, permission->ip_protocol, permission->from_port, permission->to_port,
                              &reading->of));
        if (count_peers(permission) == 0)
                return ec2_missing(
                        call, reading->asked->is_egress
                                      ? "Missing destination specification: include destination security "
                                        "group or CIDR information"
                                      : "Missing source specification: include source security group or "
                                        "CIDR information");
        for (size_t i = 0; i < permission->ip_ranges.count; i++)
                TRY(read_ipv4(call, reading, &permission->ip_ranges.items[i]));
        for (size_t i = 0; i < permission->ipv6_ranges.count; i++)
                TRY(read_ipv6(call, reading, &permission->ipv6_ranges.items[i]));
        for (size_t i = 0; i < permission->prefix_list_ids.count; i++)
                TRY(read_prefix_list(call, reading, &permission->prefix_list_ids.items[i]));
        for (size_t i = 0; i < permission->user_id_group_pairs.count; i++)
                TRY(read_pair(call, reading, &permission->user_id_group_pairs.items[i]));
        return 0;
}

static int check_unlike(struct call *call, const struct ec2_rules *rules)
{
        for (size_t i = 0; i < rules->count; i++)
                for (size_t k = 0; k < i; k++)
                        if (ec2_rule_is_same(&rules->items[i], &rules->items[k]))
                                return ec2_invalid(call,
                                                   "The same permission must not appear multiple times");
        return 0;
}

int ec2_read_permissions(struct call *call, const struct ec2_asked *asked,
                         const struct ec2_ip_permission_list *permissions, struct ec2_rules *ret)
{
        struct reading reading = {.asked = asked, .rules = ret};
        size_t peers = 0;

        for (size_t i = 0; i < permissions->count; i++)
                peers += count_peers(&permissions->items[i]);
        if (peers > PEERS_MAX)
                return fail(call, &ec2_rules_per_security_group_limit_exceeded,
                            "The maximum number of rules per security group has been reached.");
        *ret = (struct ec2_rules){arena_new_array(&call->arena, struct ec2_rule_record, peers + 1), 0};
        if (!ret->items)
                return -ENOMEM;
        for (size_t i = 0; i < permissions->count; i++)
                TRY(read_permission(call, &reading, &permissions->items[i]));
        return check_unlike(call, ret);
}
