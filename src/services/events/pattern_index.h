/* Which of many patterns an event could fit: each stands under the words of one of its fields, of which it
 * demands one, whole or as a beginning ("prefix", and "wildcard" up to its first asterisk), so that an event
 * is held against those alone that name what it has there. A thousand rules that each name another event cost
 * what one costs. */
#pragma once

#include "services/events/pattern.h"

struct event_index;

/* Of so many patterns, by their places; lives in the arena, and needs them. */
must_check int event_index_make(struct arena *arena, const struct event_pattern *const *patterns,
                                size_t count, const struct event_index **ret);
/* Sets the bit of each pattern that the event could fit, in event_index_words() words. */
void event_index_find(const struct event_index *index, const json_t *event, uint64_t *bits);
size_t event_index_words(const struct event_index *index);
