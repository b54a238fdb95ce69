/* Passwords of users and the policy that they follow. */
#pragma once

#include "services/iam/entity.h"

/* Login profiles: login_profile.c. PasswordPolicyViolation. */
must_check int iam_check_password(struct call *call, struct str password);
must_check int iam_refuse_reuse(struct call *call, const struct iam_login_profile_record *profile,
                                struct str hash);
/* Puts the password that was aside, for the policy's reuse prevention, and sets the new one. */
must_check int iam_set_password(struct call *call, struct iam_login_profile_record *profile, struct str hash);

/* -ENOENT: the account has set none, AWS's default holds. */
must_check int iam_password_policy_of(struct txn *txn, struct arena *arena, struct str account,
                                      struct iam_password_policy_record *ret);
