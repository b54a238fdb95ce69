/* Passwords of people at rest: scrypt, slow and hungry for memory on purpose, with a salt of its own each.
 * https://www.rfc-editor.org/rfc/rfc7914 */
#pragma once

#include "base/arena.h"

/* A hash to store: version byte, log2(N), r, p, 16 bytes of salt, 32 bytes of key. Two hashes of one salt are
 * equal when the passwords are: compare with secret_equal(). like: another hash whose salt to use, to ask
 * whether the password is that one's; absent: a fresh salt. -EBADMSG: like is not a hash. */
#define PASSWORD_HASH_LEN 52
must_check int password_hash(struct arena *arena, struct str password, struct str like, struct str *ret);
