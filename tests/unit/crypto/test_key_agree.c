/* Published vectors: RFC 5903, 8.1 to 8.3. */
#include "key_vectors.h"

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

static const struct {
        enum key_kind kind;
        const char *i, *gi_x, *gi_y; /* the initiator's scalar and point */
        const char *r, *gr_x, *gr_y; /* the responder's */
        const char *shared;          /* the X of their common point */
} VECTORS[] = {
        {KEY_P256, "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433",
         "dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180",
         "5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3",
         "c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53",
         "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63",
         "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab",
         "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de"},
        {KEY_P384,
         "099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655e35b538041e649ee3faef896783ab194",
         "667842d7d180ac2cde6f74f37551f55755c7645c20ef73e31634fe72b4c55ee6de3ac808acb4bdb4c88732aee95f41aa",
         "9482ed1fc0eeb9cafc4984625ccfc23f65032149e0e144ada024181535a0f38eeb9fcff3c2c947dae69b4c634573a81c",
         "41cb0779b4bdb85d47846725fbec3c9430fab46cc8dc5060855cc9bda0aa2942e0308312916b8ed2960e4bd55a7448fc",
         "e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732bc509d0d1ac43a0336def96fda41d0774a3571",
         "dcfbec7aacf3196472169e838430367f66eebe3c6e70c416dd5f0c68759dd1fff83fa40142209dff5eaad96db9e6386c",
         "11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4d603135569b9e9d09cf5d4a270f59746"},
        {KEY_P521,
         "0037ade9319a89f4dabdb3ef411aaccca5123c61acab57b5393dce47608172a095aa85a30fe1c2952c6771d937ba9777"
         "f5957b2639bab072462f68c27a57382d4a52",
         "0015417e84dbf28c0ad3c278713349dc7df153c897a1891bd98bab4357c9ecbee1e3bf42e00b8e380aeae57c2d107564"
         "941885942af5a7f4601723c4195d176ced3e",
         "017cae20b6641d2eeb695786d8c946146239d099e18e1d5a514c739d7cb4a10ad8a788015ac405d7799dc75e7b7d5b6c"
         "f2261a6a7f1507438bf01beb6ca3926f9582",
         "0145ba99a847af43793fdd0e872e7cdfa16be30fdc780f97bccc3f078380201e9c677d600b343757a3bdbf2a3163e4c2"
         "f869cca7458aa4a4effc311f5cb151685eb9",
         "00d0b3975ac4b799f5bea16d5e13e9af971d5e9b984c9f39728b5e5739735a219b97c356436adc6e95bb0352f6be64a6"
         "c2912d4ef2d0433ced2b6171640012d9460f",
         "015c68226383956e3bd066e797b623c27ce0eac2f551a10c2c724d9852077b87220b6536c5c408a1d2aebb8e86d678ae"
         "49cb57091f4732296579ab44fcd17f0fc56a",
         "01144c7d79ae6956bc8edb8e7c787c4521cb086fa64407f97894e5e6b2d79b04d1427e73ca4baa240a34786859810c06"
         "b3c715a3a8cc3151f2bee417996d19f3ddea"},
};

static struct str info_of(enum key_kind kind, const char *x, const char *y)
{
        struct str point = joined(&arena, STR("\x04"), joined(&arena, unhex(&arena, x), unhex(&arena, y)));

        return public_info(&arena, algorithm_of(kind), point);
}

static void assert_agrees(const struct key_pair *pair, struct str peer, const char *expected)
{
        _cleanup_(secret_done) struct secret shared = {};

        assert_int_equal(key_pair_agree(pair, peer, &shared), 0);
        assert_hex(&arena, secret_str(&shared), expected);
}

static void test_published(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(VECTORS); i++) {
                _cleanup_(key_pair_unrefp) struct key_pair *initiator =
                        pair_of(&arena, VECTORS[i].kind, VECTORS[i].i);
                _cleanup_(key_pair_unrefp) struct key_pair *responder =
                        pair_of(&arena, VECTORS[i].kind, VECTORS[i].r);
                struct str public;

                assert_int_equal(key_pair_public_der(initiator, &arena, &public), 0);
                assert_str(public, info_of(VECTORS[i].kind, VECTORS[i].gi_x, VECTORS[i].gi_y));
                assert_agrees(responder, public, VECTORS[i].shared);
                assert_agrees(initiator, info_of(VECTORS[i].kind, VECTORS[i].gr_x, VECTORS[i].gr_y),
                              VECTORS[i].shared);
        }
}

