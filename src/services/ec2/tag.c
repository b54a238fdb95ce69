/* Tags of VPCs, security groups and rules.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions */
#include "base/text.h"
#include "services/ec2/rule.h"

/* -- What tags may be */

static int check_tag(struct call *call, const struct ec2_tag *tag)
{
        if (!tag->key.len)
                return ec2_missing(call, "The request must contain the parameter Tag.Key");
        if (utf8_length(tag->key) > EC2_TAG_KEY_MAX)
                return ec2_invalid(call, "Tag key exceeds the maximum length of %d characters",
                                   EC2_TAG_KEY_MAX);
        if (utf8_length(tag->value) > EC2_TAG_VALUE_MAX)
                return ec2_invalid(call, "Tag value exceeds the maximum length of %d characters",
                                   EC2_TAG_VALUE_MAX);
        if (str_starts_nocase(tag->key, STR("aws:")))
                return ec2_invalid(call, "Tag keys starting with 'aws:' are reserved for internal use");
        return 0;
}

static int too_many(struct call *call)
{
        return fail(call, &ec2_tag_limit_exceeded,
                    "The maximum number of Tags for a resource has been reached.");
}

static struct ec2_tag *find(const struct ec2_tag_list *tags, struct str key)
{
        for (size_t i = 0; i < tags->count; i++)
                if (str_eq(tags->items[i].key, key))
                        return &tags->items[i];
        return NULL;
}

/* Without a value a tag has an empty one. */
static int add_tag(struct call *call, const struct ec2_tag *tag, struct ec2_tag_list *tags)
{
        TRY(check_tag(call, tag));
        if (find(tags, tag->key))
                return ec2_invalid(call, "Duplicate tag key '%.*s' specified.", STR_ARG(tag->key));
        if (tags->count == EC2_TAGS_MAX)
                return too_many(call);
        tags->items[tags->count++] =
                (struct ec2_tag){tag->key, str_is_set(tag->value) ? tag->value : STR("")};
        return 0;
}

static int new_tags(struct call *call, struct ec2_tag_list *ret)
{
        *ret = (struct ec2_tag_list){arena_new_array(&call->arena, struct ec2_tag, EC2_TAGS_MAX), 0, true};
        return ret->items ? 0 : -ENOMEM;
}

int ec2_read_tags(struct call *call, const struct ec2_tag_specification_list *specifications, struct str kind,
                  struct ec2_tag_list *ret)
{
        *ret = (struct ec2_tag_list){};
        if (specifications->count == 0)
                return 0;
        TRY(new_tags(call, ret));
        for (size_t i = 0; i < specifications->count; i++) {
                const struct ec2_tag_specification *one = &specifications->items[i];

                if (!str_is_set(one->resource_type))
                        return ec2_missing(call, "The request must contain the parameter ResourceType");
                if (!str_eq(one->resource_type, kind))
                        return ec2_invalid(call,
                                           "'%.*s' is not a valid taggable resource type for this operation.",
                                           STR_ARG(one->resource_type));
                for (size_t k = 0; k < one->tags.count; k++)
                        TRY(add_tag(call, &one->tags.items[k], ret));
        }
        return 0;
}

/* -- Of what is there already */

/* What has tags, by its id. */
struct tagged {
        const struct record_type *type;
        struct ec2_tag_list *tags;
        union {
                struct ec2_vpc_record vpc;
                struct ec2_group_record group;
                struct ec2_rule_record rule;
        };
};

static int need_tagged(struct call *call, struct str id, struct tagged *ret)
{
        if (str_starts(id, STR("vpc-"))) {
                ret->type = &ec2_vpc_record_type;
                ret->tags = &ret->vpc.tags;
                return ec2_need_vpc(call, id, &ret->vpc);
        }
        if (str_starts(id, STR("sgr-"))) {
                ret->type = &ec2_rule_record_type;
                ret->tags = &ret->rule.tags;
                return ec2_need_rule(call, id, &ret->rule);
        }
        if (str_starts(id, STR("sg-"))) {
                ret->type = &ec2_group_record_type;
                ret->tags = &ret->group.tags;
                return ec2_need_group(call, id, &ret->group);
        }
        return fail(call, &ec2_invalid_id, "The ID '%.*s' is not valid", STR_ARG(str_part(id, 0, 256)));
}

