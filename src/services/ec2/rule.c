/* Rules as they are stored. https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html */
#include "services/ec2/rule.h"

/* Most groups have few rules, and listings read those of many groups. */
#define USUAL_RULES 8

static int make_room(struct call *call, struct ec2_rules *rules, size_t *room)
{
        struct ec2_rule_record *larger;

        if (rules->count < *room)
                return 0;
        larger = arena_new_array(&call->arena, struct ec2_rule_record, *room ? 2 * *room : USUAL_RULES);
        if (!larger)
                return -ENOMEM;
        if (rules->count)
                memcpy(larger, rules->items, rules->count * sizeof(*larger));
        *room = *room ? 2 * *room : USUAL_RULES;
        rules->items = larger;
        return 0;
}

int ec2_get_rules(struct call *call, const struct ec2_group_record *group, struct ec2_rules *ret)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct ec2_rule_record like = {
                .account = group->account, .region = group->region, .group = group->id};
        struct ec2_rule_record rule = {};
        size_t room = 0;
        int r;

        *ret = (struct ec2_rules){};
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &ec2_rule_record_type, NULL, &like, 3,
                              STR_NONE));
        while ((r = record_scan_next(&scan, &rule)) == 0) {
                TRY(make_room(call, ret, &room));
                ret->items[ret->count++] = rule;
        }
        return r == -ENOENT ? 0 : r;
}

int ec2_add_rule(struct call *call, struct ec2_group_record *group, struct ec2_rule_record *rule)
{
        rule->account = group->account;
        rule->region = group->region;
        rule->group = group->id;
        rule->number = OPT_INT(group->next_rule.value++);
        if (!str_is_set(rule->id))
                rule->id = ec2_new_id(call, "sgr");
        return call_insert(call, &ec2_rule_record_type, rule);
}

struct str ec2_first_rule_id(struct call *call)
{
        struct str other = ec2_first_id(call, "sgr-out");

        return arena_printf(&call->arena, "sgr%.*s", STR_ARG(str_from(other, strlen("sgr-out"))));
}

int ec2_find_rule(struct call *call, struct str id, struct ec2_rule_record *ret)
{
        *ret = (struct ec2_rule_record){.id = id};
        TRY(record_find(call->txn, &call->arena, &ec2_rule_record_type, ec2_rule_by_rule_id, ret));
        return str_eq(ret->account, call->account) && str_eq(ret->region, call->region) ? 0 : -ENOENT;
}

int ec2_need_rule(struct call *call, struct str id, struct ec2_rule_record *ret)
{
        int r;

        if (!ec2_id_is(id, STR("sgr")))
                return fail(call, &ec2_invalid_security_group_rule_id_malformed,
                            "Invalid id: \"%.*s\" (expecting \"sgr-...\")", STR_ARG(str_part(id, 0, 256)));
        r = ec2_find_rule(call, id, ret);
        return r == -ENOENT ? fail(call, &ec2_invalid_security_group_rule_id_not_found,
                                   "The security group rule ID '%.*s' does not exist", STR_ARG(id))
                            : r;
}

bool ec2_rule_is_same(const struct ec2_rule_record *a, const struct ec2_rule_record *b)
{
        return ec2_is_egress(a) == ec2_is_egress(b) && str_eq(a->protocol, b->protocol) &&
               a->from_port.value == b->from_port.value && a->to_port.value == b->to_port.value &&
               str_eq(a->cidr_ipv4, b->cidr_ipv4) && str_eq(a->cidr_ipv6, b->cidr_ipv6) &&
               str_eq(a->prefix_list, b->prefix_list) && str_eq(a->referenced, b->referenced) &&
               str_eq(a->referenced_account, b->referenced_account);
}

/* "This quota is enforced separately for IPv4 rules and IPv6 rules"; what names a group or a prefix list is
 * both. */
int ec2_check_rule_count(struct call *call, const struct ec2_rules *rules)
{
        size_t counts[2][2] = {};

        for (size_t i = 0; i < rules->count; i++) {
                const struct ec2_rule_record *rule = &rules->items[i];

                counts[ec2_is_egress(rule)][0] += !str_is_set(rule->cidr_ipv6);
                counts[ec2_is_egress(rule)][1] += !str_is_set(rule->cidr_ipv4);
        }
        for (size_t i = 0; i < 2; i++)
                if (counts[i][0] > EC2_RULES_MAX || counts[i][1] > EC2_RULES_MAX)
                        return fail(call, &ec2_rules_per_security_group_limit_exceeded,
                                    "The maximum number of rules per security group has been reached.");
        return 0;
}

static struct str icmp_number(struct call *call, int64_t number)
{
        return number < 0 ? STR("ALL") : arena_printf(&call->arena, "%lld", (long long)number);
}

static struct str protocol_title(struct call *call, const struct ec2_rule_record *rule)
{
        char upper[8] = {};

        if (str_eq(rule->protocol, STR("-1")))
                return STR("ALL");
        for (size_t i = 0; i < rule->protocol.len && i < sizeof(upper) - 1; i++)
                upper[i] = (char)(rule->protocol.ptr[i] >= 'a' ? rule->protocol.ptr[i] - 'a' + 'A'
                                                               : rule->protocol.ptr[i]);
        return arena_printf(&call->arena, "%s", upper);
}

static struct str ports_title(struct call *call, const struct ec2_rule_record *rule)
{
        struct str type, code;

        if (str_eq(rule->protocol, STR("tcp")) || str_eq(rule->protocol, STR("udp")))
                return arena_printf(&call->arena, "from port: %lld, to port: %lld, ",
                                    (long long)rule->from_port.value, (long long)rule->to_port.value);
        if (!str_starts(rule->protocol, STR("icmp")))
                return STR("");
        type = icmp_number(call, rule->from_port.value);
        code = icmp_number(call, rule->to_port.value);
        return arena_printf(&call->arena, "type: %.*s, code: %.*s, ", STR_ARG(type), STR_ARG(code));
}

static struct str peer_of(const struct ec2_rule_record *rule)
{
        if (str_is_set(rule->cidr_ipv4))
                return rule->cidr_ipv4;
        if (str_is_set(rule->cidr_ipv6))
                return rule->cidr_ipv6;
        return str_is_set(rule->prefix_list) ? rule->prefix_list : rule->referenced;
}

int ec2_rule_exists(struct call *call, const struct ec2_rule_record *rule)
{
        struct str peer = peer_of(rule), protocol = protocol_title(call, rule),
                   ports = ports_title(call, rule);

        return fail(call, &ec2_invalid_permission_duplicate,
                    "the specified rule \"peer: %.*s, %.*s, %.*sALLOW\" already exists", STR_ARG(peer),
                    STR_ARG(protocol), STR_ARG(ports));
}
