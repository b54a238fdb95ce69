/* Parts of a body, as HTTP asks for them. RFC 9110, section 14 */
#pragma once

#include "services/s3/s3.h"

struct s3_range {
        uint64_t from, size, total;
        bool is_part;        /* else all of it */
        struct str checksum; /* of a part by its number */
};

/* "bytes=0-9", "bytes=9-", "bytes=-9"; several at once, and what cannot be read, count as none. */
must_check int s3_range_read(struct call *call, struct str header, uint64_t total, struct s3_range *ret);
/* Of a part by its number. */
must_check int s3_range_of_part(struct call *call, const struct s3_object_record *row, int64_t number,
                                struct s3_range *ret);
/* "bytes 0-9/100"; absent for all of it. */
struct str s3_range_told(struct arena *arena, const struct s3_range *range);
/* The length of the answer to HEAD. */
must_check int s3_range_length(struct call *call, const struct s3_range *range);
/* Absent of what is neither all of it nor a part by its number. */
static inline struct str s3_range_checksum(const struct s3_range *range, const struct s3_object_record *row)
{
        return range->is_part ? range->checksum : row->checksum;
}
