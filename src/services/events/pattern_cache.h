/* Compiled event patterns by their text, as policies are kept: a changed pattern is another entry, so none is
 * ever stale. Bounded; thread-safe by being one thread's at a time. */
#pragma once

#include "services/events/pattern.h"

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
