#include "services/regions.h"

/* Of the partition "aws", from the SDKs' partition table (2026-08). Other partitions are other worlds, with
 * accounts and ARNs of their own; a server is one world. */
static const struct str REGIONS[] = {
        STR_INIT("af-south-1"),     STR_INIT("ap-east-1"),      STR_INIT("ap-east-2"),
        STR_INIT("ap-northeast-1"), STR_INIT("ap-northeast-2"), STR_INIT("ap-northeast-3"),
        STR_INIT("ap-south-1"),     STR_INIT("ap-south-2"),     STR_INIT("ap-southeast-1"),
        STR_INIT("ap-southeast-2"), STR_INIT("ap-southeast-3"), STR_INIT("ap-southeast-4"),
        STR_INIT("ap-southeast-5"), STR_INIT("ap-southeast-6"), STR_INIT("ap-southeast-7"),
        STR_INIT("ca-central-1"),   STR_INIT("ca-west-1"),      STR_INIT("eu-central-1"),
        STR_INIT("eu-central-2"),   STR_INIT("eu-north-1"),     STR_INIT("eu-south-1"),
        STR_INIT("eu-south-2"),     STR_INIT("eu-west-1"),      STR_INIT("eu-west-2"),
        STR_INIT("eu-west-3"),      STR_INIT("il-central-1"),   STR_INIT("me-central-1"),
        STR_INIT("me-south-1"),     STR_INIT("mx-central-1"),   STR_INIT("sa-east-1"),
        STR_INIT("us-east-1"),      STR_INIT("us-east-2"),      STR_INIT("us-west-1"),
        STR_INIT("us-west-2"),
};

struct str region_name(size_t number)
{
        return number < ARRAY_LEN(REGIONS) ? REGIONS[number] : STR_NONE;
}

bool region_is_known(struct str name)
{
        for (size_t i = 0; i < ARRAY_LEN(REGIONS); i++)
                if (str_eq(REGIONS[i], name))
                        return true;
        return false;
}
