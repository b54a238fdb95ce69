/* What strangers give for keys: private keys to import, public keys to agree with, wrapped keys, signatures.
 * The first byte says which of these the rest is, the second of which kind of key.
 *
 * A private key that is taken is written in the one form that is taken again the same, and works. A peer's
 * key gives a secret of the field's length or none. What is unwrapped was wrapped, bit for bit. No signature
 * is one but those of the corpus. */
#include "crypto/hash.h"
#include "crypto/key_pair.h"
#include "crypto/key_wrap.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define KINDS      (KEY_ED25519 + 1)
#define MEMORY_MAX ((size_t)1 << 20)
#define MESSAGE    STR("a message that was signed")

/* -- The pairs of this target: of the scalar 00 01 02 ..., written as PKCS #8 without a public point. */

#define EC_HEAD(total, inner, curve, curve_tag, octets, sequence, scalar)                                    \
        STR_INIT("\x30" total "\x02\x01\x00\x30" inner                                                       \
                 "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01" curve_tag curve "\x04" octets "\x30" sequence        \
                 "\x02\x01\x01\x04" scalar)

static const struct {
        struct str head; /* the scalar follows */
        size_t len;
} FIXED[KINDS] = {
        [KEY_P256] = {EC_HEAD("\x41", "\x13", "\x2a\x86\x48\xce\x3d\x03\x01\x07", "\x06\x08", "\x27", "\x25",
                              "\x20"),
                      32},
        [KEY_P384] = {EC_HEAD("\x4e", "\x10", "\x2b\x81\x04\x00\x22", "\x06\x05", "\x37", "\x35", "\x30"),
                      48},
        [KEY_P521] = {EC_HEAD("\x60", "\x10", "\x2b\x81\x04\x00\x23", "\x06\x05", "\x49", "\x47", "\x42"),
                      66},
        [KEY_SECP256K1] = {EC_HEAD("\x3e", "\x10", "\x2b\x81\x04\x00\x0a", "\x06\x05", "\x27", "\x25",
                                   "\x20"),
                           32},
        [KEY_ED25519] = {STR_INIT("\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20"), 32},
};

static struct key_pair *make_fixed(enum key_kind kind)
{
        struct key_pair *pair;
        char der[128];
        size_t len = FIXED[kind].head.len;

        memcpy(der, FIXED[kind].head.ptr, len);
        for (size_t i = 0; i < FIXED[kind].len; i++)
                der[len++] = (char)i;
        assert(key_pair_parse(str_make(der, len), kind, &pair) == 0);
        return pair;
}

/* RSA pairs are of this run alone: none of their signatures is in the corpus. */
static const struct key_pair *pair_of(enum key_kind kind)
{
        static struct key_pair *pairs[KINDS];

        if (FIXED[kind].len == 0)
                kind = KEY_RSA_2048;
        if (!pairs[kind] && kind == KEY_RSA_2048)
                assert(key_pair_make(kind, &pairs[kind]) == 0);
        else if (!pairs[kind])
                pairs[kind] = make_fixed(kind);
        return pairs[kind];
}

/* -- Private keys */

static enum scheme scheme_of(enum key_kind kind)
{
        return kind <= KEY_RSA_4096 ? SCHEME_PKCS1 : kind == KEY_ED25519 ? SCHEME_ED25519 : SCHEME_ECDSA;
}

static void sign_and_verify(const struct key_pair *pair, struct arena *arena)
{
        enum scheme scheme = scheme_of(key_pair_kind(pair));
        struct str signature;

        assert(key_pair_sign(pair, scheme, DIGEST_SHA256, false, MESSAGE, arena, &signature) == 0);
        assert(key_pair_verify(pair, scheme, DIGEST_SHA256, false, MESSAGE, signature) == 0);
        assert(key_pair_verify(pair, scheme, DIGEST_SHA256, false, STR("another"), signature) == -EBADMSG);
}

static void parse_again(const struct key_pair *pair, struct arena *arena)
{
        _cleanup_(secret_done) struct secret first = {}, second = {};
        _cleanup_(key_pair_unrefp) struct key_pair *again = NULL, *own = NULL;
        struct str public_der, public_again;
        enum key_kind kind = key_pair_kind(pair);

        assert(key_pair_private_der(pair, &first) == 0);
        assert(key_pair_parse(secret_str(&first), kind, &again) == 0);
        assert(key_pair_parse_own(secret_str(&first), kind, &own) == 0);
        assert(key_pair_private_der(again, &second) == 0);
        assert(str_eq(secret_str(&first), secret_str(&second)));
        assert(key_pair_public_der(pair, arena, &public_der) == 0);
        assert(key_pair_public_der(own, arena, &public_again) == 0);
        assert(str_eq(public_der, public_again));
        sign_and_verify(own, arena);
}

