/* Rules listed. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroupRules.html */
#include "services/ec2/filter.h"
#include "services/ec2/rule.h"

static const struct ec2_rule_record *rule_of(const void *item)
{
        return item;
}

static void show_group(const void *item, struct ec2_probe *probe)
{
        ec2_probe_text(probe, rule_of(item)->group);
}

static void show_id(const void *item, struct ec2_probe *probe)
{
        ec2_probe_text(probe, rule_of(item)->id);
}

static void show_tag(const void *item, struct ec2_probe *probe)
{
        ec2_probe_tag(probe, &rule_of(item)->tags);
}

static void show_tag_keys(const void *item, struct ec2_probe *probe)
{
        ec2_probe_tag_keys(probe, &rule_of(item)->tags);
}

static const struct ec2_filter_field FIELDS[] = {
        {STR_INIT("group-id"), show_group},
        {STR_INIT("security-group-rule-id"), show_id},
        {STR_INIT("tag:"), show_tag},
        {STR_INIT("tag-key"), show_tag_keys},
};

static bool is_shown(const struct ec2_describe_security_group_rules_in *in, struct ec2_effort *effort,
                     const struct ec2_rule_record *rule)
{
        return ec2_filters_match(&in->filters, FIELDS, ARRAY_LEN(FIELDS), effort, rule);
}

/* In the order in which they were asked for, all at once. */
static int list_by_ids(struct call *call, const struct ec2_describe_security_group_rules_in *in,
                       struct ec2_security_group_rule_list *ret)
{
        const struct str_list *ids = &in->security_group_rule_ids;
        struct ec2_rule_record rule = {};
        struct ec2_effort effort = {};

        if (ids->count > EC2_RESOURCES_MAX)
                return ec2_invalid(call, "Too many security group rule ids.");
        ret->items = arena_new_array(&call->arena, struct ec2_security_group_rule, ids->count);
        if (!ret->items)
                return -ENOMEM;
        for (size_t i = 0; i < ids->count; i++) {
                TRY(ec2_need_rule(call, ids->items[i], &rule));
                if (is_shown(in, &effort, &rule))
                        TRY(ec2_tell_rule(call, &rule, &ret->items[ret->count++]));
                TRY(ec2_effort_check(call, &effort));
        }
        return 0;
}

/* One filter that names one group, as most do: only its rules are looked at. */
static struct str only_group(const struct ec2_filter_list *filters)
{
        for (size_t i = 0; i < filters->count; i++)
                if (str_eq(filters->items[i].name, STR("group-id")) && filters->items[i].values.count == 1 &&
                    ec2_id_is(filters->items[i].values.items[0], STR("sg")))
                        return filters->items[i].values.items[0];
        return STR_NONE;
}

static int list_page(struct call *call, const struct ec2_describe_security_group_rules_in *in,
                     struct record_scan *scan, struct ec2_describe_security_group_rules_out *out)
{
        size_t most = ec2_page_size(in->max_results);
        struct ec2_security_group_rule_list *found = &out->security_group_rules;
        struct ec2_rule_record rule = {};
        struct ec2_effort effort = {};
        struct str after = STR_NONE;
        int r;

        found->items = arena_new_array(&call->arena, struct ec2_security_group_rule, most);
        if (!found->items)
                return -ENOMEM;
        while ((r = record_scan_next(scan, &rule)) == 0) {
                if (str_is_set(after))
                        return ec2_page_end(call, after, &out->next_token);
                if (is_shown(in, &effort, &rule)) {
                        TRY(ec2_tell_rule(call, &rule, &found->items[found->count++]));
                        effort.parts += 1 + rule.tags.count;
                }
                r = ec2_effort_check(call, &effort);
                if (r < 0)
                        return r;
                if (r > 0 || found->count == most)
                        after = record_scan_token(scan, &call->arena);
        }
        return r == -ENOENT ? 0 : r;
}

int ec2_describe_security_group_rules(struct call *call,
                                      const struct ec2_describe_security_group_rules_in *in,
                                      struct ec2_describe_security_group_rules_out *out)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct ec2_rule_record like = {
                .account = call->account, .region = call->region, .group = only_group(&in->filters)};
        size_t members = str_is_set(like.group) ? 3 : 2;
        struct ec2_home_record home = {};
        struct str after;

        TRY(ec2_enter(call, &home));
        TRY(ec2_check_filters(call, &in->filters, FIELDS, ARRAY_LEN(FIELDS)));
        out->security_group_rules.is_set = true;
        if (in->security_group_rule_ids.count)
                return list_by_ids(call, in, &out->security_group_rules);
        TRY(ec2_page_begin(call, in->next_token, &after));
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &ec2_rule_record_type, NULL, &like, members,
                              after));
        return list_page(call, in, &scan, out);
}
