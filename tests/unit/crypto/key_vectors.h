/* Published private keys, and pairs made of them. */
#pragma once

#include "bytes.h"

#include "crypto/der.h"
#include "crypto/key_pair.h"

/* Project Wycheproof: the key of rsa_oaep_2048_sha256_mgf1sha256_test.json,
 * rsa_signature_2048_sha256_test.json and rsa_pss_2048_sha256_mgf1_32_test.json. */
static const char WYCHEPROOF_RSA_2048[] =
        "308204bd020100300d06092a864886f70d0101010500048204a7308204a30201000282010100a2b451a07d0aa5f96e45"
        "5671513550514a8a5b462ebef717094fa1fee82224e637f9746d3f7cafd31878d80325b6ef5a1700f65903b469429e89"
        "d6eac8845097b5ab393189db92512ed8a7711a1253facd20f79c15e8247f3d3e42e46e48c98e254a2fe9765313a03eff"
        "8f17e1a029397a1fa26a8dce26f490ed81299615d9814c22da610428e09c7d9658594266f5c021d0fceca08d945a12be"
        "82de4d1ece6b4c03145b5d3495d4ed5411eb878daf05fd7afc3e09ada0f1126422f590975a1969816f48698bcbba1b4d"
        "9cae79d460d8f9f85e7975005d9bc22c4e5ac0f7c1a45d12569a62807d3b9a02e5a530e773066f453d1f5b4c2e9cf782"
        "0283f742b9d502030100010282010024cdc62317f5d72a6f6ba6cc9632899b01d1ff28867d72f61688995bc855a4e420"
        "a8405250089bdb13cf8e09543827b748b9d27fbb2b4d9e20af8c5a6a862796d1a4cc18ad16ea678bc1bd4a83bbbe9c5e"
        "57453b5ce7388e41a3ba4ce2b77b4438a229e954f720dae0353dc088ac8a76b26dc276f8e1b7851ddd6398ad16ff2e78"
        "195123b9b036e945c38c9d12434f6df76fe22359eb3e1ac9c011678fc926fad3ae475a4fffff55feb2d147e9c894f4c0"
        "e29a599e762462482d968bf42780945fc0d2c31c573c4431b8f4fe8b8c67bec815abd44f7a86edca1c2308737358d2c2"
        "ae5e2e0e2dadf730980262377e58b13b7d9992060a0bc870ccfdb4a9319ee102818100dc431050f782e894fb5248247d"
        "98cb7d58b8d1e24f3b55d041c56e4de086b0d5bb028bda42eeb5d234d5681e5809d415e6a289ad4cfbf78f978f6c3581"
        "4f50eebff1c5b80a69f788e81e6bab5ddaa78369d659d143ec6f17e79813a575cfad9c569156b90113e2e9110ad9e7b4"
        "8a1c9348a6e653321191290ea36cfb3a5b18f102818100bd1a81e7977f9898122273ae3222b598ea5fb19eb4eabc3830"
        "8a5e32196603b2e500ffb79f5b886816611debc472fac45544070beb057c941378a6868af3b7a03d3f9880ec47d5e089"
        "b94fbde542aba9ae8d72c57088d7abf5b131f39098f7bc160f90536abc9492fd4e06f3ed7299d4b97bb03677207d9566"
        "9f140cfbc20f2502818100a94b528b28f291599121d91952ffd1c7f21d7c1479d99d478885fb161870ee1218bf084726"
        "12dbe5497e8d9c650688e09c786961ae3e2c354dc48ae34514759c4c23c4588488961dc06b414e61c0e1e7fbbd2923d3"
        "1532fe289f96da220711e58c14019808e00414276933bb07e4efb9b4a9b37656917205209f33f09515d7c10281803af0"
        "e72a933aef09ff2503df78bafed531c02ff1a2bc437c540cdcbd4ad35435cf511763596543480629b114ca7f780ff7ef"
        "a32ea0cb6e000d6d9ea1f2ef71fd9cf9948422a165557e37e755edfe70d90b920502eb478bc98a63f788ce3a0f856d6e"
        "de7251a383bfa8fa480a81a925af7b3cc538c4bab8c9f7597ffb68011d8d0281802640fbfbcfefb163ee7a87b6483a66"
        "ee41f956d90fa8a7939bfc042ee0924b1b7993d0445f758d51933e85179c0320b0c968b48a91c38b5be923e1097c0c56"
        "2f88d42294b6a2759bafa5428a74f1270874e45f6fcc60f21602de5eccd143cf31241f5921b5ad3983fb54ef17be3b28"
        "5367e50c999c67247b552fe4bfce945f7b";

