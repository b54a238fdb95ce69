/* Access points of general purpose buckets: names that buckets can be asked through.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points.html */
#pragma once

#include "api/s3control.h"
#include "services/s3/s3.h"

#define S3_POINT_TYPE STR("AWS::S3::AccessPoint")

/* Lives in the transaction that it was read in. */
typedef struct s3_control_access_point_record s3_point;

bool s3_point_name_is_valid(struct str name);
/* Names that end as aliases do; no bucket has such a name. */
bool s3_is_alias(struct str name);
struct str s3_point_arn(struct call *call, const s3_point *point);
/* "name-123456789012": false: it is none. */
bool s3_point_of_label(struct str label, struct str *ret_name, struct str *ret_account);
/* arn:PARTITION:s3:REGION:ACCOUNT:accesspoint/NAME, and what is behind it (absent: nothing); false: it is
 * none. The strings are the ARN's. */
bool s3_point_of_arn(struct call *call, struct str arn, s3_point *ret, struct str *ret_rest);

/* By account, region and name, which *point brings. -ENOENT; or NoSuchAccessPoint. */
must_check int s3_find_point(struct call *call, s3_point *point);
must_check int s3_get_point(struct call *call, s3_point *point);
must_check int s3_find_point_by_alias(struct call *call, struct str alias, s3_point *ret); /* -ENOENT */
/* 1: the account, whose the bucket is, has some on it; 0. */
must_check int s3_has_points(struct call *call, const struct s3_bucket_record *bucket);

/* What a request came through, if that is an access point. */
struct s3_addressed {
        struct str account, region, name;
        struct str bucket; /* that was found behind it, and has to be there still when it is asked */
        bool is_alias;     /* it was named by its alias */
};
/* The access point itself: read once in a transaction, however many keys it is asked for. That of the call,
 * or another. NoSuchAccessPoint. */
must_check int s3_addressed_point(struct call *call, const struct s3_addressed *addressed,
                                  const s3_point **ret);
/* Of the one that the call came through; absent: it came for a bucket. */
struct str s3_addressed_arn(struct call *call);
/* Finds one by what stands in place of a bucket's name: an alias, or an ARN. 1; 0: it is neither; -ECALL: it
 * is, but not there (address.c). */
must_check int s3_address_of(struct call *call, struct str name, const struct s3_addressed **ret);

/* The bucket that a request means by the name in its path or its host: before it is known who asks, and in
 * which region. -ECALL: an access point is meant that is not there. */
must_check int s3_bucket_behind(struct call *call, struct str name, struct str *ret);

struct s3_place_asked {
        struct str bucket, key, version_id; /* as of s3_resource_of() */
};
/* The bucket or its object itself, whatever the request came through; point: asked through this access point;
 * NULL: directly (resources.c). */
must_check int s3_resource_at(struct call *call, const s3_point *point, const struct s3_place_asked *asked,
                              struct resource *ret);
/* What a request is asked on that came through one: the access point, and behind it the bucket
 * (point_resource.c). */
must_check int s3_resource_through(struct call *call, const struct s3_addressed *addressed, struct str key,
                                   struct str version_id, struct resource *ret);
/* Adds what an access point and its account block. */
must_check int s3_block_add_point(struct call *call, const s3_point *point, struct s3_block *block);

/* Condition keys of access points; 0 where there is none (point_resource.c). */
int s3_find_point_condition(struct call *call, const s3_point *point, struct str name,
                            struct policy_key *ret);
/* Its tags, as aws:ResourceTag/... */
must_check int s3_point_tags(struct call *call, const s3_point *point, struct str_map *ret);
