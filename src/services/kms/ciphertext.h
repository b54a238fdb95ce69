/* The bytes of a ciphertext under a symmetric key:
 *
 *   1   version, 1
 *   1   1: the key's id begins with mrk-
 *   5   account, as a number
 *   16  key id
 *   32  material id
 *   ..  sealed (crypto/seal.h), bound to the 55 bytes before it and the encryption context
 *
 * So it says by itself which key and which material open it. */
#pragma once

#include "services/kms/kms.h"

#define KMS_HEAD_LEN 55

/* KMS_HEAD_LEN bytes. -EINVAL: these are no names of ours. */
must_check int kms_write_head(struct str account, struct str key_id, struct str material_id, uint8_t *out);
