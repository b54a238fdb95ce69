/* Blocks that metric filters have not seen, as they are looked at in a snapshot; and what was found there,
 * for the transaction in which they count as seen. */
#pragma once

#include "services/logs/data_key.h"
#include "services/logs/metric_limit.h"
#include "services/logs/metric_plan.h"

#define PLANS_MAX   100
#define BLOCKS_MAX  32 /* at once */
#define MINUTES_MAX 16
#define REFUSED_MAX 8

struct logs_seen_block {
        struct logs_uncounted_block_record row;
        int64_t data_key;
        int64_t count; /* of its events then; 0: it is gone */
        int64_t last;  /* the sequence of the last that was looked at */
        bool is_whole;
};

struct logs_seen_minute {
        int64_t ms;
        bool matched[PLANS_MAX];
};

struct logs_counting {
        struct call *call;
        struct logs_log_group_record group;
        struct logs_keys keys;
        struct arena scratch;
        struct logs_metric_filter_record *filters; /* whose strings do not outlive the snapshot */
        struct logs_metric_plan plans[PLANS_MAX];
        struct str names[PLANS_MAX];
        bool has_default[PLANS_MAX];
        int64_t each_ns[PLANS_MAX];    /* of regular expressions, for one event */
        uint64_t undecided[PLANS_MAX]; /* events */
        size_t plan_count;
        struct logs_seen_block blocks[BLOCKS_MAX];
        size_t block_count;
        struct logs_found_sample *samples;
        size_t sample_count;
        struct logs_seen_minute minutes[MINUTES_MAX];
        size_t minute_count;
        int64_t refused[REFUSED_MAX]; /* data keys that KMS does not open */
        size_t refused_count;
        size_t bytes;
        bool is_full;
};

/* Of a timer's subject: a group that still is there. -ENOENT. */
must_check int logs_find_counted(struct call *call, struct str subject, struct logs_log_group_record *ret);
