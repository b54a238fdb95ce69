/* What the files of this folder share. */
#pragma once

#include "api/kms.h"
#include "services/call.h"
#include "services/kms/limits.h"
#include "services/kms/spec.h"

/* -- Keys --------------------------------------------------------------------------------------------------
 */

#define KMS_ENABLED         STR("Enabled")
#define KMS_DISABLED        STR("Disabled")
#define KMS_PENDING         STR("PendingDeletion")
#define KMS_PENDING_REPLICA STR("PendingReplicaDeletion")
#define KMS_PENDING_IMPORT  STR("PendingImport")

#define KMS_ENCRYPT_DECRYPT STR("ENCRYPT_DECRYPT")
#define KMS_SIGN_VERIFY     STR("SIGN_VERIFY")
#define KMS_MAC             STR("GENERATE_VERIFY_MAC")
#define KMS_KEY_AGREEMENT   STR("KEY_AGREEMENT")
#define KMS_DEFAULT         STR("SYMMETRIC_DEFAULT")

struct str kms_key_arn(struct arena *arena, struct str account, struct str region, struct str id);
struct str kms_arn_of(struct arena *arena, const struct kms_key_record *key);
struct str kms_alias_arn(struct arena *arena, struct str account, struct str region, struct str name);

/* What a KeyId says. */
struct kms_name {
        struct str account;
        struct str key_id; /* absent: the alias stands for nothing */
        struct str alias;  /* "alias/x" when it was named so; else absent */
};
/* How a parameter may name a key: by id and ARN, or by alias too. */
enum kms_naming { KMS_BY_ID, KMS_BY_ALIAS_TOO };
/* -ECALL: no name of a key, in AWS's words. */
must_check int kms_read_name(struct call *call, struct str text, enum kms_naming naming,
                             struct kms_name *ret);

/* By account and id in the call's region, or by another region. -ENOENT. */
must_check int kms_get_key(struct call *call, struct str account, struct str id, struct kms_key_record *ret);
must_check int kms_get_key_in(struct call *call, struct str account, struct str region, struct str id,
                              struct kms_key_record *ret);
/* As a parameter names it, in a state in which this operation may be done; NotFoundException and its kin. */
must_check int kms_need_key(struct call *call, struct str text, enum kms_naming naming,
                            struct kms_key_record *ret);
/* The same of a customer managed key: those of AWS are not for customers to change. */
must_check int kms_need_own_key(struct call *call, struct str text, struct kms_key_record *ret);
/* The same in whatever state. */
must_check int kms_find_own_key(struct call *call, struct str text, struct kms_key_record *ret);
/* The same for a cryptographic operation: of this usage, and with valid grant tokens. */
must_check int kms_need_usable_key(struct call *call, struct str text, struct str usage,
                                   const struct str_list *grant_tokens, struct kms_key_record *ret);
must_check int kms_check_usable(struct call *call, const struct kms_key_record *key, struct str usage);
must_check int kms_not_found(struct call *call, struct str account, struct str id);

bool kms_is_symmetric(const struct kms_key_record *key);
bool kms_is_managed_by_aws(const struct kms_key_record *key);
bool kms_is_external(const struct kms_key_record *key);
static inline bool kms_is_multi_region(const struct kms_key_record *key)
{
        return key->multi_region.is_set && key->multi_region.value;
}
bool kms_is_primary(const struct kms_key_record *key);
bool kms_is_replica(const struct kms_key_record *key);

/* One more (1) or less (-1) of them; LimitExceededException. */
must_check int kms_count_key(struct call *call, const struct kms_key_record *key, int64_t more);

/* AWS managed keys: managed.c */
bool kms_is_predefined_alias(struct str alias);
must_check int kms_make_managed_key(struct call *call, struct str alias);

/* Names the key in the event of an operation that answers nothing: "the key ARN of the affected KMS key in
 * the responseElements.keyId value, even though this operation does not return the key ARN".
 * https://docs.aws.amazon.com/kms/latest/developerguide/ct-disablekey.html */
void kms_tell_key(struct call *call, const struct kms_key_record *key);
/* Names the material that was used in the event; absent: the key is no symmetric encryption key, nothing is
 * told. https://docs.aws.amazon.com/kms/latest/developerguide/ct-encrypt.html */
