/* One sealed message under one given key; the keyring chooses the keys. For the files of this folder only. */
#pragma once

#include "crypto/keyring.h"

#define SEAL_KEY_LEN 32

/* out has room for clear.len + SEAL_OVERHEAD bytes. */
must_check int seal_bytes(const uint8_t key[SEAL_KEY_LEN], struct str bound, struct str clear, uint8_t *out);
must_check int seal_open(const uint8_t key[SEAL_KEY_LEN], struct str bound, struct str sealed,
                         struct secret *ret_clear);
