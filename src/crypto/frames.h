/* A long message in frames, each sealed by itself (AES-256-GCM, NIST SP 800-38D), so that any part of it can
 * be opened alone. The nonce is the frame's number and whether it is the last, so that frames that are
 * missing, doubled, out of place or behind the last do not open: STREAM of https://eprint.iacr.org/2015/189.
 *
 * The key is set up once for all frames. It is the key of this one message: whoever seals a second one under
 * it gives both away. One thread at a time. */
#pragma once

#include "crypto/aead.h"

struct frames;

enum frames_use { FRAMES_SEAL, FRAMES_OPEN };

must_check int frames_new(const uint8_t key[AEAD_KEY_LEN], enum frames_use use, struct frames **ret);
void frames_free(struct frames *frames); /* NULL is fine */
static inline void frames_freep(struct frames **frames)
{
        frames_free(*frames);
}

/* The next frame, from number 0 on; none follows the last. Writes the ciphertext and behind it the tag:
 * clear.len + AEAD_TAG_LEN bytes, also right where clear stands. A frame has at most 1 GiB. */
must_check int frames_seal(struct frames *frames, bool is_last, struct str clear, uint8_t *out);
/* Any frame. Writes sealed.len - AEAD_TAG_LEN bytes, also right where sealed stands. -EBADMSG: not sealed so,
 * whatever differs; then all that was written is wiped. */
must_check int frames_open(struct frames *frames, uint64_t number, bool is_last, struct str sealed,
                           uint8_t *out);
