/* Before the base library, whose banned words stand in the headers of OpenSSL. */
#include <openssl/evp.h>

#include "crypto/password.h"

#include "base/ids.h"

#include <string.h>

/* 32 MiB and some tens of milliseconds a guess. */
#define VERSION  1
#define LOG2_N   15
#define BLOCKS_R 8
#define LANES_P  1

#define SALT_AT    4
#define SALT_LEN   16
#define KEY_AT     (SALT_AT + SALT_LEN)
#define KEY_LEN    (PASSWORD_HASH_LEN - KEY_AT)
#define MEMORY_MAX (UINT64_C(64) << 20)

static int derive(struct str password, uint8_t hash[PASSWORD_HASH_LEN])
{
        int good =
                EVP_PBE_scrypt(password.ptr, password.len, hash + SALT_AT, SALT_LEN, UINT64_C(1) << hash[1],
                               hash[2], hash[3], MEMORY_MAX, hash + KEY_AT, KEY_LEN);

        return good == 1 ? 0 : -ENOMEM;
}

static bool is_hash(struct str like)
{
        return like.len == PASSWORD_HASH_LEN && like.ptr[0] == VERSION && like.ptr[1] == LOG2_N &&
               like.ptr[2] == BLOCKS_R && like.ptr[3] == LANES_P;
}

int password_hash(struct arena *arena, struct str password, struct str like, struct str *ret)
{
        uint8_t hash[PASSWORD_HASH_LEN] = {VERSION, LOG2_N, BLOCKS_R, LANES_P};

        if (str_is_set(like) && !is_hash(like))
                return -EBADMSG;
        if (str_is_set(like))
                memcpy(hash, like.ptr, KEY_AT);
        else
                random_fill(hash + SALT_AT, SALT_LEN);
        TRY(derive(password, hash));
        *ret = arena_dup_bytes(arena, hash, sizeof(hash));
        return ret->len == sizeof(hash) ? 0 : -ENOMEM;
}
