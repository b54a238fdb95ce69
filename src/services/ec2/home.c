/* What an account has in a region: a default VPC with its default security group, before it has made
 * anything. All of it is stored when the region is used for the first time, be it by a read; its ids follow
 * from the account and the region.
 * https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc-components.html
 * https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html */
#include "services/ec2/ec2.h"
#include "services/ec2/rule.h"

#define DEFAULT_CIDR STR("172.31.0.0/16")

static int add_vpc(struct call *call, struct str id, struct str association, struct ec2_vpc_record *ret)
{
        *ret = (struct ec2_vpc_record){
                .account = call->account,
                .region = call->region,
                .id = id,
                .cidr = DEFAULT_CIDR,
                .is_default = OPT_BOOL(true),
                .tenancy = STR("default"),
                .association = association,
                .dhcp_options = ec2_first_id(call, "dopt"),
                .dns_support = OPT_BOOL(true),
                .dns_hostnames = OPT_BOOL(true),
        };

        return call_insert(call, &ec2_vpc_record_type, ret);
}

/* "Allows all inbound traffic from instances that are assigned to the same security group." */
static int let_members_in(struct call *call, struct ec2_group_record *group, struct str rule_id)
{
        struct ec2_rule_record rule = {
                .id = rule_id,
                .is_egress = OPT_BOOL(false),
                .protocol = STR("-1"),
                .from_port = OPT_INT(-1),
                .to_port = OPT_INT(-1),
                .referenced = group->id,
                .referenced_account = call->account,
                .referenced_name = group->name,
        };

        return ec2_add_rule(call, group, &rule);
}

int ec2_add_default_group(struct call *call, const struct ec2_default_group *ids)
{
        const struct ec2_new_group new = {
                .id = ids->id,
                .vpc = ids->vpc,
                .name = STR("default"),
                .description = STR("default VPC security group"),
                .rule_id = ids->out_rule,
        };
        struct ec2_group_record group = {};

        TRY(ec2_add_group(call, &new, &group));
        TRY(let_members_in(call, &group, ids->in_rule));
        return call_put(call, &ec2_group_record_type, &group);
}

int ec2_add_default_vpc(struct call *call, const struct ec2_default_group *group, struct str association,
                        struct ec2_vpc_record *ret)
{
        TRY(add_vpc(call, group->vpc, association, ret));
        return ec2_add_default_group(call, group);
}

static int begin_home(struct call *call, struct ec2_home_record *home)
{
        const struct ec2_default_group group = {
                .id = ec2_first_id(call, "sg"),
                .vpc = ec2_first_id(call, "vpc"),
                .in_rule = ec2_first_id(call, "sgr"),
                .out_rule = ec2_first_rule_id(call),
        };
        struct ec2_vpc_record vpc = {};

        TRY(call_need_write(call));
        home->default_vpc = group.vpc;
        home->vpcs = home->groups = OPT_INT(1);
        TRY(ec2_add_default_vpc(call, &group, ec2_first_id(call, "vpc-cidr-assoc"), &vpc));
        return call_insert(call, &ec2_home_record_type, home);
}

int ec2_enter(struct call *call, struct ec2_home_record *ret)
{
        int r;

        *ret = (struct ec2_home_record){.account = call->account, .region = call->region};
        r = call_get(call, &ec2_home_record_type, ret);
        return r == -ENOENT ? begin_home(call, ret) : r;
}

int ec2_put_home(struct call *call, const struct ec2_home_record *home)
{
        return call_put(call, &ec2_home_record_type, home);
}
