/* The pairs of keys that digests are signed with: one of each region at a time, for thirty days; the public
 * halves are kept for good.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html */
#pragma once

#include "crypto/key_pair.h"
#include "services/cloudtrail/trail.h"

/* The one of this region for a digest that ends then: who looks for the keys of its digestEndTime, which has
 * no fractions, has to find it. -ENOENT. */
must_check int signing_key_find(struct call *call, int64_t end_ms, struct cloudtrail_signing_key_record *ret);
/* A new one, which begins with that; not stored. It takes as long as it takes to find two primes. */
must_check int signing_key_make(struct call *call, int64_t end_ms, struct cloudtrail_signing_key_record *ret);
/* SHA256withRSA, as hexadecimal digits. */
must_check int signing_key_sign(struct call *call, const struct cloudtrail_signing_key_record *key,
                                struct str text, struct str *ret);