static void try_parse(enum key_kind kind, struct str der, struct arena *arena)
{
        _cleanup_(key_pair_unrefp) struct key_pair *pair = NULL;
        _cleanup_(key_pair_unrefp) struct key_pair *own = NULL;
        int r = key_pair_parse(der, kind, &pair);

        assert(r == 0 || r == -EBADMSG || r == -EINVAL);
        assert((pair != NULL) == (r == 0));
        if (r == 0) {
                assert(key_pair_kind(pair) == kind);
                parse_again(pair, arena);
        }
        /* Without the check it may take what does not fit, but no other bytes. */
        r = key_pair_parse_own(der, kind, &own);
        assert(r == 0 || r == -EBADMSG || r == -EINVAL);
        assert(!pair || r == 0);
}

/* -- The others */

static void try_agree(enum key_kind kind, struct str der)
{
        static const size_t LENGTHS[KINDS] = {[KEY_P256] = 32, [KEY_P384] = 48, [KEY_P521] = 66};
        _cleanup_(secret_done) struct secret shared = {};
        int r = key_pair_agree(pair_of(kind), der, &shared);

        assert(r == -EINVAL || (r == 0 && shared.len == LENGTHS[kind]));
        assert((shared.bytes != NULL) == (r == 0));
}

static void try_unwrap(size_t kek_len, struct str wrapped, struct arena *arena)
{
        _cleanup_(secret_done) struct secret clear = {};
        struct str again;
        char kek[32];
        int r;

        for (size_t i = 0; i < kek_len; i++)
                kek[i] = (char)i;
        r = key_unwrap(str_make(kek, kek_len), wrapped, &clear);
        assert(r == -EBADMSG || r == 0);
        assert((clear.bytes != NULL) == (r == 0));
        if (r < 0)
                return;
        assert(key_wrap(str_make(kek, kek_len), secret_str(&clear), arena, &again) == 0);
        assert(str_eq(again, wrapped));
}

/* The first eight bytes of the SHA-256 of the signatures in the corpus that are good. */
static const uint64_t GENUINE[] = {
        UINT64_C(0xd897f6bd86dc1428), UINT64_C(0x7687457c88479e8b), UINT64_C(0xc41065968004b932),
        UINT64_C(0x9832b1ce634bb6a4), UINT64_C(0x2e190e5f355bfaef),
};

static bool is_genuine(struct str signature)
{
        uint8_t hash[SHA256_LEN];
        uint64_t first = 0;

        sha256(signature, hash);
        for (size_t i = 0; i < 8; i++)
                first = first << 8 | hash[i];
        for (size_t i = 0; i < ARRAY_LEN(GENUINE); i++)
                if (GENUINE[i] == first)
                        return true;
        return false;
}

/* RSA-PKCS1 and PSS; the digest that goes with each curve. */
static void try_verify(enum key_kind kind, struct str signature)
{
        static const enum digest DIGESTS[KINDS] = {
                [KEY_RSA_2048] = DIGEST_SHA256,  [KEY_RSA_3072] = DIGEST_SHA256,
                [KEY_RSA_4096] = DIGEST_SHA512,  [KEY_P256] = DIGEST_SHA256,
                [KEY_P384] = DIGEST_SHA384,      [KEY_P521] = DIGEST_SHA512,
                [KEY_SECP256K1] = DIGEST_SHA256, [KEY_ED25519] = DIGEST_SHA512};
        enum scheme scheme = kind == KEY_RSA_3072 ? SCHEME_PSS : scheme_of(kind);
        int r = key_pair_verify(pair_of(kind), scheme, DIGESTS[kind], false, MESSAGE, signature);

        assert(r == -EBADMSG || (r == 0 && is_genuine(signature)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const size_t KEK_LENGTHS[] = {16, 24, 32};
        struct str rest = str_from(str_make(data, size), 2);
        enum key_kind kind;
        struct arena arena;

        if (size < 2)
                return 0;
        kind = (enum key_kind)(data[1] % KINDS);
        arena_init(&arena, MEMORY_MAX);
        switch (data[0] % 4) {
        case 0:
                try_parse(kind, rest, &arena);
                break;
        case 1:
                try_agree(kind, rest);
                break;
        case 2:
                try_unwrap(KEK_LENGTHS[data[1] % ARRAY_LEN(KEK_LENGTHS)], rest, &arena);
                break;
        default:
                try_verify(kind, rest);
        }
        arena_done(&arena);
        return 0;
}
