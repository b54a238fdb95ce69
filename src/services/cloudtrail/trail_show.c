/* DescribeTrails, GetTrail, ListTrails.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html */
#include "services/cloudtrail/trail.h"

static void show(struct call *call, const struct cloudtrail_trail_record *trail, struct cloudtrail_trail *ret)
{
        *ret = (struct cloudtrail_trail){
                .name = trail->name,
                .s3_bucket_name = trail->bucket,
                .s3_key_prefix = trail->prefix,
                .include_global_service_events = trail->global_events,
                .is_multi_region_trail = trail->multi_region,
                .home_region = trail->region,
                .trail_arn = trail_arn(call, trail),
                .log_file_validation_enabled = trail->validated,
                .sns_topic_name = trail->topic,
                .sns_topic_arn = trail_topic_arn(call, trail),
                .cloud_watch_logs_log_group_arn = trail->log_group,
                .cloud_watch_logs_role_arn = trail->log_role,
                .kms_key_id = trail->kms_key,
                .has_custom_event_selectors = OPT_BOOL(trail->selectors.is_set || trail->advanced.is_set),
                .has_insight_selectors = OPT_BOOL(trail->insights.count > 0),
                .is_organization_trail = OPT_BOOL(false),
                .recursive_logging = trail->recursive,
        };
}

int cloudtrail_get_trail(struct call *call, const struct cloudtrail_get_trail_in *in,
                         struct cloudtrail_get_trail_out *out)
{
        struct cloudtrail_trail_record trail;

        TRY(trail_find(call, in->name, &trail));
        out->trail = arena_new(&call->arena, struct cloudtrail_trail);
        if (!out->trail)
                return -ENOMEM;
        show(call, &trail, out->trail);
        return 0;
}

/* -- DescribeTrails */

static int begin(struct call *call, size_t most, struct cloudtrail_trail_list *ret)
{
        ret->items = arena_new_array(&call->arena, struct cloudtrail_trail, most + 1);
        ret->is_set = true;
        return ret->items ? 0 : -ENOMEM;
}

static bool is_shown(const struct call *call, const struct cloudtrail_describe_trails_in *in,
                     const struct cloudtrail_trail_record *trail)
{
        bool with_shadows = !in->include_shadow_trails.is_set || in->include_shadow_trails.value;

        return str_eq(trail->region, call->region) || (with_shadows && trail_is_in(trail, call->region));
}

static int describe_all(struct call *call, const struct cloudtrail_describe_trails_in *in,
                        struct cloudtrail_trail_list *ret)
{
        struct cloudtrail_trail_record *trails;
        size_t count;

        TRY(trail_list(call, &trails, &count));
        TRY(begin(call, count, ret));
        for (size_t i = 0; i < count; i++)
                if (is_shown(call, in, &trails[i]))
                        show(call, &trails[i], &ret->items[ret->count++]);
        return 0;
}

/* What is not there is left out. */
static int describe_named(struct call *call, const struct cloudtrail_describe_trails_in *in,
                          struct cloudtrail_trail_list *ret)
{
        TRY(begin(call, in->trail_name_list.count, ret));
        for (size_t i = 0; i < in->trail_name_list.count; i++) {
                struct cloudtrail_trail_record trail;
                int r = trail_find(call, in->trail_name_list.items[i], &trail);

                if (r == -ECALL && call->error == &cloudtrail_trail_not_found_exception) {
                        call_forgive(call);
                        continue;
                }
                TRY(r);
                if (is_shown(call, in, &trail))
                        show(call, &trail, &ret->items[ret->count++]);
        }
        return 0;
}

int cloudtrail_describe_trails(struct call *call, const struct cloudtrail_describe_trails_in *in,
                               struct cloudtrail_describe_trails_out *out)
{
        return in->trail_name_list.count ? describe_named(call, in, &out->trail_list)
                                         : describe_all(call, in, &out->trail_list);
}

/* ListTrails: those of all regions, on one page. */
int cloudtrail_list_trails(struct call *call, const struct cloudtrail_list_trails_in *in,
                           struct cloudtrail_list_trails_out *out)
{
        struct cloudtrail_trail_record *trails;
        size_t count;

        (void)in;
        TRY(trail_list(call, &trails, &count));
        out->trails.items = arena_new_array(&call->arena, struct cloudtrail_trail_info, count + 1);
        if (!out->trails.items)
                return -ENOMEM;
        for (size_t i = 0; i < count; i++)
                out->trails.items[i] = (struct cloudtrail_trail_info){
                        .trail_arn = trail_arn(call, &trails[i]),
                        .name = trails[i].name,
                        .home_region = trails[i].region,
                };
        out->trails.count = count;
        out->trails.is_set = true;
        return 0;
}
