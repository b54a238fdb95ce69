/* Settings of buckets that have records of their own: what their operations share. Of a bucket there is one
 * setting of a kind (CORS rules, a website), or there are many with ids (named.h). */
#pragma once

#include "services/s3/s3.h"

/* MalformedXML: what the limits of shapes cannot say. */
must_check int s3_malformed(struct call *call);
/* InvalidArgument about an argument, which the error names. */
must_check int s3_bad_argument(struct call *call, struct str name, struct str value, const char *format, ...)
        _printf_(4, 5);
/* The name in a bucket's ARN; absent: it is none. */
struct str s3_bucket_of_arn(struct call *call, struct str arn);
bool s3_is_account(struct str account); /* 12 digits */
/* For settings that come without one. */
struct str s3_new_setting_id(struct call *call);
bool s3_is_cors_method(struct str method);

/* -- One of a kind: records whose key is the bucket */

/* missing: the error when the bucket does not have it, with its text. */
must_check int s3_get_setting(struct call *call, const struct record_type *type, void *record,
                              struct str bucket, const struct api_error *missing, const char *text);
/* Fine when there is none. */
must_check int s3_delete_setting(struct call *call, const struct record_type *type, const void *record,
                                 struct str bucket);
