/* What the files of this folder share. */
#pragma once

#include "api/ec2.h"
#include "services/call.h"

/* https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html */
#define EC2_VPCS_MAX      5    /* of an account in a region */
#define EC2_GROUPS_MAX    2500 /* of an account in a region */
#define EC2_RULES_MAX     60   /* of a group in one direction, of IPv4 and again of IPv6 */
#define EC2_TAGS_MAX      50
#define EC2_TAG_KEY_MAX   127
#define EC2_TAG_VALUE_MAX 256
#define EC2_TEXT_MAX      255 /* of names and descriptions of groups, and descriptions of rules */
#define EC2_PAGE          1000
#define EC2_RESOURCES_MAX 1000 /* in one request */

#define EC2_VPC_TYPE   STR("AWS::EC2::VPC")
#define EC2_GROUP_TYPE STR("AWS::EC2::SecurityGroup")
#define EC2_RULE_TYPE  STR("AWS::EC2::SecurityGroupRule")

/* -- Names: name.c */

/* "sg-" and 8 or 17 hexadecimal digits, as AWS's are; prefix: "sg". */
bool ec2_id_is(struct str id, struct str prefix);
struct str ec2_new_id(struct call *call, const char *prefix);
/* The same in every transaction: of what an account has in a region before it has made anything there. */
struct str ec2_first_id(struct call *call, const char *prefix);
/* "arn:aws:ec2:us-east-1:111122223333:security-group/sg-1" */
struct str ec2_arn(struct call *call, const char *kind, struct str id);
/* Letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*, at most EC2_TEXT_MAX of them. */
bool ec2_text_is_valid(struct str text);

/* -- What an account has in a region: home.c. To be called first by every handler: a default VPC and its
 * default group are stored when the region is used for the first time. */

must_check int ec2_enter(struct call *call, struct ec2_home_record *ret);
/* A default VPC under this id, and its default security group. */
struct ec2_default_group;
must_check int ec2_add_default_vpc(struct call *call, const struct ec2_default_group *group,
                                   struct str association, struct ec2_vpc_record *ret);
/* In a write, when counts change. */
must_check int ec2_put_home(struct call *call, const struct ec2_home_record *home);

/* -- VPCs: vpc.c */

must_check int ec2_get_vpc(struct call *call, struct str id, struct ec2_vpc_record *ret); /* -ENOENT */
/* InvalidVpcID.NotFound, InvalidVpcID.Malformed */
must_check int ec2_need_vpc(struct call *call, struct str id, struct ec2_vpc_record *ret);

/* As the API tells it. */
must_check int ec2_tell_vpc(struct call *call, const struct ec2_vpc_record *vpc, struct ec2_vpc *ret);

/* -- Security groups: group.c */

must_check int ec2_get_group(struct call *call, struct str id, struct ec2_group_record *ret); /* -ENOENT */
/* In a VPC. -ENOENT */
must_check int ec2_find_group(struct call *call, struct str vpc, struct str name,
                              struct ec2_group_record *ret);
/* InvalidGroup.NotFound, InvalidGroupId.Malformed */
must_check int ec2_need_group(struct call *call, struct str id, struct ec2_group_record *ret);
/* By its id, or by its name in the default VPC: MissingParameter, InvalidParameterCombination */
must_check int ec2_need_named_group(struct call *call, struct str id, struct str name,
                                    struct ec2_group_record *ret);

/* A new one, with the rule that lets all out. */
struct ec2_new_group {
        struct str id, vpc, name, description;
        struct ec2_tag_list tags;
        struct str rule_id; /* of that rule; absent: drawn */
};
must_check int ec2_add_group(struct call *call, const struct ec2_new_group *new,
                             struct ec2_group_record *ret);

/* With its rules; the home is to be stored afterwards. */
must_check int ec2_drop_group(struct call *call, const struct ec2_group_record *group,
                              struct ec2_home_record *home);

/* -- Tags: tag.c */

/* Those of a new resource of a kind ("security-group"), from a request's TagSpecifications. */
must_check int ec2_read_tags(struct call *call, const struct ec2_tag_specification_list *specifications,
                             struct str kind, struct ec2_tag_list *ret);

/* -- What a request may say in several ways */

must_check int ec2_invalid(struct call *call, const char *format, ...)
        _printf_(2, 3); /* InvalidParameterValue */
must_check int ec2_missing(struct call *call, const char *format, ...) _printf_(2, 3); /* MissingParameter */
must_check int ec2_combined(struct call *call, const char *one,
                            const char *other); /* InvalidParameterCombination */

/* Where a listing goes on: page.c. InvalidNextToken. */
must_check int ec2_page_begin(struct call *call, struct str token, struct str *ret_after);
must_check int ec2_page_end(struct call *call, struct str after, struct str *ret_token);
static inline size_t ec2_page_size(struct opt_int max_results)
{
        return max_results.is_set ? (size_t)max_results.value : EC2_PAGE;
}
