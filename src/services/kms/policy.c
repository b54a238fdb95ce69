/* Key policies. https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html */
#include "crypto/hash.h"
#include "services/iam/directory.h"
#include "services/kms/kms.h"
#include "services/kms/page.h"

#define ONLY_NAME STR("default")

/* https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html */
int kms_default_policy(struct call *call, struct str *ret)
{
        *ret = arena_printf(
                &call->arena,
                "{\n  \"Version\" : \"2012-10-17\",\n  \"Id\" : \"key-default-1\",\n  \"Statement\" : [ {\n"
                "    \"Sid\" : \"Enable IAM User Permissions\",\n    \"Effect\" : \"Allow\",\n"
                "    \"Principal\" : {\n      \"AWS\" : \"arn:aws:iam::%.*s:root\"\n    },\n"
                "    \"Action\" : \"kms:*\",\n    \"Resource\" : \"*\"\n  } ]\n}",
                STR_ARG(call->account));
        return str_is_set(*ret) ? 0 : -ENOMEM;
}

/* -- What is set */

static int malformed(struct call *call, struct str text)
{
        return fail(call, &kms_malformed_policy_document_exception, "%.*s", STR_ARG(text));
}

static int check_grammar(struct call *call, struct str document)
{
        _cleanup_(policy_freep) struct policy *policy = NULL;
        char problem[POLICY_PROBLEM_MAX];
        int r;

        if (document.len > KMS_POLICY_SIZE)
                return fail(call, &kms_limit_exceeded_exception, "The policy is longer than %d bytes.",
                            KMS_POLICY_SIZE);
        r = policy_compile(document, POLICY_KEY, &policy, problem);
        if (r == -EINVAL)
                return malformed(call, str_of(problem));
        TRY(r);
        return kms_check_conditions(call, document);
}

static bool names_ids(struct str document)
{
        return str_find(document, STR("\"AIDA")) >= 0 || str_find(document, STR("\"AROA")) >= 0;
}

static int hash_shown(struct call *call, struct str stored, uint8_t ret[SHA256_LEN])
{
        struct str shown;

        TRY(iam_trust_document(call->txn, &call->arena, stored, &shown));
        sha256(shown, ret);
        return 0;
}

/* The form that is enforced means users and roles by their ids; the text is kept to be given back. */
static int set_document(struct call *call, struct kms_key_record *key, struct str document)
{
        struct str stored = STR_NONE, refused = STR_NONE;
        uint8_t shown[SHA256_LEN];
        int r = iam_store_principals(call->txn, &call->arena, document, &stored, &refused);

        if (r == -EINVAL)
                return malformed(call,
                                 STR("Policy contains a statement with one or more invalid principals."));
        TRY(r);
        key->policy = document;
        key->policy_text = key->policy_shown = STR_NONE;
        if (!names_ids(stored))
                return 0;
        TRY(hash_shown(call, stored, shown));
        key->policy = stored;
        key->policy_text = document;
        key->policy_shown = arena_dup_bytes(&call->arena, shown, sizeof(shown));
        return 0;
}

/* "The key policy must allow the calling principal to make a subsequent PutKeyPolicy request on the KMS key."
 */
static int check_lockout(struct call *call, const struct kms_key_record *key)
{
        struct kms_target target = {.key = *key, .is_there = true};
        struct resource resource;
        int r;

        TRY(kms_resource_of(call, &target, key->account, key->id, &resource));
        resource.find_grants = NULL;
        r = call->authorise(call, STR("kms:PutKeyPolicy"), &resource);
        if (r != -ECALL)
                return r;
        return malformed(
                call, STR("The new key policy will not allow you to update the key policy in the future."));
}

int kms_set_policy(struct call *call, struct kms_key_record *key, struct str document, bool may_lock_out)
{
        if (!str_is_set(document))
                return kms_default_policy(call, &key->policy);
        TRY(check_grammar(call, document));
        TRY(set_document(call, key, document));
        return may_lock_out ? 0 : check_lockout(call, key);
}

/* -- What is shown: the text that was given, as long as everyone whom it names is still there. */

static int shown_policy(struct call *call, const struct kms_key_record *key, struct str *ret)
{
        uint8_t now[SHA256_LEN];

        *ret = key->policy;
        if (!str_is_set(key->policy_text))
                return 0;
        TRY(hash_shown(call, key->policy, now));
        *ret = key->policy_text;
        if (str_eq(key->policy_shown, str_make(now, sizeof(now))))
                return 0;
        return iam_trust_document(call->txn, &call->arena, key->policy, ret);
}

static int check_name(struct call *call, struct str name)
{
        if (!str_is_set(name) || str_eq(name, ONLY_NAME))
                return 0;
        return fail(call, &kms_not_found_exception, "No such policy exists");
}

int kms_put_key_policy(struct call *call, const struct kms_put_key_policy_in *in,
                       struct kms_put_key_policy_out *out)
{
        struct kms_key_record key;

        (void)out;
        TRY(kms_need_own_key(call, in->key_id, &key));
        TRY(check_name(call, in->policy_name));
        TRY(kms_set_policy(call, &key, in->policy,
                           in->bypass_policy_lockout_safety_check.is_set &&
                                   in->bypass_policy_lockout_safety_check.value));
        kms_tell_key(call, &key);
        return call_put(call, &kms_key_record_type, &key);
}

int kms_get_key_policy(struct call *call, const struct kms_get_key_policy_in *in,
                       struct kms_get_key_policy_out *out)
{
        struct kms_key_record key;

        TRY(kms_need_key(call, in->key_id, KMS_BY_ID, &key));
        TRY(check_name(call, in->policy_name));
        out->policy_name = ONLY_NAME;
        return shown_policy(call, &key, &out->policy);
}

int kms_list_key_policies(struct call *call, const struct kms_list_key_policies_in *in,
                          struct kms_list_key_policies_out *out)
{
        const struct kms_page_limits limits = {KMS_PAGE_DEFAULT, 1000};
        struct kms_key_record key;
        struct kms_page page;

        TRY(kms_need_key(call, in->key_id, KMS_BY_ID, &key));
        TRY(kms_page_begin(&page, call, in->marker, in->limit, limits, key.id));
        out->policy_names = (struct str_list){.is_set = true, .count = 1};
        out->policy_names.items = arena_new(&call->arena, struct str);
        if (!out->policy_names.items)
                return -ENOMEM;
        out->policy_names.items[0] = ONLY_NAME;
        return kms_page_end(&page, false, &out->truncated, &out->next_marker);
}
