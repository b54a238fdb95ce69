/* The filters of bucket settings: a prefix, a tag, some more, or several of them joined by And. */
#pragma once

#include "services/s3/s3.h"

struct s3_filter {
        struct str prefix;
        const struct s3_tag *tag;
        size_t more; /* conditions of other kinds */
        bool is_joined;
        struct str joined_prefix;
        const struct s3_tag_list *joined_tags;
        size_t joined_more;
};

/* Exactly one condition stands by itself, and And joins at least two. may_be_empty: none, for everything. */
must_check int s3_check_filter(struct call *call, const struct s3_filter *filter, bool may_be_empty);
bool s3_filter_has_tags(const struct s3_filter *filter);
/* Those that it asks for are among them. */
bool s3_filter_fits_tags(const struct s3_filter *filter, const struct s3_tag_list *tags);

/* Most filters: members prefix, tag and and; those of And: prefix and tags. */
#define S3_FILTER_OF(filter)                                                                                 \
        ((struct s3_filter){                                                                                 \
                .prefix = (filter)->prefix,                                                                  \
                .tag = (filter)->tag,                                                                        \
                .is_joined = (filter)->and != NULL,                                                          \
                .joined_prefix = (filter)->and ? (filter)->and->prefix : STR_NONE,                           \
                .joined_tags = (filter)->and ? &(filter)->and->tags : NULL,                                  \
        })
