/* Filters of listings: all of them must match, each by one of its values, which may have wildcards.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html */
#pragma once

#include "services/ec2/ec2.h"

/* What a listing has spent: on its filters, whose patterns can be made to go over a text again and again; and
 * on what it tells. */
struct ec2_effort {
        uint64_t steps;
        size_t parts; /* rules and tags that are told */
};
/* To be asked behind each item. 1: time and room of a page are spent, and it ends behind this item.
 * FilterLimitExceeded: so much was spent on the item that it was not decided. */
must_check int ec2_effort_check(struct call *call, const struct ec2_effort *effort);

/* What one filter looks for, shown one value after the other of what an item has under the filter's name. */
struct ec2_probe {
        const struct str_list *patterns;
        struct str key; /* of "tag:KEY" */
        struct ec2_effort *effort;
        bool has_matched;
};

void ec2_probe_text(struct ec2_probe *probe, struct str value); /* absent: nothing */
void ec2_probe_number(struct ec2_probe *probe, int64_t value);
void ec2_probe_bool(struct ec2_probe *probe, bool value);
void ec2_probe_tag(struct ec2_probe *probe, const struct ec2_tag_list *tags);      /* of "tag:KEY" */
void ec2_probe_tag_keys(struct ec2_probe *probe, const struct ec2_tag_list *tags); /* of "tag-key" */

struct ec2_filter_field {
        struct str name; /* "tag:" stands for all that begin so */
        void (*show)(const void *item, struct ec2_probe *probe);
};

/* InvalidParameterValue, FilterLimitExceeded: to be asked once, before anything is matched. */
must_check int ec2_check_filters(struct call *call, const struct ec2_filter_list *filters,
                                 const struct ec2_filter_field *fields, size_t count);
bool ec2_filters_match(const struct ec2_filter_list *filters, const struct ec2_filter_field *fields,
                       size_t count, struct ec2_effort *effort, const void *item);
