/* VPCs found and listed. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcs.html */
#include "services/ec2/filter.h"

int ec2_get_vpc(struct call *call, struct str id, struct ec2_vpc_record *ret)
{
        *ret = (struct ec2_vpc_record){.account = call->account, .region = call->region, .id = id};
        return call_get(call, &ec2_vpc_record_type, ret);
}

int ec2_need_vpc(struct call *call, struct str id, struct ec2_vpc_record *ret)
{
        int r;

        if (!ec2_id_is(id, STR("vpc")))
                return fail(call, &ec2_invalid_vpc_id_malformed,
                            "Invalid id: \"%.*s\" (expecting \"vpc-...\")", STR_ARG(str_part(id, 0, 256)));
        r = ec2_get_vpc(call, id, ret);
        return r == -ENOENT ? fail(call, &ec2_invalid_vpc_id_not_found, "The vpc ID '%.*s' does not exist",
                                   STR_ARG(id))
                            : r;
}

/* -- Filters */

static const struct ec2_vpc_record *vpc_of(const void *item)
{
        return item;
}

static void show_cidr(const void *item, struct ec2_probe *probe)
{
        ec2_probe_text(probe, vpc_of(item)->cidr);
}

static void show_association(const void *item, struct ec2_probe *probe)
{
        ec2_probe_text(probe, vpc_of(item)->association);
}

static void show_association_state(const void *item, struct ec2_probe *probe)
{
        (void)item;
        ec2_probe_text(probe, STR("associated"));
}

static void show_dhcp_options(const void *item, struct ec2_probe *probe)
{
        ec2_probe_text(probe, vpc_of(item)->dhcp_options);
}

/* Of what no VPC has here: IPv6. */
static void show_nothing(const void *item, struct ec2_probe *probe)
{
        (void)item;
        (void)probe;
}

static void show_is_default(const void *item, struct ec2_probe *probe)
{
        ec2_probe_bool(probe, vpc_of(item)->is_default.value);
}

static void show_owner(const void *item, struct ec2_probe *probe)
{
        ec2_probe_text(probe, vpc_of(item)->account);
}

static void show_state(const void *item, struct ec2_probe *probe)
{
        (void)item;
        ec2_probe_text(probe, STR("available"));
}

static void show_tag(const void *item, struct ec2_probe *probe)
{
        ec2_probe_tag(probe, &vpc_of(item)->tags);
}

static void show_tag_keys(const void *item, struct ec2_probe *probe)
{
        ec2_probe_tag_keys(probe, &vpc_of(item)->tags);
}

static void show_id(const void *item, struct ec2_probe *probe)
{
        ec2_probe_text(probe, vpc_of(item)->id);
}

/* "isDefault" and the like are older names that AWS still takes. */
static const struct ec2_filter_field FIELDS[] = {
        {STR_INIT("cidr"), show_cidr},
        {STR_INIT("cidr-block"), show_cidr},
        {STR_INIT("cidr-block-association.association-id"), show_association},
        {STR_INIT("cidr-block-association.cidr-block"), show_cidr},
        {STR_INIT("cidr-block-association.state"), show_association_state},
        {STR_INIT("cidrBlock"), show_cidr},
        {STR_INIT("dhcp-options-id"), show_dhcp_options},
        {STR_INIT("ipv6-cidr-block-association.association-id"), show_nothing},
        {STR_INIT("ipv6-cidr-block-association.ipv6-cidr-block"), show_nothing},
        {STR_INIT("ipv6-cidr-block-association.ipv6-pool"), show_nothing},
        {STR_INIT("ipv6-cidr-block-association.state"), show_nothing},
        {STR_INIT("is-default"), show_is_default},
        {STR_INIT("isDefault"), show_is_default},
        {STR_INIT("owner-id"), show_owner},
        {STR_INIT("state"), show_state},
        {STR_INIT("tag:"), show_tag},
        {STR_INIT("tag-key"), show_tag_keys},
        {STR_INIT("vpc-id"), show_id},
};

