/* Tags of buckets and objects. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
#include "base/text.h"
#include "services/s3/s3.h"

#define TAG_KEY_MAX   128
#define TAG_VALUE_MAX 256

static int invalid(struct call *call, const char *text, struct str key)
{
        call_detail(call, STR("TagKey"), key);
        return fail(call, &s3_invalid_tag, "%s", text);
}

static int check_tag(struct call *call, const struct s3_tag *tag)
{
        if (tag->key.len == 0 || utf8_length(tag->key) > TAG_KEY_MAX)
                return invalid(call, "The TagKey you have provided is invalid", tag->key);
        if (utf8_length(tag->value) > TAG_VALUE_MAX)
                return invalid(call, "The TagValue you have provided is invalid", tag->key);
        if (str_starts_nocase(tag->key, STR("aws:")))
                return invalid(call, "System tags cannot be added/updated by requester", tag->key);
        return 0;
}

int s3_check_tags(struct call *call, const struct s3_tag_list *tags, size_t max)
{
        if (tags->count > max)
                return fail(call, &s3_bad_request, "%s tags cannot be greater than %zu",
                            max == S3_BUCKET_TAGS_MAX ? "Bucket" : "Object", max);
        for (size_t i = 0; i < tags->count; i++) {
                TRY(check_tag(call, &tags->items[i]));
                for (size_t k = 0; k < i; k++)
                        if (str_eq(tags->items[k].key, tags->items[i].key))
                                return invalid(call, "Cannot provide multiple Tags with the same key",
                                               tags->items[i].key);
        }
        return 0;
}
