/* Samples put together: how many, their sum, the least and the greatest, and how they are distributed. The
 * distribution is exact for a few dozen different values; of more, values that are close are taken as one. */
#pragma once

#include "base/buf.h"

struct cloudwatch_value {
        double value, count;
};

struct cloudwatch_sum {
        double count, sum, min, max;     /* count 0: nothing yet, and the rest means nothing */
        struct cloudwatch_value *values; /* by value; owned */
        size_t value_count, room;
        bool is_opaque; /* a statistic set is in it: the distribution is not known */
};

#define CLOUDWATCH_VALUES_STORED 256  /* different values of one that is kept */
#define CLOUDWATCH_VALUES_READ   1024 /* of what is put together for an answer */

void cloudwatch_sum_done(struct cloudwatch_sum *sum);
/* A value that was seen so often. -ENOMEM. */
must_check int cloudwatch_sum_add(struct cloudwatch_sum *sum, double value, double count);
/* A statistic set; one whose samples are all the same is as good as them. */
must_check int cloudwatch_sum_add_set(struct cloudwatch_sum *sum, const struct cloudwatch_sum *set);
must_check int cloudwatch_sum_merge(struct cloudwatch_sum *sum, const struct cloudwatch_sum *other);
/* Has no more than so many different values from now on. */
void cloudwatch_sum_limit(struct cloudwatch_sum *sum, size_t values);

/* What is stored of it. -EBADMSG: that is no sum. A reader that needs no distribution saves the work. */
void cloudwatch_sum_write(const struct cloudwatch_sum *sum, struct buf *out);
must_check int cloudwatch_sum_merge_stored(struct cloudwatch_sum *sum, struct str bytes, bool is_distributed);
