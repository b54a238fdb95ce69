/* Alarms over the states of other alarms.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html */
#pragma once

#include "services/cloudwatch/alarm.h"

#define CLOUDWATCH_CHILDREN 100
#define CLOUDWATCH_PARENTS  150

/* -- Who depends on whom: composite_family.c */

struct cloudwatch_parents {
        struct cloudwatch_alarm_parent_record *items;
        size_t count;
};
must_check int cloudwatch_find_parents(struct call *call, int64_t child, struct cloudwatch_parents *ret);
/* Numbers of the children in the rule of a composite alarm, or of the parents whose rules have this one. */
must_check int cloudwatch_list_family(struct call *call, int64_t alarm, bool of_children, const int64_t **ret,
                                      size_t *ret_count);
/* In place of those that it had. suppressor: 0, none. */
must_check int cloudwatch_set_children(struct call *call, int64_t parent, const int64_t *children,
                                       size_t count, int64_t suppressor);
must_check int cloudwatch_drop_children(struct call *call, int64_t parent);
/* Whether a composite alarm can be reached from itself. */
must_check int cloudwatch_is_in_cycle(struct call *call, int64_t alarm, bool *ret);

/* -- When it is evaluated: composite_evaluate.c */

/* why: the number of the child that changed its state; or "created", "updated". At once. */
must_check int cloudwatch_await_evaluation(struct call *call, int64_t alarm, struct str why);

/* -- Actions held back: composite_suppress.c */

/* The alarm has changed its state, and is about to act. */
must_check int cloudwatch_hold_actions(struct call *call, struct cloudwatch_alarm_record *alarm);
/* The suppressor of a composite alarm has changed its state. */
must_check int cloudwatch_follow_suppressor(struct call *call, int64_t alarm,
                                            const struct cloudwatch_alarm_record *suppressor, bool was_alarm);
