#include "crypto/keyring.h"

#include "base/ids.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "crypto/key_file.h"
#include "crypto/seal.h"

#include <pthread.h>
#include <string.h>

#define PURPOSES (SEAL_TLS + 1)

/* In one piece of secret memory: nothing of it ever stands elsewhere. The master key itself is not kept. */
struct keys {
        uint8_t seal[PURPOSES][SEAL_KEY_LEN];
        uint8_t mac[PURPOSES][SHA256_LEN];
};

struct keyring {
        char *path; /* of the key file; NULL: there is none */
        /* What follows changes when the master key is rotated. */
        pthread_rwlock_t *lock;
        struct secret memory;  /* a struct keys */
        struct secret earlier; /* likewise, of the key before; or {} */
        _Atomic uint64_t epoch;
};

static const struct keys *keys_in(const struct secret *memory)
{
        return (const struct keys *)(const void *)memory->bytes;
}

static void unlock(const struct keyring **keyring)
{
        pthread_rwlock_unlock((*keyring)->lock);
}

/* Part of the stored format: never changed, only added to. */
static const struct str PURPOSE_NAMES[PURPOSES] = {
        [SEAL_RECORD] = STR_INIT("record"),
        [SEAL_TOKEN] = STR_INIT("token"),
        [SEAL_MESSAGE] = STR_INIT("message"),
        [SEAL_TLS] = STR_INIT("tls"),
};

static int derive(const struct secret *master, const char *use, struct str purpose, uint8_t ret[SHA256_LEN])
{
        char info[64];
        int len = snprintf(info, sizeof(info), "merlon 1 %s %.*s", use, STR_ARG(purpose));

        return hkdf_sha256(secret_str(master), STR("merlon"), str_make(info, (size_t)len), ret, SHA256_LEN);
}

static int derive_all(const struct secret *master, struct keys *keys)
{
        for (size_t i = 0; i < PURPOSES; i++) {
                TRY(derive(master, "seal", PURPOSE_NAMES[i], keys->seal[i]));
                TRY(derive(master, "mac", PURPOSE_NAMES[i], keys->mac[i]));
        }
        return 0;
}

static int derive_into(const struct secret *master, struct secret *ret)
{
        if (!master->bytes)
                return 0;
        TRY(secret_new(ret, sizeof(struct keys)));
        return derive_all(master, (struct keys *)(void *)ret->bytes);
}

static int fill(struct keyring *keyring, const struct master_keys *masters, const char *path)
{
        keyring->lock = calloc(1, sizeof(*keyring->lock));
        if (!keyring->lock || pthread_rwlock_init(keyring->lock, NULL) != 0)
                return -ENOMEM;
        if (path && !(keyring->path = strdup(path)))
                return -ENOMEM;
        TRY(derive_into(&masters->current, &keyring->memory));
        return derive_into(&masters->earlier, &keyring->earlier);
}

static int make(const struct master_keys *masters, const char *path, struct keyring **ret)
{
        struct keyring *keyring = calloc(1, sizeof(*keyring));
        int r;

        if (!keyring)
                return -ENOMEM;
        r = fill(keyring, masters, path);
        if (r < 0)
                keyring_free(keyring);
        else
                *ret = keyring;
        return r;
}

int keyring_open_file(const char *path, struct keyring **ret)
{
        _cleanup_(master_keys_done) struct master_keys masters = {};

        TRY(key_file_read_or_make(path, &masters));
        return make(&masters, path, ret);
}

static int draw(struct secret *ret)
{
        TRY(secret_new(ret, KEY_FILE_KEY_LEN));
        random_fill(ret->bytes, ret->len);
        return 0;
}

int keyring_ephemeral(struct keyring **ret)
{
        _cleanup_(master_keys_done) struct master_keys masters = {};

        TRY(draw(&masters.current));
        return make(&masters, NULL, ret);
}

void keyring_free(struct keyring *keyring)
{
        if (!keyring)
                return;
        secret_done(&keyring->memory);
        secret_done(&keyring->earlier);
        if (keyring->lock)
                pthread_rwlock_destroy(keyring->lock);
        free(keyring->lock);
        free(keyring->path);
        free(keyring);
}

