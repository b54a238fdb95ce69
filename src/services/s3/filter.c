#include "services/s3/filter.h"

#include "services/s3/settings.h"
#include "services/s3/tags.h"

static size_t count_tags(const struct s3_tag_list *tags)
{
        return tags ? tags->count : 0;
}

int s3_check_filter(struct call *call, const struct s3_filter *filter, bool may_be_empty)
{
        size_t given =
                (size_t)str_is_set(filter->prefix) + (filter->tag != NULL) + filter->more + filter->is_joined;
        size_t joined = (size_t)str_is_set(filter->joined_prefix) + count_tags(filter->joined_tags) +
                        filter->joined_more;

        if (given > 1 || (given == 0 && !may_be_empty) || (filter->is_joined && joined < 2))
                return s3_malformed(call);
        if (filter->tag)
                return s3_check_tags(call,
                                     &(struct s3_tag_list){.items = (struct s3_tag *)filter->tag, .count = 1},
                                     S3_BUCKET_TAGS_MAX);
        return filter->joined_tags ? s3_check_tags(call, filter->joined_tags, S3_BUCKET_TAGS_MAX) : 0;
}

bool s3_filter_has_tags(const struct s3_filter *filter)
{
        return filter->tag || count_tags(filter->joined_tags) > 0;
}

bool s3_filter_fits_tags(const struct s3_filter *filter, const struct s3_tag_list *tags)
{
        if (filter->tag && !s3_has_tag(tags, filter->tag))
                return false;
        for (size_t i = 0; i < count_tags(filter->joined_tags); i++)
                if (!s3_has_tag(tags, &filter->joined_tags->items[i]))
                        return false;
        return true;
}
