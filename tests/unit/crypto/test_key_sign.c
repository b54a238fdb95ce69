/* Published vectors:
 * - Project Wycheproof, rsa_signature_2048_sha256_test.json and rsa_pss_2048_sha256_mgf1_32_test.json, tcId
 * 3;
 * - RFC 6979, A.2.5 to A.2.7, message "sample": r and s as DER;
 * - for secp256k1, of which no RFC has any: private key 1, "Satoshi Nakamoto", the nonce of RFC 6979, as the
 *   libraries of Bitcoin publish it;
 * - RFC 8032, 7.1, tests 1 to 3, and 7.3. */
#include <openssl/evp.h> /* first, as in crypto/algorithm.h */
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "key_vectors.h"

#define SECP256K1_ONE "0000000000000000000000000000000000000000000000000000000000000001"

static struct arena arena;

static int set_up(void **state)
{
        (void)state;
        arena_init(&arena, (size_t)1 << 24);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        arena_done(&arena);
        return 0;
}

static const char PKCS1_SIGNATURE[] =
        "264491e844c119f14e425c03282139a558dcdaeb82a4628173cd407fd319f9076eaebc0dd87a1c22e4d17839096886d5"
        "8a9d5b7f7aeb63efec56c45ac7bead4203b6886e1faa90e028ec0ae094d46bf3f97efdd19045cfbc25a1abda2432639f"
        "9876405c0d68f8edbf047c12a454f7681d5d5a2b54bd3723d193dbad4338baad753264006e2d08931c4b8bb79aa1c9ca"
        "d10eb6605f87c5831f6e2b08e002f9c6f21141f5841d92727dd3e1d99c36bc560da3c9067df99fcaf818941f72588be3"
        "3032bad22caf6704223bb114d575b6d02d9d222b580005d930e8f40cce9f672eebb634a20177d84351627964b83f2053"
        "d736a84ab1a005f63bd5ba943de6205c";
static const char PSS_SIGNATURE[] =
        "401eb03cdb47ca88033e3030f6bdecbac8f5c8fc1dd6a13d23d379ed9a2b309891d13d74fea9d21d159b9e6d8f37efa2"
        "489962e24555f56dd434ff1d31ce4f9f5abd3f22cbea8b691d6a11e44efb83e2bca155e6a164325e0fde2a8865afd5c9"
        "f51161a9d615f62af7ec2e31b3e5ab649c164490d31d88cfae35b84aea7925690f929a144b6d2f48e8fb894a52deecd1"
        "b9a6496990c4ecf1588699a42cacd10c53af350514e4291ea9a058e77f101e32c1c0cefa61d945f7bc931f8bd19e7ba3"
        "169358a60e5a8b0123bc3199b9fdcafe8e519c41ba675491a27b85e44ef2d77277c10fe107293c8290186913bc9a99b6"
        "40d8da041b64f31eab1d35920985f4a5";

static int verify(const struct key_pair *pair, enum scheme scheme, struct str message, struct str signature)
{
        return key_pair_verify(pair, scheme, DIGEST_SHA256, false, message, signature);
}

static void test_rsa_published(void **state)
{
        _cleanup_(key_pair_unrefp) struct key_pair *pair = rsa_pair(&arena);
        struct str signature;

        (void)state;
        assert_int_equal(verify(pair, SCHEME_PKCS1, STR("Test"), unhex(&arena, PKCS1_SIGNATURE)), 0);
        assert_int_equal(verify(pair, SCHEME_PSS, STR("Test"), unhex(&arena, PSS_SIGNATURE)), 0);
        /* One scheme's is not the other's. */
        assert_int_equal(verify(pair, SCHEME_PSS, STR("Test"), unhex(&arena, PKCS1_SIGNATURE)), -EBADMSG);
        assert_int_equal(verify(pair, SCHEME_PKCS1, STR("Test"), unhex(&arena, PSS_SIGNATURE)), -EBADMSG);
        /* PKCS #1 v1.5 has one signature of a message. */
        assert_int_equal(
                key_pair_sign(pair, SCHEME_PKCS1, DIGEST_SHA256, false, STR("Test"), &arena, &signature), 0);
        assert_hex(&arena, signature, PKCS1_SIGNATURE);
}

