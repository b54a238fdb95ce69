/* Where rows of keys lie. Keys of a bucket are in one space, in order; but a key of the store is shorter than
 * S3's 1024 bytes may become, so a key is cut into parts: what is behind the first part of a long key lies in
 * a space of its own, to which the row of a branch leads. */
#pragma once

#include "services/s3/s3.h"

#define S3_PART_MAX  ((size_t)230) /* twice as long in a key of the store, if all of it is zeros */
#define S3_DEPTH_MAX (S3_KEY_MAX / S3_PART_MAX + 1)
#define S3_BRANCH    INT64_MAX /* the order of a branch's row: behind all versions of its part */

struct s3_place {
        int64_t spaces[S3_DEPTH_MAX]; /* the last one is where the rows of the key are */
        size_t depth;                 /* of them */
        struct str key;
};

int64_t s3_place_space(const struct s3_place *place);
struct str s3_place_part(const struct s3_place *place);

/* -ENOENT: nothing can be there. */
must_check int s3_place_find(struct call *call, int64_t space, struct str key, struct s3_place *ret);
must_check int s3_place_make(struct call *call, int64_t space, struct str key, struct s3_place *ret);

/* The newest row of a key: a version, a delete marker or an upload. -ENOENT: there is none. */
must_check int s3_row_first(struct call *call, const struct s3_place *place, struct s3_object_record *ret);
must_check int s3_row_get(struct call *call, const struct s3_place *place, int64_t order,
                          struct s3_object_record *ret);
/* Puts a row at its place, under its own order. */
must_check int s3_row_put(struct call *call, const struct s3_place *place, struct s3_object_record *row);
/* Branches that lead nowhere any more go with it. */
must_check int s3_row_delete(struct call *call, const struct s3_place *place, int64_t order);
