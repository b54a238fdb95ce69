/* What a new password must be: pure rules. */
#pragma once

#include "api/iam.h"

/* AWS's own policy of an account that has set none.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html#default-policy-details
 */
#define IAM_DEFAULT_MINIMUM_LENGTH 8

/* What is wrong with the password, in AWS's words; NULL: it is good. policy: NULL for AWS's default.
 * account_name: a password that the default refuses; may be absent. */
const char *iam_password_problem(const struct iam_password_policy_record *policy, struct str account_name,
                                 struct str password);
