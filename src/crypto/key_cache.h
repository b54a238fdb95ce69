/* Opened keys in memory, found by the sealed bytes that they came from: another sealing of a key is another
 * entry, so that none is ever stale. Bounded in number and age. For many threads at once. */
#pragma once

#include "crypto/key_pair.h"

struct opened_key {
        struct secret bytes;
        struct key_pair *pair; /* NULL for a symmetric key */
};

struct key_cache;

/* Their private numbers take up to 128 bytes each of the locked memory of libcrypto (secret.c), which must
 * not run out. */
#define KEY_CACHE_MOST 4096

/* -EINVAL: max_entries is above KEY_CACHE_MOST. When there are more than max_entries, those go first that
 * were not asked for the longest. With 0 nothing is kept. */
must_check int key_cache_new(size_t max_entries, int64_t max_age_ms, struct key_cache **ret);
void key_cache_free(struct key_cache *cache); /* NULL is fine; what is held stays with its holders */
static inline void key_cache_freep(struct key_cache **cache)
{
        key_cache_free(*cache);
}

/* The key, held for the caller until he releases it; NULL: not there, or put there longer than max_age_ms
 * ago. now_ms is of a clock that never goes back. Never allocates. */
const struct opened_key *key_cache_get(struct key_cache *cache, struct str sealed, int64_t now_ms) must_check;
/* Takes the key over (*key is emptied) and gives it held, or the one that another thread put there first.
 * NULL: no memory; the key is gone. */
const struct opened_key *key_cache_put(struct key_cache *cache, struct str sealed, int64_t now_ms,
                                       struct opened_key *key) must_check;
/* Wiped and freed when the cache and the last holder have let go. NULL is fine. */
void opened_key_release(const struct opened_key *key);
static inline void opened_key_releasep(const struct opened_key **key)
{
        opened_key_release(*key);
}

/* Lets go of those that no get would find any more for their age: to be called now and then. */
void key_cache_drop_old(struct key_cache *cache, int64_t now_ms);
/* From here on no get finds it, until it is put there again. */
void key_cache_forget(struct key_cache *cache, struct str sealed);
void key_cache_clear(struct key_cache *cache);
