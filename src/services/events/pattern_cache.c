#include "services/events/pattern_cache.h"

#include "base/map.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct entry {
        struct arena arena; /* of all that it is */
        struct str text;
        const struct event_pattern *pattern;
};

struct event_pattern_cache {
        pthread_mutex_t lock;
        struct map by_text;
        struct map lists; /* by their keys */
        size_t bytes, max_bytes;
};

int event_pattern_cache_new(size_t max_bytes, struct event_pattern_cache **ret)
{
        struct event_pattern_cache *cache = calloc(1, sizeof(*cache));

        if (!cache)
                return -ENOMEM;
        pthread_mutex_init(&cache->lock, NULL);
        map_init(&cache->by_text);
        map_init(&cache->lists);
        cache->max_bytes = max_bytes;
        *ret = cache;
        return 0;
}

static void entry_free(struct entry *entry)
{
        arena_done(&entry->arena);
        free(entry);
}

static void listeners_free(struct event_listeners *listeners)
{
        arena_done(&listeners->arena);
        free(listeners);
}

static void forget_all(struct event_pattern_cache *cache)
{
        const struct map_slot *slot;

        for (size_t at = 0; (slot = map_next(&cache->by_text, &at));)
                entry_free(slot->value);
        for (size_t at = 0; (slot = map_next(&cache->lists, &at));)
                listeners_free(slot->value);
        map_done(&cache->by_text);
        map_done(&cache->lists);
        map_init(&cache->by_text);
        map_init(&cache->lists);
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

        arena_init(&entry->arena, EVENT_PATTERN_MEMORY);
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

/* -- Rules that listen */

#define LISTENERS_MEMORY ((size_t)16 * 1024 * 1024)
#define LISTENERS_FIRST  16

const struct event_listeners *event_pattern_cache_find(struct event_pattern_cache *cache, struct str key,
                                                       struct str version)
{
        const struct event_listeners *listeners = map_get(&cache->lists, key);

        return listeners && str_is_set(listeners->version) && str_eq(listeners->version, version) ? listeners
                                                                                                  : NULL;
}

static void drop(struct event_pattern_cache *cache, struct str key)
{
        struct event_listeners *listeners = map_remove(&cache->lists, key);

        if (!listeners)
                return;
        cache->bytes -= str_is_set(listeners->version) ? arena_held(&listeners->arena) : 0;
        listeners_free(listeners);
}

/* While it is made it has no version of its own. */
int event_pattern_cache_add(struct event_pattern_cache *cache, struct str key, struct str version,
                            struct event_listeners **ret)
{
        struct event_listeners *listeners = calloc(1, sizeof(*listeners));
        int r = -ENOMEM;

        if (!listeners)
                return -ENOMEM;
        drop(cache, key);
        arena_init(&listeners->arena, LISTENERS_MEMORY);
        listeners->key = arena_dup(&listeners->arena, key);
        listeners->next_version = arena_dup(&listeners->arena, version);
        if (!listeners->arena.failed)
                r = map_put(&cache->lists, listeners->key, listeners);
        if (r < 0)
                listeners_free(listeners);
        else
                *ret = listeners;
        return r;
}

static int grow(struct event_listeners *listeners)
{
        size_t room = listeners->room ? 2 * listeners->room : LISTENERS_FIRST;
        struct event_listener *items = arena_new_array(&listeners->arena, struct event_listener, room);

        if (!items)
                return -ENOMEM;
        if (listeners->count)
                memcpy(items, listeners->items, listeners->count * sizeof(*items));
        listeners->items = items;
        listeners->room = room;
        return 0;
}

int event_listeners_add(struct event_listeners *listeners, const struct event_listener *listener)
{
        if (listeners->count == listeners->room)
                TRY(grow(listeners));
        listeners->items[listeners->count] = *listener;
        listeners->items[listeners->count++].rule = arena_dup(&listeners->arena, listener->rule);
        return listeners->arena.failed ? -ENOMEM : 0;
}

static int make_index(struct event_listeners *listeners)
{
        const struct event_pattern **patterns = calloc(listeners->count + 1, sizeof(*patterns));
        int r;

        if (!patterns)
                return -ENOMEM;
        for (size_t i = 0; i < listeners->count; i++)
                patterns[i] = listeners->items[i].pattern;
        r = event_index_make(&listeners->arena, patterns, listeners->count, &listeners->index);
        free(patterns);
        return r;
}

int event_listeners_end(struct event_pattern_cache *cache, struct event_listeners *listeners)
{
        TRY(make_index(listeners));
        listeners->version = listeners->next_version;
        cache->bytes += arena_held(&listeners->arena);
        return 0;
}
