/* Compiled event patterns by their text, as policies are kept: a changed pattern is another entry, so none is
 * ever stale. With them, which rules of a bus listen to a source, so that an event is held against a thousand
 * rules without a look at the store: good for as long as the bus has the version that a list was made of.
 * Bounded; thread-safe by being one thread's at a time. */
#pragma once

#include "services/events/pattern_index.h"

struct event_pattern_cache;

/* max_bytes: of all compiled patterns; what is asked for goes over it, and the rest makes room. */
must_check int event_pattern_cache_new(size_t max_bytes, struct event_pattern_cache **ret);
void event_pattern_cache_free(struct event_pattern_cache *cache); /* NULL is fine */

/* From begin to end the cache is the caller's, and what it gives stays. */
void event_pattern_cache_begin(struct event_pattern_cache *cache);
/* -EINVAL: it does not compile. */
must_check int event_pattern_cache_get(struct event_pattern_cache *cache, struct str text,
                                       const struct event_pattern **ret);
void event_pattern_cache_end(struct event_pattern_cache *cache);

/* -- Rules that listen */

struct event_listener {
        struct str rule;
        bool takes_reads; /* of management events */
        const struct event_pattern *pattern;
};

struct event_listeners {
        struct arena arena; /* of all that it is */
        struct str key;
        struct str version;      /* absent while it is made */
        struct str next_version; /* what that will be */
        struct event_listener *items;
        size_t count, room;
        const struct event_index *index; /* of their patterns */
};

/* NULL: not kept, or of another version. */
const struct event_listeners *event_pattern_cache_find(struct event_pattern_cache *cache, struct str key,
                                                       struct str version);
/* An empty list, which is the cache's from then on. */
must_check int event_pattern_cache_add(struct event_pattern_cache *cache, struct str key, struct str version,
                                       struct event_listeners **ret);
/* Copies the rule's name. */
must_check int event_listeners_add(struct event_listeners *listeners, const struct event_listener *listener);
/* It is whole: only now is it found. */
must_check int event_listeners_end(struct event_pattern_cache *cache, struct event_listeners *listeners);
