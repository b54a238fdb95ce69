#include "services/regions.h"

/* Of the partition "aws", from the SDKs' partition table (2026-08). Other partitions are other worlds, with
 * accounts and ARNs of their own; a server is one world. */
static const struct {
        struct str name, title;
} REGIONS[] = {
        {STR_INIT("af-south-1"), STR_INIT("Africa (Cape Town)")},
        {STR_INIT("ap-east-1"), STR_INIT("Asia Pacific (Hong Kong)")},
        {STR_INIT("ap-east-2"), STR_INIT("Asia Pacific (Taipei)")},
        {STR_INIT("ap-northeast-1"), STR_INIT("Asia Pacific (Tokyo)")},
        {STR_INIT("ap-northeast-2"), STR_INIT("Asia Pacific (Seoul)")},
        {STR_INIT("ap-northeast-3"), STR_INIT("Asia Pacific (Osaka)")},
        {STR_INIT("ap-south-1"), STR_INIT("Asia Pacific (Mumbai)")},
        {STR_INIT("ap-south-2"), STR_INIT("Asia Pacific (Hyderabad)")},
        {STR_INIT("ap-southeast-1"), STR_INIT("Asia Pacific (Singapore)")},
        {STR_INIT("ap-southeast-2"), STR_INIT("Asia Pacific (Sydney)")},
        {STR_INIT("ap-southeast-3"), STR_INIT("Asia Pacific (Jakarta)")},
        {STR_INIT("ap-southeast-4"), STR_INIT("Asia Pacific (Melbourne)")},
        {STR_INIT("ap-southeast-5"), STR_INIT("Asia Pacific (Malaysia)")},
        {STR_INIT("ap-southeast-6"), STR_INIT("Asia Pacific (New Zealand)")},
        {STR_INIT("ap-southeast-7"), STR_INIT("Asia Pacific (Thailand)")},
        {STR_INIT("ca-central-1"), STR_INIT("Canada (Central)")},
        {STR_INIT("ca-west-1"), STR_INIT("Canada West (Calgary)")},
        {STR_INIT("eu-central-1"), STR_INIT("EU (Frankfurt)")},
        {STR_INIT("eu-central-2"), STR_INIT("EU (Zurich)")},
        {STR_INIT("eu-north-1"), STR_INIT("EU (Stockholm)")},
        {STR_INIT("eu-south-1"), STR_INIT("EU (Milan)")},
        {STR_INIT("eu-south-2"), STR_INIT("EU (Spain)")},
        {STR_INIT("eu-west-1"), STR_INIT("EU (Ireland)")},
        {STR_INIT("eu-west-2"), STR_INIT("EU (London)")},
        {STR_INIT("eu-west-3"), STR_INIT("EU (Paris)")},
        {STR_INIT("il-central-1"), STR_INIT("Israel (Tel Aviv)")},
        {STR_INIT("me-central-1"), STR_INIT("Middle East (UAE)")},
        {STR_INIT("me-south-1"), STR_INIT("Middle East (Bahrain)")},
        {STR_INIT("mx-central-1"), STR_INIT("Mexico (Central)")},
        {STR_INIT("sa-east-1"), STR_INIT("South America (Sao Paulo)")},
        {STR_INIT("us-east-1"), STR_INIT("US East (N. Virginia)")},
        {STR_INIT("us-east-2"), STR_INIT("US East (Ohio)")},
        {STR_INIT("us-west-1"), STR_INIT("US West (N. California)")},
        {STR_INIT("us-west-2"), STR_INIT("US West (Oregon)")},
};

struct str region_name(size_t number)
{
        return number < ARRAY_LEN(REGIONS) ? REGIONS[number].name : STR_NONE;
}

static size_t find(struct str name)
{
        size_t i = 0;

        while (i < ARRAY_LEN(REGIONS) && !str_eq(REGIONS[i].name, name))
                i++;
        return i;
}

bool region_is_known(struct str name)
{
        return find(name) < ARRAY_LEN(REGIONS);
}

struct str region_title(struct str name)
{
        size_t i = find(name);

        return i < ARRAY_LEN(REGIONS) ? REGIONS[i].title : name;
}
