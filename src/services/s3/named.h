/* Settings of which a bucket may have many, each with an id: metrics, analytics, inventories, tiering. */
#pragma once

#include "services/s3/settings.h"

/* The records of all four are alike. */
struct s3_named {
        struct str bucket, id;
        void *configuration; /* struct s3_metrics_configuration, ... */
};
#define S3_IS_NAMED(record, member)                                                                          \
        _Static_assert(sizeof(struct record) == sizeof(struct s3_named) &&                                   \
                               offsetof(struct record, bucket) == offsetof(struct s3_named, bucket) &&       \
                               offsetof(struct record, id) == offsetof(struct s3_named, id) &&               \
                               offsetof(struct record, member) == offsetof(struct s3_named, configuration),  \
                       "a record that is like the others")

/* own_id: what the document says of the id that stands in the address. */
must_check int s3_put_named(struct call *call, const struct record_type *type, const struct s3_named *named,
                            struct str own_id);
/* ret: of the bucket and id that are given. */
must_check int s3_get_named(struct call *call, const struct record_type *type, struct s3_named *ret);
must_check int s3_delete_named(struct call *call, const struct record_type *type,
                               const struct s3_named *named);
/* All of a bucket, when it goes. */
must_check int s3_delete_all_named(struct call *call, const struct record_type *type, struct str bucket);

/* The members of the output of all four. */
struct s3_named_page {
        struct opt_bool is_truncated;
        struct str token, next;
        struct wire_list items;
};
/* size: of a configuration; token: where the last page ended, absent at the beginning. */
must_check int s3_list_named(struct call *call, const struct record_type *type, struct str bucket,
                             size_t size, struct str token, struct s3_named_page *ret);

/* "arn:aws:s3:::bucket", and the account that shall own it: where reports go. */
must_check int s3_check_report_bucket(struct call *call, struct str arn, struct str account);
