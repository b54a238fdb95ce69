/* Security groups made, found, deleted.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html */
#include "services/ec2/rule.h"

int ec2_get_group(struct call *call, struct str id, struct ec2_group_record *ret)
{
        *ret = (struct ec2_group_record){.account = call->account, .region = call->region, .id = id};
        return call_get(call, &ec2_group_record_type, ret);
}

int ec2_find_group(struct call *call, struct str vpc, struct str name, struct ec2_group_record *ret)
{
        *ret = (struct ec2_group_record){
                .account = call->account, .region = call->region, .vpc = vpc, .name = name};
        return record_find(call->txn, &call->arena, &ec2_group_record_type, ec2_group_by_name, ret);
}

int ec2_need_group(struct call *call, struct str id, struct ec2_group_record *ret)
{
        int r;

        if (!ec2_id_is(id, STR("sg")))
                return fail(call, &ec2_invalid_group_id_malformed,
                            "Invalid id: \"%.*s\" (expecting \"sg-...\")", STR_ARG(str_part(id, 0, 256)));
        r = ec2_get_group(call, id, ret);
        return r == -ENOENT ? fail(call, &ec2_invalid_group_not_found,
                                   "The security group '%.*s' does not exist", STR_ARG(id))
                            : r;
}

static int need_group_of_name(struct call *call, struct str name, struct ec2_group_record *ret)
{
        struct ec2_home_record home = {};
        int r = -ENOENT;

        TRY(ec2_enter(call, &home));
        if (str_is_set(home.default_vpc))
                r = ec2_find_group(call, home.default_vpc, name, ret);
        if (r != -ENOENT)
                return r;
        return fail(call, &ec2_invalid_group_not_found,
                    "The security group '%.*s' does not exist in default VPC '%.*s'",
                    STR_ARG(str_part(name, 0, 256)), STR_ARG(home.default_vpc));
}

int ec2_need_named_group(struct call *call, struct str id, struct str name, struct ec2_group_record *ret)
{
        if (id.len && name.len)
                return ec2_combined(call, "groupName", "groupId");
        if (!id.len && !name.len)
                return ec2_missing(call, "The request must contain the parameter groupName or groupId");
        return id.len ? ec2_need_group(call, id, ret) : need_group_of_name(call, name, ret);
}

/* -- New ones */

/* "By default, new security groups start with only an outbound rule that allows all traffic to leave the
 * resource." */
static int let_all_out(struct call *call, struct ec2_group_record *group, struct str rule_id)
{
        struct ec2_rule_record rule = {
                .id = rule_id,
                .is_egress = OPT_BOOL(true),
                .protocol = STR("-1"),
                .from_port = OPT_INT(-1),
                .to_port = OPT_INT(-1),
                .cidr_ipv4 = STR("0.0.0.0/0"),
        };

        return ec2_add_rule(call, group, &rule);
}

int ec2_add_group(struct call *call, const struct ec2_new_group *new, struct ec2_group_record *ret)
{
        *ret = (struct ec2_group_record){
                .account = call->account,
                .region = call->region,
                .id = str_is_set(new->id) ? new->id : ec2_new_id(call, "sg"),
                .vpc = new->vpc,
                .name = new->name,
                .description = new->description,
                .next_rule = OPT_INT(1),
                .tags = new->tags,
        };
        TRY(let_all_out(call, ret, new->rule_id));
        return call_insert(call, &ec2_group_record_type, ret);
}

static bool is_ascii(struct str text)
{
        for (size_t i = 0; i < text.len; i++)
                if ((unsigned char)text.ptr[i] >= 0x80)
                        return false;
        return true;
}

/* "When the name contains trailing spaces, we trim the space at the end of the name."
 * https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html */
static struct str trimmed(struct str name)
{
        while (name.len > 0 && name.ptr[name.len - 1] == ' ')
                name.len--;
        return name;
}

static int check_text(struct call *call, struct str text, const char *parameter, const char *what)
{
        if (text.len == 0)
                return ec2_missing(call, "The request must contain the parameter %s", parameter);
        if (!is_ascii(text))
                return ec2_invalid(
                        call,
                        "Value (%.*s) for parameter %s is invalid. Character sets beyond ASCII are "
                        "not supported.",
                        STR_ARG(str_part(text, 0, 1024)), parameter);
        if (!ec2_text_is_valid(text))
                return ec2_invalid(
                        call,
                        "Invalid security group %s. Valid %ss are strings less than 256 characters "
                        "from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*",
                        what, what);
        return 0;
}