static int check_sizes(struct call *call, const struct str_list *resources, const struct ec2_tag_list *tags)
{
        if (resources->count == 0)
                return ec2_missing(call, "The request must contain the parameter ResourceId");
        if (resources->count > EC2_RESOURCES_MAX)
                return ec2_invalid(call, "The maximum number of resources in one request is %d.",
                                   EC2_RESOURCES_MAX);
        if (tags->count > EC2_RESOURCES_MAX)
                return ec2_invalid(call, "The maximum number of tags in one request is %d.",
                                   EC2_RESOURCES_MAX);
        return 0;
}

/* "When you specify an existing tag key, the value is overwritten with the new value." */
static int merge(struct call *call, const struct ec2_tag_list *given, struct ec2_tag_list *tags)
{
        struct ec2_tag_list merged = {};

        TRY(new_tags(call, &merged));
        for (size_t i = 0; i < tags->count; i++)
                merged.items[merged.count++] = tags->items[i];
        for (size_t i = 0; i < given->count; i++) {
                struct ec2_tag *there = find(&merged, given->items[i].key);

                if (there)
                        there->value = given->items[i].value;
                else if (merged.count == EC2_TAGS_MAX)
                        return too_many(call);
                else
                        merged.items[merged.count++] = given->items[i];
        }
        *tags = merged;
        return 0;
}

int ec2_create_tags(struct call *call, const struct ec2_create_tags_in *in, struct ec2_create_tags_out *out)
{
        struct ec2_home_record home = {};
        struct ec2_tag_list given = {};
        struct tagged tagged = {.tags = &tagged.vpc.tags};

        TRY(ec2_enter(call, &home));
        TRY(check_sizes(call, &in->resources, &in->tags));
        if (in->tags.count == 0)
                return ec2_missing(call, "The request must contain the parameter Tag");
        TRY(new_tags(call, &given));
        for (size_t i = 0; i < in->tags.count; i++)
                TRY(add_tag(call, &in->tags.items[i], &given));
        for (size_t i = 0; i < in->resources.count; i++) {
                TRY(need_tagged(call, in->resources.items[i], &tagged));
                TRY(merge(call, &given, tagged.tags));
                TRY(call_put(call, tagged.type, &tagged.vpc));
        }
        out->return_ = OPT_BOOL(true);
        return 0;
}

/* "If you specify a tag key without a tag value, we delete any tag with this key"; with an empty one, if the
 * tag's is empty too. Without any tag, all of them. */
static bool is_taken_away(const struct ec2_tag_list *given, const struct ec2_tag *tag)
{
        for (size_t i = 0; i < given->count; i++)
                if (str_eq(given->items[i].key, tag->key) &&
                    (!str_is_set(given->items[i].value) || str_eq(given->items[i].value, tag->value)))
                        return true;
        return given->count == 0;
}

int ec2_delete_tags(struct call *call, const struct ec2_delete_tags_in *in, struct ec2_delete_tags_out *out)
{
        struct ec2_home_record home = {};
        struct tagged tagged = {.tags = &tagged.vpc.tags};

        TRY(ec2_enter(call, &home));
        TRY(check_sizes(call, &in->resources, &in->tags));
        for (size_t i = 0; i < in->resources.count; i++) {
                size_t kept = 0;

                TRY(need_tagged(call, in->resources.items[i], &tagged));
                for (size_t k = 0; k < tagged.tags->count; k++)
                        if (!is_taken_away(&in->tags, &tagged.tags->items[k]))
                                tagged.tags->items[kept++] = tagged.tags->items[k];
                tagged.tags->count = kept;
                TRY(call_put(call, tagged.type, &tagged.vpc));
        }
        out->return_ = OPT_BOOL(true);
        return 0;
}