void kms_tell_material(struct call *call, struct str id);

must_check int kms_metadata(struct call *call, const struct kms_key_record *key,
                            struct kms_key_metadata **ret);

/* -- States: state.c has the table. */

/* Whether the operation of this call may be done in the state of the key. -ECALL with AWS's error. */
must_check int kms_check_state(struct call *call, const struct kms_key_record *key);

/* -- Authorisation: resources.c, conditions.c, grants.c */

/* A key as the finders give it to conditions and grants (struct resource, `of`). */
struct kms_target {
        struct kms_key_record key;
        bool is_there;
        struct str request_alias;             /* "alias/x" when it was named so */
        const struct str_map *context;        /* the encryption context that goes with this key; NULL: none */
        struct str algorithm;                 /* for encryption; absent: the operation does not encrypt */
        struct opt_bool is_same_key;          /* ReEncrypt: source and destination */
        const struct kms_grant_record *grant; /* RetireGrant: the one to retire; else NULL */
};
int kms_find_condition(struct call *call, const struct resource *resource, struct str name,
                       struct policy_key *ret);
must_check int kms_find_grants(struct call *call, const struct resource *resource, struct str action,
                               const struct policy_grant_ref **ret, size_t *ret_count);
/* What a key is as a resource. */
must_check int kms_resource_of(struct call *call, const struct kms_target *target, struct str account,
                               struct str id, struct resource *ret);

/* -- Grants */

#define KMS_TOKEN_BOUND STR("kms grant token") /* grant tokens are sealed: nobody can make one up */

must_check int kms_check_grant_tokens(struct call *call, const struct str_list *tokens);
/* Who is meant by a grant's token, or by key and id. Absent arguments: -ENOENT. */
must_check int kms_read_grant_token(struct call *call, struct str token, struct kms_grant_record *ret);
/* The ARN by which a grant means this caller that names a principal so: one with a unique id, however it is
 * called by now, the caller or its role or user; one without an id as it is given. Absent: it means somebody
 * else. */
struct str kms_meant(const struct call *call, struct str id, struct str given);
must_check int kms_delete_grants(struct call *call, const struct kms_key_record *key);
/* In whatever order. */
bool kms_same_pairs(const struct str_map *a, const struct str_map *b);
/* Does the child allow no more than the parent, which lets its holder make grants? */
bool kms_grant_is_within(const struct kms_grant_record *parent, const struct str_list *operations,
                         const struct kms_grant_constraints *constraints);

/* -- Key policies: policy.c */

must_check int kms_default_policy(struct call *call, struct str *ret);
/* Checks what a customer gives: size, grammar, principals, and that the caller is not locked out unless that
 * is wanted; sets it in the key. */
must_check int kms_set_policy(struct call *call, struct kms_key_record *key, struct str document,
                              bool may_lock_out);

/* Refuses conditions that are true where they seem to be false: condition_check.c */
must_check int kms_check_conditions(struct call *call, struct str document);

/* -- Tags: tag.c */

must_check int kms_merge_tags(struct call *call, const struct kms_tag_list *given, struct kms_tag_list *tags);

/* -- Material: material.c */

struct opened_key;                                  /* crypto/key_cache.h */
void kms_release(const struct opened_key **opened); /* for _cleanup_ */

/* New material for the key, becoming its current one; `clear` is 32 random bytes, or what was made or
 * imported. Fills in the record, which is stored. */
must_check int kms_add_material(struct call *call, struct kms_key_record *key, struct str clear,
                                struct kms_material_record *ret);
/* The material that is used now, or the one of this id. -ENOENT. */
must_check int kms_current_material(struct call *call, const struct kms_key_record *key,
                                    struct kms_material_record *ret);
must_check int kms_find_material(struct call *call, const struct kms_key_record *key, struct str id,
                                 struct kms_material_record *ret);
/* Opened for use; released with kms_release(). -ECALL: it is deleted, or its time is over. */
must_check int kms_open(struct call *call, const struct kms_key_record *key,
                        const struct kms_material_record *material, const struct opened_key **ret);
