/* Access keys, for the files that make, read and count them. */
#pragma once

#include "services/iam/entity.h"
#include "services/iam/quota.h"

#define IAM_SECRET_LEN 40

#define IAM_KEY_ACTIVE   STR("Active")
#define IAM_KEY_INACTIVE STR("Inactive")

/* What the sealed secret is bound to. */
struct str iam_access_key_bound(struct arena *arena, struct str access_key_id);
/* A fresh secret access key. */
struct str iam_new_secret(struct arena *arena);

struct iam_access_keys {
        struct iam_access_key_record items[IAM_ACCESS_KEYS_PER_USER];
        size_t count;
};
/* The keys of a user, or of the root user by its account's id; oldest first. */
must_check int iam_access_keys_of(struct txn *txn, struct arena *arena, struct str user_id,
                                  struct iam_access_keys *ret);
