/* What permissions are asked on: the finders of api/ec2.api. What is not there has an ARN all the same, so
 * that only who may use such a thing is told that there is none.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html */
#include "services/ec2/rule.h"

/* What condition keys tell of a resource; absent: the key is. */
struct subject {
        struct str group_id, vpc_arn, vpc_id, tenancy, create_action, attribute;
};

static int give(struct call *call, struct str value, struct policy_key *ret)
{
        struct str *slot;

        if (!str_is_set(value))
                return 0;
        slot = arena_new(&call->arena, struct str);
        if (!slot)
                return -ENOMEM;
        *slot = value;
        ret->values = slot;
        ret->count = 1;
        return 1;
}

#define RESOURCE_TAG STR("ec2:ResourceTag/")

static int give_tag(struct call *call, const struct resource *resource, struct str key,
                    struct policy_key *ret)
{
        for (size_t i = 0; i < resource->tags.count; i++)
                if (str_eq_nocase(resource->tags.items[i].key, key))
                        return give(call, resource->tags.items[i].value, ret);
        return 0;
}

static int find_key(struct call *call, const struct resource *resource, struct str name,
                    struct policy_key *ret)
{
        const struct subject *subject = resource->of;
        const struct {
                struct str name, value;
        } keys[] = {
                {STR_INIT("ec2:Region"), call->region},
                {STR_INIT("ec2:SecurityGroupID"), subject ? subject->group_id : STR_NONE},
                {STR_INIT("ec2:Vpc"), subject ? subject->vpc_arn : STR_NONE},
                {STR_INIT("ec2:VpcID"), subject ? subject->vpc_id : STR_NONE},
                {STR_INIT("ec2:Tenancy"), subject ? subject->tenancy : STR_NONE},
                {STR_INIT("ec2:CreateAction"), subject ? subject->create_action : STR_NONE},
                {STR_INIT("ec2:Attribute"), subject ? subject->attribute : STR_NONE},
        };

        if (str_starts_nocase(name, RESOURCE_TAG))
                return give_tag(call, resource, str_from(name, RESOURCE_TAG.len), ret);
        for (size_t i = 0; i < ARRAY_LEN(keys); i++)
                if (str_eq_nocase(keys[i].name, name))
                        return give(call, keys[i].value, ret);
        return 0;
}

static int begin(struct call *call, struct str arn, struct str type, struct resource *ret,
                 struct subject **ret_of)
{
        *ret_of = arena_new(&call->arena, struct subject);
        *ret = (struct resource){
                .arn = arn,
                .account = call->account,
                .type = type,
                .policy_kind = POLICY_RESOURCE,
                .find_key = find_key,
                .of = *ret_of,
        };
        return *ret_of ? 0 : -ENOMEM;
}

static int set_tags(struct call *call, const struct ec2_tag_list *tags, struct resource *ret)
{
        ret->tags.items = arena_new_array(&call->arena, struct str_pair, tags->count + 1);
        if (!ret->tags.items)
                return -ENOMEM;
        for (size_t i = 0; i < tags->count; i++)
                ret->tags.items[i] = (struct str_pair){tags->items[i].key, tags->items[i].value};
        ret->tags.count = tags->count;
        return 0;
}

int ec2_region_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct subject *subject;

        (void)args;
        return begin(call, STR("*"), STR_NONE, ret, &subject);
}

/* -- Security groups */

static int group_resource(struct call *call, struct str id, struct resource *ret)
{
        struct ec2_group_record group = {};
        struct subject *subject;
        int r;

        TRY(begin(call, ec2_arn(call, "security-group", id.len ? id : STR("*")), EC2_GROUP_TYPE, ret,
                  &subject));
        subject->group_id = id;
        r = id.len ? ec2_get_group(call, id, &group) : -ENOENT;
        if (r == -ENOENT && str_eq(id, ec2_first_id(call, "sg")))
                subject->vpc_arn = ec2_arn(call, "vpc", ec2_first_id(call, "vpc"));
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        subject->vpc_arn = ec2_arn(call, "vpc", group.vpc);
        return set_tags(call, &group.tags, ret);
}

/* Of one that is named in the default VPC. Before the region is used there is only "default". */
static int id_of_name(struct call *call, struct str name, struct str *ret)
{
        struct ec2_home_record home = {.account = call->account, .region = call->region};
        struct ec2_group_record group = {};
        int r = call_get(call, &ec2_home_record_type, &home);

        *ret = STR_NONE;
        if (r == -ENOENT && str_eq_nocase(name, STR("default")))
                *ret = ec2_first_id(call, "sg");
        if (r < 0 || !str_is_set(home.default_vpc))
                return r == -ENOENT ? 0 : r;
        r = ec2_find_group(call, home.default_vpc, name, &group);
        if (r == 0)
                *ret = group.id;
        return r == -ENOENT ? 0 : r;
}

int ec2_security_group_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct str id = args[0];

        if (!id.len && args[1].len)
                TRY(id_of_name(call, args[1], &id));
        return group_resource(call, id, ret);
}

/* -- What is not there yet. CreateTags is asked on it too, and told why: ec2:CreateAction.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html */

