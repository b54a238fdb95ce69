/* Where and when a signature is good for: the credential scope and the time. For this folder only. */
#pragma once

#include "auth/claim.h"

/* Named as regions are, or the one that is expected. */
bool scope_is_right_region(const struct check *check);
must_check int scope_check(struct check *check); /* AUTH_WRONG_SCOPE */
must_check int time_check(struct check *check);  /* AUTH_SKEWED, AUTH_EXPIRED_REQUEST */
