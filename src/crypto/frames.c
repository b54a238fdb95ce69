#include "crypto/algorithm.h" /* first: see there */

#include "crypto/frames.h"

#include <assert.h>

#define FRAME_MAX ((size_t)1 << 30)

struct frames {
        EVP_CIPHER_CTX *context;
        enum frames_use use;
        uint64_t next; /* to be sealed */
        bool is_ended;
};

int frames_new(const uint8_t key[AEAD_KEY_LEN], enum frames_use use, struct frames **ret)
{
        struct frames *frames = calloc(1, sizeof(*frames));

        if (!frames)
                return -ENOMEM;
        frames->use = use;
        frames->context = EVP_CIPHER_CTX_new();
        if (!frames->context || EVP_CipherInit_ex2(frames->context, algorithm_aes_256_gcm(), key, NULL,
                                                   use == FRAMES_SEAL, NULL) != 1) {
                ERR_clear_error();
                frames_free(frames);
                return -ENOMEM;
        }
        *ret = frames;
        return 0;
}

void frames_free(struct frames *frames)
{
        if (!frames)
                return;
        EVP_CIPHER_CTX_free(frames->context); /* wipes the key */
        free(frames);
}

/* Big-endian number, then the mark of the last. */
static int set_nonce(struct frames *frames, uint64_t number, bool is_last)
{
        uint8_t nonce[AEAD_NONCE_LEN] = {[AEAD_NONCE_LEN - 1] = is_last};

        for (size_t i = 0; i < 8; i++)
                nonce[i] = (uint8_t)(number >> (56 - 8 * i));
        return algorithm_check(EVP_CipherInit_ex2(frames->context, NULL, NULL, nonce, -1, NULL), -EIO);
}

int frames_seal(struct frames *frames, bool is_last, struct str clear, uint8_t *out)
{
        uint8_t *tag = out + clear.len;
        int len;

        assert(frames->use == FRAMES_SEAL && !frames->is_ended);
        if (clear.len > FRAME_MAX)
                return -EMSGSIZE;
        TRY(set_nonce(frames, frames->next, is_last));
        frames->next++; /* spent, whatever comes of it */
        frames->is_ended = is_last;
        if (clear.len)
                TRY(algorithm_check(EVP_EncryptUpdate(frames->context, out, &len, (const uint8_t *)clear.ptr,
                                                      (int)clear.len),
                                    -EIO));
        TRY(algorithm_check(EVP_EncryptFinal_ex(frames->context, tag, &len), -EIO));
        return algorithm_check(EVP_CIPHER_CTX_ctrl(frames->context, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG_LEN, tag),
                               -EIO);
}

static int open_body(EVP_CIPHER_CTX *context, const uint8_t *body, size_t clear_len, uint8_t *out)
{
        uint8_t tag[AEAD_TAG_LEN];
        int len;

        memcpy(tag, body + clear_len, sizeof(tag));
        if (clear_len)
                TRY(algorithm_check(EVP_DecryptUpdate(context, out, &len, body, (int)clear_len), -EBADMSG));
        TRY(algorithm_check(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag), -EBADMSG));
        return algorithm_check(EVP_DecryptFinal_ex(context, tag, &len), -EBADMSG);
}

int frames_open(struct frames *frames, uint64_t number, bool is_last, struct str sealed, uint8_t *out)
{
        size_t clear_len = sealed.len - AEAD_TAG_LEN;
        int r;

        assert(frames->use == FRAMES_OPEN);
        if (sealed.len < AEAD_TAG_LEN || clear_len > FRAME_MAX)
                return -EBADMSG;
        TRY(set_nonce(frames, number, is_last));
        r = open_body(frames->context, (const uint8_t *)sealed.ptr, clear_len, out);
        if (r < 0)
                secret_wipe(out, clear_len);
        return r;
}