static int settle_new(struct call *call, struct str action, struct resource *resource)
{
        struct subject *subject;

        if (!str_eq(action, STR("ec2:CreateTags")))
                return 0;
        subject = arena_new(&call->arena, struct subject);
        if (!subject)
                return -ENOMEM;
        *subject = *(const struct subject *)resource->of;
        subject->create_action = call->operation->name;
        resource->of = subject;
        return 0;
}

static int begin_new(struct call *call, const char *kind, struct str type, struct resource *ret,
                     struct subject **ret_of)
{
        TRY(begin(call, ec2_arn(call, kind, STR("*")), type, ret, ret_of));
        ret->noted = STR(""); /* the event names what is made */
        ret->settle = settle_new;
        return 0;
}

int ec2_new_security_group_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct subject *subject;

        (void)args;
        return begin_new(call, "security-group", EC2_GROUP_TYPE, ret, &subject);
}

int ec2_new_security_group_rule_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct subject *subject;

        (void)args;
        return begin_new(call, "security-group-rule", EC2_RULE_TYPE, ret, &subject);
}

/* -- VPCs */

int ec2_new_vpc_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct subject *subject;

        (void)args;
        return begin_new(call, "vpc", EC2_VPC_TYPE, ret, &subject);
}

/* Which one ModifyVpcAttribute changes: more than one at a time it refuses. */
static struct str changed_attribute(struct call *call)
{
        const struct ec2_modify_vpc_attribute_in *in = call->in;

        if (!str_eq(call->operation->name, STR("ModifyVpcAttribute")))
                return STR_NONE;
        if (in->enable_dns_support)
                return STR("EnableDnsSupport");
        if (in->enable_dns_hostnames)
                return STR("EnableDnsHostnames");
        return in->enable_network_address_usage_metrics ? STR("EnableNetworkAddressUsageMetrics") : STR_NONE;
}

int ec2_vpc_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct ec2_vpc_record vpc = {};
        struct subject *subject;
        int r;

        TRY(begin(call, ec2_arn(call, "vpc", args[0].len ? args[0] : STR("*")), EC2_VPC_TYPE, ret, &subject));
        subject->vpc_id = args[0];
        subject->attribute = changed_attribute(call);
        r = args[0].len ? ec2_get_vpc(call, args[0], &vpc) : -ENOENT;
        if (r == -ENOENT && str_eq(args[0], ec2_first_id(call, "vpc")))
                subject->tenancy = STR("default");
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        subject->tenancy = vpc.tenancy;
        return set_tags(call, &vpc.tags, ret);
}

/* Where a group is made: in the default VPC when none is named, and that one has to be allowed as well. */
int ec2_chosen_vpc_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct ec2_home_record home = {.account = call->account, .region = call->region};
        struct str chosen = args[0];
        int r = 0;

        if (!chosen.len) {
                r = call_get(call, &ec2_home_record_type, &home);
                chosen = r == -ENOENT ? ec2_first_id(call, "vpc") : home.default_vpc;
        }
        if (r < 0 && r != -ENOENT)
                return r;
        return ec2_vpc_resource(call, &chosen, ret);
}

/* -- Rules */

static int rule_resource(struct call *call, struct str id, struct resource *ret)
{
        struct ec2_rule_record rule = {};
        struct subject *subject;
        int r;

        TRY(begin(call, ec2_arn(call, "security-group-rule", id.len ? id : STR("*")), EC2_RULE_TYPE, ret,
                  &subject));
        r = id.len ? ec2_find_rule(call, id, &rule) : -ENOENT;
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        return set_tags(call, &rule.tags, ret);
}

/* Those of ModifySecurityGroupRules: each stands behind the one before, so that all must be allowed. */
int ec2_changed_rule_resource(struct call *call, const struct str *args, struct resource *ret)
{
        const struct ec2_modify_security_group_rules_in *in = call->in;
        const struct resource *behind = NULL;

        (void)args;
        if (in->security_group_rules.count > EC2_RULES_MAX * 4)
                return fail(call, &ec2_rules_per_security_group_limit_exceeded,
                            "The maximum number of rules per security group has been reached.");
        TRY(rule_resource(call, STR_NONE, ret));
        for (size_t i = 0; i < in->security_group_rules.count; i++) {
                struct resource *before = arena_new(&call->arena, struct resource);

                if (!before)
                        return -ENOMEM;
                TRY(rule_resource(call, in->security_group_rules.items[i].security_group_rule_id, ret));
                ret->behind = behind;
                *before = *ret;
                behind = before;
        }
        return 0;
}

/* -- Whatever has tags, by the kind that its id says. */

int ec2_tagged_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct str id = args[0];
        struct subject *subject;

        if (str_starts(id, STR("vpc-")))
                return ec2_vpc_resource(call, args, ret);
        if (str_starts(id, STR("sgr-")))
                return rule_resource(call, id, ret);
        if (str_starts(id, STR("sg-")))
                return group_resource(call, id, ret);
        return begin(call, ec2_arn(call, "*", id.len ? id : STR("*")), STR_NONE, ret, &subject);
}
