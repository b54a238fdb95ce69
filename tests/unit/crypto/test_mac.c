/* One sum for one message under one key, however it comes in pieces. */
#include "../check.h"

#include "crypto/aead.h"
#include "crypto/mac.h"

static const uint8_t KEY[MAC_KEY_LEN] = {'k', 'e', 'y'};

static void sum_of(const uint8_t *key, const char *bytes, size_t len, size_t piece, uint8_t ret[MAC_LEN])
{
        struct mac *mac;

        assert_int_equal(mac_new(key, &mac), 0);
        for (size_t at = 0; at < len; at += piece)
                assert_int_equal(mac_add(mac, str_make(bytes + at, len - at < piece ? len - at : piece)), 0);
        assert_int_equal(mac_end(mac, ret), 0);
        mac_free(mac);
}

/* It is what AES-256-GCM makes of no text with this "additional data" under a nonce of zeros. */
static void it_is_gmac(void **state)
{
        static const uint8_t NONCE[AEAD_NONCE_LEN];
        uint8_t expected[AEAD_TAG_LEN], got[MAC_LEN];
        char bytes[1000];

        (void)state;
        for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = (char)(i * 7);
        for (size_t len = 0; len <= sizeof(bytes); len += 37) {
                assert_int_equal(aead_seal(KEY, NONCE, str_make(bytes, len), STR(""), expected), 0);
                for (size_t piece = 1; piece <= 129; piece += 16) {
                        sum_of(KEY, bytes, len, piece, got);
                        assert_memory_equal(got, expected, MAC_LEN);
                }
        }
}

static void every_bit_and_the_key_count(void **state)
{
        static const uint8_t OTHER[MAC_KEY_LEN] = {'K', 'e', 'y'};
        uint8_t right[MAC_LEN], got[MAC_LEN];
        char bytes[70] = "message";

        (void)state;
        sum_of(KEY, bytes, sizeof(bytes), 70, right);
        for (size_t bit = 0; bit < 8 * sizeof(bytes); bit++) {
                bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
                sum_of(KEY, bytes, sizeof(bytes), 70, got);
                assert_memory_not_equal(got, right, MAC_LEN);
                bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
        }
        sum_of(KEY, bytes, sizeof(bytes) - 1, 70, got);
        assert_memory_not_equal(got, right, MAC_LEN);
        sum_of(OTHER, bytes, sizeof(bytes), 70, got);
        assert_memory_not_equal(got, right, MAC_LEN);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(it_is_gmac),
                cmocka_unit_test(every_bit_and_the_key_count),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
