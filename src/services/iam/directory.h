/* What others need of IAM to answer any call: whose key this is, whether a session's issuer still stands, and
 * which policies limit whoever calls. All functions read (or write) in a transaction that the caller holds,
 * and give strings that live in its arena or, in a read transaction, as long as the snapshot. */
#pragma once

#include "api/iam.h"
#include "auth/auth.h"
#include "services/call.h"
#include "store/record.h"

/* -- Credentials
 * ---------------------------------------------------------------------------------------------- */

struct iam_key_source {
        struct txn *txn;
        const struct keyring *keyring;
};

/* The two functions of an auth_source (src/auth/auth.h); arg is a struct iam_key_source. Keys of users and of
 * root users are found, active or not. -ENOENT: no such key, or its owner is gone. */
must_check int iam_find_access_key(void *arg, struct arena *arena, struct str access_key_id,
                                   struct auth_key *ret);
must_check int iam_open_secret(void *arg, struct str access_key_id, const struct auth_key *key,
                               struct secret *ret);

/* Whether the one who issued a temporary credential (a role; the user or root user behind GetSessionToken and
 * GetFederationToken) still exists with the same unique id. Brings the name and ARN of a renamed user up to
 * date. -EACCES: it is gone, the credential is dead. */
must_check int iam_check_session(struct txn *txn, struct arena *arena, struct principal *principal);

/* Sessions of GetFederationToken never call IAM, those of GetSessionToken only when it was asked with an MFA
 * code; AWS takes their tokens for invalid there. service: its signing name.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_request.html */
bool iam_session_may_call(const struct principal *principal, struct str service);

/* Notes that a key was used, for GetAccessKeyLastUsed; service is its endpoint's name ("iam"). Writes: meant
 * for a lazy job that carries many. Notes of keys that are gone by then are dropped. */
must_check int iam_note_key_use(struct txn *txn, struct arena *arena, struct str access_key_id,
                                struct str service, struct str region, int64_t now_ms);
/* The same for GetRole's RoleLastUsed; by the role's unique id. */
must_check int iam_note_role_use(struct txn *txn, struct arena *arena, struct str role_id, struct str region,
                                 int64_t now_ms);

/* A code that comes with a call, of an MFA device that is assigned to whoever calls: a user or root user,
 * also in a session of its own. Each code is good once: the device remembers it in this transaction, a write.
 * -EACCES: wrong, used before, or one of too many; -ENOENT: the caller has no such device.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html */
must_check int iam_use_mfa_code(struct call *call, struct str serial_number, struct str code);
/* The same, and the code stays good: for permissions that depend on it. A wrong one is counted. */
must_check int iam_check_mfa_code(struct call *call, struct str serial_number, struct str code);

/* -- Signing in with a password: services/signin
 * ---------------------------------------------------------------------------------------------- */

/* Somebody who is to sign in. */
struct iam_sign_in {
        struct str account;                      /* absent: there is no such account */
        struct principal principal;              /* kind ANONYMOUS: there is nobody of this name */
        struct iam_login_profile_record profile; /* its password absent: there is none to sign in with */
};

/* account: its id or alias. user_name: empty for the root user. That somebody is not there is no error. */
must_check int iam_find_sign_in(struct call *call, struct str account, struct str user_name,
                                struct iam_sign_in *ret);
/* The same by unique id; of the root user that is its account's. */
must_check int iam_find_sign_in_by_id(struct call *call, struct str account, struct str id,
                                      struct iam_sign_in *ret);

/* A password's hash, to compare with secret_equal(): takes tens of milliseconds, whether there is somebody or
 * not. */
struct iam_derived {
        struct str like; /* the hash whose salt it took */
        struct str hash;
};
must_check int iam_derive_password(struct call *call, const struct iam_sign_in *who, struct str password,
                                   struct iam_derived *ret);
/* Derived anew when the profile has changed since. */
must_check int iam_password_is_right(struct call *call, const struct iam_sign_in *who, struct str password,
                                     const struct iam_derived *derived, bool *ret);

enum iam_password_state {
        IAM_PASSWORD_GOOD,
        IAM_PASSWORD_TO_CHANGE, /* before anything else is done with it */
        IAM_PASSWORD_DEAD,      /* expired, and for an administrator to reset */
};
must_check int iam_password_state(struct call *call, const struct iam_sign_in *who,
                                  enum iam_password_state *ret);
/* For PasswordLastUsed. */
must_check int iam_note_password_use(struct call *call, const struct iam_sign_in *who);
/* In a call of iam:ChangePassword of the user's own, who has proven the old password: asks for the
 * permission, and whether the policy lets it be this one. -ECALL in IAM's words. */
must_check int iam_renew_password(struct call *call, struct str password, const struct iam_derived *derived);

