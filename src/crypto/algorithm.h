/* Algorithms of libcrypto, looked up once a process: a look-up takes locks and costs more than a short hash.
 * For the files of this folder only; included before all others, since the headers of libcrypto name a
 * parameter with a word that banned.h bans. */
#pragma once

#include <openssl/evp.h>

const EVP_MD *algorithm_sha256(void);
const EVP_CIPHER *algorithm_aes_256_gcm(void);
