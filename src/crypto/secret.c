#include "crypto/keyring.h"

#include <openssl/crypto.h>
#include <pthread.h>

/* Locked in memory and kept out of core dumps by libcrypto; what does not fit goes to ordinary memory, wiped
 * just the same. A few thousand keys of 32 bytes; it counts against RLIMIT_MEMLOCK. */
#define SECURE_HEAP_SIZE  ((size_t)256 * 1024)
#define SECURE_HEAP_LEAST 32

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_secure_heap(void)
{
        /* When the kernel allows no locking the heap still has guard pages; when there is none at all,
         * OPENSSL_secure_zalloc() gives ordinary memory by itself. */
        if (!CRYPTO_secure_malloc_initialized())
                (void)CRYPTO_secure_malloc_init(SECURE_HEAP_SIZE, SECURE_HEAP_LEAST);
}

int secret_new(struct secret *ret, size_t len)
{
        size_t size = len ? len : 1;

        (void)pthread_once(&once, make_secure_heap);
        *ret = (struct secret){.bytes = OPENSSL_secure_zalloc(size), .len = len};
        if (!ret->bytes)
                ret->bytes = OPENSSL_zalloc(size);
        if (!ret->bytes) {
                ret->len = 0;
                return -ENOMEM;
        }
        return 0;
}

int secret_copy(struct secret *ret, struct str bytes)
{
        TRY(secret_new(ret, bytes.len));
        if (bytes.len)
                memcpy(ret->bytes, bytes.ptr, bytes.len);
        return 0;
}

void secret_done(struct secret *secret)
{
        /* Wipes ordinary memory too, for it asks which of the two this is. */
        if (secret->bytes)
                OPENSSL_secure_clear_free(secret->bytes, secret->len ? secret->len : 1);
        *secret = (struct secret){};
}

bool secret_equal(struct str a, struct str b)
{
        return a.len == b.len && (a.len == 0 || CRYPTO_memcmp(a.ptr, b.ptr, a.len) == 0);
}

void secret_wipe(void *bytes, size_t len)
{
        OPENSSL_cleanse(bytes, len);
}
