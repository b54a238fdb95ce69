/* Metric filters beside their operations: what has come and is to be counted. */
#pragma once

#include "services/logs/block.h"
#include "services/logs/logs.h"

/* Those of a group that is deleted. */
must_check int logs_drop_metric_filters(struct call *call, int64_t group);

/* Events behind a sequence have come into a block of a group that has metric filters: they are counted after
 * this transaction, by a timer. */
must_check int logs_await_counting(struct call *call, const struct logs_block_record *block, int64_t since);
/* The timer of a group, if it is not set. *tally is changed, not stored. */
must_check int logs_set_counting(struct call *call, struct logs_tally_record *tally);

/* Filters with default values found something, or nothing, among events that came in a minute. */
struct logs_minute {
        int64_t ms; /* its begin */
        struct str_list matched;
};
must_check int logs_note_minute(struct call *call, int64_t group, const struct logs_minute *minute);
/* What has not been counted, of a group that was deleted. *ret_more: there may be others. */
must_check int logs_drop_uncounted(struct call *call, int64_t group, bool *ret_more);