/* -- As the API tells them */

static int tell_block(struct call *call, const struct ec2_vpc_record *vpc,
                      struct ec2_vpc_cidr_block_association_list *ret)
{
        struct ec2_vpc_cidr_block_association *block =
                arena_new(&call->arena, struct ec2_vpc_cidr_block_association);
        struct ec2_vpc_cidr_block_state *state = arena_new(&call->arena, struct ec2_vpc_cidr_block_state);

        if (!block || !state)
                return -ENOMEM;
        *state = (struct ec2_vpc_cidr_block_state){.state = STR("associated")};
        *block = (struct ec2_vpc_cidr_block_association){vpc->cidr, vpc->association, state};
        *ret = (struct ec2_vpc_cidr_block_association_list){block, 1, true};
        return 0;
}

int ec2_tell_vpc(struct call *call, const struct ec2_vpc_record *vpc, struct ec2_vpc *ret)
{
        *ret = (struct ec2_vpc){
                .vpc_id = vpc->id,
                .owner_id = vpc->account,
                .state = STR("available"),
                .cidr_block = vpc->cidr,
                .dhcp_options_id = vpc->dhcp_options,
                .tags = vpc->tags,
                .instance_tenancy = vpc->tenancy,
                .is_default = vpc->is_default,
        };
        return tell_block(call, vpc, &ret->cidr_block_association_set);
}

/* -- Listing */

static bool is_among(const struct str_list *ids, struct str id)
{
        for (size_t i = 0; i < ids->count; i++)
                if (str_eq(ids->items[i], id))
                        return true;
        return ids->count == 0;
}

static int check_ids(struct call *call, const struct str_list *ids)
{
        struct ec2_vpc_record vpc = {};

        if (ids->count > EC2_RESOURCES_MAX)
                return ec2_invalid(call, "Too many VPC ids.");
        for (size_t i = 0; i < ids->count; i++)
                TRY(ec2_need_vpc(call, ids->items[i], &vpc));
        return 0;
}

static int list(struct call *call, const struct ec2_describe_vpcs_in *in, struct record_scan *scan,
                struct ec2_describe_vpcs_out *out)
{
        size_t most = ec2_page_size(in->max_results);
        struct ec2_vpc_record vpc = {};
        struct ec2_effort effort = {};
        struct str after = STR_NONE;
        int r;

        out->vpcs.items = arena_new_array(&call->arena, struct ec2_vpc, most);
        if (!out->vpcs.items)
                return -ENOMEM;
        while ((r = record_scan_next(scan, &vpc)) == 0) {
                if (str_is_set(after))
                        return ec2_page_end(call, after, &out->next_token);
                if (is_among(&in->vpc_ids, vpc.id) &&
                    ec2_filters_match(&in->filters, FIELDS, ARRAY_LEN(FIELDS), &effort, &vpc))
                        TRY(ec2_tell_vpc(call, &vpc, &out->vpcs.items[out->vpcs.count++]));
                r = ec2_effort_check(call, &effort);
                if (r < 0)
                        return r;
                if (r > 0 || out->vpcs.count == most)
                        after = record_scan_token(scan, &call->arena);
        }
        return r == -ENOENT ? 0 : r;
}

int ec2_describe_vpcs(struct call *call, const struct ec2_describe_vpcs_in *in,
                      struct ec2_describe_vpcs_out *out)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct ec2_vpc_record like = {.account = call->account, .region = call->region};
        struct ec2_home_record home = {};
        struct str after;

        TRY(ec2_enter(call, &home));
        TRY(ec2_check_filters(call, &in->filters, FIELDS, ARRAY_LEN(FIELDS)));
        TRY(check_ids(call, &in->vpc_ids));
        TRY(ec2_page_begin(call, in->next_token, &after));
        out->vpcs.is_set = true;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &ec2_vpc_record_type, NULL, &like, 2, after));
        return list(call, in, &scan, out);
}
