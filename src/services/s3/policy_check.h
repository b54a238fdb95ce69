/* Whether a document may be the policy of a bucket, in S3's words. */
#pragma once

#include "services/resource_policy.h"
#include "services/s3/s3.h"

#define S3_POLICY_SIZE ((size_t)20 * 1024) /* blanks do not count */

/* What a policy is of, by ARNs: of a bucket or an access point, and what is in front of its objects' keys. */
struct s3_policy_subject {
        struct str start;   /* what its resources have to begin with, without wildcards */
        struct str arn;     /* "arn:aws:s3:::photos", "arn:aws:s3:eu-west-1:123456789012:accesspoint/p" */
        struct str objects; /* "/", "/object/" */
};

/* The policy as it is kept. MalformedPolicy, unless the document is one, speaks of this subject and its
 * objects alone, and names principals that are there. */
must_check int s3_read_policy(struct call *call, const struct s3_policy_subject *subject, struct str document,
                              struct resource_policy *ret, bool *ret_is_public);
must_check int s3_refuse_principal(struct call *call, struct str type, struct str value);

/* What an action of S3 is asked on (policy_actions.c). */
enum s3_policy_level { S3_OF_BUCKET = 1, S3_OF_OBJECT = 2, S3_OF_NEITHER = 4 };
/* Of all actions that the pattern of a policy means, or-ed; 0: it means none of S3's. */
unsigned int s3_action_levels(struct str pattern);
/* True of keys that are not S3's own (policy_keys.c). */
bool s3_condition_key_is_known(struct str name);