/* The scalars of RFC 6979, A.2.5 to A.2.7. */
#define RFC_6979_P256 "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"
#define RFC_6979_P384                                                                                        \
        "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5"
#define RFC_6979_P521                                                                                        \
        "00fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75caa896eb32f1f47c70855836a6d16fcc"   \
        "1466f6d8fbec67db89ec0c08b0e996b83538"

#define OID_EC        "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
#define OID_P256      "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
#define OID_P384      "\x06\x05\x2b\x81\x04\x00\x22"
#define OID_P521      "\x06\x05\x2b\x81\x04\x00\x23"
#define OID_SECP256K1 "\x06\x05\x2b\x81\x04\x00\x0a"
#define OID_ED25519   "\x06\x03\x2b\x65\x70"

static inline struct str algorithm_of(enum key_kind kind)
{
        static const struct str ALGORITHMS[] = {
                [KEY_P256] = STR_INIT(OID_EC OID_P256), [KEY_P384] = STR_INIT(OID_EC OID_P384),
                [KEY_P521] = STR_INIT(OID_EC OID_P521), [KEY_SECP256K1] = STR_INIT(OID_EC OID_SECP256K1),
                [KEY_ED25519] = STR_INIT(OID_ED25519),
        };

        return ALGORITHMS[kind];
}

/* One element of DER. */
static inline struct str element(struct arena *arena, uint8_t tag, struct str content)
{
        size_t room = content.len + 8;
        uint8_t *bytes = arena_alloc(arena, room);
        struct der_writer writer = {.start = bytes, .at = bytes + room};

        assert_non_null(bytes);
        if (content.len)
                der_put(&writer, content);
        der_wrap(&writer, tag, bytes + room);
        return str_make(writer.at, (size_t)(bytes + room - writer.at));
}

static inline struct str joined(struct arena *arena, struct str a, struct str b)
{
        char *bytes = arena_alloc(arena, a.len + b.len);

        assert_non_null(bytes);
        if (a.len)
                memcpy(bytes, a.ptr, a.len);
        if (b.len)
                memcpy(bytes + a.len, b.ptr, b.len);
        return str_make(bytes, a.len + b.len);
}

/* PrivateKeyInfo around the private key of an algorithm. */
static inline struct str key_info(struct arena *arena, struct str algorithm, struct str key)
{
        struct str body = joined(arena, STR("\x02\x01\x00"), element(arena, DER_SEQUENCE, algorithm));

        return element(arena, DER_SEQUENCE, joined(arena, body, element(arena, DER_OCTETS, key)));
}

/* ECPrivateKey of a scalar, with whatever shall stand behind it. */
static inline struct str ec_key(struct arena *arena, const char *scalar, struct str rest)
{
        struct str body =
                joined(arena, STR("\x02\x01\x01"), element(arena, DER_OCTETS, unhex(arena, scalar)));

        return element(arena, DER_SEQUENCE, joined(arena, body, rest));
}

/* A pair from a scalar alone, or the seed of Ed25519. */
static inline struct key_pair *pair_of(struct arena *arena, enum key_kind kind, const char *scalar)
{
        struct str key = kind == KEY_ED25519 ? element(arena, DER_OCTETS, unhex(arena, scalar))
                                             : ec_key(arena, scalar, STR(""));
        struct key_pair *pair = NULL;

        assert_int_equal(key_pair_parse(key_info(arena, algorithm_of(kind), key), kind, &pair), 0);
        return pair;
}

static inline struct key_pair *rsa_pair(struct arena *arena)
{
        struct key_pair *pair = NULL;

        assert_int_equal(key_pair_parse(unhex(arena, WYCHEPROOF_RSA_2048), KEY_RSA_2048, &pair), 0);
        return pair;
}

/* SubjectPublicKeyInfo of a point. */
static inline struct str public_info(struct arena *arena, struct str algorithm, struct str point)
{
        struct str bits = element(arena, DER_BIT_STRING, joined(arena, STR("\0"), point));

        return element(arena, DER_SEQUENCE, joined(arena, element(arena, DER_SEQUENCE, algorithm), bits));
}
