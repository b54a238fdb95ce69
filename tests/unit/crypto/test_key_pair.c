#include "key_vectors.h"

#include <pthread.h>

#define KINDS (KEY_ED25519 + 1)

static struct arena arena;
static struct key_pair *made[KINDS];

static int set_up(void **state)
{
        (void)state;
        arena_init(&arena, (size_t)1 << 24);
        for (enum key_kind kind = 0; kind < KINDS; kind++)
                if (key_pair_make(kind, &made[kind]) < 0)
                        return -1;
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        for (size_t i = 0; i < KINDS; i++)
                key_pair_unref(made[i]);
        arena_done(&arena);
        return 0;
}

static enum scheme scheme_of(enum key_kind kind)
{
        if (kind <= KEY_RSA_4096)
                return SCHEME_PSS;
        return kind == KEY_ED25519 ? SCHEME_ED25519 : SCHEME_ECDSA;
}

static struct str public_of(const struct key_pair *pair)
{
        struct str der = STR_NONE;

        assert_int_equal(key_pair_public_der(pair, &arena, &der), 0);
        return der;
}

static struct str sign(const struct key_pair *pair)
{
        struct str signature = STR_NONE;

        assert_int_equal(key_pair_sign(pair, scheme_of(key_pair_kind(pair)), DIGEST_SHA256, false,
                                       STR("message"), &arena, &signature),
                         0);
        return signature;
}

static int verify(const struct key_pair *pair, struct str signature)
{
        return key_pair_verify(pair, scheme_of(key_pair_kind(pair)), DIGEST_SHA256, false, STR("message"),
                               signature);
}

static void assert_same(const struct key_pair *pair, const struct key_pair *again)
{
        assert_int_equal(key_pair_kind(again), key_pair_kind(pair));
        assert_str(public_of(again), public_of(pair));
        assert_int_equal(verify(pair, sign(again)), 0);
        assert_int_equal(verify(again, sign(pair)), 0);
}

static void test_round_trip(void **state)
{
        (void)state;
        for (enum key_kind kind = 0; kind < KINDS; kind++) {
                _cleanup_(secret_done) struct secret der = {}, der_again = {};
                _cleanup_(key_pair_unrefp) struct key_pair *parsed = NULL, *own = NULL;

                assert_int_equal(key_pair_kind(made[kind]), kind);
                assert_int_equal(key_pair_private_der(made[kind], &der), 0);
                assert_int_equal(key_pair_parse(secret_str(&der), kind, &parsed), 0);
                assert_int_equal(key_pair_parse_own(secret_str(&der), kind, &own), 0);
                assert_same(made[kind], parsed);
                assert_same(made[kind], own);
                assert_int_equal(key_pair_private_der(parsed, &der_again), 0);
                assert_true(secret_equal(secret_str(&der), secret_str(&der_again)));
        }
}

static void test_no_pair_verifies_for_another(void **state)
{
        _cleanup_(key_pair_unrefp) struct key_pair *other = NULL;

        (void)state;
        assert_int_equal(key_pair_make(KEY_P256, &other), 0);
        assert_int_equal(verify(made[KEY_P256], sign(other)), -EBADMSG);
        assert_int_equal(verify(made[KEY_P384], sign(other)), -EBADMSG);
        assert_int_equal(verify(made[KEY_SECP256K1], sign(other)), -EBADMSG);
        assert_int_equal(verify(made[KEY_RSA_3072], sign(made[KEY_RSA_2048])), -EBADMSG);
}

static void test_rsa_sizes(void **state)
{
        (void)state;
        for (enum key_kind kind = KEY_RSA_2048; kind <= KEY_RSA_4096; kind++) {
                _cleanup_(secret_done) struct secret clear = {};
                struct str sealed;

                assert_int_equal(sign(made[kind]).len, 256 + 128 * (size_t)kind);
                assert_int_equal(key_pair_encrypt(made[kind], DIGEST_SHA256, STR("clear"), &arena, &sealed),
                                 0);
                assert_int_equal(sealed.len, 256 + 128 * (size_t)kind);
                assert_int_equal(key_pair_decrypt(made[kind], DIGEST_SHA256, sealed, &clear), 0);
                assert_true(secret_equal(secret_str(&clear), STR("clear")));
        }
}

static void test_both_agree(void **state)
{
        (void)state;
        for (enum key_kind kind = KEY_P256; kind <= KEY_P521; kind++) {
                _cleanup_(key_pair_unrefp) struct key_pair *peer = NULL;
                _cleanup_(secret_done) struct secret ours = {}, theirs = {};

                assert_int_equal(key_pair_make(kind, &peer), 0);
                assert_int_equal(key_pair_agree(made[kind], public_of(peer), &ours), 0);
                assert_int_equal(key_pair_agree(peer, public_of(made[kind]), &theirs), 0);
                assert_true(secret_equal(secret_str(&ours), secret_str(&theirs)));
        }
}

/* RFC 5480 and RFC 8410: what comes before the point, and the point's form. */
/* What the other form wraps: it stands at its end, behind the name of the algorithm. */
static void test_pkcs1(void **state)
{
        (void)state;
        for (enum key_kind kind = 0; kind < KINDS; kind++) {
                struct str own = STR_NONE, whole = public_of(made[kind]);
                int r = key_pair_public_pkcs1(made[kind], &arena, &own);

                assert_int_equal(r, kind <= KEY_RSA_4096 ? 0 : -EINVAL);
                if (r < 0)
                        continue;
                assert_true(own.len < whole.len && str_ends(whole, own));
                assert_int_equal(own.ptr[0], 0x30);
        }
}

