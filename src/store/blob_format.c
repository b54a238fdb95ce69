#include "store/blob_format.h"

#include "crypto/hash.h"

#define VERSION    1
#define VERSION_AT 8
#define LOG2_AT    9
#define ID_AT      16

static const char MAGIC[VERSION_AT] = {'m', 'r', 'l', 'n', 'b', 'l', 'o', 'b'};

_Static_assert(ID_AT + BLOB_ID_LEN == BLOB_HEADER_LEN, "the id ends the header");
_Static_assert(SHA256_LEN == AEAD_KEY_LEN, "a key of frames is a whole HMAC");

void blob_header_write(uint8_t header[BLOB_HEADER_LEN], struct blob_id id, unsigned int frame_log2)
{
        memset(header, 0, BLOB_HEADER_LEN);
        memcpy(header, MAGIC, sizeof(MAGIC));
        header[VERSION_AT] = VERSION;
        header[LOG2_AT] = (uint8_t)frame_log2;
        memcpy(header + ID_AT, id.bytes, BLOB_ID_LEN);
}

int blob_header_check(const uint8_t header[BLOB_HEADER_LEN], struct blob_id id, unsigned int *ret_frame_log2)
{
        uint8_t expected[BLOB_HEADER_LEN];

        if (header[LOG2_AT] < BLOB_FRAME_LOG2_LEAST || header[LOG2_AT] > BLOB_FRAME_LOG2_MOST)
                return -EBADMSG;
        blob_header_write(expected, id, header[LOG2_AT]);
        if (!str_eq(str_make(header, BLOB_HEADER_LEN), str_make(expected, BLOB_HEADER_LEN)))
                return -EBADMSG;
        *ret_frame_log2 = header[LOG2_AT];
        return 0;
}

int blob_frames_new(const uint8_t key[BLOB_KEY_LEN], const uint8_t header[BLOB_HEADER_LEN],
                    enum frames_use use, struct frames **ret)
{
        uint8_t frames_key[AEAD_KEY_LEN];
        int r;

        hmac_sha256(str_make(key, BLOB_KEY_LEN), str_make(header, BLOB_HEADER_LEN), frames_key);
        r = frames_new(frames_key, use, ret);
        secret_wipe(frames_key, sizeof(frames_key));
        return r;
}

int blob_shape_of(uint64_t file_len, unsigned int frame_log2, struct blob_shape *ret)
{
        size_t frame_len = (size_t)1 << frame_log2;
        uint64_t whole = frame_len + AEAD_TAG_LEN;
        uint64_t frames, last;

        if (file_len < BLOB_HEADER_LEN + AEAD_TAG_LEN || file_len > INT64_MAX)
                return -EBADMSG;
        file_len -= BLOB_HEADER_LEN;
        frames = (file_len + whole - 1) / whole;
        last = file_len - (frames - 1) * whole;
        if (last < AEAD_TAG_LEN || (last == AEAD_TAG_LEN && frames > 1))
                return -EBADMSG;
        *ret = (struct blob_shape){frame_len, frames, file_len - frames * AEAD_TAG_LEN};
        return 0;
}

uint64_t blob_frame_at(const struct blob_shape *shape, uint64_t number)
{
        return BLOB_HEADER_LEN + number * (shape->frame_len + AEAD_TAG_LEN);
}

size_t blob_frame_len(const struct blob_shape *shape, uint64_t number)
{
        return number + 1 < shape->frames ? shape->frame_len
                                          : (size_t)(shape->size - number * shape->frame_len);
}
