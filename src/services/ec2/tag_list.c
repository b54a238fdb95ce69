/* All tags of an account in a region, a resource after the other.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeTags.html */
#include "services/ec2/filter.h"

struct shown {
        struct str kind, id;
        const struct ec2_tag *tag;
};

static const struct shown *shown_of(const void *item)
{
        return item;
}

static void show_key(const void *item, struct ec2_probe *probe)
{
        ec2_probe_text(probe, shown_of(item)->tag->key);
}

static void show_value(const void *item, struct ec2_probe *probe)
{
        ec2_probe_text(probe, shown_of(item)->tag->value);
}

static void show_id(const void *item, struct ec2_probe *probe)
{
        ec2_probe_text(probe, shown_of(item)->id);
}

static void show_kind(const void *item, struct ec2_probe *probe)
{
        ec2_probe_text(probe, shown_of(item)->kind);
}

static void show_tag(const void *item, struct ec2_probe *probe)
{
        if (str_eq(shown_of(item)->tag->key, probe->key))
                ec2_probe_text(probe, shown_of(item)->tag->value);
}

static const struct ec2_filter_field FIELDS[] = {
        {STR_INIT("key"), show_key},
        {STR_INIT("resource-id"), show_id},
        {STR_INIT("resource-type"), show_kind},
        {STR_INIT("tag:"), show_tag},
        {STR_INIT("value"), show_value},
};

/* -- The kinds of what has tags, in the order in which they are told. */

union record {
        struct ec2_vpc_record vpc;
        struct ec2_group_record group;
        struct ec2_rule_record rule;
};

static const struct kind {
        struct str name;
        const struct record_type *type;
        size_t id_at, tags_at;
} KINDS[] = {
        {STR_INIT("vpc"), &ec2_vpc_record_type, offsetof(struct ec2_vpc_record, id),
         offsetof(struct ec2_vpc_record, tags)},
        {STR_INIT("security-group"), &ec2_group_record_type, offsetof(struct ec2_group_record, id),
         offsetof(struct ec2_group_record, tags)},
        {STR_INIT("security-group-rule"), &ec2_rule_record_type, offsetof(struct ec2_rule_record, id),
         offsetof(struct ec2_rule_record, tags)},
};

/* Where a page begins: at a tag of a resource, behind others that are done with. As text: the kind, how many
 * of the resource's tags are done with, then what the scan of the kind goes on behind. */
struct place {
        size_t kind, done;
        struct str after;
};

struct listing {
        const struct ec2_filter_list *filters;
        size_t most;
        struct ec2_tag_description_list *found;
        struct ec2_effort effort;
};

static struct str write_place(struct call *call, const struct place *place)
{
        return arena_printf(&call->arena, "%c%c%.*s", (char)('0' + place->kind), (char)('0' + place->done),
                            STR_ARG(place->after));
}

static void read_place(struct str text, struct place *ret)
{
        *ret = (struct place){};
        if (text.len < 2)
                return;
        ret->kind = (size_t)(text.ptr[0] - '0');
        ret->done = (size_t)(text.ptr[1] - '0');
        if (text.len > 2)
                ret->after = str_from(text, 2);
}

static const struct ec2_tag_list *tags_of(const struct kind *kind, const union record *record)
{
        return (const void *)((const char *)record + kind->tags_at);
}

static struct str id_of(const struct kind *kind, const union record *record)
{
        return *(const struct str *)(const void *)((const char *)record + kind->id_at);
}

/* 1: the page is full, and place->done says how far it came. */
static int list_resource(struct listing *listing, const struct kind *kind, const union record *record,
                         struct place *place)
{
        const struct ec2_tag_list *tags = tags_of(kind, record);
        struct shown shown = {.kind = kind->name, .id = id_of(kind, record)};

        for (; place->done < tags->count; place->done++) {
                shown.tag = &tags->items[place->done];
                if (!ec2_filters_match(listing->filters, FIELDS, ARRAY_LEN(FIELDS), &listing->effort, &shown))
                        continue;
                if (listing->found->count == listing->most)
                        return 1;
                listing->found->items[listing->found->count++] =
                        (struct ec2_tag_description){shown.id, shown.kind, shown.tag->key, shown.tag->value};
        }
        place->done = 0;
        return 0;
}

static int list_kind(struct call *call, struct listing *listing, struct place *place)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        const struct kind *kind = &KINDS[place->kind];
        union record record = {.vpc = {.account = call->account, .region = call->region}};
        int r;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, kind->type, NULL, &record, 2, place->after));
        while ((r = record_scan_next(&scan, &record)) == 0) {
                if (tags_of(kind, &record)->count == 0)
                        continue;
                r = list_resource(listing, kind, &record, place);
                if (r != 0)
                        return r;
                place->after = record_scan_token(&scan, &call->arena);
                r = ec2_effort_check(call, &listing->effort);
                if (r != 0)
                        return r;
        }
        return r == -ENOENT ? 0 : r;
}

int ec2_describe_tags(struct call *call, const struct ec2_describe_tags_in *in,
                      struct ec2_describe_tags_out *out)
{
        struct listing listing = {
                .filters = &in->filters, .most = ec2_page_size(in->max_results), .found = &out->tags};
        struct ec2_home_record home = {};
        struct place place = {};
        struct str text;
        int r = 0;

        TRY(ec2_enter(call, &home));
        TRY(ec2_check_filters(call, &in->filters, FIELDS, ARRAY_LEN(FIELDS)));
        TRY(ec2_page_begin(call, in->next_token, &text));
        read_place(text, &place);
        out->tags = (struct ec2_tag_description_list){
                arena_new_array(&call->arena, struct ec2_tag_description, listing.most), 0, true};
        if (!out->tags.items)
                return -ENOMEM;
        while (place.kind < ARRAY_LEN(KINDS) && (r = list_kind(call, &listing, &place)) == 0)
                place = (struct place){.kind = place.kind + 1};
        return r > 0 ? ec2_page_end(call, write_place(call, &place), &out->next_token) : r;
}
