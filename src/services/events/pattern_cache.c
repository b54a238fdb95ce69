#include "services/events/pattern_cache.h"

#include "base/map.h"

#include <pthread.h>
#include <stdlib.h>

#define PATTERN_MEMORY ((size_t)1024 * 1024) /* a pattern of 4 KiB takes a tenth of it */

struct entry {
        struct arena arena; /* of all that it is */
        struct str text;
        const struct event_pattern *pattern;
};

struct event_pattern_cache {
        pthread_mutex_t lock;
        struct map by_text;
        size_t bytes, max_bytes;
};

int event_pattern_cache_new(size_t max_bytes, struct event_pattern_cache **ret)
{
        struct event_pattern_cache *cache = calloc(1, sizeof(*cache));

        if (!cache)
                return -ENOMEM;
        pthread_mutex_init(&cache->lock, NULL);
        map_init(&cache->by_text);
        cache->max_bytes = max_bytes;
        *ret = cache;
        return 0;
}

static void entry_free(struct entry *entry)
{
        arena_done(&entry->arena);
        free(entry);
}

static void forget_all(struct event_pattern_cache *cache)
{
        const struct map_slot *slot;

        for (size_t at = 0; (slot = map_next(&cache->by_text, &at));)
                entry_free(slot->value);
        map_done(&cache->by_text);
        map_init(&cache->by_text);
        cache->bytes = 0;
}

void event_pattern_cache_free(struct event_pattern_cache *cache)
{
        if (!cache)
                return;
        forget_all(cache);
        pthread_mutex_destroy(&cache->lock);
        free(cache);
}

/* Room is made here alone, where nobody holds anything. */
void event_pattern_cache_begin(struct event_pattern_cache *cache)
{
        pthread_mutex_lock(&cache->lock);
        if (cache->bytes > cache->max_bytes)
                forget_all(cache);
}

void event_pattern_cache_end(struct event_pattern_cache *cache)
{
        pthread_mutex_unlock(&cache->lock);
}

static int compile(struct entry *entry, struct str text)
{
        struct str reason;

        arena_init(&entry->arena, PATTERN_MEMORY);
        entry->text = arena_dup(&entry->arena, text);
        if (!str_is_set(entry->text))
                return -ENOMEM;
        return event_pattern_compile(&entry->arena, entry->text, &entry->pattern, &reason);
}

int event_pattern_cache_get(struct event_pattern_cache *cache, struct str text,
                            const struct event_pattern **ret)
{
        struct entry *entry = map_get(&cache->by_text, text);
        int r;

        if (entry) {
                *ret = entry->pattern;
                return 0;
        }
        entry = calloc(1, sizeof(*entry));
        if (!entry)
                return -ENOMEM;
        r = compile(entry, text);
        if (r == 0)
                r = map_put(&cache->by_text, entry->text, entry);
        if (r < 0) {
                entry_free(entry);
                return r;
        }
        cache->bytes += arena_held(&entry->arena);
        *ret = entry->pattern;
        return 0;
}
