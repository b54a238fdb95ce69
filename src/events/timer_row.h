/* The row of a timer: all that it is stands in its key. */
#pragma once

#include "events/timers.h"

/* What the keys of all timers begin with. */
extern const struct str TIMER_ROWS;

/* The timer points into the key. -EBADMSG: it is no timer's. */
must_check int timer_row_read(struct str key, struct timer *ret);
