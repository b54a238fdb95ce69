/* Walks the rows of a space in the order of their keys, and of each key from the newest on: also those that
 * lie behind branches. Costs by what is looked at, wherever it begins. */
#pragma once

#include "services/s3/space.h"

struct s3_walk {
        struct call *call;
        int64_t root;
        struct record_scan scans[S3_DEPTH_MAX];
        size_t depth;                          /* of open scans */
        char prefix[S3_KEY_MAX + S3_PART_MAX]; /* of the space in which the innermost scan is */
};

/* From the first key on that is not before `from` (absent: from the beginning). */
must_check int s3_walk_begin(struct s3_walk *walk, struct call *call, int64_t space, struct str from);
/* Behind the row of this order under a key: S3_BRANCH - 1 is behind all of them. May be called again. */
must_check int s3_walk_begin_behind(struct s3_walk *walk, struct call *call, int64_t space, struct str key,
                                    int64_t order);
/* -ENOENT at the end. The key lives in the arena. */
must_check int s3_walk_next(struct s3_walk *walk, struct str *ret_key, struct s3_object_record *ret);
void s3_walk_end(struct s3_walk *walk); /* fine on one that is zero or ended */

/* What comes first behind all keys that begin so; absent: nothing does. */
struct str s3_behind_prefix(struct arena *arena, struct str prefix);
