/* What PutObject, CopyObject and CreateMultipartUpload say of the object that is to be. */
#pragma once

#include "services/s3/acl.h"
#include "services/s3/encryption.h"
#include "services/s3/version.h"

struct s3_new_object {
        struct str content_type, cache_control, disposition, encoding, language, redirect;
        struct opt_int expires;
        struct str_map metadata;
        struct str storage_class, tagging;
        struct s3_sse_headers sse;
        struct s3_acl_headers acl;
        struct str lock_mode, legal_hold;
        struct opt_int lock_until;
};

/* Of any of the three inputs. */
#define S3_NEW_OBJECT(in)                                                                                    \
        ((struct s3_new_object){                                                                             \
                .content_type = (in)->content_type,                                                          \
                .cache_control = (in)->cache_control,                                                        \
                .disposition = (in)->content_disposition,                                                    \
                .encoding = (in)->content_encoding,                                                          \
                .language = (in)->content_language,                                                          \
                .redirect = (in)->website_redirect_location,                                                 \
                .expires = (in)->expires,                                                                    \
                .metadata = (in)->metadata,                                                                  \
                .storage_class = (in)->storage_class,                                                        \
                .tagging = (in)->tagging,                                                                    \
                .sse = S3_SSE_HEADERS(in),                                                                   \
                .acl = {(in)->acl, (in)->grant_full_control, (in)->grant_read, (in)->grant_read_acp,         \
                        STR_NONE, (in)->grant_write_acp},                                                    \
                .lock_mode = (in)->object_lock_mode,                                                         \
                .legal_hold = (in)->object_lock_legal_hold_status,                                           \
                .lock_until = (in)->object_lock_retain_until_date,                                           \
        })

/* Checks all of it, and fills the row in but for its place, its body and its data key. */
must_check int s3_fill_row(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                           const struct s3_new_object *given, struct s3_object_record *row);
/* The content's headers and metadata alone. */
must_check int s3_fill_metadata(struct call *call, const struct s3_new_object *given,
                                struct s3_object_record *row);
