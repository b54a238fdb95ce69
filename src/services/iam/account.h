/* The account as IAM knows it. */
#pragma once

#include "services/iam/entity.h"

/* -ENOENT: it has none. */
must_check int iam_alias_of(struct txn *txn, struct arena *arena, struct str account,
                            struct iam_account_alias_record *ret);
