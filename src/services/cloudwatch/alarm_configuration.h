/* Alarms as JSON: as histories and events have them. */
#pragma once

#include "base/json_out.h"
#include "services/cloudwatch/alarm.h"

/* As histories tell it: "createdAlarm". */
void cloudwatch_write_alarm(struct call *call, struct json_out *out,
                            const struct cloudwatch_alarm_record *alarm);
/* As events tell it: "configuration"; is_whole: when it has changed, and not only the state. */
void cloudwatch_write_configuration(struct call *call, struct json_out *out,
                                    const struct cloudwatch_alarm_record *alarm, bool is_whole);
void cloudwatch_write_strings(struct json_out *out, struct str key, const struct str_list *list);
/* [{"value":...,"name":...}] */
void cloudwatch_write_dimensions(struct json_out *out, struct str key,
                                 const struct cloudwatch_dimension_list *list);
