/* Time of the processor that accounts take of what all share: each has a budget, which fills again as time
 * passes; who has used it up waits. In memory, bounded, thread-safe.
 *
 * AWS's limits are numbers of calls in a second. They are for calls that cost as much as AWS's; ours may be a
 * thousand for the price of one, or the other way round. */
#pragma once

#include "base/str.h"

struct budgets;

/* max: names that are counted at once: when there are more, others are not. most_ns: what may be used at
 * once; share: so many hundredths of a second come back in each second. */
must_check int budgets_new(size_t max, int64_t most_ns, int64_t share, struct budgets **ret);
void budgets_free(struct budgets *budgets); /* NULL is fine */

/* Whether something is left. now_ns: of a clock that is never advanced. NULL: always. */
bool budgets_may(struct budgets *budgets, struct str name, int64_t now_ns);
/* May be more than was left: that much later there is some again. */
void budgets_use(struct budgets *budgets, struct str name, int64_t used_ns, int64_t now_ns);
