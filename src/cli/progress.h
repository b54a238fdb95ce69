/* How far long work has come: one line that is drawn again and again, on a terminal only. */
#pragma once

#include "base/str.h"

struct progress {
        bool is_shown; /* standard output is a terminal */
        bool is_drawn; /* the line is there */
};
struct progress_state {
        const char *things; /* "bodies" */
        uint64_t done, total, bytes, bytes_total;
};

void progress_init(struct progress *progress);
void progress_draw(struct progress *progress, const struct progress_state *state);
void progress_clear(struct progress *progress); /* before other lines are written, and at the end */
