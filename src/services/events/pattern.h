/* Event patterns: what of an event a rule is about. Compiled once, matched without I/O, in memory and steps
 * that the pattern and the event bound.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html */
#pragma once

#include <jansson.h>

#include "base/arena.h"

struct event_pattern;

#define EVENT_PATTERN_MEMORY ((size_t)1024 * 1024) /* a pattern of 4 KiB takes a tenth of it */

/* The pattern lives in the arena, and needs the text no more. -EINVAL: it is none, and *ret_reason, in the
 * arena too, says why; -ENOMEM. */
must_check int event_pattern_compile(struct arena *arena, struct str text, const struct event_pattern **ret,
                                     struct str *ret_reason);
/* The same of a pattern that is given now: refuses what AWS does, also where older builds took and stored it.
 */
must_check int event_pattern_check(struct arena *arena, struct str text, const struct event_pattern **ret,
                                   struct str *ret_reason);
bool event_pattern_matches(const struct event_pattern *pattern, const json_t *event);
