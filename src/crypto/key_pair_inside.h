/* What a key pair is made of. For the files of this folder only. */
#pragma once

#include "crypto/algorithm.h" /* first: see there */

#include "crypto/der.h"
#include "crypto/key_pair.h"

#include <stdatomic.h>

enum key_family { FAMILY_RSA, FAMILY_EC, FAMILY_ED25519 };

/* What is known of a kind without looking at a key. */
struct key_facts {
        enum key_family family;
        bool is_nist_curve;
        size_t len;           /* bytes: of the modulus, or of a coordinate and of the private scalar */
        const char *group;    /* libcrypto's name of the curve */
        struct str algorithm; /* the content of the AlgorithmIdentifier in DER */
};
const struct key_facts *key_facts_of(enum key_kind kind);

/* Uncompressed, that is: 04, X, Y. */
#define POINT_LEN(facts) (1 + 2 * (facts)->len)
#define POINT_LEN_MAX    133

struct key_pair {
        EVP_PKEY *key;
        enum key_kind kind;
        atomic_uint holders;
};
must_check int key_pair_hold(EVP_PKEY *key, enum key_kind kind, struct key_pair **ret); /* takes it over */

/* The structures within a PrivateKeyInfo, read with the errors of key_pair_parse() and written. */
must_check int key_rsa_parse(const struct key_facts *facts, struct str der, EVP_PKEY **ret);
must_check int key_rsa_write(const struct key_facts *facts, const EVP_PKEY *key, struct der_writer *writer);
must_check int key_ec_parse(const struct key_facts *facts, struct str der, EVP_PKEY **ret);
must_check int key_ec_write(const struct key_facts *facts, const EVP_PKEY *key, struct der_writer *writer);
/* A public key from a point of the curve, compressed or not. -EINVAL: it is none. */
must_check int key_ec_public(const struct key_facts *facts, struct str point, EVP_PKEY **ret);

/* Both schemes of Ed25519, pure (a message) and prehashed (a SHA-512 digest), as key_pair_sign() and
 * key_pair_verify(). The signature has ED25519_LEN bytes. */
#define ED25519_LEN 64
must_check int key_ed25519_sign(EVP_PKEY *key, struct str message, uint8_t ret[ED25519_LEN]);
must_check int key_ed25519_verify(EVP_PKEY *key, struct str message, struct str signature);
must_check int key_ed25519ph_sign(EVP_PKEY *key, struct str digest, uint8_t ret[ED25519_LEN]);
must_check int key_ed25519ph_verify(EVP_PKEY *key, struct str digest, struct str signature);

/* A key from libcrypto's parameters. -EINVAL: they make none. */
must_check int key_from_parameters(const char *type, int selection, OSSL_PARAM *parameters, EVP_PKEY **ret);
/* From DER's order of bytes to the machine's, in which numbers stand in libcrypto's parameters, and back. */
void key_turn_bytes(uint8_t *out, const uint8_t *in, size_t len);

static inline void key_freep(EVP_PKEY **key)
{
        EVP_PKEY_free(*key);
}

static inline void key_context_freep(EVP_PKEY_CTX **context)
{
        EVP_PKEY_CTX_free(*context);
}
