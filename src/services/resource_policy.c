#include "services/resource_policy.h"

#include "crypto/hash.h"
#include "services/iam/directory.h"

static bool names_ids(struct str document)
{
        return str_find(document, STR("\"AIDA")) >= 0 || str_find(document, STR("\"AROA")) >= 0;
}

static int hash_shown(struct call *call, struct str enforced, uint8_t ret[SHA256_LEN])
{
        struct str shown;

        TRY(iam_trust_document(call->txn, &call->arena, enforced, &shown));
        sha256(shown, ret);
        return 0;
}

int resource_policy_set(struct call *call, struct str document, struct resource_policy *ret,
                        struct str *ret_refused)
{
        struct str stored = STR_NONE;
        uint8_t shown[SHA256_LEN];

        TRY(iam_store_principals(call->txn, &call->arena, document, &stored, ret_refused));
        *ret = (struct resource_policy){.enforced = document};
        if (!names_ids(stored))
                return 0;
        TRY(hash_shown(call, stored, shown));
        *ret = (struct resource_policy){.enforced = stored,
                                        .text = document,
                                        .shown = arena_dup_bytes(&call->arena, shown, sizeof(shown))};
        return 0;
}

int resource_policy_tell(struct call *call, const struct resource_policy *policy, struct str *ret)
{
        uint8_t now[SHA256_LEN];

        *ret = policy->enforced;
        if (!str_is_set(policy->text))
                return 0;
        TRY(hash_shown(call, policy->enforced, now));
        *ret = policy->text;
        if (str_eq(policy->shown, str_make(now, sizeof(now))))
                return 0;
        return iam_trust_document(call->txn, &call->arena, policy->enforced, ret);
}
