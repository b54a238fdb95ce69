/* Published vectors: the examples of FIPS 180-4 at NIST ("SHA_All.pdf"); RFC 4231, test cases 1, 2, 6 and 7;
 * RFC 2202, test case 2 (HMAC-SHA-1 and HMAC-MD5). */
#include "bytes.h"

#include "crypto/digest.h"

static struct arena arena;

static int set_up(void **state)
{
        (void)state;
        arena_init(&arena, (size_t)1 << 20);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        arena_done(&arena);
        return 0;
}

static void test_digests(void **state)
{
        static const struct {
                enum digest digest;
                const char *text, *expected;
        } VECTORS[] = {
                {DIGEST_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
                {DIGEST_SHA224, "abc", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
                {DIGEST_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
                {DIGEST_SHA384, "abc",
                 "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c"
                 "825a7"},
                {DIGEST_SHA512, "abc",
                 "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3f"
                 "eebbd454d4423643ce80e2a9ac94fa54ca49f"},
                {DIGEST_SHA1, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                 "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
                {DIGEST_SHA224, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                 "75388b16512776cc5dba5da1fd890150b0c6455cb4f58b1952522525"},
                {DIGEST_SHA256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
                {DIGEST_SHA384,
                 "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmn"
                 "opqrsmnopqrstnopqrstu",
                 "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa917"
                 "46039"},
                {DIGEST_SHA512,
                 "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmn"
                 "opqrsmnopqrstnopqrstu",
                 "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018501d289e4900f7e4331b99dec4b"
                 "5433ac7d329eeb6dd26545e96e55b874be909"},
                {DIGEST_SHA1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
                {DIGEST_SHA512, "",
                 "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877"
                 "eec2f63b931bd47417a81a538327af927da3e"},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(VECTORS); i++) {
                uint8_t out[DIGEST_MAX];

                digest_of(VECTORS[i].digest, str_of(VECTORS[i].text), out);
                assert_hex(&arena, str_make(out, digest_len(VECTORS[i].digest)), VECTORS[i].expected);
        }
}

static void test_absent_is_empty(void **state)
{
        uint8_t absent[DIGEST_MAX], empty[DIGEST_MAX];

        (void)state;
        digest_of(DIGEST_SHA384, STR_NONE, absent);
        digest_of(DIGEST_SHA384, STR(""), empty);
        assert_memory_equal(absent, empty, 48);
        hmac_of(DIGEST_SHA384, STR_NONE, STR_NONE, absent);
        hmac_of(DIGEST_SHA384, STR(""), STR(""), empty);
        assert_memory_equal(absent, empty, 48);
}

#define KEY_1 "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"
#define AA_16 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define KEY_6 AA_16 AA_16 AA_16 AA_16 AA_16 AA_16 AA_16 AA_16 "aaaaaa"

static void test_hmac(void **state)
{
        static const struct {
                enum digest digest;
                const char *key, *text, *expected;
        } VECTORS[] = {
                {DIGEST_SHA1, "4a656665", "what do ya want for nothing?",
                 "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
                {DIGEST_MD5, "4a656665", "what do ya want for nothing?", "750c783e6ab0b503eaa86e310a5db738"},
                {DIGEST_SHA224, KEY_1, "Hi There",
                 "896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22"},
                {DIGEST_SHA256, KEY_1, "Hi There",
                 "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
                {DIGEST_SHA384, KEY_1, "Hi There",
                 "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2f"
                 "a9cb6"},
                {DIGEST_SHA512, KEY_1, "Hi There",
                 "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea"
                 "3f4e4be9d914eeb61f1702e696c203a126854"},
                {DIGEST_SHA224, "4a656665", "what do ya want for nothing?",
                 "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44"},
                {DIGEST_SHA256, "4a656665", "what do ya want for nothing?",
                 "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
                {DIGEST_SHA384, "4a656665", "what do ya want for nothing?",
                 "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab"
                 "21649"},
                {DIGEST_SHA512, "4a656665", "what do ya want for nothing?",
                 "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f"
                 "0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
                {DIGEST_SHA224, KEY_6, "Test Using Larger Than Block-Size Key - Hash Key First",
                 "95e9a0db962095adaebe9b2d6f0dbce2d499f112f2d2b7273fa6870e"},
                {DIGEST_SHA256, KEY_6, "Test Using Larger Than Block-Size Key - Hash Key First",
                 "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
                {DIGEST_SHA384, KEY_6, "Test Using Larger Than Block-Size Key - Hash Key First",
                 "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f"
                 "44952"},
                {DIGEST_SHA512, KEY_6, "Test Using Larger Than Block-Size Key - Hash Key First",
                 "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6"
                 "a1e5295e64f73f63f0aec8b915a985d786598"},
                {DIGEST_SHA224, KEY_6,
                 "This is a test using a larger than block-size key and a larger than block-size data. The "
                 "key needs to be hashed before being used by the HMAC algorithm.",
                 "3a854166ac5d9f023f54d517d0b39dbd946770db9c2b95c9f6f565d1"},
                {DIGEST_SHA256, KEY_6,
                 "This is a test using a larger than block-size key and a larger than block-size data. The "
                 "key needs to be hashed before being used by the HMAC algorithm.",
                 "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
                {DIGEST_SHA384, KEY_6,
                 "This is a test using a larger than block-size key and a larger than block-size data. The "
                 "key needs to be hashed before being used by the HMAC algorithm.",
                 "6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5a678cc31e799176d3860e6110c4"
                 "6523e"},
                {DIGEST_SHA512, KEY_6,
                 "This is a test using a larger than block-size key and a larger than block-size data. The "
                 "key needs to be hashed before being used by the HMAC algorithm.",
                 "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944b6022cac3c4982b10d5eeb55c3e"
                 "4de15134676fb6de0446065c97440fa8c6a58"},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(VECTORS); i++) {
                uint8_t out[DIGEST_MAX];

                hmac_of(VECTORS[i].digest, unhex(&arena, VECTORS[i].key), str_of(VECTORS[i].text), out);
                assert_hex(&arena, str_make(out, digest_len(VECTORS[i].digest)), VECTORS[i].expected);
        }
}

/* As long as the block is the last key that is not hashed. */
static void test_hmac_at_the_block(void **state)
{
        static const struct {
                enum digest digest;
                size_t block;
        } CASES[] = {{DIGEST_SHA256, 64}, {DIGEST_SHA512, 128}};
        char key[129] = "a key";

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
                uint8_t exact[DIGEST_MAX], shorter[DIGEST_MAX], longer[DIGEST_MAX], hashed[DIGEST_MAX];
                struct str too_long = str_make(key, CASES[i].block + 1);

                hmac_of(CASES[i].digest, str_make(key, CASES[i].block), STR("text"), exact);
                hmac_of(CASES[i].digest, STR("a key"), STR("text"), shorter); /* filled up with zeros */
                assert_memory_equal(exact, shorter, digest_len(CASES[i].digest));
                hmac_of(CASES[i].digest, too_long, STR("text"), longer);
                digest_of(CASES[i].digest, too_long, hashed);
                hmac_of(CASES[i].digest, str_make(hashed, digest_len(CASES[i].digest)), STR("text"), exact);
                assert_memory_equal(longer, exact, digest_len(CASES[i].digest));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_digests),
                cmocka_unit_test(test_absent_is_empty),
                cmocka_unit_test(test_hmac),
                cmocka_unit_test(test_hmac_at_the_block),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
