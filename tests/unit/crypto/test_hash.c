/* Published vectors: FIPS 180-4 examples (SHA-256), RFC 4231 (HMAC), RFC 5869 (HKDF). */
#include "crypto/hash.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void assert_hex(const uint8_t *bytes, size_t len, const char *expected)
{
        char text[256];

        assert_true(len * 2 < sizeof(text));
        hex_write(text, bytes, len);
        text[len * 2] = '\0';
        assert_string_equal(text, expected);
}

/* Bytes from hexadecimal; static room, one at a time per slot. */
static struct str unhex(const char *hex, uint8_t *room)
{
        size_t len = strlen(hex) / 2;

        assert_int_equal(hex_decode(str_of(hex), room, len), 0);
        return str_make(room, len);
}

static void test_sha256(void **state)
{
        uint8_t digest[SHA256_LEN];
        char text[2 * SHA256_LEN];

        (void)state;
        sha256(STR("abc"), digest);
        assert_hex(digest, sizeof(digest),
                   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        sha256(STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), digest);
        assert_hex(digest, sizeof(digest),
                   "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
        sha256_hex(STR_NONE, text);
        assert_memory_equal(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 64);
}

static void test_sha256_in_pieces(void **state)
{
        uint8_t digest[SHA256_LEN];
        char thousand[1000];
        struct sha256 hash;

        (void)state;
        memset(thousand, 'a', sizeof(thousand));
        sha256_begin(&hash);
        for (int i = 0; i < 1000; i++)
                sha256_add(&hash, str_make(thousand, sizeof(thousand)));
        sha256_end(&hash, digest);
        assert_hex(digest, sizeof(digest),
                   "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
        assert_null(hash.context);
}

static void test_hmac(void **state)
{
        static const struct {
                const char *key, *text, *mac;
        } VECTORS[] = {
                {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
                 "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
                {"4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
                 "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
                {"0102030405060708090a0b0c0d0e0f10111213141516171819",
                 "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdc"
                 "dcdcdcdcd",
                 "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
        };
        uint8_t key[64], text[64], mac[SHA256_LEN];

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(VECTORS); i++) {
                hmac_sha256(unhex(VECTORS[i].key, key), unhex(VECTORS[i].text, text), mac);
                assert_hex(mac, sizeof(mac), VECTORS[i].mac);
        }
}

static void test_hmac_long_key(void **state)
{
        const struct str pieces[] = {STR("Test Using Larger Than "), STR("Block-Size Key"), STR_NONE,
                                     STR(" - Hash Key First")};
        uint8_t key[131], mac[SHA256_LEN];

        (void)state;
        memset(key, 0xaa, sizeof(key));
        hmac_sha256_pieces(str_make(key, sizeof(key)), pieces, ARRAY_LEN(pieces), mac);
        assert_hex(mac, sizeof(mac), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void test_hkdf(void **state)
{
        uint8_t key[22], salt[13], info[10], out[42];

        (void)state;
        assert_int_equal(hkdf_sha256(unhex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", key),
                                     unhex("000102030405060708090a0b0c", salt),
                                     unhex("f0f1f2f3f4f5f6f7f8f9", info), out, sizeof(out)),
                         0);
        assert_hex(out, sizeof(out),
                   "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
        assert_int_equal(hkdf_sha256(str_make(key, sizeof(key)), STR_NONE, STR_NONE, out, sizeof(out)), 0);
        assert_hex(out, sizeof(out),
                   "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
        assert_int_equal(hkdf_sha256(STR("k"), STR_NONE, STR_NONE, out, 255 * 32 + 1), -EINVAL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_sha256), cmocka_unit_test(test_sha256_in_pieces),
                cmocka_unit_test(test_hmac),   cmocka_unit_test(test_hmac_long_key),
                cmocka_unit_test(test_hkdf),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
