#include "crypto/algorithm.h" /* first: see there */

#include "crypto/digest.h"

#include "crypto/keyring.h"

#define BLOCK_MAX 128

static const struct {
        uint8_t len, block;
} SIZES[] = {
        [DIGEST_SHA1] = {20, 64},    [DIGEST_SHA224] = {28, 64},  [DIGEST_SHA256] = {32, 64},
        [DIGEST_SHA384] = {48, 128}, [DIGEST_SHA512] = {64, 128}, [DIGEST_MD5] = {16, 64},
};

size_t digest_len(enum digest digest)
{
        return SIZES[digest].len;
}

void digest_of(enum digest digest, struct str bytes, uint8_t ret[DIGEST_MAX])
{
        algorithm_must(EVP_Digest(bytes.ptr, bytes.len, ret, NULL, algorithm_digest(digest), NULL));
}

static void add(EVP_MD_CTX *context, struct str bytes)
{
        if (bytes.len)
                algorithm_must(EVP_DigestUpdate(context, bytes.ptr, bytes.len));
}

/* The key as one block: shortened by hashing if it is longer, filled with zeros if shorter. */
static void key_block(enum digest digest, struct str key, uint8_t block[BLOCK_MAX])
{
        memset(block, 0, BLOCK_MAX);
        if (key.len > SIZES[digest].block)
                digest_of(digest, key, block);
        else if (key.len)
                memcpy(block, key.ptr, key.len);
}

static void xor_block(uint8_t block[BLOCK_MAX], uint8_t with)
{
        for (size_t i = 0; i < BLOCK_MAX; i++)
                block[i] ^= with;
}

void hmac_of_pieces(enum digest digest, struct str key, const struct str *pieces, size_t count, uint8_t *ret)
{
        uint8_t block[BLOCK_MAX], inner[DIGEST_MAX];
        EVP_MD_CTX *context = EVP_MD_CTX_new();

        algorithm_must(context != NULL);
        algorithm_must(EVP_DigestInit_ex2(context, algorithm_digest(digest), NULL));
        key_block(digest, key, block);
        xor_block(block, 0x36);
        add(context, str_make(block, SIZES[digest].block));
        for (size_t i = 0; i < count; i++)
                add(context, pieces[i]);
        algorithm_must(EVP_DigestFinal_ex(context, inner, NULL));

        /* The same context again, under the same algorithm: no second allocation. */
        algorithm_must(EVP_DigestInit_ex2(context, NULL, NULL));
        xor_block(block, 0x36 ^ 0x5c);
        add(context, str_make(block, SIZES[digest].block));
        add(context, str_make(inner, SIZES[digest].len));
        algorithm_must(EVP_DigestFinal_ex(context, ret, NULL));
        EVP_MD_CTX_free(context);
        secret_wipe(block, sizeof(block));
        secret_wipe(inner, sizeof(inner));
}

void hmac_of(enum digest digest, struct str key, struct str text, uint8_t ret[DIGEST_MAX])
{
        hmac_of_pieces(digest, key, &text, 1, ret);
}
