/* The row of a timer: all that it is stands in its key, but whose it is. */
#pragma once

#include "events/timers.h"

/* What the keys of all timers of a lane begin with. */
struct str timer_rows(enum timer_lane lane);

/* The timer points into the key. -EBADMSG: it is no timer's. */
must_check int timer_row_read(struct str key, enum timer_lane lane, struct timer *ret);
/* From its value. */
struct str timer_row_owner(struct str value);