/* A signature of PSS by libcrypto itself, with a salt of any length. */
static struct str pss_signature(struct str pkcs8, struct str message, int salt_len)
{
        const uint8_t *der = (const uint8_t *)pkcs8.ptr;
        EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &der, (long)pkcs8.len);
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        EVP_PKEY_CTX *settings;
        uint8_t signature[256];
        size_t len = sizeof(signature);

        assert_int_equal(EVP_DigestSignInit(context, &settings, EVP_sha256(), NULL, key), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, salt_len), 1);
        assert_int_equal(EVP_DigestSign(context, signature, &len, (const uint8_t *)message.ptr, message.len),
                         1);
        EVP_MD_CTX_free(context);
        EVP_PKEY_free(key);
        return arena_dup_bytes(&arena, signature, len);
}

static void test_pss_salt_is_as_long_as_the_digest(void **state)
{
        static const int OTHERS[] = {0, 20, 31, 33, 64, RSA_PSS_SALTLEN_MAX};
        _cleanup_(key_pair_unrefp) struct key_pair *pair = rsa_pair(&arena);
        struct str pkcs8 = unhex(&arena, WYCHEPROOF_RSA_2048), message = STR("message");

        (void)state;
        assert_int_equal(verify(pair, SCHEME_PSS, message, pss_signature(pkcs8, message, 32)), 0);
        for (size_t i = 0; i < ARRAY_LEN(OTHERS); i++)
                assert_int_equal(verify(pair, SCHEME_PSS, message, pss_signature(pkcs8, message, OTHERS[i])),
                                 -EBADMSG);
}

/* A signature whose first byte happens to be zero is not good without it (RFC 8017, 8.1.2 and 8.2.2, step 1).
 */
static void test_leading_zero_is_part_of_it(void **state)
{
        static const enum scheme SCHEMES[] = {SCHEME_PKCS1, SCHEME_PSS};
        _cleanup_(key_pair_unrefp) struct key_pair *pair = rsa_pair(&arena);

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(SCHEMES); i++) {
                struct str signature = STR("\1"), message = STR_NONE;
                char text[24];

                for (int n = 0; signature.ptr[0] != 0; n++) {
                        arena_reset(&arena);
                        message = str_make(text, (size_t)snprintf(text, sizeof(text), "message %d", n));
                        assert_int_equal(key_pair_sign(pair, SCHEMES[i], DIGEST_SHA256, false, message,
                                                       &arena, &signature),
                                         0);
                }
                assert_int_equal(verify(pair, SCHEMES[i], message, signature), 0);
                assert_int_equal(verify(pair, SCHEMES[i], message, str_from(signature, 1)), -EBADMSG);
        }
}

