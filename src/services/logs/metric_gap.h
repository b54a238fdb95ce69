/* What metric filters have not decided, told where their owners find it. */
#pragma once

#include "services/logs/logs.h"

/* Log events of a group, which take the regular expressions of this filter too long. In a transaction. */
must_check int logs_tell_undecided(struct call *call, const struct logs_log_group_record *group,
                                   struct str filter, uint64_t count);
/* A filter that finds nothing any more, and why. */
void logs_tell_blind_filter(struct call *call, struct str group, struct str filter, const char *why);
