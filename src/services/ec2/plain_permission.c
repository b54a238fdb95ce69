/* Permissions that are written into a request itself: the form that was there first.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html */
#include "services/ec2/permission.h"

/* The parameter that says that there is one; NULL: there is none. */
static const char *what_is_there(const struct ec2_plain_permission *plain)
{
        if (str_is_set(plain->protocol))
                return "ipProtocol";
        if (str_is_set(plain->cidr))
                return "cidrIp";
        if (str_is_set(plain->source_name))
                return "sourceSecurityGroupName";
        if (plain->from_port.is_set)
                return "fromPort";
        if (plain->to_port.is_set)
                return "toPort";
        return str_is_set(plain->source_owner) ? "sourceSecurityGroupOwnerId" : NULL;
}

/* A group lets all in: "Creates rules that grant full ICMP, UDP, and TCP access." Who wants less says so in
 * permissions: "You can't specify this parameter in combination with the following parameters: the CIDR IP
 * address range, the start of the port range, the IP protocol, and the end of the port range." */
static int check_source(struct call *call, const struct ec2_plain_permission *plain)
{
        struct ec2_plain_permission rest = *plain;
        const char *other;

        rest.source_name = rest.source_owner = STR_NONE;
        other = what_is_there(&rest);
        return str_is_set(plain->source_name) && other ? ec2_combined(call, "sourceSecurityGroupName", other)
                                                       : 0;
}

static int add_peer(struct call *call, const struct ec2_plain_permission *plain,
                    struct ec2_ip_permission *ret)
{
        struct ec2_ip_range *range = arena_new(&call->arena, struct ec2_ip_range);
        struct ec2_user_id_group_pair *pair = arena_new(&call->arena, struct ec2_user_id_group_pair);

        if (!range || !pair)
                return -ENOMEM;
        *range = (struct ec2_ip_range){.cidr_ip = plain->cidr};
        *pair = (struct ec2_user_id_group_pair){.group_name = plain->source_name,
                                                .user_id = plain->source_owner};
        if (str_is_set(plain->cidr))
                ret->ip_ranges = (struct ec2_ip_range_list){range, 1, true};
        if (str_is_set(plain->source_name))
                ret->user_id_group_pairs = (struct ec2_user_id_group_pair_list){pair, 1, true};
        return 0;
}

int ec2_choose_permissions(struct call *call, const struct ec2_plain_permission *plain,
                           const struct ec2_ip_permission_list *listed, struct ec2_ip_permission_list *ret)
{
        const char *there = what_is_there(plain);
        struct ec2_ip_permission *one;

        *ret = *listed;
        if (!there)
                return 0;
        if (listed->count)
                return ec2_combined(call, "ipPermissions", there);
        TRY(check_source(call, plain));
        one = arena_new(&call->arena, struct ec2_ip_permission);
        if (!one)
                return -ENOMEM;
        *one = (struct ec2_ip_permission){.ip_protocol = str_is_set(plain->source_name) ? STR("-1")
                                                                                        : plain->protocol,
                                          .from_port = plain->from_port,
                                          .to_port = plain->to_port};
        *ret = (struct ec2_ip_permission_list){one, 1, true};
        return add_peer(call, plain, one);
}

int ec2_refuse_plain(struct call *call, const struct ec2_plain_permission *plain)
{
        const char *there = what_is_there(plain);

        return there ? ec2_invalid(call, "The parameter '%s' is not supported. Use IP permissions instead.",
                                   there)
                     : 0;
}
