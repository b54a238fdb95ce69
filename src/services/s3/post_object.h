/* Uploads by browsers' forms (POST Object): PutObject, with fields in place of headers. What the fields mean,
 * and what is answered; the rest is PutObject's own.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html */
#pragma once

#include "base/buf.h"
#include "net/http.h"
#include "services/call.h"

#define S3_POST_FIELDS_MAX 512

struct s3_post {
        struct str bucket;
        bool is_in_host;       /* the bucket's name, rather than in the path */
        struct str_map fields; /* as they came; once settled with the file's name in place of ${filename} */
        struct str key;        /* once settled */
        struct http_header
                *headers; /* those of PutObject that the fields stand for, with room for more_headers */
        size_t header_count;
};

/* One more field, in the order sent. Its strings stay. */
must_check int s3_post_add(struct call *call, struct s3_post *post, struct str name, struct str value);
/* That were all; file_name: absent if it has none. extra: room for so many headers more. */
must_check int s3_post_settle(struct call *call, struct s3_post *post, struct str file_name, size_t extra);
/* Refusals of what is no such form. */
must_check int s3_post_refuse_malformed(struct call *call);
must_check int s3_post_refuse_too_long(struct call *call);
must_check int s3_post_refuse_no_file(struct call *call);
must_check int s3_post_refuse_other_content(struct call *call); /* it is not multipart/form-data */
/* The file's size so far, or at its end, against the policy's. */
must_check int s3_post_check_size(struct call *call, uint64_t size, bool is_end);

/* What the form wants to be answered in place of PutObject's answer: headers by call_header(), a document in
 * body. */
must_check int s3_post_answer(struct call *call, const struct s3_post *post, struct buf *body,
                              struct http_response *response);
