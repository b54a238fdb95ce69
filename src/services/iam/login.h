/* Passwords of users and the policy that they follow. */
#pragma once

#include "services/iam/entity.h"

/* -ENOENT: the account has set none, AWS's default holds. */
must_check int iam_password_policy_of(struct txn *txn, struct arena *arena, struct str account,
                                      struct iam_password_policy_record *ret);
