/* Whether the event history can be read as it is kept: of all accounts and regions, some rows at a time. */
#pragma once

#include "services/cloudtrail/history_block.h"

struct history_examination {
        size_t kind; /* of row, that is being looked at */
        char room[STORE_KEY_MAX];
        struct str place; /* behind which it goes on; absent: at the beginning */
        bool is_end;
        uint64_t rows; /* that were looked at */
        /* Of each that cannot be read, whose and from when. */
        void (*damaged)(void *arg, const char *what, struct str account, struct str region, int64_t time_ms);
        void *arg;
};

/* All zero at first, but for damaged and arg. */
must_check int history_examine(struct history_examination *exam, struct txn *txn, struct arena *arena);