static const struct {
        enum key_kind kind;
        const char *scalar;
        enum digest digest;
        const char *message, *signature;
} ECDSA_VECTORS[] = {
        {KEY_P256, RFC_6979_P256, DIGEST_SHA1, "sample",
         "3044022061340c88c3aaebeb4f6d667f672ca9759a6ccaa9fa8811313039ee4a35471d3202206d7f147dac089441bb2e"
         "2fe8f7a3fa264b9c475098fdcf6e00d7c996e1b8b7eb"},
        {KEY_P256, RFC_6979_P256, DIGEST_SHA256, "sample",
         "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716022100f7cb1c942d657c41"
         "d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"},
        {KEY_P256, RFC_6979_P256, DIGEST_SHA384, "sample",
         "304402200eafea039b20e9b42309fb1d89e213057cbf973dc0cfc8f129edddc800ef771902204861f0491e6998b94551"
         "93e34e7b0d284ddd7149a74b95b9261f13abde940954"},
        {KEY_P256, RFC_6979_P256, DIGEST_SHA512, "sample",
         "30450221008496a60b5e9b47c825488827e0495b0e3fa109ec4568fd3f8d1097678eb97f0002202362ab1adbe2b8adf9"
         "cb9edab740ea6049c028114f2460f96554f61fae3302fe"},
        {KEY_P384, RFC_6979_P384, DIGEST_SHA1, "sample",
         "3066023100ec748d839243d6fbef4fc5c4859a7dffd7f3abddf72014540c16d73309834fa37b9ba002899f6fda3a4a93"
         "86790d4eb2023100a3bcfa947beef4732bf247ac17f71676cb31a847b9ff0cbc9c9ed4c1a5b3facf26f49ca031d48575"
         "70ccb5ca4424a443"},
        {KEY_P384, RFC_6979_P384, DIGEST_SHA256, "sample",
         "3065023021b13d1e013c7fa1392d03c5f99af8b30c570c6f98d4ea8e354b63a21d3daa33bde1e888e63355d92fa2b3c3"
         "6d8fb2cd023100f3aa443fb107745bf4bd77cb3891674632068a10ca67e3d45db2266fa7d1feebefdc63eccd1ac42ec0"
         "cb8668a4fa0ab0"},
        {KEY_P384, RFC_6979_P384, DIGEST_SHA384, "sample",
         "306602310094edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd"
         "1e80fabe4602310099ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e"
         "7b82c71a38628ac8"},
        {KEY_P384, RFC_6979_P384, DIGEST_SHA512, "sample",
         "3065023100ed0959d5880ab2d869ae7f6c2915c6d60f96507f9cb3e047c0046861da4a799cfe30f35cc900056d7c99cd"
         "78824337090230512c8cceee3890a84058ce1e22dbc2198f42323ce8aca9135329f03c068e5112dc7cc3ef3446defceb"
         "01a45c2667fdd5"},
        {KEY_P521, RFC_6979_P521, DIGEST_SHA1, "sample",
         "3081870241343b6ec45728975ea5cba6659bbb6062a5ff89eea58be3c80b619f322c87910fe092f7d45bb0f8eee01ed3"
         "f20babec079d202ae677b243ab40b5431d497c55d75d024200e7b0e675a9b24413d448b8cc119d2bf7b2d2df032741c0"
         "96634d6d65d0dbe3d5694625fb9e8104d3b842c1b0e2d0b98bea19341e8676aef66ae4eba3d5475d5d16"},
        {KEY_P521, RFC_6979_P521, DIGEST_SHA256, "sample",
         "308187024201511bb4d675114fe266fc4372b87682baecc01d3cc62cf2303c92b3526012659d16876e25c7c1e57648f2"
         "3b73564d67f61c6f14d527d54972810421e7d87589e1a702414a171143a83163d6df460aaf61522695f207a58b95c064"
         "4d87e52aa1a347916e4f7a72930b1bc06dbe22ce3f58264afd23704cbb63b29b931f7de6c9d949a7ecfc"},
        {KEY_P521, RFC_6979_P521, DIGEST_SHA384, "sample",
         "308188024201ea842a0e17d2de4f92c15315c63ddf72685c18195c2bb95e572b9c5136ca4b4b576ad712a52be9730627"
         "d16054ba40cc0b8d3ff035b12ae75168397f5d50c67451024201f21a3cee066e1961025fb048bd5fe2b7924d0cd797ba"
         "be0a83b66f1e35eeaf5fde143fa85dc394a7dee766523393784484bdf3e00114a1c857cde1aa203db65d61"},
        {KEY_P521, RFC_6979_P521, DIGEST_SHA512, "sample",
         "308187024200c328fafcbd79dd77850370c46325d987cb525569fb63c5d3bc53950e6d4c5f174e25a1ee9017b5d45060"
         "6add152b534931d7d4e8455cc91f9b15bf05ec36e377fa0241617cce7cf5064806c467f678d3b4080d6f1cc50af26ca2"
         "09417308281b68af282623eaa63e5b5c0723d8b8c37ff0777b1a20f8ccb1dccc43997f1ee0e44da4a67a"},
        {KEY_SECP256K1, SECP256K1_ONE, DIGEST_SHA256, "Satoshi Nakamoto",
         "3045022100934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d802202442ce9d2b91606410"
         "8014783e923ec36b49743e2ffa1c4496f01a512aafd9e5"},
};

static void test_ecdsa_published(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ECDSA_VECTORS); i++) {
                _cleanup_(key_pair_unrefp) struct key_pair *pair =
                        pair_of(&arena, ECDSA_VECTORS[i].kind, ECDSA_VECTORS[i].scalar);
                struct str signature = unhex(&arena, ECDSA_VECTORS[i].signature);
                struct str message = str_of(ECDSA_VECTORS[i].message);
                enum digest digest = ECDSA_VECTORS[i].digest;
                uint8_t bytes[DIGEST_MAX];

                assert_int_equal(key_pair_verify(pair, SCHEME_ECDSA, digest, false, message, signature), 0);
                digest_of(digest, message, bytes);
                assert_int_equal(key_pair_verify(pair, SCHEME_ECDSA, digest, true,
                                                 str_make(bytes, digest_len(digest)), signature),
                                 0);
                assert_int_equal(key_pair_verify(pair, SCHEME_ECDSA, digest, false, STR("other"), signature),
                                 -EBADMSG);
        }
}

static const struct {
        const char *seed, *message, *signature;
} ED25519_VECTORS[] = {
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
         "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
         "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
        {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
         "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
};

static void test_ed25519_published(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ED25519_VECTORS); i++) {
                _cleanup_(key_pair_unrefp) struct key_pair *pair =
                        pair_of(&arena, KEY_ED25519, ED25519_VECTORS[i].seed);
                struct str message = unhex(&arena, ED25519_VECTORS[i].message), signature;

                assert_int_equal(key_pair_sign(pair, SCHEME_ED25519, DIGEST_SHA512, false, message, &arena,
                                               &signature),
                                 0);
                assert_hex(&arena, signature, ED25519_VECTORS[i].signature);
                assert_int_equal(verify(pair, SCHEME_ED25519, message, signature), 0);
                assert_int_equal(verify(pair, SCHEME_ED25519, STR("other"), signature), -EBADMSG);
        }
}

