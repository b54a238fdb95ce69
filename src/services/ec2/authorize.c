/* Rules added to a group.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html */
#include "services/ec2/permission.h"

/* Of both: all or none. */
static int join(struct call *call, const struct ec2_rules *there, const struct ec2_rules *added)
{
        struct ec2_rules all = {
                arena_new_array(&call->arena, struct ec2_rule_record, there->count + added->count + 1),
                there->count + added->count};

        if (!all.items)
                return -ENOMEM;
        if (there->count)
                memcpy(all.items, there->items, there->count * sizeof(*all.items));
        if (added->count)
                memcpy(all.items + there->count, added->items, added->count * sizeof(*all.items));
        return ec2_check_rule_count(call, &all);
}

static int check_new(struct call *call, const struct ec2_rules *there, const struct ec2_rules *added)
{
        for (size_t i = 0; i < added->count; i++)
                for (size_t k = 0; k < there->count; k++)
                        if (ec2_rule_is_same(&added->items[i], &there->items[k]))
                                return ec2_rule_exists(call, &added->items[i]);
        return join(call, there, added);
}

static int add(struct call *call, const struct ec2_asked *asked,
               const struct ec2_ip_permission_list *permissions, const struct ec2_tag_list *tags,
               struct ec2_security_group_rule_list *ret)
{
        struct ec2_group_record group = *asked->group;
        struct ec2_rules there = {}, added = {};

        if (permissions->count == 0)
                return ec2_missing(call, "The request must contain the parameter ipPermissions");
        TRY(ec2_read_permissions(call, asked, permissions, &added));
        TRY(ec2_get_rules(call, asked->group, &there));
        TRY(check_new(call, &there, &added));
        for (size_t i = 0; i < added.count; i++) {
                added.items[i].tags = *tags;
                TRY(ec2_add_rule(call, &group, &added.items[i]));
        }
        TRY(call_put(call, &ec2_group_record_type, &group));
        return ec2_tell_rules(call, &added, ret);
}

int ec2_authorize_security_group_ingress(struct call *call,
                                         const struct ec2_authorize_security_group_ingress_in *in,
                                         struct ec2_authorize_security_group_ingress_out *out)
{
        const struct ec2_plain_permission plain = EC2_PLAIN_PERMISSION(in);
        struct ec2_ip_permission_list permissions = {};
        struct ec2_group_record group = {};
        struct ec2_home_record home = {};
        struct ec2_tag_list tags = {};

        TRY(ec2_enter(call, &home));
        TRY(ec2_need_named_group(call, in->group_id, in->group_name, &group));
        TRY(ec2_choose_permissions(call, &plain, &in->ip_permissions, &permissions));
        TRY(ec2_read_tags(call, &in->tag_specifications, STR("security-group-rule"), &tags));
        out->return_ = OPT_BOOL(true);
        return add(call, &(struct ec2_asked){.group = &group}, &permissions, &tags,
                   &out->security_group_rules);
}

int ec2_authorize_security_group_egress(struct call *call,
                                        const struct ec2_authorize_security_group_egress_in *in,
                                        struct ec2_authorize_security_group_egress_out *out)
{
        const struct ec2_plain_permission plain = EC2_PLAIN_PERMISSION(in);
        struct ec2_group_record group = {};
        struct ec2_home_record home = {};
        struct ec2_tag_list tags = {};

        TRY(ec2_enter(call, &home));
        TRY(ec2_need_group(call, in->group_id, &group));
        TRY(ec2_refuse_plain(call, &plain));
        TRY(ec2_read_tags(call, &in->tag_specifications, STR("security-group-rule"), &tags));
        out->return_ = OPT_BOOL(true);
        return add(call, &(struct ec2_asked){.group = &group, .is_egress = true}, &in->ip_permissions, &tags,
                   &out->security_group_rules);
}
