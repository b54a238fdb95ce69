/* The first of the events that are offered, in order of their places (or the last, when they are read
 * backward): as many as are wanted and fit. Offered in any order; what cannot be among them is let go at
 * once, so that memory is bounded by what is given back. */
#pragma once

#include "services/logs/block.h"

#define LOGS_PAGE_EVENTS 10000
#define LOGS_PAGE_BYTES  ((size_t)1048576) /* "Each page returned can contain up to 1 MB of log events" */

struct logs_chosen {
        struct logs_event event; /* with a message of its own */
        int64_t stream;
};

struct logs_selection {
        size_t limit;
        bool is_backward;
        struct logs_chosen *chosen; /* a heap, the last of them on top; in order after logs_selection_end() */
        size_t count, room;
        size_t bytes;
        /* There were more: nothing is complete from here on. */
        bool is_cut;
        struct logs_place cut;
};

void logs_selection_init(struct logs_selection *selection, size_t limit, bool is_backward);
void logs_selection_done(struct logs_selection *selection);
/* Copies it if it is among the first so far. */
must_check int logs_selection_offer(struct logs_selection *selection, const struct logs_event *event,
                                    int64_t stream);
/* Nothing was looked at from there on. */
void logs_selection_cut(struct logs_selection *selection, struct logs_place place);
/* Is it behind what is complete? */
bool logs_selection_is_behind(const struct logs_selection *selection, struct logs_place place);
/* Puts them in order of time, whichever way they were read. */
void logs_selection_end(struct logs_selection *selection);
