/* The pair of keys that messages are signed with: one of this server at a time, for about a year, with a
 * certificate that everybody may fetch. Certificates that were in use are shown for good. */
#pragma once

#include "crypto/key_cache.h"
#include "services/sns/sns.h"

/* Has one made, soon, if there is none: making it takes as long as it takes to find two primes. */
must_check int sns_want_signing_key(struct call *call);
/* The one in use; in a transaction that writes it is made when there is none, elsewhere -ENOENT. */
must_check int sns_need_signing_key(struct call *call, struct sns_signing_key_record *ret);
must_check int sns_open_signing_key(struct call *call, const struct sns_signing_key_record *key,
                                    const struct opened_key **ret);