static void test_public_form(void **state)
{
        (void)state;
        for (enum key_kind kind = KEY_P256; kind <= KEY_SECP256K1; kind++) {
                struct str der = public_of(made[kind]);
                size_t len = kind == KEY_P384 ? 97 : kind == KEY_P521 ? 133 : 65;
                struct str point = str_from(der, der.len - len);

                assert_int_equal(point.ptr[0], 4);
                assert_str(der, public_info(&arena, algorithm_of(kind), point));
        }
        assert_str(public_of(made[KEY_ED25519]),
                   public_info(&arena, STR(OID_ED25519), str_from(public_of(made[KEY_ED25519]), 12)));
}

static void test_published_points(void **state)
{
        static const struct {
                enum key_kind kind;
                const char *scalar, *point;
        } VECTORS[] = {
                {KEY_P256, RFC_6979_P256,
                 "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
                 "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"},
                {KEY_P384, RFC_6979_P384,
                 "04ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515"
                 "480"
                 "bc138015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2"
                 "533"
                 "264720"},
                {KEY_P521, RFC_6979_P521,
                 "0401894550d0785932e00eaa23b694f213f8c3121f86dc97a04e5a7167db4e5bcd371123d46e45db6b5d5370a7f"
                 "20fb6"
                 "33155d38ffa16d2bd761dcac474b9a2f5023a400493101c962cd4d2fddf782285e64584139c2f91b47f87ff8235"
                 "4d663"
                 "0f746a28a0db25741b5b34a828008b22acc23f924faafbd4d33f81ea66956dfeaa2bfdfcf5"},
                {KEY_SECP256K1, "0000000000000000000000000000000000000000000000000000000000000001",
                 "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
                 "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"}, /* its base point: SEC 2
                                                                                       */
                {KEY_ED25519, "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                 "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"}, /* RFC 8032, 7.1 */
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(VECTORS); i++) {
                _cleanup_(key_pair_unrefp) struct key_pair *pair =
                        pair_of(&arena, VECTORS[i].kind, VECTORS[i].scalar);

                assert_str(public_of(pair), public_info(&arena, algorithm_of(VECTORS[i].kind),
                                                        unhex(&arena, VECTORS[i].point)));
        }
}

static void test_private_form(void **state)
{
        _cleanup_(key_pair_unrefp) struct key_pair *pair = rsa_pair(&arena);
        _cleanup_(secret_done) struct secret der = {};

        (void)state;
        assert_int_equal(key_pair_private_der(pair, &der), 0);
        assert_hex(&arena, secret_str(&der), WYCHEPROOF_RSA_2048);
}

static void test_lives_while_it_is_held(void **state)
{
        struct key_pair *pair = NULL, *held;

        (void)state;
        key_pair_unref(NULL);
        assert_int_equal(key_pair_make(KEY_P256, &pair), 0);
        held = key_pair_ref(pair);
        assert_ptr_equal(held, pair);
        key_pair_unref(pair);
        assert_int_equal(verify(held, sign(held)), 0);
        key_pair_unref(held);
}

/* -- Many threads, one pair. */

#define ROUNDS 20

static bool use_once(const struct key_pair *pair)
{
        enum scheme scheme = scheme_of(key_pair_kind(pair));
        _cleanup_(secret_done) struct secret der = {};
        struct str signature, public;
        struct arena own;
        bool good;

        arena_init(&own, 1 << 16);
        good = key_pair_sign(pair, scheme, DIGEST_SHA256, false, STR("m"), &own, &signature) == 0 &&
               key_pair_verify(pair, scheme, DIGEST_SHA256, false, STR("m"), signature) == 0 &&
               key_pair_public_der(pair, &own, &public) == 0 && key_pair_private_der(pair, &der) == 0;
        arena_done(&own);
        return good;
}

static void *use(void *arg)
{
        struct key_pair *pair = arg;
        intptr_t good = 0;

        for (int i = 0; i < ROUNDS; i++)
                good += use_once(pair);
        key_pair_unref(pair);
        return (void *)good;
}

static void test_threads(void **state)
{
        static const enum key_kind USED[] = {KEY_RSA_2048, KEY_P256, KEY_SECP256K1, KEY_ED25519};
        pthread_t threads[8];

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(threads); i++)
                assert_int_equal(
                        pthread_create(&threads[i], NULL, use, key_pair_ref(made[USED[i % ARRAY_LEN(USED)]])),
                        0);
        for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
                void *good = NULL;

                assert_int_equal(pthread_join(threads[i], &good), 0);
                assert_int_equal((intptr_t)good, ROUNDS);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_round_trip),
                cmocka_unit_test(test_no_pair_verifies_for_another),
                cmocka_unit_test(test_rsa_sizes),
                cmocka_unit_test(test_both_agree),
                cmocka_unit_test(test_pkcs1),
                cmocka_unit_test(test_public_form),
                cmocka_unit_test(test_published_points),
                cmocka_unit_test(test_private_form),
                cmocka_unit_test(test_lives_while_it_is_held),
                cmocka_unit_test(test_threads),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
