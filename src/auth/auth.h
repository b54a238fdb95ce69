/* From a request to a principal: Signature Version 4 in its header and query (presigned) forms, session
 * tokens, clock skew. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html */
#pragma once

#include "auth/principal.h"
#include "base/clock.h"
#include "crypto/keyring.h"
#include "net/http.h"

/* A long-term access key, as its owner (IAM) gives it out. */
struct auth_key {
        struct principal principal; /* ROOT_USER or IAM_USER, all members that apply */
        bool is_active;
        struct secret secret; /* the secret access key in clear; wiped by auth */
};

/* How auth finds keys. -ENOENT: no such key. ret->principal's strings live in the arena. */
struct auth_source {
        int (*find_key)(void *arg, struct arena *arena, struct str access_key_id, struct auth_key *ret);
        void *arg;
};

enum auth_problem {
        AUTH_OK,
        AUTH_MISSING,         /* unsigned: MissingAuthenticationToken */
        AUTH_INCOMPLETE,      /* IncompleteSignature */
        AUTH_UNKNOWN_KEY,     /* InvalidClientTokenId | UnrecognizedClientException | InvalidAccessKeyId */
        AUTH_BAD_TOKEN,       /* the same names: token forged, of another key, or missing for an ASIA key */
        AUTH_BAD_SIGNATURE,   /* SignatureDoesNotMatch | InvalidSignatureException */
        AUTH_EXPIRED_TOKEN,   /* ExpiredToken | ExpiredTokenException */
        AUTH_EXPIRED_REQUEST, /* presigned past its end: RequestExpired | AccessDenied "Request has expired"
                               */
        AUTH_SKEWED,        /* signed too long ago or ahead: SignatureDoesNotMatch "Signature expired: ..." |
                               RequestTimeTooSkewed */
        AUTH_WRONG_SCOPE,   /* credential scoped to another service, region, date or terminator */
        AUTH_BAD_BODY_HASH, /* X-Amz-Content-SHA256 says another body */
};

struct auth_result {
        enum auth_problem problem;
        struct str message;         /* AWS's words for it, in the arena */
        struct principal principal; /* filled as far as known: also for refusals, so that events can say who
                                       claimed to be who */
        struct str access_key_id;   /* claimed */
        struct str scope_region;    /* claimed in the credential scope; absent when unsigned */
        struct str scope_service;
        struct str signature_version; /* "AWS4-HMAC-SHA256" */
        bool is_presigned;
        int64_t signed_at_ms; /* X-Amz-Date */
};

/* Reads the claimed scope only, without any proof: what the router needs to name the service. False:
 * unsigned. */
bool auth_peek_scope(const struct http_request *request, struct str *ret_service, struct str *ret_region);

struct auth; /* signing-key cache and sealing keys; thread-safe */
must_check int auth_new(const struct keyring *keyring, const struct clock *clock, struct auth **ret);
void auth_free(struct auth *auth);

/* What the service expects of the credential scope and the canonical path. */
struct auth_expectation {
        struct str service;   /* signing name of the service that the request was routed to */
        bool path_is_literal; /* S3: the path is not normalised or encoded twice */
};

/* 0 with ret->problem set (AUTH_OK or a refusal), or a negative errno when it could not be found out. */
must_check int auth_check(struct auth *auth, const struct http_request *request,
                          const struct auth_expectation *expected, const struct auth_source *source,
                          struct arena *arena, struct auth_result *ret);

/* -- Making temporary credentials (STS). */
struct auth_credentials {
        struct str access_key_id;     /* ASIA... */
        struct str secret_access_key; /* 40 characters; a secret: goes to its owner only */
        struct str session_token;
        int64_t expires_ms;
};
/* principal->session says what the token carries; access_key_id is made here. -EMSGSIZE: the packed session
 * is over the limit that AWS calls PackedPolicyTooLarge; *ret_packed_percent says how full it is (may be
 * NULL). */
must_check int auth_issue(struct auth *auth, struct principal *principal, struct arena *arena,
                          struct auth_credentials *ret, int64_t *ret_packed_percent);

/* The account that an access key id belongs to, computed from the id where the id tells it. -ENOENT.
 * (GetAccessKeyInfo falls back to IAM's index.) */
must_check int auth_account_of_key(struct auth *auth, struct str access_key_id, struct arena *arena,
                                   struct str *ret);
