/* How often something secret was guessed wrongly, so that nobody can go on guessing. Counted in memory and at
 * once, since the transaction of a refused call is undone and what is noted behind it comes too late.
 * Thread-safe, bounded. */
#pragma once

#include "base/str.h"

#define ATTEMPTS_MAX      10 /* wrong ones within... */
#define ATTEMPTS_WINDOW_S 300

struct attempts;

/* max: how many names are counted at once. When there are more, no attempt at another one is let. */
must_check int attempts_new(size_t max, struct attempts **ret);
void attempts_free(struct attempts *attempts); /* NULL is fine */

/* Whether one more may be made. now_s: of a clock that is never advanced. */
bool attempts_may(struct attempts *attempts, struct str name, int64_t now_s);
void attempts_failed(struct attempts *attempts, struct str name, int64_t now_s);
