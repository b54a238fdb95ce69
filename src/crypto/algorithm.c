#include "crypto/algorithm.h"

#include "base/log.h"

#include <pthread.h>

/* Constants once set: nothing writes them after the first use. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_MD *sha256_method;
static EVP_CIPHER *aes_256_gcm_method;

static void fetch(void)
{
        sha256_method = EVP_MD_fetch(NULL, "SHA256", NULL);
        aes_256_gcm_method = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
        if (!sha256_method || !aes_256_gcm_method) {
                log_event(LOG_ERROR, "libcrypto has no SHA256 or no AES-256-GCM", NULL);
                abort();
        }
}

const EVP_MD *algorithm_sha256(void)
{
        (void)pthread_once(&once, fetch);
        return sha256_method;
}

const EVP_CIPHER *algorithm_aes_256_gcm(void)
{
        (void)pthread_once(&once, fetch);
        return aes_256_gcm_method;
}
