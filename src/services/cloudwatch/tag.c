/* Tags of alarms and dashboards.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_TagResource.html */
#include "services/cloudwatch/alarm.h"
#include "services/cloudwatch/dashboard.h"

static bool has(const struct cloudwatch_tag_list *tags, struct str key)
{
        for (size_t i = 0; i < tags->count; i++)
                if (str_eq(tags->items[i].key, key))
                        return true;
        return false;
}

static int bad(struct call *call, const char *text)
{
        return fail(call, &cloudwatch_invalid_parameter_value_exception, "%s", text);
}

static int check(struct call *call, const struct cloudwatch_tag_list *given)
{
        for (size_t i = 0; i < given->count; i++) {
                const struct cloudwatch_tag_list before = {.items = given->items, .count = i};

                if (str_starts_nocase(given->items[i].key, STR("aws:")))
                        return bad(call, "Tag keys that start with aws: are reserved for AWS.");
                if (has(&before, given->items[i].key))
                        return bad(call, "Tag keys must be unique.");
        }
        return 0;
}

int cloudwatch_merge_tags(struct call *call, const struct cloudwatch_tag_list *given,
                          struct cloudwatch_tag_list *tags)
{
        struct cloudwatch_tag_list all = {.is_set = true};

        TRY(check(call, given));
        all.items = arena_new_array(&call->arena, struct cloudwatch_tag, tags->count + given->count + 1);
        if (!all.items)
                return -ENOMEM;
        for (size_t i = 0; i < tags->count; i++)
                if (!has(given, tags->items[i].key))
                        all.items[all.count++] = tags->items[i];
        for (size_t i = 0; i < given->count; i++)
                all.items[all.count++] = given->items[i];
        if (all.count > CLOUDWATCH_ALARM_TAGS)
                return bad(call, "A resource can have no more than 50 tags.");
        *tags = all;
        return 0;
}

/* What has tags: one of them, by its ARN. */
struct tagged {
        bool is_dashboard;
        struct cloudwatch_alarm_record alarm;
        struct cloudwatch_dashboard_record dashboard;
        struct cloudwatch_tag_list *tags; /* of it */
};

static int find(struct call *call, struct str arn, struct tagged *ret)
{
        struct str name;

        ret->is_dashboard = cloudwatch_read_dashboard_arn(call, arn, &name) == 0;
        ret->tags = ret->is_dashboard ? &ret->dashboard.tags : &ret->alarm.tags;
        return ret->is_dashboard ? cloudwatch_find_dashboard(call, name, &ret->dashboard)
                                 : cloudwatch_find_alarm_by(call, arn, &ret->alarm);
}

static int need(struct call *call, struct str arn, struct tagged *ret)
{
        int r;

        ret->tags = &ret->alarm.tags;
        if (!str_starts(arn, STR("arn:")))
                return bad(call, "Invalid ARN.");
        r = find(call, arn, ret);
        if (r == -ENOENT)
                return fail(call, &cloudwatch_resource_not_found_exception, "Resource %.*s does not exist.",
                            STR_ARG(arn));
        return r;
}

static int keep(struct call *call, const struct tagged *tagged)
{
        return tagged->is_dashboard ? call_put(call, &cloudwatch_dashboard_record_type, &tagged->dashboard)
                                    : call_put(call, &cloudwatch_alarm_record_type, &tagged->alarm);
}

int cloudwatch_tag_resource(struct call *call, const struct cloudwatch_tag_resource_in *in,
                            struct cloudwatch_tag_resource_out *out)
{
        struct tagged tagged = {};

        (void)out;
        TRY(need(call, in->resource_arn, &tagged));
        TRY(cloudwatch_merge_tags(call, &in->tags, tagged.tags));
        return keep(call, &tagged);
}

static bool is_named(const struct str_list *keys, struct str key)
{
        for (size_t i = 0; i < keys->count; i++)
                if (str_eq(keys->items[i], key))
                        return true;
        return false;
}

int cloudwatch_untag_resource(struct call *call, const struct cloudwatch_untag_resource_in *in,
                              struct cloudwatch_untag_resource_out *out)
{
        struct cloudwatch_tag_list left = {.is_set = true};
        struct tagged tagged = {};

        (void)out;
        TRY(need(call, in->resource_arn, &tagged));
        left.items = arena_new_array(&call->arena, struct cloudwatch_tag, tagged.tags->count + 1);
        if (!left.items)
                return -ENOMEM;
        for (size_t i = 0; i < tagged.tags->count; i++)
                if (!is_named(&in->tag_keys, tagged.tags->items[i].key))
                        left.items[left.count++] = tagged.tags->items[i];
        *tagged.tags = left;
        return keep(call, &tagged);
}

int cloudwatch_list_tags_for_resource(struct call *call,
                                      const struct cloudwatch_list_tags_for_resource_in *in,
                                      struct cloudwatch_list_tags_for_resource_out *out)
{
        struct tagged tagged = {};

        TRY(need(call, in->resource_arn, &tagged));
        out->tags = *tagged.tags;
        out->tags.is_set = true;
        return 0;
}
