/* Who asks: what a credential that was proven stands for. Filled in by auth, read by everything after it. */
#pragma once

#include "base/arena.h"
#include "wire/descriptor.h"

enum principal_kind {
        ANONYMOUS,
        ROOT_USER,
        IAM_USER,
        ASSUMED_ROLE,
        FEDERATED_USER,
        AWS_SERVICE, /* Merlon itself acting as one of AWS's services */
};

/* What a temporary credential carries, sealed inside its session token; absent for long-term keys. */
struct session {
        int64_t issued_ms;
        int64_t expires_ms;
        bool mfa;              /* aws:MultiFactorAuthPresent */
        bool is_role_chained;  /* assumed by another role's session: at most an hour */
        struct str issuer_arn; /* role, or the user who asked for it */
        struct str issuer_id;  /* AROA... or AIDA... */
        struct str issuer_name;
        struct str source_identity;
        struct str external_provider; /* of a federated session: SAML or OIDC provider, for events */
        bool has_policy;              /* session policies limit it, even if none allows anything */
        struct str_list policies;     /* documents: the inline one */
        struct str_list policy_arns;  /* managed policies passed with it: read at each use */
        struct str_map tags;
        struct str_list transitive_tag_keys;
};

/* Its strings may lie in the snapshot that it was read in; principal_keep() lets the snapshot go. */
struct principal {
        enum principal_kind kind;
        struct str account;       /* 12 digits; empty for ANONYMOUS and AWS_SERVICE */
        struct str arn;           /* as GetCallerIdentity says it */
        struct str id;            /* aws:userid: AIDA..., account, AROA...:session, account:name */
        struct str name;          /* user name, session name, federated name; service name */
        struct str access_key_id; /* absent when anonymous */
        bool is_temporary;        /* session below is meaningful */
        struct session session;
};

/* Copies into the arena what IAM may have said of the principal. (What a session carries, lists and tags, is
 * the request's own.) */
must_check int principal_keep(struct principal *principal, struct arena *arena);
