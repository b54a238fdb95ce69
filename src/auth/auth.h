/* From a request to a principal: Signature Version 4 in its header and query (presigned) forms, session
 * tokens, clock skew. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html */
#pragma once

#include "auth/principal.h"
#include "base/clock.h"
#include "crypto/keyring.h"
#include "net/http.h"

/* A long-term access key, as its owner (IAM) gives it out: without its secret, which most calls do not need.
 */
struct auth_key {
        struct principal principal; /* ROOT_USER or IAM_USER, all members that apply */
        bool is_active;
        /* The secret access key as it is stored: its bytes change whenever the secret does, so that what was
         * computed from it is used again only while it is the same. */
        struct str sealed_secret;
};

/* How auth finds keys. Every call asks find_key, so that a deleted or deactivated key is refused at once;
 * open_secret is asked only when no signing key of the same key, secret and day is at hand. */
struct auth_source {
        /* -ENOENT: no such key. ret's strings live in the arena, or as long. */
        int (*find_key)(void *arg, struct arena *arena, struct str access_key_id, struct auth_key *ret);
        /* The secret in clear; wiped and freed by auth. */
        int (*open_secret)(void *arg, struct str access_key_id, const struct auth_key *key,
                           struct secret *ret);
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

        /* Of S3 alone, which has errors of its own for these. */
        AUTH_DENIED,          /* AccessDenied: no date, headers that are not signed */
        AUTH_BAD_QUERY,       /* AuthorizationQueryParametersError */
        AUTH_BAD_REQUEST,     /* InvalidRequest */
        AUTH_BAD_ARGUMENT,    /* InvalidArgument */
        AUTH_NOT_IMPLEMENTED, /* NotImplemented */
        AUTH_BAD_POLICY,      /* InvalidPolicyDocument: of a form */
};

/* What a request says of its body, in X-Amz-Content-Sha256.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html */
enum auth_payload {
        PAYLOAD_UNSAID,           /* nothing */
        PAYLOAD_HASHED,           /* its SHA-256 */
        PAYLOAD_UNSIGNED,         /* UNSIGNED-PAYLOAD */
        PAYLOAD_CHUNKS,           /* STREAMING-AWS4-HMAC-SHA256-PAYLOAD */
        PAYLOAD_CHUNKS_TRAILER,   /* STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER */
        PAYLOAD_UNSIGNED_TRAILER, /* STREAMING-UNSIGNED-PAYLOAD-TRAILER */
};

/* aws-chunked: the body is none before chunked.h has decoded it. */
static inline bool payload_is_streamed(enum auth_payload payload)
{
        return payload >= PAYLOAD_CHUNKS;
}

/* What chunks are proven with, once the request that announces them is: for chunked_begin(). */
struct auth_stream {
        struct secret signing_key;
        struct str seed;      /* the request's own signature, 64 digits */
        struct str timestamp; /* 20260131T120000Z */
        struct str scope;     /* date/region/service/aws4_request */
};
static inline void auth_stream_done(struct auth_stream *stream)
{
        secret_done(&stream->signing_key);
}

struct auth_result {
        enum auth_problem problem;
        struct str message;         /* AWS's words for it, in the arena */
        struct str_map details;     /* S3's elements beside the message: <HeadersNotSigned> and the like */
        struct principal principal; /* filled as far as known: also for refusals, so that events can say who
                                       claimed to be who */
        struct str access_key_id;   /* claimed */
        struct str scope_region;    /* claimed in the credential scope; absent when unsigned */
        struct str scope_service;
        struct str signature_version; /* "AWS4-HMAC-SHA256"; "AWS" for S3's version 2, which is refused */
        bool is_presigned;
        bool is_form;                /* expected.form was given */
        uint64_t size_min, size_max; /* of a form's file, by its policy; without one any size */
        int64_t signed_at_ms;        /* X-Amz-Date */
        enum auth_payload payload;
        struct str payload_hash; /* X-Amz-Content-Sha256 as it came; absent: it did not. What was not compared
                                    with the body (body_comes_later) is what the client says, no more */
        bool is_body_signed;     /* the signature covers it, at once or chunk by chunk */
};

/* In the words of S3's logs and events: "SigV4", "AuthHeader" or "QueryString". Absent: it is not signed, or
 * (of the method) by a form. https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html */
struct str auth_told_version(const struct auth_result *auth);
struct str auth_told_method(const struct auth_result *auth);

/* Reads the claimed scope only, without any proof: what the router needs to name the service. False:
 * unsigned. */
bool auth_peek_scope(const struct http_request *request, struct str *ret_service, struct str *ret_region);

struct auth; /* signing-key cache and sealing keys; thread-safe */
must_check int auth_new(const struct keyring *keyring, const struct clock *clock, struct auth **ret);
void auth_free(struct auth *auth); /* NULL is fine */

/* S3's: an upload by a browser's form, whose fields say what headers say elsewhere, and prove it by a signed
 * policy. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html */
struct auth_form {
        struct str_map fields; /* all that came before the file, none twice; names are without case */
        struct str bucket;     /* which policies must name like a field */
};

/* What the service expects of the credential scope and the canonical path. */
struct auth_expectation {
        struct str service;   /* signing name of the service that the request was routed to */
        struct str region;    /* fixed by the host name of the endpoint; absent: any region */
        bool path_is_literal; /* S3: the path is not normalised or encoded twice; also, and for the same
                                 service alone, a client may leave the body unsigned */
        struct str
                full_path; /* S3, version 2: the path with the bucket of the host name; absent: as it came */
        const struct auth_form *form; /* S3: proven by it, and nothing of the request counts; else NULL */
        bool is_json;                 /* AWS words a missing signature differently there */

        /* S3 only: the request is checked before its body came. Who receives the body compares it with the
         * payload_hash of a PAYLOAD_HASHED request, or decodes it (chunked.h). */
        bool body_comes_later;
        /* S3 only: where the operation takes an aws-chunked body, what to decode it with; written when the
         * payload is a streamed one and nothing was refused. The caller's to end. NULL: such a body is
         * refused. */
        struct auth_stream *ret_stream;
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

/* A session by its token, of which it has been proven before whose it is. -EACCES: it is none of this key, or
 * it has ended. */
must_check int auth_open_session(struct auth *auth, struct str access_key_id, struct str token,
                                 struct arena *arena, struct principal *ret);
/* A session by all parts of its credentials, where nothing is signed: the federation endpoint. -EACCES: they
 * do not belong together, or it has ended. */
must_check int auth_prove_session(struct auth *auth, struct str access_key_id, struct str secret,
                                  struct str token, struct arena *arena, struct principal *ret);

/* -- Access key ids, which tell their account as AWS's do: the first 48 bits after the prefix, in base32, are
 * a one, 40 bits of account and 7 random bits. */

/* "AKIA", "ASIA" and 16 characters. An account that is not 12 digits is a programming error. */
struct str auth_make_access_key_id(struct str prefix, struct str account, struct arena *arena);

/* The account that an access key id belongs to, computed from the id where the id tells it. -ENOENT: it does
 * not (GetAccessKeyInfo falls back to IAM's index). */
must_check int auth_account_of_key(struct str access_key_id, struct arena *arena, struct str *ret);
