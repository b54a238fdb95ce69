#include "crypto/key_cache.h"

#include "base/ids.h"
#include "crypto/opened_key.h"

#include <pthread.h>

#define BUCKETS_LEAST 16

/* A member of a ring, or the ring itself: before it stands the last member, after it the first. */
struct link {
        struct link *before, *after;
};

struct entry {
        struct counted_key counted; /* held by the cache too while the entry is in it */
        int64_t put_ms;
        uint64_t hash;
        struct entry *next; /* in its bucket */
        struct link by_age, by_use;
        size_t sealed_len;
        char sealed[];
};

#define ENTRY_OF(part, member)                                                                               \
        ((struct entry *)(void *)((char *)(uintptr_t)(part)-offsetof(struct entry, member)))

struct key_cache {
        pthread_mutex_t lock;
        size_t count, max_entries;
        int64_t max_age_ms;
        uint64_t seed; /* sealed bytes come from clients: they must not choose the buckets */
        size_t mask;
        struct entry **buckets;
        struct link by_age; /* oldest first */
        struct link by_use; /* first what was not asked for the longest */
};

/* -- Rings. */

static void ring_init(struct link *ring)
{
        ring->before = ring->after = ring;
}

static bool ring_is_empty(const struct link *ring)
{
        return ring->after == ring;
}

static void ring_add_last(struct link *ring, struct link *link)
{
        *link = (struct link){.before = ring->before, .after = ring};
        ring->before->after = link;
        ring->before = link;
}

static void ring_remove(struct link *link)
{
        link->before->after = link->after;
        link->after->before = link->before;
}

/* -- Entries. */

static struct str sealed_of(const struct entry *entry)
{
        return str_make(entry->sealed, entry->sealed_len);
}

/* Held by the caller. */
static struct entry *entry_new(struct str sealed, uint64_t hash, int64_t put_ms, struct opened_key *key)
{
        struct entry *entry = malloc(sizeof(*entry) + sealed.len);

        if (!entry) {
                opened_key_done(key);
                return NULL;
        }
        *entry = (struct entry){.put_ms = put_ms, .hash = hash, .sealed_len = sealed.len};
        counted_key_init(&entry->counted, key);
        if (sealed.len)
                memcpy(entry->sealed, sealed.ptr, sealed.len);
        return entry;
}

/* -- The table; all of this under the lock. */

/* Where the pointer to the entry stands, or where it would. */
static struct entry **find(struct key_cache *cache, struct str sealed, uint64_t hash)
{
        struct entry **at = &cache->buckets[hash & cache->mask];

        while (*at && ((*at)->hash != hash || !str_eq(sealed_of(*at), sealed)))
                at = &(*at)->next;
        return at;
}

static bool is_old(const struct key_cache *cache, const struct entry *entry, int64_t now_ms)
{
        return now_ms - entry->put_ms > cache->max_age_ms;
}

/* What goes is collected and let go after the lock: wiping and freeing takes long. */
static void take_out(struct key_cache *cache, struct entry *entry, struct link *gone)
{
        struct entry **at = find(cache, sealed_of(entry), entry->hash);

        *at = entry->next;
        ring_remove(&entry->by_age);
        ring_remove(&entry->by_use);
        ring_add_last(gone, &entry->by_use);
        cache->count--;
}

static void put_in(struct key_cache *cache, struct entry *entry)
{
        struct entry **bucket = &cache->buckets[entry->hash & cache->mask];

        entry->next = *bucket;
        *bucket = entry;
        ring_add_last(&cache->by_age, &entry->by_age);
        ring_add_last(&cache->by_use, &entry->by_use);
        cache->count++;
}

static void take_out_old(struct key_cache *cache, int64_t now_ms, struct link *gone)
{
        while (!ring_is_empty(&cache->by_age)) {
                struct entry *oldest = ENTRY_OF(cache->by_age.after, by_age);

                if (!is_old(cache, oldest, now_ms))
                        return;
                take_out(cache, oldest, gone);
        }
}

static void take_out_surplus(struct key_cache *cache, struct link *gone)
{
        while (cache->count > cache->max_entries)
                take_out(cache, ENTRY_OF(cache->by_use.after, by_use), gone);
}

