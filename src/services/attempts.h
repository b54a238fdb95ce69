/* How often something secret was guessed wrongly, so that nobody can go on guessing. Counted in memory and at
 * once, since the transaction of a refused call is undone and what is noted behind it comes too late.
 * Thread-safe, bounded. */
#pragma once

#include "base/str.h"

#define ATTEMPTS_MAX            10 /* wrong ones within... */
#define ATTEMPTS_WINDOW_S       300
#define ATTEMPTS_MAX_OF_ADDRESS 100 /* at passwords of anybody, from one place */

struct attempts;

/* max: how many names are counted at once. When there are more, no attempt at another one is let. limit: how
 * many attempts each has. */
must_check int attempts_new(size_t max, unsigned int limit, struct attempts **ret);
void attempts_free(struct attempts *attempts); /* NULL is fine */

/* Whether one more may be made. now_s: of a clock that is never advanced. */
bool attempts_may(struct attempts *attempts, struct str name, int64_t now_s);
void attempts_failed(struct attempts *attempts, struct str name, int64_t now_s);

/* Where the answer takes a while, so that many could be asked for before the first is wrong: counts one as
 * failed before it is made; false: it may not be. It is given back when it was right. */
must_check bool attempts_take(struct attempts *attempts, struct str name, int64_t now_s);
void attempts_give_back(struct attempts *attempts, struct str name, int64_t now_s);
