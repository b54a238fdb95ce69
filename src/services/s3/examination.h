/* A piece of a body, examined where it lies: opened, if the server may open it by itself; else by its proof,
 * which keys of KMS and of customers are not needed for. */
#pragma once

#include "services/s3/roll.h"

struct s3_examination {
        const struct host *host;
        struct arena *arena;
        /* After every piece of a file that was read; < 0 is the end of it. */
        int (*pause)(void *arg, size_t bytes);
        void *arg;
        const char *fault; /* what is wrong with it, as the operator is told; NULL: nothing */
        bool is_proven;
};

/* < 0: it could not be examined (no memory, or what pause() gave). */
must_check int s3_examine_piece(struct s3_examination *exam, const struct s3_roll_item *item,
                                const struct s3_piece_record *piece);