static void let_go(struct link *gone)
{
        while (!ring_is_empty(gone)) {
                struct entry *entry = ENTRY_OF(gone->after, by_use);

                ring_remove(&entry->by_use);
                opened_key_release(&entry->counted.key);
        }
}

/* -- The cache. */

int key_cache_new(size_t max_entries, int64_t max_age_ms, struct key_cache **ret)
{
        struct key_cache *cache;
        size_t buckets = BUCKETS_LEAST;

        if (max_entries > KEY_CACHE_MOST)
                return -EINVAL;
        while (buckets < max_entries)
                buckets *= 2;
        cache = calloc(1, sizeof(*cache));
        if (cache)
                cache->buckets = calloc(buckets, sizeof(struct entry *));
        if (!cache || !cache->buckets || pthread_mutex_init(&cache->lock, NULL) != 0) {
                free(cache ? cache->buckets : NULL);
                free(cache);
                return -ENOMEM;
        }
        cache->max_entries = max_entries;
        cache->max_age_ms = max_age_ms;
        cache->mask = buckets - 1;
        random_fill(&cache->seed, sizeof(cache->seed));
        ring_init(&cache->by_age);
        ring_init(&cache->by_use);
        *ret = cache;
        return 0;
}

void key_cache_free(struct key_cache *cache)
{
        if (!cache)
                return;
        key_cache_clear(cache);
        (void)pthread_mutex_destroy(&cache->lock);
        free(cache->buckets);
        free(cache);
}

const struct opened_key *key_cache_get(struct key_cache *cache, struct str sealed, int64_t now_ms)
{
        uint64_t hash = str_hash(sealed, cache->seed);
        struct entry *entry;
        struct link gone;

        ring_init(&gone);
        (void)pthread_mutex_lock(&cache->lock);
        entry = *find(cache, sealed, hash);
        if (entry && is_old(cache, entry, now_ms)) {
                take_out(cache, entry, &gone);
                entry = NULL;
        }
        if (entry) {
                ring_remove(&entry->by_use);
                ring_add_last(&cache->by_use, &entry->by_use);
                counted_key_hold(&entry->counted);
        }
        (void)pthread_mutex_unlock(&cache->lock);
        let_go(&gone);
        return entry ? &entry->counted.key : NULL;
}

const struct opened_key *key_cache_put(struct key_cache *cache, struct str sealed, int64_t now_ms,
                                       struct opened_key *key)
{
        uint64_t hash = str_hash(sealed, cache->seed);
        struct entry *made = entry_new(sealed, hash, now_ms, key), *entry;
        struct link gone;

        if (!made)
                return NULL;
        ring_init(&gone);
        (void)pthread_mutex_lock(&cache->lock);
        take_out_old(cache, now_ms, &gone);
        entry = *find(cache, sealed, hash);
        if (entry) {
                counted_key_hold(&entry->counted);
        } else {
                counted_key_hold(&made->counted); /* the cache does, beside the caller */
                put_in(cache, made);
                take_out_surplus(cache, &gone);
        }
        (void)pthread_mutex_unlock(&cache->lock);
        let_go(&gone);
        if (!entry)
                return &made->counted.key;
        opened_key_release(&made->counted.key);
        return &entry->counted.key;
}

void key_cache_forget(struct key_cache *cache, struct str sealed)
{
        uint64_t hash = str_hash(sealed, cache->seed);
        struct entry *entry;
        struct link gone;

        ring_init(&gone);
        (void)pthread_mutex_lock(&cache->lock);
        entry = *find(cache, sealed, hash);
        if (entry)
                take_out(cache, entry, &gone);
        (void)pthread_mutex_unlock(&cache->lock);
        let_go(&gone);
}

void key_cache_drop_old(struct key_cache *cache, int64_t now_ms)
{
        struct link gone;

        ring_init(&gone);
        (void)pthread_mutex_lock(&cache->lock);
        take_out_old(cache, now_ms, &gone);
        (void)pthread_mutex_unlock(&cache->lock);
        let_go(&gone);
}

void key_cache_clear(struct key_cache *cache)
{
        struct link gone;

        ring_init(&gone);
        (void)pthread_mutex_lock(&cache->lock);
        while (!ring_is_empty(&cache->by_use))
                take_out(cache, ENTRY_OF(cache->by_use.after, by_use), &gone);
        (void)pthread_mutex_unlock(&cache->lock);
        let_go(&gone);
}
