#include "crypto/keyring.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdlib.h>

/* Locked in memory and kept out of core dumps by libcrypto; what does not fit goes to ordinary memory, wiped
 * just the same. A few thousand keys of 32 bytes. The rest of the heap is for libcrypto, which has the
 * private numbers of EC keys and of their signatures there and fails when it is full. The whole counts
 * against RLIMIT_MEMLOCK. */
#define SECURE_HEAP_SIZE  ((size_t)1024 * 1024)
#define SECRETS_SIZE      ((size_t)256 * 1024)
#define SECURE_HEAP_LEAST 32

/* Deeper than libcrypto goes by far; stacks of threads have megabytes. */
#define STACK_WIPED ((size_t)64 * 1024)

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_secure_heap(void)
{
        /* When the kernel allows no locking the heap still has guard pages; when there is none at all,
         * OPENSSL_secure_zalloc() gives ordinary memory by itself. */
        if (!CRYPTO_secure_malloc_initialized())
                (void)CRYPTO_secure_malloc_init(SECURE_HEAP_SIZE, SECURE_HEAP_LEAST);
}

/* -- What libcrypto frees. Not all that it computes with private numbers is wiped by itself: checking an RSA
 * key leaves parts of it behind, and a buffer that grows its old self. */

static void *take(size_t size, const char *file, int line)
{
        (void)file, (void)line;
        return malloc(size);
}

static void give_back(void *memory, const char *file, int line)
{
        (void)file, (void)line;
        if (memory)
                explicit_bzero(memory, malloc_usable_size(memory));
        free(memory);
}

static void *resize(void *memory, size_t size, const char *file, int line)
{
        size_t room = malloc_usable_size(memory); /* NULL has none */
        void *moved;

        if (memory && size && size <= room)
                return memory;
        moved = size ? malloc(size) : NULL;
        if (size && !moved)
                return NULL;
        if (memory && size)
                memcpy(moved, memory, room);
        give_back(memory, file, line);
        return moved;
}

/* Before libcrypto takes its first memory: later it would refuse. */
__attribute__((constructor)) static void wipe_what_is_freed(void)
{
        (void)CRYPTO_set_mem_functions(take, resize, give_back);
}

/* -- Secrets. */

int secret_new(struct secret *ret, size_t len)
{
        size_t size = len ? len : 1;
        uint8_t *bytes = NULL;

        (void)pthread_once(&once, make_secure_heap);
        if (size <= SECRETS_SIZE && CRYPTO_secure_used() <= SECRETS_SIZE - size)
                bytes = OPENSSL_secure_zalloc(size);
        if (!bytes)
                bytes = OPENSSL_zalloc(size);
        *ret = (struct secret){.bytes = bytes, .len = bytes ? len : 0};
        return bytes ? 0 : -ENOMEM;
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

/* A frame of its own, where those of the work before it lay. */
__attribute__((noinline)) void secret_wipe_stack(void)
{
        uint8_t left[STACK_WIPED];

        OPENSSL_cleanse(left, sizeof(left));
}
