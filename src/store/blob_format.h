/* A blob's file: a header, then its bytes in frames of one size (crypto/frames.h), the last of which is
 * shorter or full, and empty only when the blob is. Nothing else about the blob is in the file.
 *
 *   0   8   "mrlnblob"
 *   8   1   version: 1
 *   9   1   base-2 logarithm of the clear bytes of a frame
 *   10  6   zero
 *   16  16  the blob's id
 *   32      frames: ciphertext and tag
 *
 * The frames' key is the HMAC-SHA-256 of the header under the caller's key. So the header is authenticated, a
 * frame opens in no other blob, and a key that was given to two blobs by mistake gives neither away. */
#pragma once

#include "crypto/frames.h"
#include "store/blob.h"

#define BLOB_HEADER_LEN       32
#define BLOB_FRAME_LOG2       16
#define BLOB_FRAME_LOG2_LEAST 9
#define BLOB_FRAME_LOG2_MOST  20

void blob_header_write(uint8_t header[BLOB_HEADER_LEN], struct blob_id id, unsigned int frame_log2);
/* -EBADMSG: no header of this blob. */
must_check int blob_header_check(const uint8_t header[BLOB_HEADER_LEN], struct blob_id id,
                                 unsigned int *ret_frame_log2);
must_check int blob_frames_new(const uint8_t key[BLOB_KEY_LEN], const uint8_t header[BLOB_HEADER_LEN],
                               enum frames_use use, struct frames **ret);

/* Where what stands in a file of some length. */
struct blob_shape {
        size_t frame_len; /* clear */
        uint64_t frames;
        uint64_t size; /* clear */
};
/* -EBADMSG: no blob has such a length. */
must_check int blob_shape_of(uint64_t file_len, unsigned int frame_log2, struct blob_shape *ret);
uint64_t blob_frame_at(const struct blob_shape *shape, uint64_t number); /* offset in the file */
size_t blob_frame_len(const struct blob_shape *shape, uint64_t number);  /* clear bytes */