must_check int kms_open_current(struct call *call, const struct kms_key_record *key,
                                struct kms_material_record *ret_material, const struct opened_key **ret);
must_check int kms_seal_material(struct call *call, struct kms_material_record *material, struct str clear);
/* The id that the material has in this key: the same for the same bytes. */
struct str kms_material_id(struct arena *arena, struct str key_id, struct str clear);
/* Copies the materials of a key to the same key in another region; of imported ones only their names. */
must_check int kms_copy_material(struct call *call, const struct kms_key_record *from,
                                 const struct kms_material_record *material, const struct kms_key_record *to);
must_check int kms_delete_materials(struct call *call, const struct kms_key_record *key);
/* Forgets what is sealed in it: the bytes are gone from the store, and from memory. */
void kms_destroy(struct call *call, struct kms_material_record *material);
/* In the order of their numbers. */
must_check int kms_each_material(struct call *call, const struct kms_key_record *key,
                                 int (*visit)(struct call *call, void *arg,
                                              struct kms_material_record *material),
                                 void *arg);

#define KMS_CURRENT          STR("CURRENT")
#define KMS_NON_CURRENT      STR("NON_CURRENT")
#define KMS_PENDING_ROTATION STR("PENDING_ROTATION")
#define KMS_PENDING_MULTI    STR("PENDING_MULTI_REGION_IMPORT_AND_ROTATION")
#define KMS_MATERIAL_EXPIRES STR("KEY_MATERIAL_EXPIRES")
#define KMS_DOES_NOT_EXPIRE  STR("KEY_MATERIAL_DOES_NOT_EXPIRE")

/* -- Encryption: context.c, ciphertext.c, cipher.c */

must_check int kms_check_context(struct call *call, const struct str_map *context);

/* What a ciphertext of a symmetric key says of itself. Nothing of it is to be believed before it is opened.
 */
struct kms_ciphertext {
        struct str account;
        struct str key_id;
        struct str material_id;
        struct str head, sealed;
};
/* -EBADMSG: it is none of ours. */
must_check int kms_read_ciphertext(struct arena *arena, struct str blob, struct kms_ciphertext *ret);
must_check int kms_invalid_ciphertext(struct call *call);

/* Seals under the current material, or opens. */
must_check int kms_seal(struct call *call, const struct kms_key_record *key, const struct str_map *context,
                        struct str clear, struct str *ret_blob, struct str *ret_material_id);
must_check int kms_unseal(struct call *call, const struct kms_key_record *key, const struct str_map *context,
                          const struct kms_ciphertext *ciphertext, struct secret *ret);

/* Notes a successful use of the key, for GetKeyLastUsage. */
must_check int kms_note_usage(struct call *call, const struct kms_key_record *key, struct str operation);

must_check int kms_dry_run(struct call *call, struct opt_bool asked);
must_check int kms_refuse_recipient(struct call *call, const struct kms_recipient_info *recipient);

/* -- Rotation and deletion */

must_check int kms_set_timer(struct call *call, struct str name, struct opt_int due, struct str subject);
must_check int kms_take_back_timer(struct call *call, struct str name, struct opt_int due,
                                   struct str subject);
/* "111122223333 us-east-1 ID", as timers name keys; and with a number behind it, a material. */
struct str kms_subject(struct arena *arena, const struct kms_key_record *key);
/* The key that fell due; the call becomes one of its account and region. *subject becomes what stands behind
 * it, or absent. 1: it is gone. */
must_check int kms_due_key(struct call *call, struct str *subject, struct kms_key_record *ret);
/* Starts, stops or moves the automatic rotation of a key to what its record says. */
must_check int kms_plan_rotation(struct call *call, struct kms_key_record *key, struct opt_int next);
/* Of a key that becomes enabled: what it missed is made good at once. */
must_check int kms_resume_rotation(struct call *call, struct kms_key_record *key);
/* Everything of a key, and what refers to it. */
must_check int kms_delete_key(struct call *call, const struct kms_key_record *key);

/* -- Regions */

/* The same multi-Region key in all its regions, this one included; each visit may store what it changed. */
must_check int kms_each_region(struct call *call, const struct kms_key_record *key,
                               int (*visit)(struct call *call, void *arg, struct kms_key_record *key),
                               void *arg);
