/* VPCs made and deleted. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html */
#include "services/ec2/cidr.h"
#include "services/ec2/rule.h"

/* "The allowed block size is between a /28 netmask and /16 netmask."
 * https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html */
#define LENGTH_MIN 16
#define LENGTH_MAX 28

/* "You can't specify the following CIDR blocks for your VPCs". */
static bool is_reserved(struct str cidr)
{
        struct str rest = cidr, first = STR_NONE;
        uint64_t number = 0;

        if (!str_cut(&rest, '.', &first) || str_to_u64(first, &number) < 0)
                return true;
        return number == 0 || number == 127 || (number >= 224 && number < 240) ||
               str_starts(cidr, STR("169.254."));
}

static int read_block(struct call *call, struct str text, struct str *ret)
{
        int r;

        if (!text.len)
                return ec2_missing(call, "The request must contain the parameter cidrBlock");
        r = ec2_cidr_ipv4(call, text, ret);
        if (r == -EINVAL)
                return ec2_invalid(
                        call,
                        "Value (%.*s) for parameter cidrBlock is invalid. This is not a valid CIDR block.",
                        STR_ARG(str_part(text, 0, 256)));
        TRY(r);
        if (ec2_cidr_length(*ret) < LENGTH_MIN || ec2_cidr_length(*ret) > LENGTH_MAX || is_reserved(*ret))
                return fail(call, &ec2_invalid_vpc_range, "The CIDR '%.*s' is invalid.", STR_ARG(*ret));
        return 0;
}

/* What there is no part of here is refused, and not passed over. */
static int refuse_what_is_missing(struct call *call, const struct ec2_create_vpc_in *in)
{
        bool is_ipv6 = in->amazon_provided_ipv6_cidr_block.value || str_is_set(in->ipv6_pool) ||
                       str_is_set(in->ipv6_cidr_block) ||
                       str_is_set(in->ipv6_cidr_block_network_border_group);
        bool is_ipam = str_is_set(in->ipv4_ipam_pool_id) || in->ipv4_netmask_length.is_set ||
                       str_is_set(in->ipv6_ipam_pool_id) || in->ipv6_netmask_length.is_set;

        if (is_ipv6 || is_ipam || in->vpc_encryption_control)
                return fail(call, &ec2_unsupported_operation,
                            "IPv6 CIDR blocks, IPAM pools and encryption controls are not supported.");
        return 0;
}

static int read_tenancy(struct call *call, struct str asked, struct str *ret)
{
        *ret = asked.len ? asked : STR("default");
        if (str_eq(*ret, STR("default")) || str_eq(*ret, STR("dedicated")))
                return 0;
        return ec2_invalid(call, "Value (%.*s) for parameter instanceTenancy is invalid.",
                           STR_ARG(str_part(asked, 0, 256)));
}

static int check_room(struct call *call, const struct ec2_home_record *home)
{
        if (home->vpcs.value >= EC2_VPCS_MAX)
                return fail(call, &ec2_vpc_limit_exceeded, "The maximum number of VPCs has been reached.");
        if (home->groups.value >= EC2_GROUPS_MAX)
                return fail(call, &ec2_security_group_limit_exceeded,
                            "The maximum number of security groups has been reached.");
        return 0;
}

static int tell(struct call *call, const struct ec2_vpc_record *vpc, struct ec2_home_record *home,
                struct ec2_vpc **ret)
{
        home->vpcs.value++;
        home->groups.value++;
        TRY(ec2_put_home(call, home));
        *ret = arena_new(&call->arena, struct ec2_vpc);
        if (!*ret)
                return -ENOMEM;
        call_touch(call, ec2_arn(call, "vpc", vpc->id), EC2_VPC_TYPE);
        return ec2_tell_vpc(call, vpc, *ret);
}

/* DNS support is enabled in every new VPC, DNS hostnames in default ones alone.
 * https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns-updating.html */
static int read_vpc(struct call *call, const struct ec2_create_vpc_in *in, struct ec2_vpc_record *ret)
{
        *ret = (struct ec2_vpc_record){
                .account = call->account,
                .region = call->region,
                .id = ec2_new_id(call, "vpc"),
                .is_default = OPT_BOOL(false),
                .association = ec2_new_id(call, "vpc-cidr-assoc"),
                .dhcp_options = ec2_first_id(call, "dopt"),
                .dns_support = OPT_BOOL(true),
        };
        TRY(refuse_what_is_missing(call, in));
        TRY(read_block(call, in->cidr_block, &ret->cidr));
        TRY(read_tenancy(call, in->instance_tenancy, &ret->tenancy));
        return ec2_read_tags(call, &in->tag_specifications, STR("vpc"), &ret->tags);
}

int ec2_create_vpc(struct call *call, const struct ec2_create_vpc_in *in, struct ec2_create_vpc_out *out)
{
        struct ec2_home_record home = {};
        struct ec2_vpc_record vpc = {};

        TRY(ec2_enter(call, &home));
        TRY(read_vpc(call, in, &vpc));
        TRY(check_room(call, &home));
        TRY(call_insert(call, &ec2_vpc_record_type, &vpc));
        TRY(ec2_add_default_group(call, &(struct ec2_default_group){.vpc = vpc.id}));
        return tell(call, &vpc, &home, &out->vpc);
}

int ec2_create_default_vpc(struct call *call, const struct ec2_create_default_vpc_in *in,
                           struct ec2_create_default_vpc_out *out)
{
        const struct ec2_default_group group = {.vpc = ec2_new_id(call, "vpc")};
        struct ec2_home_record home = {};
        struct ec2_vpc_record vpc = {};

        (void)in;
        TRY(ec2_enter(call, &home));
        if (str_is_set(home.default_vpc))
                return fail(call, &ec2_default_vpc_already_exists,
                            "A Default VPC already exists for this account in this region.");
        TRY(check_room(call, &home));
        TRY(ec2_add_default_vpc(call, &group, ec2_new_id(call, "vpc-cidr-assoc"), &vpc));
        home.default_vpc = vpc.id;
        return tell(call, &vpc, &home, &out->vpc);
}

/* -- Deleted: with the default security group, and only when there is no other one. */

static int find_only_group(struct call *call, const struct ec2_vpc_record *vpc, struct ec2_group_record *ret)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct ec2_group_record like = {.account = call->account, .region = call->region, .vpc = vpc->id},
                                other;
        int r;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &ec2_group_record_type, ec2_group_by_name,
                              &like, 3, STR_NONE));
        TRY(record_scan_next(&scan, ret));
        r = record_scan_next(&scan, &other);
        if (r == 0)
                return fail(call, &ec2_dependency_violation,
                            "The vpc '%.*s' has dependencies and cannot be deleted.", STR_ARG(vpc->id));
        return r == -ENOENT ? 0 : r;
}

int ec2_delete_vpc(struct call *call, const struct ec2_delete_vpc_in *in, struct ec2_delete_vpc_out *out)
{
        struct ec2_home_record home = {};
        struct ec2_group_record group = {};
        struct ec2_vpc_record vpc = {};

        TRY(ec2_enter(call, &home));
        TRY(ec2_need_vpc(call, in->vpc_id, &vpc));
        TRY(find_only_group(call, &vpc, &group));
        TRY(ec2_drop_group(call, &group, &home));
        TRY(call_delete(call, &ec2_vpc_record_type, &vpc));
        home.vpcs.value--;
        if (str_eq(home.default_vpc, vpc.id))
                home.default_vpc = STR_NONE;
        out->return_ = OPT_BOOL(true);
        return ec2_put_home(call, &home);
}
