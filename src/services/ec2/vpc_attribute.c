/* Attributes of VPCs. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcAttribute.html */
#include "services/ec2/ec2.h"

static int give(struct call *call, struct opt_bool value, struct ec2_attribute_boolean_value **ret)
{
        *ret = arena_new(&call->arena, struct ec2_attribute_boolean_value);
        if (!*ret)
                return -ENOMEM;
        (*ret)->value = OPT_BOOL(value.value);
        return 0;
}

int ec2_describe_vpc_attribute(struct call *call, const struct ec2_describe_vpc_attribute_in *in,
                               struct ec2_describe_vpc_attribute_out *out)
{
        struct ec2_home_record home = {};
        struct ec2_vpc_record vpc = {};

        TRY(ec2_enter(call, &home));
        TRY(ec2_need_vpc(call, in->vpc_id, &vpc));
        out->vpc_id = vpc.id;
        if (str_eq(in->attribute, STR("enableDnsSupport")))
                return give(call, vpc.dns_support, &out->enable_dns_support);
        if (str_eq(in->attribute, STR("enableDnsHostnames")))
                return give(call, vpc.dns_hostnames, &out->enable_dns_hostnames);
        return give(call, vpc.usage_metrics, &out->enable_network_address_usage_metrics);
}

static int take(struct call *call, const struct ec2_attribute_boolean_value *asked, struct opt_bool *ret)
{
        if (!asked)
                return 0;
        if (!asked->value.is_set)
                return ec2_missing(call, "The request must contain the parameter Value");
        *ret = asked->value;
        return 0;
}

/* One in a request, since permissions know only one (ec2:Attribute). "Use separate requests for each
 * attribute." */
static int check_one(struct call *call, const struct ec2_modify_vpc_attribute_in *in)
{
        const char *support = in->enable_dns_support ? "enableDnsSupport" : NULL;
        const char *hostnames = in->enable_dns_hostnames ? "enableDnsHostnames" : NULL;
        const char *metrics =
                in->enable_network_address_usage_metrics ? "enableNetworkAddressUsageMetrics" : NULL;

        if (support && (hostnames || metrics))
                return ec2_combined(call, support, hostnames ? hostnames : metrics);
        if (hostnames && metrics)
                return ec2_combined(call, hostnames, metrics);
        if (!support && !hostnames && !metrics)
                return ec2_missing(
                        call, "The request must contain the parameter enableDnsSupport, enableDnsHostnames "
                              "or enableNetworkAddressUsageMetrics");
        return 0;
}

/* "You can only enable DNS hostnames if you've enabled DNS support." */
static int check(struct call *call, const struct ec2_modify_vpc_attribute_in *in,
                 const struct ec2_vpc_record *vpc)
{
        TRY(check_one(call, in));
        if (in->enable_dns_hostnames && in->enable_dns_hostnames->value.value && !vpc->dns_support.value)
                return ec2_invalid(call, "DNS hostnames can only be enabled if DNS support is enabled.");
        return 0;
}

int ec2_modify_vpc_attribute(struct call *call, const struct ec2_modify_vpc_attribute_in *in,
                             struct ec2_modify_vpc_attribute_out *out)
{
        struct ec2_home_record home = {};
        struct ec2_vpc_record vpc = {};

        TRY(ec2_enter(call, &home));
        TRY(ec2_need_vpc(call, in->vpc_id, &vpc));
        TRY(check(call, in, &vpc));
        TRY(take(call, in->enable_dns_support, &vpc.dns_support));
        TRY(take(call, in->enable_dns_hostnames, &vpc.dns_hostnames));
        TRY(take(call, in->enable_network_address_usage_metrics, &vpc.usage_metrics));
        out->return_ = OPT_BOOL(true);
        return call_put(call, &ec2_vpc_record_type, &vpc);
}
