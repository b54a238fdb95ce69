/* Pairs of a private and a public key. A pair never changes once it is made and serves many threads at once;
 * it is counted who holds it. The private half lives in libcrypto's objects and struct secret only. */
#pragma once

#include "base/arena.h"
#include "crypto/digest.h"
#include "crypto/keyring.h"

enum key_kind {
        KEY_RSA_2048, /* of two primes; public exponent 65537 */
        KEY_RSA_3072,
        KEY_RSA_4096,
        KEY_P256,
        KEY_P384,
        KEY_P521,
        KEY_SECP256K1,
        KEY_ED25519
};

struct key_pair;

must_check int key_pair_make(enum key_kind kind, struct key_pair **ret);

/* Of PKCS #8: an unencrypted PrivateKeyInfo (RFC 5208) in DER. An EC key may lack its public point.
 * -EBADMSG: not such DER, or something behind it. -EINVAL: a key of another kind (also: EC parameters that
 * are not a named curve, RSA of more than two primes or with another public exponent), or one whose parts do
 * not fit each other. The check takes as long as some signatures. */
must_check int key_pair_parse(struct str pkcs8_der, enum key_kind kind, struct key_pair **ret);
/* The same without the check of whether the parts fit each other: for what key_pair_private_der() gave and
 * was kept sealed since. */
must_check int key_pair_parse_own(struct str pkcs8_der, enum key_kind kind, struct key_pair **ret);

struct key_pair *key_pair_ref(struct key_pair *pair); /* gives the same pair */
void key_pair_unref(struct key_pair *pair);           /* NULL is fine */
static inline void key_pair_unrefp(struct key_pair **pair)
{
        key_pair_unref(*pair);
}

enum key_kind key_pair_kind(const struct key_pair *pair);
/* PKCS #8, as key_pair_parse() takes it. */
must_check int key_pair_private_der(const struct key_pair *pair, struct secret *ret);
/* SubjectPublicKeyInfo (RFC 5280); an EC key as a named curve and an uncompressed point. */
must_check int key_pair_public_der(const struct key_pair *pair, struct arena *arena, struct str *ret);

/* RSAPublicKey (RFC 8017). -EINVAL: not an RSA pair. */
must_check int key_pair_public_pkcs1(const struct key_pair *pair, struct arena *arena, struct str *ret);

enum scheme {
        SCHEME_PKCS1,    /* RSASSA-PKCS1-v1_5 */
        SCHEME_PSS,      /* RSASSA-PSS, MGF1 of the same digest, salt as long as the digest */
        SCHEME_ECDSA,    /* the signature as DER (ANSI X9.62) */
        SCHEME_ED25519,  /* no digest: the parameter is not looked at */
        SCHEME_ED25519PH /* DIGEST_SHA512 */
};

/* is_digest: message is the digest already. -EINVAL: it is not as long as one, the scheme is of another kind
 * of key, or takes no digest. -ENOSYS: this libcrypto has no such scheme; SCHEME_ED25519PH wants OpenSSL 3.4,
 * the first that signs a digest by it. */
must_check int key_pair_sign(const struct key_pair *pair, enum scheme scheme, enum digest digest,
                             bool is_digest, struct str message, struct arena *arena, struct str *ret);
/* -EBADMSG: not a signature of the message by this pair, whatever its bytes; else as key_pair_sign(). */
must_check int key_pair_verify(const struct key_pair *pair, enum scheme scheme, enum digest digest,
                               bool is_digest, struct str message, struct str signature);

/* RSAES-OAEP without a label; MGF1 of the same digest. -EINVAL: not an RSA pair. -EMSGSIZE: clear is longer
 * than the modulus less two digests and two bytes. */
must_check int key_pair_encrypt(const struct key_pair *pair, enum digest digest, struct str clear,
                                struct arena *arena, struct str *ret);
/* -EBADMSG: not encrypted so, whatever differs. */
must_check int key_pair_decrypt(const struct key_pair *pair, enum digest digest, struct str sealed,
                                struct secret *ret);

/* ECDH (NIST SP 800-56A, 5.7.1.2) with the public key of a peer, a SubjectPublicKeyInfo: the X coordinate, as
 * long as the field. -EINVAL: the pair is not of a NIST curve, or the peer's key is not one of the same curve
 * in DER. */
must_check int key_pair_agree(const struct key_pair *pair, struct str peer_public_der, struct secret *ret);
