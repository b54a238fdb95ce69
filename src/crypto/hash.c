#include "crypto/algorithm.h" /* first: see there */

#include "crypto/hash.h"

#include "base/text.h"
#include "crypto/keyring.h"

void sha256_begin(struct sha256 *hash)
{
        EVP_MD_CTX *context = EVP_MD_CTX_new();

        algorithm_must(context != NULL);
        algorithm_must(EVP_DigestInit_ex2(context, algorithm_digest(DIGEST_SHA256), NULL));
        hash->context = context;
}

void sha256_add(struct sha256 *hash, struct str bytes)
{
        if (bytes.len)
                algorithm_must(EVP_DigestUpdate(hash->context, bytes.ptr, bytes.len));
}

void sha256_end(struct sha256 *hash, uint8_t ret[SHA256_LEN])
{
        algorithm_must(EVP_DigestFinal_ex(hash->context, ret, NULL));
        EVP_MD_CTX_free(hash->context);
        hash->context = NULL;
}

void sha256(struct str bytes, uint8_t ret[SHA256_LEN])
{
        struct sha256 hash;

        sha256_begin(&hash);
        sha256_add(&hash, bytes);
        sha256_end(&hash, ret);
}

void sha256_hex(struct str bytes, char ret[2 * SHA256_LEN])
{
        uint8_t digest[SHA256_LEN];

        sha256(bytes, digest);
        hex_write(ret, digest, sizeof(digest));
}

struct str sha256_text(struct arena *arena, struct str bytes)
{
        char hex[2 * SHA256_LEN];

        sha256_hex(bytes, hex);
        return arena_dup_bytes(arena, hex, sizeof(hex));
}

void hmac_sha256_pieces(struct str key, const struct str *pieces, size_t count, uint8_t ret[SHA256_LEN])
{
        hmac_of_pieces(DIGEST_SHA256, key, pieces, count, ret);
}

void hmac_sha256(struct str key, struct str text, uint8_t ret[SHA256_LEN])
{
        hmac_sha256_pieces(key, &text, 1, ret);
}

int hkdf_sha256(struct str key, struct str salt, struct str info, uint8_t *out, size_t len)
{
        uint8_t extracted[SHA256_LEN], round[SHA256_LEN];
        uint8_t counter = 1;

        if (len > (size_t)255 * SHA256_LEN)
                return -EINVAL;
        hmac_sha256(salt, key, extracted);
        for (size_t done = 0; done < len; counter++) {
                struct str pieces[] = {str_make(round, done ? SHA256_LEN : 0), info, str_make(&counter, 1)};
                size_t part = len - done < SHA256_LEN ? len - done : SHA256_LEN;

                hmac_sha256_pieces(str_make(extracted, sizeof(extracted)), pieces, ARRAY_LEN(pieces), round);
                memcpy(out + done, round, part);
                done += part;
        }
        secret_wipe(extracted, sizeof(extracted));
        secret_wipe(round, sizeof(round));
        return 0;
}