static int sign_abc(const struct key_pair *pair, bool is_digest, struct str *ret)
{
        uint8_t digest[DIGEST_MAX] = {};
        struct str message = is_digest ? str_make(digest, sizeof(digest)) : STR("abc");

        digest_of(DIGEST_SHA512, STR("abc"), digest);
        return key_pair_sign(pair, SCHEME_ED25519PH, DIGEST_SHA512, is_digest, message, &arena, ret);
}

static int verify_abc(const struct key_pair *pair, struct str signature)
{
        return key_pair_verify(pair, SCHEME_ED25519PH, DIGEST_SHA512, false, STR("abc"), signature);
}

/* Where libcrypto has it not, nothing else is signed in its place. */
static void test_ed25519ph(void **state)
{
        static const char SIGNATURE[] = "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41"
                                        "31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406";
        _cleanup_(key_pair_unrefp) struct key_pair *pair = pair_of(
                &arena, KEY_ED25519, "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42");
        struct str signature = STR_NONE;
        int r = sign_abc(pair, false, &signature);

        (void)state;
        assert_int_equal(verify_abc(pair, unhex(&arena, SIGNATURE)), r);
        if (r < 0) {
                assert_int_equal(r, -ENOSYS);
                assert_false(str_is_set(signature));
                return;
        }
        assert_hex(&arena, signature, SIGNATURE);
        assert_int_equal(sign_abc(pair, true, &signature), 0);
        assert_hex(&arena, signature, SIGNATURE);
        for (size_t bit = 0; bit < signature.len * 8; bit++)
                assert_int_equal(verify_abc(pair, turned(&arena, signature, bit)), -EBADMSG);
}

/* -- What is made here is good here, and nothing near it is. */

static void assert_only_this(const struct key_pair *pair, enum scheme scheme, enum digest digest)
{
        struct str message = STR("what is signed"), signature, bad[6];

        assert_int_equal(key_pair_sign(pair, scheme, digest, false, message, &arena, &signature), 0);
        assert_int_equal(key_pair_verify(pair, scheme, digest, false, message, signature), 0);
        for (size_t bit = 0; bit < signature.len * 8; bit += 7)
                assert_int_equal(
                        key_pair_verify(pair, scheme, digest, false, message, turned(&arena, signature, bit)),
                        -EBADMSG);
        bad[0] = STR_NONE;
        bad[1] = STR("");
        bad[2] = str_part(signature, 0, signature.len - 1);
        bad[3] = joined(&arena, signature, STR("\0"));
        bad[4] = joined(&arena, STR("\0"), signature);
        bad[5] = joined(&arena, signature, signature);
        for (size_t i = 0; i < ARRAY_LEN(bad); i++)
                assert_int_equal(key_pair_verify(pair, scheme, digest, false, message, bad[i]), -EBADMSG);
        assert_int_equal(key_pair_verify(pair, scheme, digest, false, STR("what is signex"), signature),
                         -EBADMSG);
}

static void test_only_the_signature_itself(void **state)
{
        static const enum digest DIGESTS[] = {DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512};
        _cleanup_(key_pair_unrefp) struct key_pair *rsa = rsa_pair(&arena);
        _cleanup_(key_pair_unrefp) struct key_pair *p256 = pair_of(&arena, KEY_P256, RFC_6979_P256);
        _cleanup_(key_pair_unrefp) struct key_pair *p384 = pair_of(&arena, KEY_P384, RFC_6979_P384);
        _cleanup_(key_pair_unrefp) struct key_pair *p521 = pair_of(&arena, KEY_P521, RFC_6979_P521);
        _cleanup_(key_pair_unrefp) struct key_pair *k1 = pair_of(&arena, KEY_SECP256K1, RFC_6979_P256);
        _cleanup_(key_pair_unrefp) struct key_pair *ed = pair_of(&arena, KEY_ED25519, RFC_6979_P256);

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(DIGESTS); i++) {
                assert_only_this(rsa, SCHEME_PKCS1, DIGESTS[i]);
                assert_only_this(rsa, SCHEME_PSS, DIGESTS[i]);
        }
        assert_only_this(p256, SCHEME_ECDSA, DIGEST_SHA256);
        assert_only_this(p384, SCHEME_ECDSA, DIGEST_SHA384);
        assert_only_this(p521, SCHEME_ECDSA, DIGEST_SHA512);
        assert_only_this(k1, SCHEME_ECDSA, DIGEST_SHA256);
        assert_only_this(ed, SCHEME_ED25519, DIGEST_SHA512);
}

