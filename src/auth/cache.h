/* What was computed once for a credential and may be used again: signing keys, opened session tokens.
 * Bounded, thread-safe. The key is a SHA-256 of everything that the value was computed from, so an entry can
 * be old but never wrong. For the files of this folder only. */
#pragma once

#include "base/arena.h"
#include "crypto/hash.h"

struct cache;

/* At most `entries` values (rounded up to whole shards); -ENOMEM. */
must_check int cache_new(size_t entries, struct cache **ret);
void cache_free(struct cache *cache); /* wipes all values; NULL is fine */

/* Copies the value into the arena. False: not there (or no room for the copy). */
bool cache_get(struct cache *cache, const uint8_t key[SHA256_LEN], struct arena *arena, struct str *ret);
/* Keeps a copy, in place of the entry of its neighbourhood that was used longest ago. May keep nothing when
 * memory is short. */
void cache_put(struct cache *cache, const uint8_t key[SHA256_LEN], struct str value);