/* -- Rotation. The master keys themselves are in the file alone. */

static int add_to_file(const struct keyring *keyring, const struct secret *master)
{
        _cleanup_(master_keys_done) struct master_keys there = {}, masters = {};

        if (!keyring->path)
                return 0;
        TRY(key_file_read_or_make(keyring->path, &there));
        TRY(secret_copy(&masters.current, secret_str(master)));
        TRY(secret_copy(&masters.earlier, secret_str(&there.current)));
        return key_file_write(keyring->path, &masters);
}

int keyring_rotate(struct keyring *keyring)
{
        _cleanup_(secret_done) struct secret master = {}, memory = {};

        if (keyring_has_earlier(keyring))
                return -EALREADY;
        TRY(draw(&master));
        TRY(derive_into(&master, &memory));
        TRY(add_to_file(keyring, &master));
        pthread_rwlock_wrlock(keyring->lock);
        keyring->earlier = keyring->memory;
        keyring->memory = memory;
        memory = (struct secret){};
        pthread_rwlock_unlock(keyring->lock);
        return 0;
}

bool keyring_has_earlier(const struct keyring *keyring)
{
        bool has;

        pthread_rwlock_rdlock(keyring->lock);
        has = keyring->earlier.bytes != NULL;
        pthread_rwlock_unlock(keyring->lock);
        return has;
}

static int drop_from_file(const struct keyring *keyring)
{
        _cleanup_(master_keys_done) struct master_keys masters = {};

        if (!keyring->path)
                return 0;
        TRY(key_file_read_or_make(keyring->path, &masters));
        secret_done(&masters.earlier);
        return key_file_write(keyring->path, &masters);
}

int keyring_forget(struct keyring *keyring)
{
        TRY(drop_from_file(keyring));
        pthread_rwlock_wrlock(keyring->lock);
        secret_done(&keyring->earlier);
        keyring->epoch++;
        pthread_rwlock_unlock(keyring->lock);
        return 0;
}

uint64_t keyring_epoch(const struct keyring *keyring)
{
        return keyring->epoch;
}

/* -- Use */

int keyring_seal(const struct keyring *keyring, enum seal_purpose purpose, struct str bound, struct str clear,
                 struct arena *arena, struct str *ret_sealed)
{
        _cleanup_(unlock) const struct keyring *locked = keyring;
        size_t len = clear.len + SEAL_OVERHEAD;
        uint8_t *out = arena_alloc(arena, len);

        pthread_rwlock_rdlock(locked->lock);
        if (!out)
                return -ENOMEM;
        TRY(seal_bytes(keys_in(&keyring->memory)->seal[purpose], bound, clear, out));
        *ret_sealed = str_make(out, len);
        return 0;
}

int keyring_open(const struct keyring *keyring, enum seal_purpose purpose, struct str bound,
                 struct str sealed, struct secret *ret_clear)
{
        _cleanup_(unlock) const struct keyring *locked = keyring;
        int r;

        pthread_rwlock_rdlock(locked->lock);
        r = seal_open(keys_in(&keyring->memory)->seal[purpose], bound, sealed, ret_clear);
        if (r == -EBADMSG && keyring->earlier.bytes)
                r = seal_open(keys_in(&keyring->earlier)->seal[purpose], bound, sealed, ret_clear);
        return r;
}

void keyring_mac(const struct keyring *keyring, enum seal_purpose purpose, struct str text, uint8_t ret[32])
{
        pthread_rwlock_rdlock(keyring->lock);
        hmac_sha256(str_make(keys_in(&keyring->memory)->mac[purpose], SHA256_LEN), text, ret);
        pthread_rwlock_unlock(keyring->lock);
}

int keyring_mac_earlier(const struct keyring *keyring, enum seal_purpose purpose, struct str text,
                        uint8_t ret[32])
{
        _cleanup_(unlock) const struct keyring *locked = keyring;

        pthread_rwlock_rdlock(locked->lock);
        if (!keyring->earlier.bytes)
                return -ENOENT;
        hmac_sha256(str_make(keys_in(&keyring->earlier)->mac[purpose], SHA256_LEN), text, ret);
        return 0;
}
