/* When a key was last used. */
#pragma once

#include "services/kms/kms.h"

/* Whole days since the last use, or since the key was made. */
must_check int kms_days_without_usage(struct call *call, const struct kms_key_record *key, int64_t *ret);
