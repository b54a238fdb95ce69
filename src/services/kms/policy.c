/* Key policies. https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html */
#include "services/kms/kms.h"
#include "services/kms/page.h"
#include "services/resource_policy.h"

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

static int set_document(struct call *call, struct kms_key_record *key, struct str document)
{
        struct resource_policy policy;
        struct str refused = STR_NONE;
        int r = resource_policy_set(call, document, &policy, &refused);

        if (r == -EINVAL)
                return malformed(call,
                                 STR("Policy contains a statement with one or more invalid principals."));
        TRY(r);
        key->policy = policy.enforced;
        key->policy_text = policy.text;
        key->policy_shown = policy.shown;
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

/* -- What is shown */

static int shown_policy(struct call *call, const struct kms_key_record *key, struct str *ret)
{
        const struct resource_policy policy = {key->policy, key->policy_text, key->policy_shown};

        return resource_policy_tell(call, &policy, ret);
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
