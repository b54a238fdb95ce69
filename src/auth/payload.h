/* What a request says of its body, and whether it is so. For this folder only. */
#pragma once

#include "auth/claim.h"
#include "crypto/hash.h"

/* Reads it into check->result. AUTH_BAD_REQUEST, AUTH_BAD_ARGUMENT, AUTH_NOT_IMPLEMENTED. */
must_check int payload_read(struct check *check);
/* The same of a request that is not signed. */
must_check int payload_read_anonymous(struct check *check);
/* What stands for the body in the canonical request; room is for a hash that must be computed. */
struct str payload_text(const struct check *check, char room[2 * SHA256_LEN]);
/* AUTH_BAD_BODY_HASH: the signed hash is not the body's. To be asked once the signature is proven. */
must_check int payload_check(struct check *check);
