#include "services/policy_cache.h"

#include "base/map.h"

#include <pthread.h>
#include <stdatomic.h>

struct cached_policy {
        struct policy *policy;
        enum policy_kind kind;
        _Atomic size_t holders;
        _Atomic bool was_used; /* since the last sweep */
};

struct policy_cache {
        pthread_rwlock_t lock;
        struct map by_document[POLICY_KINDS];
        size_t count, max;
        size_t bytes, max_bytes; /* of the policies */
};

int policy_cache_new(size_t max_entries, size_t max_bytes, struct policy_cache **ret)
{
        struct policy_cache *cache = calloc(1, sizeof(*cache));

        if (!cache)
                return -ENOMEM;
        pthread_rwlock_init(&cache->lock, NULL);
        for (size_t i = 0; i < POLICY_KINDS; i++)
                map_init(&cache->by_document[i]);
        cache->max = max_entries;
        cache->max_bytes = max_bytes;
        *ret = cache;
        return 0;
}

static void entry_free(struct cached_policy *entry)
{
        policy_free(entry->policy);
        free(entry);
}

void policy_cache_free(struct policy_cache *cache)
{
        if (!cache)
                return;
        for (size_t i = 0; i < POLICY_KINDS; i++) {
                const struct map_slot *slot;

                for (size_t at = 0; (slot = map_next(&cache->by_document[i], &at));)
                        entry_free(slot->value);
                map_done(&cache->by_document[i]);
        }
        pthread_rwlock_destroy(&cache->lock);
        free(cache);
}

size_t policy_cache_bytes(struct policy_cache *cache)
{
        size_t bytes;

        pthread_rwlock_rdlock(&cache->lock);
        bytes = cache->bytes;
        pthread_rwlock_unlock(&cache->lock);
        return bytes;
}

static struct cached_policy *hold(const struct map *map, struct str document)
{
        struct cached_policy *entry = map_get(map, document);

        if (entry) {
                atomic_fetch_add(&entry->holders, 1);
                atomic_store_explicit(&entry->was_used, true, memory_order_relaxed);
        }
        return entry;
}

/* Second chance: what nobody holds and nobody used since the last sweep goes. With the write lock. */
static void sweep(struct policy_cache *cache, struct map *map)
{
        struct map kept;
        const struct map_slot *slot;

        map_init(&kept);
        for (size_t at = 0; (slot = map_next(map, &at));) {
                struct cached_policy *entry = slot->value;

                if (atomic_load(&entry->holders) == 0 && !atomic_exchange(&entry->was_used, false)) {
                        cache->count--;
                        cache->bytes -= policy_memory(entry->policy);
                        entry_free(entry);
                } else if (map_put(&kept, slot->key, entry) < 0) {
                        abort(); /* a dozen kilobytes: nothing can go on without them */
                }
        }
        map_done(map);
        *map = kept;
}

static int insert(struct policy_cache *cache, struct map *map, struct cached_policy *entry,
                  struct cached_policy **ret)
{
        struct str document = policy_document(entry->policy);
        struct cached_policy *other;

        if (cache->count >= cache->max || cache->bytes >= cache->max_bytes)
                for (size_t i = 0; i < POLICY_KINDS; i++)
                        sweep(cache, &cache->by_document[i]);
        other = hold(map, document);
        if (other) { /* another thread was quicker */
                entry_free(entry);
                *ret = other;
                return 0;
        }
        TRY(map_put(map, document, entry));
        cache->count++;
        cache->bytes += policy_memory(entry->policy);
        *ret = entry;
        return 0;
}

static int compile(struct str document, enum policy_kind kind, struct cached_policy **ret)
{
        struct cached_policy *entry = calloc(1, sizeof(*entry));
        char problem[POLICY_PROBLEM_MAX];
        int r;

        if (!entry)
                return -ENOMEM;
        entry->kind = kind;
        entry->holders = 1;
        entry->was_used = true;
        r = policy_compile(document, kind, &entry->policy, problem);
        if (r < 0) {
                free(entry);
                return r;
        }
        *ret = entry;
        return 0;
}

int policy_cache_get(struct policy_cache *cache, struct str document, enum policy_kind kind,
                     struct cached_policy **ret)
{
        struct map *map = &cache->by_document[kind];
        struct cached_policy *entry;
        int r;

        pthread_rwlock_rdlock(&cache->lock);
        entry = hold(map, document);
        pthread_rwlock_unlock(&cache->lock);
        if (entry) {
                *ret = entry;
                return 0;
        }
        TRY(compile(document, kind, &entry));
        pthread_rwlock_wrlock(&cache->lock);
        r = insert(cache, map, entry, ret);
        pthread_rwlock_unlock(&cache->lock);
        if (r < 0)
                entry_free(entry);
        return r;
}

const struct policy *cached_policy_get(const struct cached_policy *entry)
{
        return entry->policy;
}

void policy_cache_release(struct cached_policy *entry)
{
        atomic_fetch_sub(&entry->holders, 1);
}
