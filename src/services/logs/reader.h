/* Reads the events of a group, or of one of its streams, between two places, in either direction, a bounded
 * piece of work at a time. */
#pragma once

#include "services/logs/data_key.h"
#include "services/logs/selection.h"

struct logs_reader {
        struct call *call;
        const struct logs_log_group_record *group;
        struct opt_int stream;      /* absent: all of them */
        struct logs_place from, to; /* the second is not included */
        /* Of blocks of which streams, and which of their events; NULL: all. 1: wanted; < 0 ends it; -ETIME:
         * no more at once, so that the page ends there, if that is a step forward. */
        int (*wants_stream)(void *arg, int64_t stream);
        int (*wants_event)(void *arg, const struct logs_event *event);
        void *arg;
        struct logs_selection *selection;
        struct logs_keys keys; /* .allowed, if the client is not who calls */
        size_t work;           /* bytes and rows so far */
};

/* "you must be signed into an account with the logs:Unmask permission": asked for, though nothing is masked.
 */
must_check int logs_check_unmask(struct call *call, const struct logs_log_group_record *group);

/* Fills the selection; what has expired is not there. selection->is_cut: there is more behind it. -ETIME: it
 * did not come further than it was. */
must_check int logs_read_events(struct logs_reader *reader);
