/* The encryption context as it is authenticated. */
#pragma once

#include "services/kms/kms.h"

/* context may be NULL. */
must_check int kms_bound(struct call *call, struct str head, const struct str_map *context, struct str *ret);
