/* A metric filter at work: its pattern, and what it takes from the messages that match. */
#pragma once

#include "services/cloudwatch/directory.h"
#include "services/logs/logs.h"
#include "services/logs/pattern.h"

#define LOGS_DIMENSIONS_MAX 3

struct logs_metric_plan {
        const struct logs_metric_filter_record *filter;
        struct logs_pattern *pattern;
        struct logs_pattern_source *value; /* NULL: the number */
        double number;
        struct logs_pattern_source *dimensions[LOGS_DIMENSIONS_MAX];
};

/* -EINVAL: it could not be put so; ret_why says what is wrong. The record must live as long. */
must_check int logs_metric_plan_make(const struct logs_metric_filter_record *filter,
                                     struct logs_metric_plan *ret, char ret_why[PATTERN_WHY_MAX]);
void logs_metric_plan_done(struct logs_metric_plan *plan);

/* What it finds in a message; -E2BIG, -ETIME: it has not decided (pattern.h). *ret_matches without *ret_has:
 * there is no number, or no value for a dimension, or one that is too long. All of the sample is in the
 * arena; what is in the scratch is of no more use. */
must_check int logs_metric_plan_run(const struct logs_metric_plan *plan, struct logs_pattern_message *message,
                                    struct arena *scratch, struct arena *arena, struct cloudwatch_sample *ret,
                                    bool *ret_matches, bool *ret_has);
