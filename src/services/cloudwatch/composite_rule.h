/* AlarmRule: ALARM(a) AND (OK("b c") OR NOT INSUFFICIENT_DATA(d)) AND AT_LEAST(2, ALARM, (a, b, c)). No I/O.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html */
#pragma once

#include "base/arena.h"

#define CLOUDWATCH_RULE_ELEMENTS 500

struct cloudwatch_alarm_rule {
        struct str text;
        /* The state of an alarm by its name or ARN; called for each that the rule names. < 0 ends it. */
        int (*find_state)(void *arg, struct str name, struct str *ret_state);
        void *arg;
        struct str error; /* -EINVAL: what is wrong, in AWS's words */
};

/* -EINVAL: it is no rule. */
must_check int cloudwatch_rule_evaluate(struct arena *arena, struct cloudwatch_alarm_rule *rule, bool *ret);
