/* Compiled policies by their text. Since the text is the key, nothing can be stale: a changed document is
 * another entry, and the old one leaves when nobody has used it for a while. Thread-safe, bounded. */
#pragma once

#include "policy/policy.h"

struct policy_cache;
struct cached_policy;

/* max_bytes: of compiled policies. One that is small to send can be large to keep, and anyone may send
 * documents to a simulator. What is held may go over either bound for as long as it is held. */
must_check int policy_cache_new(size_t max_entries, size_t max_bytes, struct policy_cache **ret);
size_t policy_cache_bytes(struct policy_cache *cache);
void policy_cache_free(struct policy_cache *cache); /* no entry may be held any more */

/* Gives the entry, held: policy_cache_release() it. -EINVAL: the document does not compile. */
must_check int policy_cache_get(struct policy_cache *cache, struct str document, enum policy_kind kind,
                                struct cached_policy **ret);
const struct policy *cached_policy_get(const struct cached_policy *entry);
void policy_cache_release(struct cached_policy *entry);
