/* Security groups listed.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroups.html */
#include "services/ec2/group_filter.h"

/* -- Which are asked for */

static void add_id(struct str_list *ids, struct str id)
{
        for (size_t i = 0; i < ids->count; i++)
                if (str_eq(ids->items[i], id))
                        return;
        ids->items[ids->count++] = id;
}

/* Of names: those of the default VPC. */
static int add_named(struct call *call, const struct str_list *names, const struct ec2_home_record *home,
                     struct str_list *ids)
{
        struct ec2_group_record group = {};

        for (size_t i = 0; i < names->count; i++) {
                int r = str_is_set(home->default_vpc)
                                ? ec2_find_group(call, home->default_vpc, names->items[i], &group)
                                : -ENOENT;

                if (r == -ENOENT)
                        return fail(call, &ec2_invalid_group_not_found,
                                    "The security group '%.*s' does not exist in default VPC '%.*s'",
                                    STR_ARG(str_part(names->items[i], 0, 256)), STR_ARG(home->default_vpc));
                TRY(r);
                add_id(ids, group.id);
        }
        return 0;
}

static int choose(struct call *call, const struct ec2_describe_security_groups_in *in,
                  const struct ec2_home_record *home, struct str_list *ret)
{
        size_t room = in->group_ids.count + in->group_names.count;
        struct ec2_group_record group = {};

        if (room > EC2_RESOURCES_MAX)
                return ec2_invalid(call, "Too many security groups.");
        *ret = (struct str_list){arena_new_array(&call->arena, struct str, room + 1), 0, room > 0};
        if (!ret->items)
                return -ENOMEM;
        for (size_t i = 0; i < in->group_ids.count; i++) {
                TRY(ec2_need_group(call, in->group_ids.items[i], &group));
                add_id(ret, in->group_ids.items[i]);
        }
        return add_named(call, &in->group_names, home, ret);
}

/* -- As they are told */

static int tell(struct call *call, const struct ec2_group_shown *shown, struct ec2_security_group *ret)
{
        const struct ec2_group_record *group = &shown->group;

        *ret = (struct ec2_security_group){
                .owner_id = group->account,
                .group_id = group->id,
                .group_name = group->name,
                .description = group->description,
                .vpc_id = group->vpc,
                .tags = group->tags,
                .security_group_arn = ec2_arn(call, "security-group", group->id),
        };
        TRY(ec2_tell_permissions(call, &shown->rules, false, &ret->ip_permissions));
        return ec2_tell_permissions(call, &shown->rules, true, &ret->ip_permissions_egress);
}

/* 1: it is asked for, and its rules are there. */
static int look(struct call *call, const struct ec2_describe_security_groups_in *in,
                struct ec2_effort *effort, struct ec2_group_shown *shown)
{
        bool need_rules = ec2_group_filters_need_rules(&in->filters);

        shown->rules = (struct ec2_rules){};
        if (need_rules)
                TRY(ec2_get_rules(call, &shown->group, &shown->rules));
        if (!ec2_group_matches(&in->filters, effort, shown))
                return 0;
        if (!need_rules)
                TRY(ec2_get_rules(call, &shown->group, &shown->rules));
        return 1;
}

static int list_by_ids(struct call *call, const struct ec2_describe_security_groups_in *in,
                       const struct str_list *ids, struct ec2_security_group_list *found)
{
        struct ec2_group_shown shown = {};
        struct ec2_effort effort = {};
        int r;

        for (size_t i = 0; i < ids->count; i++) {
                TRY(ec2_need_group(call, ids->items[i], &shown.group));
                r = look(call, in, &effort, &shown);
                if (r > 0)
                        r = tell(call, &shown, &found->items[found->count++]);
                if (r < 0)
                        return r;
                TRY(ec2_effort_check(call, &effort));
        }
        return 0;
}

/* What stands behind the last group of the page is told by the token. */
static int list_page(struct call *call, const struct ec2_describe_security_groups_in *in,
                     struct record_scan *scan, struct ec2_describe_security_groups_out *out)
{
        struct ec2_security_group_list *found = &out->security_groups;
        size_t most = ec2_page_size(in->max_results);
        struct ec2_group_shown shown = {};
        struct ec2_effort effort = {};
        struct str after = STR_NONE;
        int r;

        while ((r = record_scan_next(scan, &shown.group)) == 0) {
                if (str_is_set(after))
                        return ec2_page_end(call, after, &out->next_token);
                r = look(call, in, &effort, &shown);
                if (r < 0)
                        return r;
                if (r > 0) {
                        TRY(tell(call, &shown, &found->items[found->count++]));
                        effort.parts += shown.rules.count + shown.group.tags.count;
                }
                r = ec2_effort_check(call, &effort);
                if (r < 0)
                        return r;
                if (r > 0 || found->count == most)
                        after = record_scan_token(scan, &call->arena);
        }
        return r == -ENOENT ? 0 : r;
}

