/* Trails: what the files of this folder share.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html */
#pragma once

#include "api/cloudtrail.h"
#include "base/clock.h"
#include "services/call.h"

#define TRAIL_TYPE    STR("AWS::CloudTrail::Trail")
#define TRAIL_SERVICE STR("cloudtrail.amazonaws.com")

/* -- Which is meant (trail_find.c) */

#define TRAIL_NAME_MIN 3
#define TRAIL_NAME_MAX 128

/* InvalidTrailNameException. */
must_check int trail_check_name(struct call *call, struct str name);
struct str trail_arn_of(struct call *call, struct str region, struct str account, struct str name);
struct str trail_arn(struct call *call, const struct cloudtrail_trail_record *trail);

/* By name in this region, by ARN from every region that the trail is in. TrailNotFoundException,
 * InvalidTrailNameException, CloudTrailARNInvalidException. */
must_check int trail_find(struct call *call, struct str name_or_arn, struct cloudtrail_trail_record *ret);
/* The same for what is done at home alone: InvalidHomeRegionException. */
must_check int trail_find_at_home(struct call *call, struct str name_or_arn,
                                  struct cloudtrail_trail_record *ret);

/* All of an account, in the order of their homes and names; the array is the arena's. */
must_check int trail_list(struct call *call, struct cloudtrail_trail_record **ret, size_t *ret_count);
static inline bool trail_is_in(const struct cloudtrail_trail_record *trail, struct str region)
{
        return trail->multi_region.value || str_eq(trail->region, region);
}

/* A number that was never given before. */
must_check int trail_new_number(struct call *call, int64_t *ret);

/* ARN of its topic; absent: none (notice.c). */
struct str trail_topic_arn(struct call *call, const struct cloudtrail_trail_record *trail);

/* -- Where it delivers to (trail_target.c) */

/* What is given of bucket, prefix and key must do: as AWS finds out, by looking at the bucket's list and by
 * writing an empty object. The key's id becomes an ARN. S3BucketDoesNotExistException,
 * InsufficientS3BucketPolicyException, ... */
must_check int trail_check_target(struct call *call, struct cloudtrail_trail_record *trail);

/* -- What it wants (watch.c) */

/* What it logs from now on is what the record says: closes its watch, and opens one if it is logging. The
 * record is not stored. */
must_check int trail_watch(struct call *call, struct cloudtrail_trail_record *trail);

/* The same of an event data store, told as a trail: its number, name, selectors, regions. */
must_check int trail_watch_as_store(struct call *call, struct cloudtrail_trail_record *store);

/* -- Selectors (selector_check.c): InvalidEventSelectorsException */

must_check int selectors_check(struct call *call, const struct cloudtrail_event_selector_list *selectors);
must_check int selectors_check_advanced(struct call *call,
                                        const struct cloudtrail_advanced_event_selector_list *selectors,
                                        bool are_of_store);

/* -- Tags (trail_tags.c) */

must_check int trail_check_tags(struct call *call, const struct cloudtrail_tag_list *tags);
