#include "auth/cache.h"

#include "crypto/keyring.h"

#include <pthread.h>

#define SHARDS 16
#define WAYS   8 /* entries that a key may stand in */

struct entry {
        uint8_t key[SHA256_LEN];
        uint64_t used; /* the shard's clock at its last use */
        char *value;   /* NULL: empty */
        size_t len;
};

struct shard {
        pthread_mutex_t lock;
        uint64_t clock;
        struct entry *entries;
};

struct cache {
        size_t sets; /* of WAYS entries each, a shard */
        struct shard shards[SHARDS];
};

static void empty(struct entry *entry)
{
        if (entry->value)
                secret_wipe(entry->value, entry->len);
        free(entry->value);
        *entry = (struct entry){};
}

int cache_new(size_t entries, struct cache **ret)
{
        struct cache *cache = calloc(1, sizeof(*cache));

        if (!cache)
                return -ENOMEM;
        cache->sets = (entries + (size_t)SHARDS * WAYS - 1) / ((size_t)SHARDS * WAYS);
        for (size_t i = 0; i < SHARDS; i++) {
                (void)pthread_mutex_init(&cache->shards[i].lock, NULL);
                cache->shards[i].entries = calloc(cache->sets * WAYS, sizeof(struct entry));
                if (!cache->shards[i].entries) {
                        cache_free(cache);
                        return -ENOMEM;
                }
        }
        *ret = cache;
        return 0;
}

void cache_free(struct cache *cache)
{
        if (!cache)
                return;
        for (size_t i = 0; i < SHARDS; i++) {
                struct shard *shard = &cache->shards[i];

                for (size_t j = 0; shard->entries && j < cache->sets * WAYS; j++)
                        empty(&shard->entries[j]);
                free(shard->entries);
                (void)pthread_mutex_destroy(&shard->lock);
        }
        free(cache);
}

/* The digest is even by nature: its bytes choose the shard and the set. */
static struct shard *shard_of(struct cache *cache, const uint8_t key[SHA256_LEN])
{
        return &cache->shards[key[0] % SHARDS];
}

static struct entry *set_of(const struct cache *cache, const struct shard *shard,
                            const uint8_t key[SHA256_LEN])
{
        uint32_t number;

        memcpy(&number, key + 4, sizeof(number));
        return &shard->entries[number % cache->sets * WAYS];
}

static struct entry *find(struct entry *set, const uint8_t key[SHA256_LEN])
{
        for (size_t i = 0; i < WAYS; i++)
                if (set[i].value && secret_equal(str_make(set[i].key, SHA256_LEN), str_make(key, SHA256_LEN)))
                        return &set[i];
        return NULL;
}

static struct entry *least_recent(struct entry *set)
{
        struct entry *least = &set[0];

        for (size_t i = 1; i < WAYS; i++)
                if (set[i].used < least->used)
                        least = &set[i];
        return least;
}

bool cache_get(struct cache *cache, const uint8_t key[SHA256_LEN], struct arena *arena, struct str *ret)
{
        struct shard *shard = shard_of(cache, key);
        struct entry *entry;
        struct str copy = STR_NONE;

        (void)pthread_mutex_lock(&shard->lock);
        entry = find(set_of(cache, shard, key), key);
        if (entry) {
                entry->used = ++shard->clock;
                copy = arena_dup_bytes(arena, entry->value, entry->len);
        }
        (void)pthread_mutex_unlock(&shard->lock);
        if (!entry || arena->failed)
                return false;
        *ret = copy;
        return true;
}

void cache_put(struct cache *cache, const uint8_t key[SHA256_LEN], struct str value)
{
        struct shard *shard = shard_of(cache, key);
        char *copy = malloc(value.len + !value.len);
        struct entry *set, *entry;

        if (!copy)
                return;
        if (value.len)
                memcpy(copy, value.ptr, value.len);
        (void)pthread_mutex_lock(&shard->lock);
        set = set_of(cache, shard, key);
        entry = find(set, key);
        if (!entry)
                entry = least_recent(set);
        empty(entry);
        *entry = (struct entry){.used = ++shard->clock, .value = copy, .len = value.len};
        memcpy(entry->key, key, SHA256_LEN);
        (void)pthread_mutex_unlock(&shard->lock);
}
