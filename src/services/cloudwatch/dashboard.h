/* Dashboards by their names; they are of an account, and of no region. */
#pragma once

#include "services/cloudwatch/cloudwatch.h"

/* -ENOENT */
must_check int cloudwatch_find_dashboard(struct call *call, struct str name,
                                         struct cloudwatch_dashboard_record *ret);
/* "arn:aws:cloudwatch::111122223333:dashboard/NAME" of the call's account. -EINVAL: another. */
must_check int cloudwatch_read_dashboard_arn(struct call *call, struct str arn, struct str *ret_name);