static void test_a_digest_signs_as_its_message(void **state)
{
        _cleanup_(key_pair_unrefp) struct key_pair *pair = rsa_pair(&arena);
        struct str message = STR("message"), digest, signature;
        uint8_t bytes[DIGEST_MAX];

        (void)state;
        digest_of(DIGEST_SHA384, message, bytes);
        digest = str_make(bytes, 48);
        assert_int_equal(key_pair_sign(pair, SCHEME_PSS, DIGEST_SHA384, true, digest, &arena, &signature), 0);
        assert_int_equal(key_pair_verify(pair, SCHEME_PSS, DIGEST_SHA384, false, message, signature), 0);
        assert_int_equal(key_pair_verify(pair, SCHEME_PSS, DIGEST_SHA384, true, digest, signature), 0);
        assert_int_equal(key_pair_verify(pair, SCHEME_PSS, DIGEST_SHA256, false, message, signature),
                         -EBADMSG);
}

static void test_what_does_not_fit(void **state)
{
        _cleanup_(key_pair_unrefp) struct key_pair *rsa = rsa_pair(&arena);
        _cleanup_(key_pair_unrefp) struct key_pair *p256 = pair_of(&arena, KEY_P256, RFC_6979_P256);
        _cleanup_(key_pair_unrefp) struct key_pair *ed = pair_of(&arena, KEY_ED25519, RFC_6979_P256);
        const struct {
                const struct key_pair *pair;
                enum scheme scheme;
                enum digest digest;
                bool is_digest;
                size_t len;
        } CASES[] = {
                {rsa, SCHEME_PKCS1, DIGEST_SHA256, true, 31},
                {rsa, SCHEME_PSS, DIGEST_SHA256, true, 48},
                {rsa, SCHEME_PSS, DIGEST_SHA256, true, 0},
                {p256, SCHEME_ECDSA, DIGEST_SHA512, true, 32},
                {rsa, SCHEME_ECDSA, DIGEST_SHA256, false, 5},
                {rsa, SCHEME_ED25519, DIGEST_SHA256, false, 5},
                {p256, SCHEME_PKCS1, DIGEST_SHA256, false, 5},
                {p256, SCHEME_PSS, DIGEST_SHA256, false, 5},
                {ed, SCHEME_ECDSA, DIGEST_SHA256, false, 5},
                {ed, SCHEME_ED25519, DIGEST_SHA512, true, 64},
                {ed, SCHEME_ED25519PH, DIGEST_SHA256, true, 32},
                {ed, SCHEME_ED25519PH, DIGEST_SHA512, true, 63},
        };
        char text[64] = "a text";

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
                struct str message = str_make(text, CASES[i].len), signature = STR_NONE;

                assert_int_equal(key_pair_sign(CASES[i].pair, CASES[i].scheme, CASES[i].digest,
                                               CASES[i].is_digest, message, &arena, &signature),
                                 -EINVAL);
                assert_false(str_is_set(signature));
                assert_int_equal(key_pair_verify(CASES[i].pair, CASES[i].scheme, CASES[i].digest,
                                                 CASES[i].is_digest, message, STR("signature")),
                                 -EINVAL);
        }
}

static void test_no_room(void **state)
{
        _cleanup_(key_pair_unrefp) struct key_pair *pair = rsa_pair(&arena);
        struct str signature = STR_NONE;
        struct arena small;

        (void)state;
        arena_init(&small, 100);
        assert_int_equal(key_pair_sign(pair, SCHEME_PSS, DIGEST_SHA256, false, STR("x"), &small, &signature),
                         -ENOMEM);
        assert_false(str_is_set(signature));
        arena_done(&small);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rsa_published),
                cmocka_unit_test(test_pss_salt_is_as_long_as_the_digest),
                cmocka_unit_test(test_leading_zero_is_part_of_it),
                cmocka_unit_test(test_ecdsa_published),
                cmocka_unit_test(test_ed25519_published),
                cmocka_unit_test(test_ed25519ph),
                cmocka_unit_test(test_only_the_signature_itself),
                cmocka_unit_test(test_a_digest_signs_as_its_message),
                cmocka_unit_test(test_what_does_not_fit),
                cmocka_unit_test(test_no_room),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
