/* "For tcp, udp, and icmp, you must specify a port range. For icmpv6, the port range is optional."
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html */
#include "services/ec2/protocol.h"

#define PORT_MAX 65535
#define ICMP_MAX 255

static const struct {
        struct str number, name;
} NAMED[] = {
        {STR_INIT("6"), STR_INIT("tcp")},
        {STR_INIT("17"), STR_INIT("udp")},
        {STR_INIT("1"), STR_INIT("icmp")},
        {STR_INIT("58"), STR_INIT("icmpv6")},
};

bool ec2_protocol_has_ports(struct str protocol)
{
        for (size_t i = 0; i < ARRAY_LEN(NAMED); i++)
                if (str_eq(protocol, NAMED[i].name))
                        return true;
        return false;
}

/* 0: of one of the names. */
static int number_of_name(struct str text, uint64_t *ret)
{
        for (size_t i = 0; i < ARRAY_LEN(NAMED); i++)
                if (str_eq_nocase(text, NAMED[i].name))
                        return str_to_u64(NAMED[i].number, ret);
        return -ENOENT;
}

/* By its name where it has one, else by its number, however that was written: "06" is tcp, with its ports. */
static int read_name(struct call *call, struct str text, struct str *ret)
{
        uint64_t number = 0;

        *ret = text;
        if (str_eq(text, STR("-1")))
                return 0;
        if (number_of_name(text, &number) < 0 && (str_to_u64(text, &number) < 0 || number > 255))
                return ec2_invalid(call, "Invalid value '%.*s' for IP protocol. Unknown protocol.",
                                   STR_ARG(str_part(text, 0, 256)));
        *ret = arena_printf(&call->arena, "%llu", (unsigned long long)number);
        for (size_t i = 0; i < ARRAY_LEN(NAMED); i++)
                if (str_eq(*ret, NAMED[i].number))
                        *ret = NAMED[i].name;
        return 0;
}

static int check_ports(struct call *call, struct opt_int from, struct opt_int to)
{
        if (!from.is_set || !to.is_set)
                return ec2_invalid(call,
                                   "Invalid value 'Must specify both from and to ports with TCP/UDP.' for "
                                   "portRange.");
        if (from.value < 0 || from.value > PORT_MAX)
                return ec2_invalid(call, "TCP/UDP port (%lld) out of range", (long long)from.value);
        if (to.value < 0 || to.value > PORT_MAX)
                return ec2_invalid(call, "TCP/UDP port (%lld) out of range", (long long)to.value);
        if (from.value > to.value)
                return ec2_invalid(call, "Invalid TCP/UDP port range (%lld:%lld)", (long long)from.value,
                                   (long long)to.value);
        return 0;
}

/* "If the start port is -1 (all ICMP types), then the end port must be -1 (all ICMP codes)." */
static int check_icmp(struct call *call, struct opt_int type, struct opt_int code)
{
        if (!type.is_set || !code.is_set)
                return ec2_invalid(call, "Invalid value 'Must specify both type and code with ICMP.' for "
                                         "icmpTypeCode.");
        if (type.value < -1 || type.value > ICMP_MAX)
                return ec2_invalid(call, "ICMP type (%lld) out of range", (long long)type.value);
        if (code.value < -1 || code.value > ICMP_MAX)
                return ec2_invalid(call, "ICMP code (%lld) out of range", (long long)code.value);
        if (type.value == -1 && code.value != -1)
                return ec2_invalid(call, "Invalid value for ICMP code (%lld): all types have all codes",
                                   (long long)code.value);
        return 0;
}

int ec2_read_protocol(struct call *call, struct str protocol, struct opt_int from, struct opt_int to,
                      struct ec2_rule_record *ret)
{
        if (!protocol.len)
                return ec2_missing(call, "The request must contain the parameter IpProtocol");
        TRY(read_name(call, protocol, &ret->protocol));
        ret->from_port = ret->to_port = OPT_INT(-1);
        if (!ec2_protocol_has_ports(ret->protocol))
                return 0;
        if (str_eq(ret->protocol, STR("icmpv6")) && !from.is_set && !to.is_set)
                return 0;
        if (str_starts(ret->protocol, STR("icmp")))
                TRY(check_icmp(call, from, to));
        else
                TRY(check_ports(call, from, to));
        ret->from_port = from;
        ret->to_port = to;
        return 0;
}
