/* What the files of this folder share. */
#pragma once

#include "api/s3.h"
#include "services/call.h"
#include "services/s3/directory.h"

#define S3_BUCKET_TYPE STR("AWS::S3::Bucket")
#define S3_OBJECT_TYPE STR("AWS::S3::Object")

/* -- Names (name.c) */

#define S3_KEY_MAX ((size_t)1024) /* bytes of a key */

struct str s3_bucket_arn(struct call *call, struct str bucket);
struct str s3_object_arn(struct call *call, struct str bucket, struct str key);
/* The id that stands for an account in ACLs and as an owner: 64 hexadecimal digits. */
struct str s3_canonical_id(struct arena *arena, struct str account);
/* The account that an id stands for, be it here or not; absent: it stands for none. */
struct str s3_account_of_id(struct arena *arena, struct str canonical_id);

/* -- Buckets (directory.c). All give NoSuchBucket, as AWS's error. */

must_check int s3_get_bucket(struct call *call, struct str name, struct s3_bucket_record *ret);
must_check int s3_refuse_no_bucket(struct call *call, struct str name);
/* Where keys may lie; never given twice. */
must_check int s3_new_space(struct call *call, int64_t *ret);

/* Buckets that an account may have (bucket_count.c). TooManyBuckets: before one is made. */
#define S3_BUCKETS_MAX 10000
must_check int s3_count_new_bucket(struct call *call);
must_check int s3_count_lost_bucket(struct call *call, struct str account);

static inline bool s3_is_versioned(const struct s3_bucket_record *bucket) /* or was */
{
        return str_is_set(bucket->versioning);
}
static inline bool s3_versioning_is_enabled(const struct s3_bucket_record *bucket)
{
        return str_eq(bucket->versioning, STR("Enabled"));
}
/* ACLs have no say: the owner of the bucket owns all that is in it. Without ownership controls, which can
 * only have been deleted, who writes an object owns it. */
static inline bool s3_acls_are_disabled(const struct s3_bucket_record *bucket)
{
        return str_eq(bucket->ownership, STR("BucketOwnerEnforced"));
}

/* Whether the bucket takes what comes encrypted with a key of the customer's, SSE-C (bucket_encryption.c);
 * AccessDenied. */
must_check int s3_check_customer_keys_allowed(struct call *call, const struct s3_bucket_record *bucket);

/* Block Public Access as it acts on a bucket: each setting that the bucket has on, or its account
 * (account_block.c). */
struct s3_block {
        bool public_acls, ignored_acls, public_policy, restricted;
};
must_check int s3_block_of(struct call *call, const struct s3_bucket_record *bucket, struct s3_block *ret);

/* Whether the caller takes the cost upon itself where the bucket's owner does not (payment.c);
 * AccessDenied. */
must_check int s3_check_payer(struct call *call, const struct s3_bucket_record *bucket);

/* MalformedXML: of a document that its shape alone does not refuse (directory.c). */
must_check int s3_refuse_document(struct call *call);

/* Removes all settings of a bucket that have records of their own (settings.c). */
must_check int s3_delete_settings(struct call *call, struct str bucket);

/* -- Permissions (resources.c, conditions.c) */

/* What the finders leave in resource.of. */
struct s3_target {
        struct s3_bucket_record bucket;
        bool is_there;
        struct s3_block block;
        struct str key; /* absent: the bucket itself is meant */
        struct str version_id;
        bool is_restricted; /* to the owner's account, because its policy lets everyone in */
        struct str action;  /* that is asked on it */
        /* That it is asked through, and whether it is this one that is asked now, or the bucket. */
        const struct s3_control_access_point_record *point;
        bool is_at_point;
        const struct s3_object_record *object; /* found only where its ACL has a say: see acl_grants.c */
};
/* For handlers that ask for more than their operation does: the object of a bucket, or (key absent) itself;
 * of the bucket that the request came for through an access point, through that. version_id: which is meant,
 * for its tags; absent: the current one. */
must_check int s3_resource_of(struct call *call, struct str bucket, struct str key, struct str version_id,
                              struct resource *ret);
int s3_find_condition(struct call *call, const struct resource *resource, struct str name,
                      struct policy_key *ret);
/* Those of any request, and s3:ResourceAccount; account: the owner of what is asked for. */
int s3_find_request_condition(struct call *call, struct str account, struct str name, struct policy_key *ret);
/* A condition key, found as find_key of struct resource does it. */
struct s3_known_key {
        struct str name;
        int (*find)(struct call *call, const struct s3_target *target, struct policy_key *ret);
};
/* NULL: none of them has the name. */
const struct s3_known_key *s3_known_key(const struct s3_known_key *keys, size_t count, struct str name);
/* One value; absent: the request does not have the key. */
int s3_give_key(struct call *call, struct str value, struct policy_key *ret);
/* Those of objects (object_conditions.c). */
int s3_find_object_condition(struct call *call, const struct s3_target *target, struct str name,
                             struct policy_key *ret);
/* Of parts and ends of uploads (upload_conditions.c). */
int s3_find_upload_condition(struct call *call, const struct s3_target *target, struct str name,
                             struct policy_key *ret);
