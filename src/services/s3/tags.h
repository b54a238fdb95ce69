/* Tags of buckets and objects. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
#pragma once

#include "services/s3/s3.h"

#define S3_BUCKET_TAGS_MAX 50
#define S3_OBJECT_TAGS_MAX 10

bool s3_has_tag(const struct s3_tag_list *tags, const struct s3_tag *wanted);
must_check int s3_check_tags(struct call *call, const struct s3_tag_list *tags, size_t max);
/* -EINVAL: it cannot be read. */
must_check int s3_parse_tagging(struct call *call, struct str header, struct s3_tag_list *ret);
/* The header x-amz-tagging: "key=value&key2=value2". Checks them as an object's. */
must_check int s3_read_tagging(struct call *call, struct str header, struct s3_tag_list *ret);
