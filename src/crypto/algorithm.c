#include "crypto/algorithm.h"

#include "base/log.h"

#include <pthread.h>

static const char *const DIGEST_NAMES[] = {
        [DIGEST_SHA1] = "SHA1",     [DIGEST_SHA224] = "SHA224", [DIGEST_SHA256] = "SHA256",
        [DIGEST_SHA384] = "SHA384", [DIGEST_SHA512] = "SHA512", [DIGEST_MD5] = "MD5",
};
static const char *const KEY_WRAP_NAMES[] = {"AES-128-WRAP-PAD", "AES-192-WRAP-PAD", "AES-256-WRAP-PAD"};

/* Constants once set: nothing writes them after the first use. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_MD *digests[ARRAY_LEN(DIGEST_NAMES)];
static EVP_CIPHER *key_wraps[ARRAY_LEN(KEY_WRAP_NAMES)];
static EVP_CIPHER *aes_256_gcm_method;
static EVP_SIGNATURE *ed25519ph_method;

static void require(const void *method, const char *name)
{
        if (method)
                return;
        log_event(LOG_ERROR, "libcrypto lacks an algorithm", "name", name, NULL);
        abort();
}

static EVP_CIPHER *fetch_cipher(const char *name)
{
        EVP_CIPHER *method = EVP_CIPHER_fetch(NULL, name, NULL);

        require(method, name);
        return method;
}

static void fetch(void)
{
        for (size_t i = 0; i < ARRAY_LEN(digests); i++) {
                digests[i] = EVP_MD_fetch(NULL, DIGEST_NAMES[i], NULL);
                require(digests[i], DIGEST_NAMES[i]);
        }
        for (size_t i = 0; i < ARRAY_LEN(key_wraps); i++)
                key_wraps[i] = fetch_cipher(KEY_WRAP_NAMES[i]);
        aes_256_gcm_method = fetch_cipher("AES-256-GCM");
#if OPENSSL_VERSION_PREREQ(3, 4)
        ed25519ph_method = EVP_SIGNATURE_fetch(NULL, "ED25519ph", NULL);
#endif
        ERR_clear_error();
}

const EVP_MD *algorithm_digest(enum digest digest)
{
        (void)pthread_once(&once, fetch);
        return digests[digest];
}

const EVP_CIPHER *algorithm_aes_256_gcm(void)
{
        (void)pthread_once(&once, fetch);
        return aes_256_gcm_method;
}

const EVP_CIPHER *algorithm_key_wrap(size_t key_len)
{
        (void)pthread_once(&once, fetch);
        return key_len == 16 || key_len == 24 || key_len == 32 ? key_wraps[key_len / 8 - 2] : NULL;
}

EVP_SIGNATURE *algorithm_ed25519ph(void)
{
        (void)pthread_once(&once, fetch);
        return ed25519ph_method;
}
