/* Algorithms of libcrypto, looked up once a process: a look-up takes locks and costs more than a short hash.
 * For the files of this folder only; included before all others, since the headers of libcrypto name a
 * parameter with a word that banned.h bans. */
#pragma once

#include <openssl/err.h>
#include <openssl/evp.h>

#include "crypto/digest.h"

const EVP_MD *algorithm_digest(enum digest digest);
const EVP_CIPHER *algorithm_aes_256_gcm(void);
/* AES key wrap with padding (RFC 5649) for a key of so many bytes; NULL: AES has no such key. */
const EVP_CIPHER *algorithm_key_wrap(size_t key_len);
/* Ed25519ph of a digest; NULL: this libcrypto has it not. OpenSSL 3.2 and 3.3 would sign whole messages only.
 */
EVP_SIGNATURE *algorithm_ed25519ph(void);

/* For what cannot fail but for want of a little memory. */
static inline void algorithm_must(int is_one)
{
        if (is_one != 1)
                abort();
}

/* 0 when a call of libcrypto succeeded, else the error given. What libcrypto noted of it is dropped: whoever
 * fails on the same thread later would find it among his own. */
static inline must_check int algorithm_check(int is_one, int error)
{
        if (is_one == 1)
                return 0;
        ERR_clear_error();
        return error;
}
