/* Matching values against patterns. Internal to validation. */
#pragma once

#include "wire/validate.h"

/* What one thread needs to match; lives in the arena, for one validation. Starts zeroed. */
struct pattern_matcher {
        struct wire_patterns *patterns;
        struct arena *arena;
        void *match_data; /* made at the first match */
        void *match_context;
};

/* As wire_pattern_match(). */
must_check int pattern_matches(struct pattern_matcher *matcher, struct str pattern, struct str value);
