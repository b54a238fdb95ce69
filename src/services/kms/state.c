/* Which operation is done in which state of a key: AWS's table.
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html#key-state-table
 *
 * Its columns Unavailable (custom key stores), Creating and Updating are left out: no key is ever in these
 * states here. Its notes [6], [7], [8] and [9] are about the key's origin and not its state; the operations
 * see to them. */
#include "services/kms/kms.h"

enum verdict {
        DONE,
        IS_DISABLED,       /* [1] */
        IS_PENDING,        /* [2] or [3]: KMSInvalidStateException is what is seen */
        NOT_PENDING,       /* [4] */
        IS_PENDING_IMPORT, /* [5] */
};

static const struct {
        struct str operation;
        enum verdict enabled, disabled, pending_deletion, pending_import;
} TABLE[] = {
        {STR_INIT("CancelKeyDeletion"), NOT_PENDING, NOT_PENDING, DONE, NOT_PENDING},
        {STR_INIT("CreateAlias"), DONE, DONE, IS_PENDING, DONE},
        {STR_INIT("CreateGrant"), DONE, IS_DISABLED, IS_PENDING, IS_PENDING_IMPORT},
        {STR_INIT("Decrypt"), DONE, IS_DISABLED, IS_PENDING, IS_PENDING_IMPORT},
        {STR_INIT("DeleteAlias"), DONE, DONE, DONE, DONE},
        {STR_INIT("DeleteImportedKeyMaterial"), DONE, DONE, DONE, DONE},
        {STR_INIT("DeriveSharedSecret"), DONE, IS_DISABLED, IS_PENDING, IS_PENDING_IMPORT},
        {STR_INIT("DescribeKey"), DONE, DONE, DONE, DONE},
        {STR_INIT("DisableKey"), DONE, DONE, IS_PENDING, IS_PENDING_IMPORT},
        {STR_INIT("DisableKeyRotation"), DONE, IS_DISABLED, IS_PENDING, DONE},
        {STR_INIT("EnableKey"), DONE, DONE, IS_PENDING, IS_PENDING_IMPORT},
        {STR_INIT("EnableKeyRotation"), DONE, IS_DISABLED, IS_PENDING, DONE},
        {STR_INIT("Encrypt"), DONE, IS_DISABLED, IS_PENDING, IS_PENDING_IMPORT},
        {STR_INIT("GenerateDataKey"), DONE, IS_DISABLED, IS_PENDING, IS_PENDING_IMPORT},
        {STR_INIT("GenerateDataKeyPair"), DONE, IS_DISABLED, IS_PENDING, IS_PENDING_IMPORT},
        {STR_INIT("GenerateDataKeyPairWithoutPlaintext"), DONE, IS_DISABLED, IS_PENDING, IS_PENDING_IMPORT},
        {STR_INIT("GenerateDataKeyWithoutPlaintext"), DONE, IS_DISABLED, IS_PENDING, IS_PENDING_IMPORT},
        {STR_INIT("GenerateMac"), DONE, IS_DISABLED, IS_PENDING, IS_PENDING_IMPORT},
        {STR_INIT("GetKeyLastUsage"), DONE, DONE, DONE, DONE},
        {STR_INIT("GetKeyPolicy"), DONE, DONE, DONE, DONE},
        {STR_INIT("GetKeyRotationStatus"), DONE, DONE, DONE, DONE},
        {STR_INIT("GetParametersForImport"), DONE, DONE, IS_PENDING, DONE},
        {STR_INIT("GetPublicKey"), DONE, DONE, IS_PENDING, DONE},
        {STR_INIT("ImportKeyMaterial"), DONE, DONE, IS_PENDING, DONE},
        {STR_INIT("ListAliases"), DONE, DONE, DONE, DONE},
        {STR_INIT("ListGrants"), DONE, DONE, DONE, DONE},
        {STR_INIT("ListKeyPolicies"), DONE, DONE, DONE, DONE},
        {STR_INIT("ListKeyRotations"), DONE, DONE, DONE, DONE},
        {STR_INIT("ListResourceTags"), DONE, DONE, DONE, DONE},
        {STR_INIT("PutKeyPolicy"), DONE, DONE, DONE, DONE},
        {STR_INIT("ReEncrypt"), DONE, IS_DISABLED, IS_PENDING, IS_PENDING_IMPORT},
        {STR_INIT("ReplicateKey"), DONE, IS_DISABLED, IS_PENDING, IS_PENDING_IMPORT},
        {STR_INIT("RetireGrant"), DONE, DONE, DONE, DONE},
        {STR_INIT("RevokeGrant"), DONE, DONE, DONE, DONE},
        {STR_INIT("RotateKeyOnDemand"), DONE, IS_DISABLED, IS_PENDING, IS_PENDING_IMPORT},
        {STR_INIT("ScheduleKeyDeletion"), DONE, DONE, IS_PENDING, DONE},
        {STR_INIT("Sign"), DONE, IS_DISABLED, IS_PENDING, IS_PENDING_IMPORT},
        {STR_INIT("TagResource"), DONE, DONE, IS_PENDING, DONE},
        {STR_INIT("UntagResource"), DONE, DONE, IS_PENDING, DONE},
        {STR_INIT("UpdateAlias"), DONE, DONE, IS_PENDING, DONE},
        {STR_INIT("UpdateKeyDescription"), DONE, DONE, IS_PENDING, DONE},
        {STR_INIT("UpdatePrimaryRegion"), DONE, IS_DISABLED, IS_PENDING, IS_PENDING_IMPORT},
        {STR_INIT("Verify"), DONE, IS_DISABLED, IS_PENDING, IS_PENDING_IMPORT},
        {STR_INIT("VerifyMac"), DONE, IS_DISABLED, IS_PENDING, IS_PENDING_IMPORT},
};

static int tell(struct call *call, const struct kms_key_record *key, enum verdict verdict)
{
        const struct str arn = kms_arn_of(&call->arena, key);

        switch (verdict) {
        case DONE:
                return 0;
        case IS_DISABLED:
                return fail(call, &kms_disabled_exception, "%.*s is disabled.", STR_ARG(arn));
        case IS_PENDING:
                return fail(call, &kms_kms_invalid_state_exception, "%.*s is pending %s.", STR_ARG(arn),
                            str_eq(key->state, KMS_PENDING) ? "deletion" : "replica deletion");
        case NOT_PENDING:
                return fail(call, &kms_kms_invalid_state_exception, "%.*s is not pending deletion.",
                            STR_ARG(arn));
        case IS_PENDING_IMPORT:
                return fail(call, &kms_kms_invalid_state_exception, "%.*s is pending import.", STR_ARG(arn));
        }
        return -EINVAL;
}

/* An operation that the table lacks is done in no state. */
int kms_check_state(struct call *call, const struct kms_key_record *key)
{
        size_t i = 0;

        while (i < ARRAY_LEN(TABLE) && !str_eq(TABLE[i].operation, call->operation->name))
                i++;
        if (i == ARRAY_LEN(TABLE))
                return -ENOSYS;
        if (str_eq(key->state, KMS_ENABLED))
                return TABLE[i].enabled == DONE ? 0 : tell(call, key, TABLE[i].enabled);
        if (str_eq(key->state, KMS_DISABLED))
                return tell(call, key, TABLE[i].disabled);
        if (str_eq(key->state, KMS_PENDING_IMPORT))
                return tell(call, key, TABLE[i].pending_import);
        return tell(call, key, TABLE[i].pending_deletion);
}
