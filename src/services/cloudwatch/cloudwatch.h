/* What the files of this folder share. */
#pragma once

#include "api/cloudwatch.h"
#include "services/call.h"
#include "store/record.h"

/* "arn:aws:cloudwatch:us-east-1:111122223333:alarm:NAME"; kind: "alarm:". */
struct str cloudwatch_arn(struct call *call, const char *kind, struct str name);
struct str cloudwatch_dashboard_arn(struct call *call, struct str name);
must_check int cloudwatch_set_resource_tags(struct call *call, const struct cloudwatch_tag_list *tags,
                                            struct resource *ret);
