/* A signing client for tests, and a key store with one long-term key. That what it signs is right is shown by
 * the vectors and by botocore; here it makes requests whose parts tests then change. */
#pragma once

#include "auth/auth.h"

#define SIGNER_KEY_ID "AKIDEXAMPLE"
#define SIGNER_SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define HEADERS_MAX   16

struct signer {
        struct str access_key_id, secret, token;
        struct str region, service, terminator;
        struct str signed_headers;
        struct str date; /* of the scope; absent: of the time */
        int64_t at_ms;
        int64_t lifetime_s; /* presigned: X-Amz-Expires, if not 0 */
        struct arena *arena;
};
/* AKIDEXAMPLE now, for iam in us-east-1, signing "host;x-amz-date". */
struct signer signer_default(struct arena *arena);

/* A GET / of iam.amazonaws.com with room for more headers. */
struct signable {
        struct http_request request;
        struct http_header headers[HEADERS_MAX];
};
void signable_init(struct signable *signable);
void signable_add_header(struct signable *signable, const char *name, struct str value);

/* Adds X-Amz-Date, the token's header and Authorization. */
void signer_sign(const struct signer *signer, struct signable *signable);
/* Replaces the query by a presigned one. */
void signer_presign(const struct signer *signer, struct signable *signable);

/* -- The key store. */
struct key_store {
        bool is_inactive;
        struct str secret;
        int opened; /* how often the secret was asked for */
};
struct auth_source key_store_source(struct key_store *store);
