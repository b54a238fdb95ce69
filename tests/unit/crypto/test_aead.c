/* Published vectors: "The Galois/Counter Mode of Operation (GCM)", McGrew and Viega, the submission to NIST
 * that SP 800-38D cites, appendix B, test cases 13 to 16. */
#include "bytes.h"

#include "crypto/aead.h"
#include "crypto/seal.h"

static struct arena arena;

static int set_up(void **state)
{
        (void)state;
        arena_init(&arena, (size_t)1 << 22);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        arena_done(&arena);
        return 0;
}

#define KEY   "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
#define NONCE "cafebabefacedbaddecaf888"
#define CLEAR                                                                                                \
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b1" \
        "6aedf5aa0de657ba637b39"
#define SEALED                                                                                               \
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5" \
        "f61e6393ba7a0abcc9f662"

static const struct {
        const char *key, *nonce, *bound, *clear, *sealed;
} VECTORS[] = {
        {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "",
         "", "530f8afbc74536b9a963b4f1c4cb738b"},
        {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "",
         "00000000000000000000000000000000",
         "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
        {KEY, NONCE, "", CLEAR "1aafd255", SEALED "898015adb094dac5d93471bdec1a502270e3cc6c"},
        {KEY, NONCE, "feedfacedeadbeeffeedfacedeadbeefabaddad2", CLEAR,
         SEALED "76fc6ece0f4e1768cddf8853bb2d551b"},
};

static const uint8_t *raw(const char *hex)
{
        return (const uint8_t *)unhex(&arena, hex).ptr;
}

static void test_published(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(VECTORS); i++) {
                struct str bound = unhex(&arena, VECTORS[i].bound), clear = unhex(&arena, VECTORS[i].clear);
                _cleanup_(secret_done) struct secret opened = {};
                uint8_t out[128];

                assert_int_equal(aead_seal(raw(VECTORS[i].key), raw(VECTORS[i].nonce), bound, clear, out), 0);
                assert_hex(&arena, str_make(out, clear.len + AEAD_TAG_LEN), VECTORS[i].sealed);
                assert_int_equal(aead_open(raw(VECTORS[i].key), raw(VECTORS[i].nonce), bound,
                                           str_make(out, clear.len + AEAD_TAG_LEN), &opened),
                                 0);
                assert_true(secret_equal(secret_str(&opened), clear));
        }
}

static void assert_refused(const char *key, const char *nonce, struct str bound, struct str sealed)
{
        struct secret opened = {};

        assert_int_equal(aead_open(raw(key), raw(nonce), bound, sealed, &opened), -EBADMSG);
        assert_null(opened.bytes);
}

static void test_any_change_is_refused(void **state)
{
        struct str bound = unhex(&arena, VECTORS[3].bound), sealed = unhex(&arena, VECTORS[3].sealed);

        (void)state;
        for (size_t bit = 0; bit < sealed.len * 8; bit++)
                assert_refused(KEY, NONCE, bound, turned(&arena, sealed, bit));
        for (size_t len = 0; len < sealed.len; len++)
                assert_refused(KEY, NONCE, bound, str_part(sealed, 0, len));
        assert_refused(VECTORS[0].key, NONCE, bound, sealed);
        assert_refused(KEY, VECTORS[0].nonce, bound, sealed);
        assert_refused(KEY, NONCE, turned(&arena, bound, 0), sealed);
        assert_refused(KEY, NONCE, STR_NONE, sealed);
}

static void test_too_long(void **state)
{
        uint8_t key[AEAD_KEY_LEN] = {}, nonce[AEAD_NONCE_LEN] = {}, out[AEAD_TAG_LEN];
        struct str endless = {(const char *)key, (size_t)1 << 31};

        (void)state;
        assert_int_equal(aead_seal(key, nonce, STR(""), endless, out), -EMSGSIZE);
        assert_int_equal(aead_seal(key, nonce, endless, STR(""), out), -EINVAL);
}

/* Made by another program from the description in seal.h, key 00 to 1f: what was stored once always opens. */
#define STORED                                                                                               \
        "01404142434445464748494a4b4c4d4e4f606162636465666768696a6b6f7099798cea51b437887f647efae016f5489ff5" \
        "67644e1b479681e22f1db8b04801e95ae9ffdff538a9d93f"

static void test_sealed_bytes_stay_readable(void **state)
{
        _cleanup_(secret_done) struct secret opened = {};
        struct str sealed = unhex(&arena, STORED), clear = STR("kept since the first release");
        uint8_t key[SEAL_KEY_LEN], out[128];

        (void)state;
        for (uint8_t i = 0; i < sizeof(key); i++)
                key[i] = i;
        assert_int_equal(seal_open(key, STR("record"), sealed, &opened), 0);
        assert_true(secret_equal(secret_str(&opened), clear));
        secret_done(&opened);

        assert_int_equal(seal_bytes(key, STR("record"), clear, out), 0);
        sealed = str_make(out, clear.len + SEAL_OVERHEAD);
        assert_int_equal(seal_open(key, STR("record"), sealed, &opened), 0);
        assert_true(secret_equal(secret_str(&opened), clear));
}

static void test_sealed_bytes_of_others_are_refused(void **state)
{
        struct str sealed = unhex(&arena, STORED);
        uint8_t key[SEAL_KEY_LEN] = {};
        struct secret opened = {};

        (void)state;
        assert_int_equal(seal_open(key, STR("record"), sealed, &opened), -EBADMSG);
        for (uint8_t i = 0; i < sizeof(key); i++)
                key[i] = i;
        assert_int_equal(seal_open(key, STR("recore"), sealed, &opened), -EBADMSG);
        for (size_t bit = 0; bit < sealed.len * 8; bit++)
                assert_int_equal(seal_open(key, STR("record"), turned(&arena, sealed, bit), &opened),
                                 -EBADMSG);
        for (size_t len = 0; len < sealed.len; len++)
                assert_int_equal(seal_open(key, STR("record"), str_part(sealed, 0, len), &opened), -EBADMSG);
        assert_null(opened.bytes);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_published),
                cmocka_unit_test(test_any_change_is_refused),
                cmocka_unit_test(test_too_long),
                cmocka_unit_test(test_sealed_bytes_stay_readable),
                cmocka_unit_test(test_sealed_bytes_of_others_are_refused),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
