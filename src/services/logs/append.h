/* Events on their way into the blocks of a stream. The newest block grows until it has some length, so that
 * uploads of single events do not make a row each. */
#pragma once

#include "services/logs/block.h"
#include "services/logs/data_key.h"

struct logs_append {
        struct call *call;
        struct logs_log_group_record *group;
        struct logs_log_stream_record *stream; /* brought up to date, and stored at the end */
        struct logs_tally_record tally;
        int64_t since; /* the sequence of what came before */
        struct logs_keys keys;
        const uint8_t *key;
        struct logs_block_record block; /* that is being filled */
        bool has_block;
        struct buf clear; /* its events */
};

must_check int logs_append_begin(struct logs_append *append);
/* In order of time. */
must_check int logs_append_event(struct logs_append *append, int64_t ms, struct str message);
must_check int logs_append_end(struct logs_append *append);
void logs_append_done(struct logs_append *append); /* whatever came before */
