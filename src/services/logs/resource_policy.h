/* Policies that let services of AWS put events into groups: those of an account in a region, and one of a
 * group. "Policy only applies when operations are invoked by AWS service principals", to logs:PutLogEvents
 * and logs:CreateLogStream.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html */
#pragma once

#include "services/logs/logs.h"

/* Has them asked where they count. group: 0, there is no such group. */
void logs_attach_policies(struct call *call, const struct logs_name *name, int64_t group,
                          struct resource *resource);
/* That of a deleted group. */
must_check int logs_drop_policy(struct call *call, const struct logs_log_group_record *group);
