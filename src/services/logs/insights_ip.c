/* Addresses in queries. */
#include "policy/values.h"
#include "services/logs/insights_inside.h"

static bool is_of(const struct ip_range *range, int family)
{
        return family == 0 || (family == 6) == range->is_v6;
}

bool query_is_ip(struct str text, int family)
{
        struct ip_range range;

        return str_is_set(text) && !str_has_byte(text, '/') && ip_range_parse(text, &range) &&
               is_of(&range, family);
}

bool query_is_in_subnet(struct str text, struct str subnet, int family)
{
        struct ip_range address, range;

        return query_is_ip(text, family) && str_is_set(subnet) && ip_range_parse(text, &address) &&
               ip_range_parse(subnet, &range) && is_of(&range, family) && address.is_v6 == range.is_v6 &&
               ip_range_contains(&range, &address);
}
