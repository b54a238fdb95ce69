/* CreateTrail, UpdateTrail, DeleteTrail.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html */
#include "services/cloudtrail/feed.h"
#include "services/cloudtrail/notice.h"
#include "services/cloudtrail/stream.h"
#include "services/cloudtrail/trail.h"

#define TRAILS_MAX 5 /* of a region, shadows included */

/* -- What depends on a service that is not here, as if nothing were there of it */

static int check_organization(struct call *call, bool is_asked)
{
        if (is_asked)
                return fail(call, &cloudtrail_organizations_not_in_use_exception,
                            "Your account is not a member of an organization.");
        return 0;
}

/* -- What goes together */

static int check_regions(struct call *call, const struct cloudtrail_trail_record *trail)
{
        if (trail->multi_region.value && !trail->global_events.value)
                return fail(call, &cloudtrail_invalid_parameter_combination_exception,
                            "Multi-Region trail must include global service events.");
        return 0;
}

static int refuse_taken(struct call *call, struct str name)
{
        return fail(call, &cloudtrail_trail_already_exists_exception,
                    "Trail %.*s already exists for customer: %.*s", STR_ARG(name), STR_ARG(call->account));
}

struct others {
        const struct cloudtrail_trail_record *trail;
        struct cloudtrail_trail_record *items;
        size_t count;
};

static int check_count(struct call *call, const struct others *others, struct str region)
{
        size_t here = 0;

        for (size_t i = 0; i < others->count; i++)
                here += others->items[i].number.value != others->trail->number.value &&
                        trail_is_in(&others->items[i], region);
        if (here >= TRAILS_MAX)
                return fail(call, &cloudtrail_maximum_number_of_trails_exceeded_exception,
                            "User: %.*s already has %d trails in %.*s.", STR_ARG(call->account), TRAILS_MAX,
                            STR_ARG(region));
        return 0;
}

/* Where this one will be seen, its name is free, and there are not too many: at home, and if it is everywhere
 * in each region that others are at home in; more than those of all regions are in none. */
static int check_room(struct call *call, const struct cloudtrail_trail_record *trail)
{
        struct others others = {.trail = trail};

        TRY(trail_list(call, &others.items, &others.count));
        for (size_t i = 0; i < others.count; i++) {
                const struct cloudtrail_trail_record *other = &others.items[i];

                if (other->number.value != trail->number.value && str_eq(other->name, trail->name) &&
                    (trail_is_in(other, trail->region) || trail_is_in(trail, other->region)))
                        return refuse_taken(call, trail->name);
        }
        TRY(check_count(call, &others, trail->region));
        for (size_t i = 0; i < others.count && trail->multi_region.value; i++)
                TRY(check_count(call, &others, others.items[i].region));
        return 0;
}

static struct str given(struct str text)
{
        return text.len ? text : STR_NONE;
}

/* -- CreateTrail */

static void fill_new(struct call *call, const struct cloudtrail_create_trail_in *in,
                     struct cloudtrail_trail_record *trail)
{
        *trail = (struct cloudtrail_trail_record){
                .account = call->account,
                .region = call->region,
                .name = in->name,
                .bucket = in->s3_bucket_name,
                .prefix = given(in->s3_key_prefix),
                .kms_key = given(in->kms_key_id),
                .topic = given(in->sns_topic_name),
                .log_group = given(in->cloud_watch_logs_log_group_arn),
                .log_role = given(in->cloud_watch_logs_role_arn),
                .multi_region = OPT_BOOL(in->is_multi_region_trail.value),
                .global_events = OPT_BOOL(in->include_global_service_events.is_set
                                                  ? in->include_global_service_events.value
                                                  : true),
                .validated = OPT_BOOL(in->enable_log_file_validation.value),
                .recursive = in->recursive_logging,
                .logging = OPT_BOOL(false),
                .tags = in->tags_list,
        };
}

int cloudtrail_create_trail(struct call *call, const struct cloudtrail_create_trail_in *in,
                            struct cloudtrail_create_trail_out *out)
{
        struct cloudtrail_trail_record trail;

        TRY(trail_check_name(call, in->name));
        TRY(trail_check_tags(call, &in->tags_list));
        TRY(check_organization(call, in->is_organization_trail.value));
        fill_new(call, in, &trail);
        TRY(check_regions(call, &trail));
        TRY(check_room(call, &trail));
        TRY(trail_check_target(call, &trail));
        TRY(feed_check(call, &trail));
        TRY(notice_check(call, &trail));
        TRY(trail_new_number(call, &trail.number.value));
        trail.number.is_set = true;
        TRY(feed_follow(call, &trail));
        TRY(call_insert(call, &cloudtrail_trail_record_type, &trail));
        *out = (struct cloudtrail_create_trail_out){
                .name = trail.name,
                .s3_bucket_name = trail.bucket,
                .s3_key_prefix = trail.prefix,
                .include_global_service_events = trail.global_events,
                .is_multi_region_trail = trail.multi_region,
                .trail_arn = trail_arn(call, &trail),
                .log_file_validation_enabled = trail.validated,
                .sns_topic_name = trail.topic,
                .sns_topic_arn = trail_topic_arn(call, &trail),
                .cloud_watch_logs_log_group_arn = trail.log_group,
                .cloud_watch_logs_role_arn = trail.log_role,
                .kms_key_id = trail.kms_key,
                .is_organization_trail = OPT_BOOL(false),
                .recursive_logging = trail.recursive,
        };
        return 0;
}

