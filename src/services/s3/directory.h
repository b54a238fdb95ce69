/* What others need of S3 beside its operations. */
#pragma once

#include "api/s3.h"
#include "services/call.h"

/* Is this blob (its id in hexadecimal) a piece of a body? 1 or 0. */
must_check int s3_refers_to_blob(struct txn *txn, struct arena *arena, struct str id);
