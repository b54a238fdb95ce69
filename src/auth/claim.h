/* What a signed request claims, before anything of it is proven: the parts of its Authorization header, or of
 * its presigned query. For the files of this folder only. */
#pragma once

#include "auth/auth.h"

#define SIGNING_ALGORITHM  "AWS4-HMAC-SHA256"
#define SIGNING_TERMINATOR "aws4_request"

struct claim {
        bool is_presigned;
        bool is_version_2; /* S3's older form: s3_version_2.h */
        bool is_form;      /* of a form's fields: s3_form.h */
        int64_t end_ms;    /* of version 2: Expires */
        struct str access_key_id;
        struct str date, region, service, terminator; /* of the credential scope */
        struct str scope;                             /* date/region/service/terminator */
        struct str signed_headers;                    /* "host;x-amz-date" */
        struct str signature;
        struct str token;     /* absent: none */
        struct str timestamp; /* 20260131T120000Z */
        int64_t signed_at_ms;
        int64_t lifetime_s;      /* X-Amz-Expires; 0: not given */
        struct str payload_hash; /* as the client says it; absent: not said */
};

/* One check in progress. */
struct check {
        struct auth *auth;
        const struct http_request *request;
        const struct auth_expectation *expected;
        const struct auth_source *source;
        struct arena *arena;
        struct auth_result *result;
        struct claim claim;
};

/* Notes why the request is refused, and gives -EACCES. */
must_check int refuse(struct check *check, enum auth_problem problem, const char *format, ...) _printf_(3, 4);

/* An element beside the message, of a refusal of S3 that follows. */
void refuse_detail(struct check *check, const char *name, struct str value);
void refuse_detail_whole(struct check *check, const char *name, struct str value); /* however long */

/* A value of the client in a message: its first 128 bytes, for "%.*s". */
#define SHOWN_ARG(s) (int)((s).len < 128 ? (s).len : 128), ((s).ptr ? (s).ptr : "")

/* Reads the claim into check->claim. */
must_check int claim_read(struct check *check);
must_check int claim_read_header(struct check *check, struct str authorization);
must_check int claim_read_query(struct check *check);

/* Splits "AKID/20260131/us-east-1/iam/aws4_request" into the claim. False: not of this form. */
bool claim_parse_credential(struct check *check, struct str credential);
must_check int claim_split_credential(struct check *check, struct str credential);
/* Reads a time in the basic form into the claim. */
must_check int claim_set_timestamp(struct check *check, struct str text);

/* Whether anything of a presigned form is there, and whether Authorization came twice. */
bool claim_is_in_query(const struct http_request *request);
bool claim_has_two_headers(const struct http_request *request);
#define CLAIM_ONE_MECHANISM                                                                                  \
        "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string " \
        "parameter or the Authorization header should be specified"
#define LIFETIME_MAX_S 604800 /* of a presigned request: a week */

/* -- The Authorization header's parts, as slices of it. */
struct authorization {
        struct str algorithm, credential, signed_headers, signature;
        struct str malformed; /* a part without '=', or one that came twice */
};
void authorization_split(struct str header, struct authorization *ret);

/* The value of a query parameter, percent-encoding untouched, and how often it came. */
size_t query_parameter(const struct http_request *request, struct str name, struct str *ret_raw);
