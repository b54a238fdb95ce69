#include "crypto/algorithm.h" /* first: see there */

#include "crypto/mac.h"

#define PIECE_MAX ((size_t)1 << 30) /* what libcrypto counts in an int */

struct mac {
        EVP_CIPHER_CTX *context;
};

int mac_new(const uint8_t key[MAC_KEY_LEN], struct mac **ret)
{
        static const uint8_t NONCE[AEAD_NONCE_LEN];
        struct mac *mac = calloc(1, sizeof(*mac));

        if (!mac)
                return -ENOMEM;
        mac->context = EVP_CIPHER_CTX_new();
        if (!mac->context ||
            EVP_EncryptInit_ex2(mac->context, algorithm_aes_256_gcm(), key, NONCE, NULL) != 1) {
                ERR_clear_error();
                mac_free(mac);
                return -ENOMEM;
        }
        *ret = mac;
        return 0;
}

void mac_free(struct mac *mac)
{
        if (!mac)
                return;
        EVP_CIPHER_CTX_free(mac->context); /* wipes the key */
        free(mac);
}

int mac_add(struct mac *mac, struct str bytes)
{
        while (bytes.len) {
                struct str piece = str_part(bytes, 0, PIECE_MAX);
                int len;

                TRY(algorithm_check(EVP_EncryptUpdate(mac->context, NULL, &len, (const uint8_t *)piece.ptr,
                                                      (int)piece.len),
                                    -EIO));
                bytes = str_from(bytes, piece.len);
        }
        return 0;
}

int mac_end(struct mac *mac, uint8_t ret[MAC_LEN])
{
        uint8_t nothing[MAC_LEN];
        int len;

        TRY(algorithm_check(EVP_EncryptFinal_ex(mac->context, nothing, &len), -EIO));
        return algorithm_check(EVP_CIPHER_CTX_ctrl(mac->context, EVP_CTRL_AEAD_GET_TAG, MAC_LEN, ret), -EIO);
}
