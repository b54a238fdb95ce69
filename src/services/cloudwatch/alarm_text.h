/* Numbers and times as alarms tell them. */
#pragma once

#include "base/arena.h"
#include "base/json_out.h"

/* 1.0, 0.0666851903306472, 1.0E10: the shortest that says this number. */
struct str cloudwatch_number(struct arena *arena, double value);
void cloudwatch_json_number(struct json_out *out, struct arena *arena, double value);
/* 2019-10-02T17:04:40.985+0000 */
struct str cloudwatch_time(struct arena *arena, int64_t ms);
/* 02/10/19 16:59:00 */
struct str cloudwatch_short_time(struct arena *arena, int64_t ms);
/* Friday 22 July, 2022 15:57:45 UTC */
struct str cloudwatch_long_time(struct arena *arena, int64_t ms);