static void assert_refused(const struct key_pair *pair, struct str peer)
{
        struct secret shared = {};

        assert_int_equal(key_pair_agree(pair, peer, &shared), -EINVAL);
        assert_null(shared.bytes);
}

static struct str p256_info(struct str point)
{
        return public_info(&arena, algorithm_of(KEY_P256), point);
}

static void test_bad_points(void **state)
{
        _cleanup_(key_pair_unrefp) struct key_pair *pair = pair_of(&arena, KEY_P256, VECTORS[0].i);
        struct str x = unhex(&arena, VECTORS[0].gr_x), y = unhex(&arena, VECTORS[0].gr_y);
        struct str both = joined(&arena, x, y), point = joined(&arena, STR("\x04"), both);
        char bytes[64] = {};

        (void)state;
        assert_agrees(pair, p256_info(point), VECTORS[0].shared);
        assert_refused(pair, p256_info(turned(&arena, point, 519)));
        assert_refused(pair, p256_info(joined(&arena, STR("\x04"), joined(&arena, y, x))));
        assert_refused(pair, p256_info(joined(&arena, STR("\x04"), str_make(bytes, 64))));
        assert_refused(pair, p256_info(joined(&arena, STR("\x06"), both))); /* hybrid: in no RFC of keys */
        assert_refused(pair, p256_info(joined(&arena, STR("\x07"), both)));
        assert_refused(pair, p256_info(STR("\0"))); /* infinity */
        assert_refused(pair, p256_info(STR("")));
        assert_refused(pair, p256_info(joined(&arena, STR("\x04"), x)));
        assert_refused(pair, p256_info(joined(&arena, point, STR("\0"))));
        memset(bytes, 0xff, sizeof(bytes)); /* above the prime of the field */
        assert_refused(pair, p256_info(joined(&arena, STR("\x02"), str_make(bytes, 32))));
}

/* RFC 5480 allows compressed points: 02 or 03 by the lowest bit of Y. */
static void test_compressed_point(void **state)
{
        _cleanup_(key_pair_unrefp) struct key_pair *pair = pair_of(&arena, KEY_P256, VECTORS[0].i);
        struct str x = unhex(&arena, VECTORS[0].gr_x), y = unhex(&arena, VECTORS[0].gr_y);
        struct str form = y.ptr[31] & 1 ? STR("\x03") : STR("\x02");

        (void)state;
        assert_agrees(pair, p256_info(joined(&arena, form, x)), VECTORS[0].shared);
}

static void test_bad_structures(void **state)
{
        _cleanup_(key_pair_unrefp) struct key_pair *pair = pair_of(&arena, KEY_P256, VECTORS[0].i);
        struct str good = info_of(KEY_P256, VECTORS[0].gr_x, VECTORS[0].gr_y);
        struct str point = str_from(good, good.len - 65);

        (void)state;
        for (size_t len = 0; len < good.len; len++)
                assert_refused(pair, str_part(good, 0, len));
        assert_refused(pair, joined(&arena, good, STR("\0")));
        assert_refused(pair, info_of(KEY_P384, VECTORS[1].gr_x, VECTORS[1].gr_y));
        assert_refused(pair, public_info(&arena, algorithm_of(KEY_SECP256K1), point));
        assert_refused(pair, public_info(&arena, STR(OID_EC), point));
        assert_refused(pair, public_info(&arena, STR(OID_ED25519), str_from(point, 33)));
}

static void test_only_nist_curves(void **state)
{
        _cleanup_(key_pair_unrefp) struct key_pair *rsa = rsa_pair(&arena);
        _cleanup_(key_pair_unrefp) struct key_pair *k1 = pair_of(&arena, KEY_SECP256K1, VECTORS[0].i);
        _cleanup_(key_pair_unrefp) struct key_pair *ed = pair_of(&arena, KEY_ED25519, VECTORS[0].i);
        const struct key_pair *pairs[] = {rsa, k1, ed};

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
                struct str own;

                assert_int_equal(key_pair_public_der(pairs[i], &arena, &own), 0);
                assert_refused(pairs[i], own);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_published),        cmocka_unit_test(test_bad_points),
                cmocka_unit_test(test_compressed_point), cmocka_unit_test(test_bad_structures),
                cmocka_unit_test(test_only_nist_curves),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
