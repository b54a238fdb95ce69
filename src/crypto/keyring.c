#include "crypto/keyring.h"

#include "base/ids.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "crypto/key_file.h"
#include "crypto/seal.h"

#define PURPOSES (SEAL_TLS + 1)

/* In one piece of secret memory: nothing of it ever stands elsewhere. The master key itself is not kept. */
struct keys {
        uint8_t seal[PURPOSES][SEAL_KEY_LEN];
        uint8_t mac[PURPOSES][SHA256_LEN];
};

struct keyring {
        struct secret memory; /* a struct keys */
};

static const struct keys *keys_of(const struct keyring *keyring)
{
        return (const struct keys *)(const void *)keyring->memory.bytes;
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

static int make(const struct secret *master, struct keyring **ret)
{
        _cleanup_(keyring_freep) struct keyring *keyring = calloc(1, sizeof(*keyring));

        if (!keyring)
                return -ENOMEM;
        TRY(secret_new(&keyring->memory, sizeof(struct keys)));
        TRY(derive_all(master, (struct keys *)(void *)keyring->memory.bytes));
        *ret = keyring;
        keyring = NULL;
        return 0;
}

int keyring_open_file(const char *path, struct keyring **ret)
{
        _cleanup_(secret_done) struct secret master = {};

        TRY(key_file_read_or_make(path, &master));
        return make(&master, ret);
}

int keyring_ephemeral(struct keyring **ret)
{
        _cleanup_(secret_done) struct secret master = {};

        TRY(secret_new(&master, KEY_FILE_KEY_LEN));
        random_fill(master.bytes, master.len);
        return make(&master, ret);
}

void keyring_free(struct keyring *keyring)
{
        if (keyring)
                secret_done(&keyring->memory);
        free(keyring);
}

int keyring_seal(const struct keyring *keyring, enum seal_purpose purpose, struct str bound, struct str clear,
                 struct arena *arena, struct str *ret_sealed)
{
        size_t len = clear.len + SEAL_OVERHEAD;
        uint8_t *out = arena_alloc(arena, len);

        if (!out)
                return -ENOMEM;
        TRY(seal_bytes(keys_of(keyring)->seal[purpose], bound, clear, out));
        *ret_sealed = str_make(out, len);
        return 0;
}

int keyring_open(const struct keyring *keyring, enum seal_purpose purpose, struct str bound,
                 struct str sealed, struct secret *ret_clear)
{
        return seal_open(keys_of(keyring)->seal[purpose], bound, sealed, ret_clear);
}

void keyring_mac(const struct keyring *keyring, enum seal_purpose purpose, struct str text, uint8_t ret[32])
{
        hmac_sha256(str_make(keys_of(keyring)->mac[purpose], SHA256_LEN), text, ret);
}