static int list(struct call *call, const struct ec2_describe_security_groups_in *in,
                const struct str_list *ids, struct ec2_describe_security_groups_out *out)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct ec2_group_record like = {.account = call->account, .region = call->region};
        size_t room = ids->count ? ids->count : ec2_page_size(in->max_results);
        struct str after;

        out->security_groups = (struct ec2_security_group_list){
                arena_new_array(&call->arena, struct ec2_security_group, room), 0, true};
        if (!out->security_groups.items)
                return -ENOMEM;
        if (ids->count)
                return list_by_ids(call, in, ids, &out->security_groups);
        TRY(ec2_page_begin(call, in->next_token, &after));
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &ec2_group_record_type, NULL, &like, 2, after));
        return list_page(call, in, &scan, out);
}

int ec2_describe_security_groups(struct call *call, const struct ec2_describe_security_groups_in *in,
                                 struct ec2_describe_security_groups_out *out)
{
        struct ec2_home_record home = {};
        struct str_list ids = {};

        TRY(ec2_enter(call, &home));
        TRY(ec2_check_group_filters(call, &in->filters));
        TRY(choose(call, in, &home, &ids));
        return list(call, in, &ids, out);
}

/* -- Those of a VPC. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetSecurityGroupsForVpc.html
 */

static struct ec2_security_group_for_vpc told_for_vpc(const struct ec2_group_record *group)
{
        return (struct ec2_security_group_for_vpc){
                .description = group->description,
                .group_name = group->name,
                .owner_id = group->account,
                .group_id = group->id,
                .tags = group->tags,
                .primary_vpc_id = group->vpc,
        };
}

static int list_for_vpc(struct call *call, const struct ec2_get_security_groups_for_vpc_in *in,
                        struct record_scan *scan, struct ec2_get_security_groups_for_vpc_out *out)
{
        struct ec2_security_group_for_vpc_list *found = &out->security_group_for_vpcs;
        size_t most = ec2_page_size(in->max_results);
        struct ec2_group_shown shown = {};
        struct ec2_effort effort = {};
        struct str after = STR_NONE;
        int r;

        found->items = arena_new_array(&call->arena, struct ec2_security_group_for_vpc, most);
        if (!found->items)
                return -ENOMEM;
        while ((r = record_scan_next(scan, &shown.group)) == 0) {
                if (str_is_set(after))
                        return ec2_page_end(call, after, &out->next_token);
                if (ec2_group_matches_for_vpc(&in->filters, &effort, &shown)) {
                        found->items[found->count++] = told_for_vpc(&shown.group);
                        effort.parts += shown.group.tags.count;
                }
                r = ec2_effort_check(call, &effort);
                if (r < 0)
                        return r;
                if (r > 0 || found->count == most)
                        after = record_scan_token(scan, &call->arena);
        }
        return r == -ENOENT ? 0 : r;
}

int ec2_get_security_groups_for_vpc(struct call *call, const struct ec2_get_security_groups_for_vpc_in *in,
                                    struct ec2_get_security_groups_for_vpc_out *out)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct ec2_group_record like = {.account = call->account, .region = call->region, .vpc = in->vpc_id};
        struct ec2_home_record home = {};
        struct ec2_vpc_record vpc = {};
        struct str after;

        TRY(ec2_enter(call, &home));
        TRY(ec2_check_group_filters_for_vpc(call, &in->filters));
        TRY(ec2_need_vpc(call, in->vpc_id, &vpc));
        TRY(ec2_page_begin(call, in->next_token, &after));
        out->security_group_for_vpcs.is_set = true;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &ec2_group_record_type, ec2_group_by_name,
                              &like, 3, after));
        return list_for_vpc(call, in, &scan, out);
}

/* "Describes the VPCs on the other side of a VPC peering or Transit Gateway connection that are referencing
 * the security groups": there are no such connections.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroupReferences.html */
int ec2_describe_security_group_references(struct call *call,
                                           const struct ec2_describe_security_group_references_in *in,
                                           struct ec2_describe_security_group_references_out *out)
{
        struct ec2_home_record home = {};
        struct ec2_group_record group = {};

        TRY(ec2_enter(call, &home));
        for (size_t i = 0; i < in->group_id.count; i++)
                TRY(ec2_need_group(call, in->group_id.items[i], &group));
        out->security_group_reference_set.is_set = true;
        return 0;
}
