/* What the operations that give credentials share. */
#pragma once

#include "api/sts.h"
#include "services/call.h"

#define STS_HOUR_S 3600

/* Serial number and code come together or not at all, and must be right: AccessDenied. Before permissions are
 * asked for, so that policies can demand a code with the call itself; it stays good. */
must_check int sts_check_mfa(struct call *call, struct str serial_number, struct str token_code);
/* The same, uses up the code, and has the session tell of it. */
must_check int sts_use_mfa(struct call *call, struct str serial_number, struct str token_code,
                           struct session *session);

/* The policies passed with a session: a document, and ARNs of managed policies that `account` may use. What
 * does not compile: MalformedPolicyDocument. Sets has_policy when any was passed. */
must_check int sts_session_policies(struct call *call, struct str account, struct str document,
                                    const struct sts_policy_descriptor_type_list *arns,
                                    struct session *session);

/* The tags of a new session: those given, and those that `from` (the caller's session; NULL: none) hands on.
 * ValidationError for keys that come twice, are AWS's, or would override what is handed on. */
must_check int sts_session_tags(struct call *call, const struct sts_tag_list *given,
                                const struct str_list *transitive, const struct session *from,
                                struct session *session);
/* The tags that a session hands on to sessions assumed with it. */
must_check int sts_inherited_tags(struct call *call, const struct session *from, struct str_map *ret);

/* Starts the principal's session now and makes its credentials. *ret_packed is left unset when nothing was
 * packed. PackedPolicyTooLarge. */
must_check int sts_issue(struct call *call, struct principal *principal, int64_t duration_s,
                         struct sts_credentials **ret, struct opt_int *ret_packed);

/* A long-term credential of a user or root user is needed: AccessDenied "Cannot call GetSessionToken with
 * session credentials". */
must_check int sts_need_long_term(struct call *call);
/* A session of GetSessionToken or GetFederationToken may ask STS for nothing but roles and who it is.
 * AccessDenied, in the same words. */
must_check int sts_need_no_users_session(struct call *call);
/* The session's issuer is the caller itself. */
void sts_issued_by_caller(const struct call *call, struct session *session);
