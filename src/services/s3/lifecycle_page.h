/* Rows of a lifecycle's run, a page at a time: gathered first, for what changes under a walk would lead it
 * astray. */
#pragma once

#include "services/s3/lifecycle.h"
#include "services/s3/version.h"

#define S3_LIFECYCLE_PAGE ((size_t)200)

struct s3_lifecycle_item {
        struct str key;
        struct s3_object_record row;
        bool is_first, is_last; /* of its key */
};

struct s3_lifecycle_page {
        struct call *call;
        const struct s3_bucket_record *bucket;
        const struct s3_bucket_lifecycle_record *lifecycle;
        struct s3_lifecycle_run_record *run;
        int64_t space;
        struct str range; /* what all keys begin with */
        struct s3_lifecycle_item items[S3_LIFECYCLE_PAGE];
        size_t count, done;
        bool is_end; /* nothing is behind them */
};

/* Those behind the place of the run, or the first of the range. */
must_check int s3_lifecycle_gather(struct s3_lifecycle_page *page);
