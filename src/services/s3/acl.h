/* Access control lists of buckets and objects: of effect only where object ownership leaves them any.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
 *
 * A list is kept as it was given; none at all stands for the private one, which grants its owner
 * FULL_CONTROL. */
#pragma once

#include "services/s3/s3.h"

#define S3_GRANTS_MAX ((size_t)100)

#define S3_ALL_USERS           STR("http://acs.amazonaws.com/groups/global/AllUsers")
#define S3_AUTHENTICATED_USERS STR("http://acs.amazonaws.com/groups/global/AuthenticatedUsers")
#define S3_LOG_DELIVERY        STR("http://acs.amazonaws.com/groups/s3/LogDelivery")

/* -- Owners and lists (acl.c) */

/* An owner is an account, or whoever did not sign. */
#define S3_ANONYMOUS STR("anonymous")
struct str s3_owner_id(struct arena *arena, struct str owner); /* its canonical user id */
struct str s3_object_owner(const struct s3_bucket_record *bucket, const struct s3_object_record *object);

/* Of all that is in a bucket; absent: as each object says. */
static inline struct str s3_owner_of_all(const struct s3_bucket_record *bucket)
{
        return s3_acls_are_disabled(bucket) ? bucket->account : STR_NONE;
}

/* Whose list is meant. */
struct s3_acl_subject {
        const struct s3_bucket_record *bucket;
        struct str owner;
        bool is_object;
};

/* AWS's accounts that are granted to: EC2's, which reads images; the one that delivers CloudFront's logs. */
#define S3_EC2_ID           STR("6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c")
#define S3_LOGS_DELIVERY_ID STR("c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0")

/* Ids are kept in small letters. The grantee is NULL when there is no memory. */
struct s3_grant s3_grant_to_id(struct arena *arena, struct str id, struct str permission);
struct s3_grant s3_grant_to_owner(struct arena *arena, struct str owner, struct str permission);
struct s3_grant s3_grant_to_group(struct arena *arena, struct str uri, struct str permission);
/* False when the list is full, or memory. */
bool s3_acl_add(struct arena *arena, struct s3_grant_list *list, struct s3_grant grant);

bool s3_grant_is_public(const struct s3_grant *grant);
bool s3_acl_is_public(const struct s3_grant_list *list);
/* Nobody but the owner has anything. PutBucketOwnershipControls asks this before it disables ACLs. */
bool s3_acl_is_private(struct arena *arena, const struct s3_grant_list *list, struct str owner);

/* What is in force of a list: what GetBucketAcl and GetObjectAcl show. */
must_check int s3_acl_show(struct call *call, const struct s3_acl_subject *subject,
                           const struct s3_grant_list *stored, struct s3_owner **ret_owner,
                           struct s3_grant_list *ret);

/* -- What a request says of an ACL (acl_headers.c, acl_document.c, acl_check.c). What is wrong is AWS's
 * error. */

struct s3_acl_headers {
        struct str canned; /* x-amz-acl */
        struct str full_control, read, read_acp, write, write_acp;
};
bool s3_acl_is_given(const struct s3_acl_headers *given);

/* `kind="value", ...`: 1 and the next one; 0 at the end; -EINVAL. */
must_check int s3_grantee_next(struct str *rest, struct str *ret_kind, struct str *ret_value);

must_check int s3_acl_of_headers(struct call *call, const struct s3_acl_headers *given,
                                 const struct s3_acl_subject *subject, struct s3_grant_list *ret);
/* By headers, or by the body, of PutBucketAcl and PutObjectAcl. */
must_check int s3_acl_of_request(struct call *call, const struct s3_acl_headers *given,
                                 const struct s3_access_control_policy *body,
                                 const struct s3_acl_subject *subject, struct s3_grant_list *ret);
/* A grantee by its canonical id: `name` is what the error calls it. */
must_check int s3_check_canonical_id(struct call *call, const char *name, struct str id);
must_check int s3_check_group(struct call *call, const char *name, struct str uri);
must_check int s3_refuse_email(struct call *call);
must_check int s3_refuse_acl(struct call *call); /* MalformedACLError */

/* Whether the bucket takes this list: object ownership and Block Public Access. 1: it does, and it has no
 * say; 0: it is to be kept. action: for the refusal. */
must_check int s3_acl_check(struct call *call, const struct s3_acl_headers *given,
                            const struct s3_acl_subject *subject, const struct s3_grant_list *list,
                            struct str action, struct str arn);

/* -- Handlers of others */

/* The list of a new bucket; bucket->ownership and public_access are set already. */
must_check int s3_new_bucket_acl(struct call *call, const struct s3_create_bucket_in *in,
                                 struct s3_bucket_record *bucket);
/* The owner and the list of a new object, of an upload, of a copy: sets object->owner and object->acl. */
must_check int s3_new_object_acl(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                                 const struct s3_acl_headers *given, struct s3_object_record *object);

/* -- What lists allow (acl_grants.c): for resources.c */

/* Whether a permission on a bucket, or on an object, covers the action. */
bool s3_acl_covers(bool on_object, struct str permission, struct str action);
int s3_settle_by_action(struct call *call, struct str action, struct resource *resource);
int s3_find_acl_grants(struct call *call, const struct resource *resource, struct str action,
                       const struct policy_grant_ref **ret, size_t *ret_count);