static int check_new(struct call *call, const struct ec2_new_group *new)
{
        TRY(check_text(call, new->name, "GroupName", "name"));
        TRY(check_text(call, new->description, "GroupDescription", "description"));
        if (str_eq_nocase(new->name, STR("default")))
                return ec2_invalid(call, "Cannot use reserved security group name: %.*s", STR_ARG(new->name));
        if (str_starts(new->name, STR("sg-")))
                return ec2_invalid(
                        call,
                        "invalid value for parameter groupName: %.*s. Group names may not be in the "
                        "format sg-*",
                        STR_ARG(new->name));
        return 0;
}

/* In the default VPC when none is named. */
static int choose_vpc(struct call *call, const struct ec2_home_record *home, struct str asked,
                      struct ec2_vpc_record *ret)
{
        if (asked.len)
                return ec2_need_vpc(call, asked, ret);
        if (!str_is_set(home->default_vpc))
                return ec2_missing(call, "The request must contain the parameter VpcId");
        return ec2_need_vpc(call, home->default_vpc, ret);
}

static int check_room(struct call *call, const struct ec2_home_record *home, const struct ec2_vpc_record *vpc,
                      struct str name)
{
        struct ec2_group_record there = {};
        int r = ec2_find_group(call, vpc->id, name, &there);

        if (r == 0)
                return fail(call, &ec2_invalid_group_duplicate,
                            "The security group '%.*s' already exists for VPC '%.*s'", STR_ARG(name),
                            STR_ARG(vpc->id));
        if (r != -ENOENT)
                return r;
        if (home->groups.value >= EC2_GROUPS_MAX)
                return fail(call, &ec2_security_group_limit_exceeded,
                            "The maximum number of security groups has been reached.");
        return 0;
}

int ec2_create_security_group(struct call *call, const struct ec2_create_security_group_in *in,
                              struct ec2_create_security_group_out *out)
{
        struct ec2_new_group new = {.name = trimmed(in->group_name), .description = in->description};
        struct ec2_home_record home = {};
        struct ec2_group_record group = {};
        struct ec2_vpc_record vpc = {};

        TRY(ec2_enter(call, &home));
        TRY(check_new(call, &new));
        TRY(ec2_read_tags(call, &in->tag_specifications, STR("security-group"), &new.tags));
        TRY(choose_vpc(call, &home, in->vpc_id, &vpc));
        TRY(check_room(call, &home, &vpc, new.name));
        new.vpc = vpc.id;
        TRY(ec2_add_group(call, &new, &group));
        home.groups.value++;
        TRY(ec2_put_home(call, &home));
        out->return_ = OPT_BOOL(true);
        out->group_id = group.id;
        out->tags = group.tags;
        out->security_group_arn = ec2_arn(call, "security-group", group.id);
        call_touch(call, out->security_group_arn, EC2_GROUP_TYPE);
        return 0;
}

/* -- Deleted ones */

static int drop_rules(struct call *call, const struct ec2_group_record *group)
{
        struct ec2_rules rules = {};

        TRY(ec2_get_rules(call, group, &rules));
        for (size_t i = 0; i < rules.count; i++)
                TRY(call_delete(call, &ec2_rule_record_type, &rules.items[i]));
        return 0;
}

/* "Is referenced by another security group in the same VPC"; its own rules go with it. */
static int check_unreferenced(struct call *call, const struct ec2_group_record *group)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct ec2_rule_record like = {.referenced = group->id}, rule;
        int r;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &ec2_rule_record_type, ec2_rule_by_referenced,
                              &like, 1, STR_NONE));
        while ((r = record_scan_next(&scan, &rule)) == 0)
                if (!str_eq(rule.group, group->id))
                        return fail(call, &ec2_dependency_violation, "resource %.*s has a dependent object",
                                    STR_ARG(group->id));
        return r == -ENOENT ? 0 : r;
}

int ec2_drop_group(struct call *call, const struct ec2_group_record *group, struct ec2_home_record *home)
{
        TRY(drop_rules(call, group));
        home->groups.value--;
        return call_delete(call, &ec2_group_record_type, group);
}

int ec2_delete_security_group(struct call *call, const struct ec2_delete_security_group_in *in,
                              struct ec2_delete_security_group_out *out)
{
        struct ec2_home_record home = {};
        struct ec2_group_record group = {};

        TRY(ec2_enter(call, &home));
        TRY(ec2_need_named_group(call, in->group_id, in->group_name, &group));
        if (str_eq(group.name, STR("default")))
                return fail(call, &ec2_cannot_delete,
                            "the specified group: \"%.*s\" name: \"default\" cannot be deleted by a user",
                            STR_ARG(group.id));
        TRY(check_unreferenced(call, &group));
        TRY(ec2_drop_group(call, &group, &home));
        TRY(ec2_put_home(call, &home));
        out->return_ = OPT_BOOL(true);
        out->group_id = group.id;
        return 0;
}