/* -- UpdateTrail */

static void change_bool(struct opt_bool *value, struct opt_bool given_value)
{
        if (given_value.is_set)
                *value = given_value;
}

/* An empty prefix or key takes it away. */
static void change(struct str *value, struct str given_value)
{
        if (str_is_set(given_value))
                *value = given(given_value);
}

static void fill_changed(const struct cloudtrail_update_trail_in *in, struct cloudtrail_trail_record *trail)
{
        if (in->s3_bucket_name.len)
                trail->bucket = in->s3_bucket_name;
        change(&trail->prefix, in->s3_key_prefix);
        change(&trail->kms_key, in->kms_key_id);
        change(&trail->topic, in->sns_topic_name);
        change(&trail->log_group, in->cloud_watch_logs_log_group_arn);
        change(&trail->log_role, in->cloud_watch_logs_role_arn);
        change_bool(&trail->multi_region, in->is_multi_region_trail);
        change_bool(&trail->global_events, in->include_global_service_events);
        change_bool(&trail->validated, in->enable_log_file_validation);
        change_bool(&trail->recursive, in->recursive_logging);
}

static bool has_other_target(const struct cloudtrail_trail_record *before,
                             const struct cloudtrail_trail_record *trail)
{
        return !str_eq(before->bucket, trail->bucket) || !str_eq(before->prefix, trail->prefix) ||
               !str_eq(before->kms_key, trail->kms_key) ||
               (trail->validated.value && !before->validated.value);
}

/* Also when the same are given again: their giver wants to know. */
static int change_feed(struct call *call, const struct cloudtrail_update_trail_in *in,
                       const struct cloudtrail_trail_record *trail)
{
        if (!str_is_set(in->cloud_watch_logs_log_group_arn) && !str_is_set(in->cloud_watch_logs_role_arn))
                return 0;
        TRY(feed_check(call, trail));
        return feed_follow(call, trail);
}

static int settle_change(struct call *call, const struct cloudtrail_update_trail_in *in,
                         const struct cloudtrail_trail_record *before, struct cloudtrail_trail_record *trail)
{
        if (trail->multi_region.value && !before->multi_region.value)
                TRY(check_room(call, trail));
        if (has_other_target(before, trail)) {
                TRY(trail_check_target(call, trail));
                TRY(stream_offer_again(call, trail));
        }
        TRY(change_feed(call, in, trail));
        if (in->sns_topic_name.len)
                TRY(notice_check(call, trail));
        TRY(trail_watch(call, trail));
        if (trail->validated.value != before->validated.value ||
            trail->multi_region.value != before->multi_region.value)
                TRY(stream_change_digests(call, trail));
        return call_put(call, &cloudtrail_trail_record_type, trail);
}

int cloudtrail_update_trail(struct call *call, const struct cloudtrail_update_trail_in *in,
                            struct cloudtrail_update_trail_out *out)
{
        struct cloudtrail_trail_record trail, before;

        TRY(trail_find_at_home(call, in->name, &trail));
        TRY(check_organization(call, in->is_organization_trail.value));
        before = trail;
        fill_changed(in, &trail);
        TRY(check_regions(call, &trail));
        TRY(settle_change(call, in, &before, &trail));
        *out = (struct cloudtrail_update_trail_out){
                .name = trail.name,
                .s3_bucket_name = trail.bucket,
                .s3_key_prefix = trail.prefix,
                .include_global_service_events = trail.global_events,
                .is_multi_region_trail = trail.multi_region,
                .trail_arn = trail_arn(call, &trail),
                .log_file_validation_enabled = trail.validated,
                .sns_topic_name = trail.topic,
                .sns_topic_arn = trail_topic_arn(call, &trail),
                .cloud_watch_logs_log_group_arn = trail.log_group,
                .cloud_watch_logs_role_arn = trail.log_role,
                .kms_key_id = trail.kms_key,
                .is_organization_trail = OPT_BOOL(false),
                .recursive_logging = trail.recursive,
        };
        return 0;
}

/* -- DeleteTrail */

int cloudtrail_delete_trail(struct call *call, const struct cloudtrail_delete_trail_in *in,
                            struct cloudtrail_delete_trail_out *out)
{
        struct cloudtrail_trail_record trail;

        (void)out;
        TRY(trail_find_at_home(call, in->name, &trail));
        trail.logging = OPT_BOOL(false);
        TRY(trail_watch(call, &trail));
        TRY(stream_leave(call, &trail));
        TRY(feed_leave(call, &trail));
        return call_delete(call, &cloudtrail_trail_record_type, &trail);
}
