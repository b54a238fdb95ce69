/* A page of what lies in a space: of objects, of versions or of uploads; with delimiters, what shares a
 * beginning is told once. Costs by the page: what is passed over is skipped by a seek.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-prefixes.html */
#pragma once

#include "services/s3/walk.h"

#define S3_PAGE_MAX 1000

struct s3_list_options {
        int64_t space;
        struct str prefix, delimiter, encoding;
        struct opt_int max;
        const char *max_name; /* what the client calls it; NULL: maxKeys */
        bool has_all_rows;    /* not the newest of each key alone */
        struct str after;     /* a key or common prefix of the page before; absent: none */
        bool is_within;       /* `after` may have more rows, behind this order */
        int64_t after_order;
        struct str owner; /* of all that is there, while ACLs are disabled; absent: as each row says */
};

struct s3_list {
        struct call *call;
        struct s3_list_options options;
        struct s3_walk walk;
        size_t max, count;
        struct str seen; /* the newest key */
        struct s3_common_prefix_list prefixes;
        bool is_truncated;
        struct str last, last_version; /* item of this page, encoded by nothing; absent version: a prefix */
};

/* s3_list_end() is due whatever it gives. */
must_check int s3_list_begin(struct s3_list *list, struct call *call, const struct s3_list_options *options);
/* The next item that is no prefix; those are gathered. -ENOENT: the page is full, or that was all. */
must_check int s3_list_next(struct s3_list *list, struct str *ret_key, struct s3_object_record *ret,
                            bool *ret_is_newest);
void s3_list_end(struct s3_list *list);

/* A key or prefix as the answer shows it: encoding-type=url. */
struct str s3_list_text(const struct s3_list *list, struct str text);