must_check int iam_sign_in_needs_code(struct call *call, const struct iam_sign_in *who, bool *ret);
/* A code of any of their devices, which is then used up. -EACCES, as iam_use_mfa_code(). */
must_check int iam_use_code_to_sign_in(struct call *call, const struct iam_sign_in *who, struct str code,
                                       struct str *ret_serial_number);

/* -- Permissions
 * ---------------------------------------------------------------------------------------------- */

/* The policies of a principal, compiled; ready to be put into a struct policy_question. They live as long as
 * the call. */
struct iam_policy_set {
        struct policy_refs identity; /* of the user and its groups; of the role; of the federating user */
        const struct policy_ref *boundary; /* NULL: none */
        struct policy_refs session;
        bool has_session;
        bool is_service_linked; /* a session of a service-linked role */
};

/* Of call->principal. Root users, services and anonymous callers have none. -EACCES: a policy does not
 * compile or is not there any more, so nothing may be allowed. */
must_check int iam_collect_policies(struct call *call, struct iam_policy_set *ret);

/* Those of any user, group or role, without a session; for the simulators. */
struct iam_entity;
must_check int iam_collect_entity_policies(struct call *call, const struct iam_entity *entity,
                                           struct iam_policy_set *ret);

/* aws:PrincipalTag/...: of the user; of the role, overridden by the session's tags; of a federated user, the
 * session's. */
must_check int iam_principal_tags(struct call *call, struct str_map *ret);

/* The document that a managed policy grants now: that of its default version. account: whose customer managed
 * policies may be meant beside AWS's own. -ENOENT: there is no such policy. */
must_check int iam_policy_document(struct txn *txn, struct arena *arena, struct str account, struct str arn,
                                   struct str *ret);

/* Tags of a user or role, for conditions. */
must_check int iam_tags_map(struct arena *arena, const struct iam_tag_list *tags, struct str_map *ret);

/* -- Entities
 * ------------------------------------------------------------------------------------------------- */

/* By name, or by whole ARN (whose path must be right). account is the owner's when only a name is given; an
 * ARN brings its own. -ENOENT. */
must_check int iam_find_role(struct txn *txn, struct arena *arena, struct str account, struct str name_or_arn,
                             struct iam_role_record *ret);
must_check int iam_find_user(struct txn *txn, struct arena *arena, struct str account, struct str name_or_arn,
                             struct iam_user_record *ret);
/* What iam:PassRole is asked on (call->authorise) when a service is given a role: "s3.amazonaws.com". A role
 * that is not there is asked on all the same. -EINVAL: not the ARN of a role. */
must_check int iam_role_passed_to(struct call *call, struct str arn, struct str service,
                                  struct resource *ret);
struct str iam_role_arn(struct arena *arena, const struct iam_role_record *role);
struct str iam_user_arn(struct arena *arena, const struct iam_user_record *user);

/* The principals of a resource policy as they are stored: users and roles by their unique ids, so that
 * another one of the same name is not meant. -EINVAL: *ret_refused is none, or is not there. -EBADMSG: not
 * JSON. */
must_check int iam_store_principals(struct txn *txn, struct arena *arena, struct str document,
                                    struct str *ret_stored, struct str *ret_refused);
/* As they are shown again: by their ARNs, and those that are gone by their ids. */
must_check int iam_trust_document(struct txn *txn, struct arena *arena, struct str stored, struct str *ret);
/* The unique id of a user or role by its ARN; "" for an account and for sessions, which have none. -ENOENT:
 * not there, or no principal. */
must_check int iam_principal_id(struct txn *txn, struct arena *arena, struct str principal, struct str *ret);

/* -- Accounts
 * ------------------------------------------------------------------------------------------------- */

#define IAM_ACCOUNT_ID_LEN 12

struct iam_new_account {
        struct str id; /* 12 digits; absent: drawn */
        struct str name;
        struct str root_key_id; /* absent, both: made */
        struct str root_secret;
};

struct iam_root_key {
        struct str account;
        struct str access_key_id;
        struct str secret_access_key; /* a secret: for its owner's eyes only */
};

/* -EINVAL: the id or key is malformed. -EEXIST: the account, or the key id, is there already. */
must_check int iam_create_account(struct txn *txn, struct arena *arena, const struct keyring *keyring,
                                  int64_t now_ms, const struct iam_new_account *account,
                                  struct iam_root_key *ret);
bool iam_account_exists(struct txn *txn, struct str account);
/* By id, all of them; the array is the arena's. */
must_check int iam_list_accounts(struct txn *txn, struct arena *arena, struct iam_account_record **ret,
                                 size_t *ret_count);
/* The account that an access key belongs to, for GetAccessKeyInfo. -ENOENT. */
must_check int iam_account_of_key(struct txn *txn, struct arena *arena, struct str access_key_id,
                                  struct str *ret_account);
