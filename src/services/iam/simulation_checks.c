/* What a simulation may be asked: actions, scenarios, policies to leave out. */
#include "services/iam/simulation.h"

int iam_check_actions(struct call *call, const struct str_list *actions)
{
        for (size_t i = 0; i < actions->count; i++) {
                struct str rest = actions->items[i], prefix;

                if (str_cut(&rest, ':', &prefix) && prefix.len && rest.len &&
                    !str_has_byte(actions->items[i], '*') && !str_has_byte(actions->items[i], '?'))
                        continue;
                return fail(call, &iam_invalid_input_exception, "Invalid action name: %.*s",
                            STR_ARG(actions->items[i]));
        }
        return 0;
}

/* The kinds of resources that a scenario cannot do without. */
static const struct scenario {
        struct str name;
        struct str kinds[6];
} SCENARIOS[] = {
#define EC2_VPC                                                                                              \
        STR_INIT(":instance/"), STR_INIT(":image/"), STR_INIT(":security-group/"),                           \
                STR_INIT(":network-interface/")
        {STR_INIT("EC2-VPC-InstanceStore"), {EC2_VPC}},
        {STR_INIT("EC2-VPC-InstanceStore-Subnet"), {EC2_VPC, STR_INIT(":subnet/")}},
        {STR_INIT("EC2-VPC-EBS"), {EC2_VPC, STR_INIT(":volume/")}},
        {STR_INIT("EC2-VPC-EBS-Subnet"), {EC2_VPC, STR_INIT(":subnet/"), STR_INIT(":volume/")}},
#undef EC2_VPC
};

static bool has_kind(const struct str_list *resources, struct str kind)
{
        for (size_t i = 0; i < resources->count; i++)
                if (str_find(resources->items[i], kind) >= 0)
                        return true;
        return false;
}

int iam_check_scenario(struct call *call, struct str name, const struct str_list *resources)
{
        if (!str_is_set(name))
                return 0;
        for (size_t i = 0; i < ARRAY_LEN(SCENARIOS); i++) {
                if (!str_eq(name, SCENARIOS[i].name))
                        continue;
                for (size_t k = 0; k < ARRAY_LEN(SCENARIOS[i].kinds); k++)
                        if (str_is_set(SCENARIOS[i].kinds[k]) && !has_kind(resources, SCENARIOS[i].kinds[k]))
                                return fail(call, &iam_invalid_input_exception,
                                            "Resource handling option %.*s requires a resource of type %.*s",
                                            STR_ARG(name), STR_ARG(SCENARIOS[i].kinds[k]));
                return 0;
        }
        return fail(call, &iam_invalid_input_exception, "Invalid resource handling option: %.*s",
                    STR_ARG(name));
}

/* Syntax of what to leave out: an ARN of a policy, with wildcards only in its last part. */
int iam_check_exclusions(struct call *call, const struct iam_policy_identifier_list *exclusions)
{
        for (size_t i = 0; i < exclusions->count; i++) {
                struct str arn = exclusions->items[i].policy_arn;
                ptrdiff_t resource = str_find(arn, STR(":policy/"));

                if (!str_is_set(arn))
                        continue;
                if (!str_starts(arn, STR("arn:")) || resource < 0 ||
                    str_has_byte(str_part(arn, 0, (size_t)resource), '*'))
                        return fail(call, &iam_invalid_input_exception, "ARN %.*s is not valid.",
                                    STR_ARG(arn));
        }
        return 0;
}
