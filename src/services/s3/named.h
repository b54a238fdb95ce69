/* Settings of which a bucket may have many, each with an id: metrics, analytics, inventories, tiering. */
#pragma once

#include "services/s3/settings.h"

/* All records of them are alike. */
struct s3_named {
        struct str bucket, id;
        void *configuration; /* struct s3_metrics_configuration, ... */
};

/* id: as the address says it; own_id: as the document does. */
must_check int s3_put_named(struct call *call, const struct record_type *type, const struct s3_named *named,
                            struct str own_id);
must_check int s3_get_named(struct call *call, const struct record_type *type, struct str bucket,
                            struct str id, struct s3_named *ret);
must_check int s3_delete_named(struct call *call, const struct record_type *type, struct str bucket,
                               struct str id);

struct s3_named_page {
        struct str token; /* of the request; absent: from the beginning */
        struct wire_list configurations;
        struct str next; /* absent: that was all */
};
/* item_size: of a configuration. */
must_check int s3_list_named(struct call *call, const struct record_type *type, struct str bucket,
                             size_t item_size, struct s3_named_page *page);

/* Exactly one of a filter's members is given, and at least two of those that it joins by And. */
struct s3_filter_parts {
        bool has_prefix, has_tag, has_more;
        bool has_and;
        size_t joined; /* by And */
        const struct s3_tag *tag;
        const struct s3_tag_list *tags;
};
must_check int s3_check_filter(struct call *call, const struct s3_filter_parts *parts);

/* "arn:aws:s3:::name" of a bucket that reports go to. */
must_check int s3_check_report_bucket(struct call *call, struct str arn);
