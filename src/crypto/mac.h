/* The sum of a long message that only who has the key can make: GMAC (NIST SP 800-38D), AES-256-GCM of no
 * text whose "additional data" the message is. It runs several times faster than the sealing of the same
 * bytes.
 *
 * The nonce is always the same, so a key is for one message: a second sum under it would give away how to
 * forge others. One thread at a time. */
#pragma once

#include "crypto/aead.h"

#define MAC_KEY_LEN AEAD_KEY_LEN
#define MAC_LEN     AEAD_TAG_LEN

struct mac;

must_check int mac_new(const uint8_t key[MAC_KEY_LEN], struct mac **ret);
void mac_free(struct mac *mac); /* NULL is fine */
static inline void mac_freep(struct mac **mac)
{
        mac_free(*mac);
}
/* Pieces of any length, taken as one. */
must_check int mac_add(struct mac *mac, struct str bytes);
/* Once, after the last. */
must_check int mac_end(struct mac *mac, uint8_t ret[MAC_LEN]);
