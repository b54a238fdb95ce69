/* Quotas and limits, as AWS documents them.
 * https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html, and the page of each operation
 * in the API reference. */
#pragma once

#define KMS_KEYS_PER_REGION     100000 /* customer managed, of an account */
#define KMS_ALIASES_PER_KEY     50
#define KMS_GRANTS_PER_KEY      50000
#define KMS_ON_DEMAND_ROTATIONS 25
#define KMS_TAGS_PER_KEY        50

#define KMS_POLICY_SIZE 32768 /* bytes; .../key-policy-overview.html */
/* The page of EncryptionContext gives none for the whole; grants' constraints have these.
 * .../create-grant-overview.html#grant-constraints-ec */
#define KMS_CONSTRAINT_PAIRS 8
#define KMS_CONSTRAINT_SIZE  384  /* characters of a value */
#define KMS_CONTEXT_SIZE     8192 /* bytes of all keys and values */

#define KMS_DELETION_DAYS_MIN         7
#define KMS_DELETION_DAYS_MAX         30
#define KMS_DELETION_DAYS_DEFAULT     30
#define KMS_ROTATION_DAYS_DEFAULT     365
#define KMS_ROTATION_CONFLICT_MINUTES 20 /* API_RotateKeyOnDemand, ConflictException */

#define KMS_IMPORT_HOURS        24  /* of a wrapping key; API_GetParametersForImport */
#define KMS_IMPORT_EXPIRES_DAYS 365 /* at most; API_ImportKeyMaterial */

/* Ours: a key may have more grants than fit into the memory of a call, so they are read one by one. */
#define KMS_ROW_MEMORY ((size_t)128 * 1024)

#define KMS_PAGE_DEFAULT       100
#define KMS_SMALL_PAGE_DEFAULT 50 /* of aliases, grants, tags */
#define KMS_SMALL_PAGE_MAX     100
#define KMS_TAG_PAGE_MAX       50
