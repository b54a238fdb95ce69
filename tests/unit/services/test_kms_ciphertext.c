/* The bytes of a ciphertext: it says which key and material open it, and nothing that was changed opens. */
#include "base/ids.h"
#include "base/text.h"
#include "crypto/seal.h"
#include "services/kms/ciphertext.h"
#include "services/kms/context.h"

#include "../check.h" /* behind the others: cmocka has a fail() of its own */

#define MATERIAL STR("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff")
#define UUID     STR("1234abcd-12ab-34cd-56ef-1234567890ab")
#define MRK      STR("mrk-1234abcd12ab34cd56ef1234567890ab")
#define ACCOUNT  STR("111122223333")

static const uint8_t KEY[SEAL_KEY_LEN] = "a key of thirty-two bytes, fixed";

static struct call call;

static int set_up(void **state)
{
        static const struct host HOST;

        (void)state;
        call_init(&call, &HOST, (size_t)16 << 20);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        call_done(&call);
        return 0;
}

/* -- Heads */

static void assert_round_trip(struct str account, struct str id, struct str material)
{
        uint8_t blob[KMS_HEAD_LEN + SEAL_OVERHEAD + 3] = {};
        struct kms_ciphertext ciphertext;

        memset(blob + KMS_HEAD_LEN, 's', sizeof(blob) - KMS_HEAD_LEN);
        assert_int_equal(kms_write_head(account, id, material, blob), 0);
        assert_int_equal(kms_read_ciphertext(&call.arena, str_make(blob, sizeof(blob)), &ciphertext), 0);
        assert_str(ciphertext.account, account);
        assert_str(ciphertext.key_id, id);
        assert_str(ciphertext.material_id, material);
        assert_str(ciphertext.head, str_make(blob, KMS_HEAD_LEN));
        assert_str(ciphertext.sealed, str_make(blob + KMS_HEAD_LEN, sizeof(blob) - KMS_HEAD_LEN));
}

static void heads_are_read_as_they_were_written(void **state)
{
        static const struct str ACCOUNTS[] = {STR_INIT("000000000000"), STR_INIT("000000000001"),
                                              STR_INIT("111122223333"), STR_INIT("999999999999")};
        static const struct str IDS[] = {STR_INIT("1234abcd-12ab-34cd-56ef-1234567890ab"),
                                         STR_INIT("00000000-0000-0000-0000-000000000000"),
                                         STR_INIT("ffffffff-ffff-ffff-ffff-ffffffffffff"),
                                         STR_INIT("mrk-1234abcd12ab34cd56ef1234567890ab"),
                                         STR_INIT("mrk-00000000000000000000000000000000"),
                                         STR_INIT("mrk-ffffffffffffffffffffffffffffffff")};

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ACCOUNTS); i++)
                for (size_t k = 0; k < ARRAY_LEN(IDS); k++)
                        assert_round_trip(ACCOUNTS[i], IDS[k], MATERIAL);
        for (int i = 0; i < 1000; i++) {
                uint8_t material[32];

                random_fill(material, sizeof(material));
                assert_round_trip(ACCOUNT, id_uuid(&call.arena),
                                  hex_encode(&call.arena, str_make(material, sizeof(material))));
        }
}

/* An mrk- id and another of the same digits are two keys. */
static void kinds_of_ids_are_told_apart(void **state)
{
        uint8_t single[KMS_HEAD_LEN], multi[KMS_HEAD_LEN];

        (void)state;
        assert_int_equal(kms_write_head(ACCOUNT, UUID, MATERIAL, single), 0);
        assert_int_equal(kms_write_head(ACCOUNT, MRK, MATERIAL, multi), 0);
        assert_memory_not_equal(single, multi, KMS_HEAD_LEN);
}

static void no_names_of_ours(void **state)
{
        static const struct {
                struct str account, id, material;
        } CASES[] = {
                {STR_INIT(""), STR_INIT("1234abcd-12ab-34cd-56ef-1234567890ab"), {NULL, 0}},
                {STR_INIT("11112222333x"), STR_INIT("1234abcd-12ab-34cd-56ef-1234567890ab"), {NULL, 0}},
                {STR_INIT("-11112222333"), STR_INIT("1234abcd-12ab-34cd-56ef-1234567890ab"), {NULL, 0}},
                {STR_INIT("1000000000000"), STR_INIT("1234abcd-12ab-34cd-56ef-1234567890ab"), {NULL, 0}},
                {STR_INIT("1099511627776"), STR_INIT("1234abcd-12ab-34cd-56ef-1234567890ab"), {NULL, 0}},
                {STR_INIT("111122223333"), STR_INIT(""), {NULL, 0}},
                {STR_INIT("111122223333"), STR_INIT("mrk-"), {NULL, 0}},
                {STR_INIT("111122223333"), STR_INIT("1234abcd-12ab-34cd-56ef-1234567890a"), {NULL, 0}},
                {STR_INIT("111122223333"), STR_INIT("1234abcd-12ab-34cd-56ef-1234567890abc"), {NULL, 0}},
                {STR_INIT("111122223333"), STR_INIT("1234abcd-12ab-34cd-56ef-1234567890ag"), {NULL, 0}},
                {STR_INIT("111122223333"), STR_INIT("mrk-1234abcd12ab34cd56ef1234567890a"), {NULL, 0}},
                {STR_INIT("111122223333"), STR_INIT("alias/aws/s3"), {NULL, 0}},
                {STR_INIT("111122223333"), STR_INIT("1234abcd-12ab-34cd-56ef-1234567890ab"), STR_INIT("")},
                {STR_INIT("111122223333"), STR_INIT("1234abcd-12ab-34cd-56ef-1234567890ab"), STR_INIT("00")},
        };
        uint8_t head[KMS_HEAD_LEN];

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
                assert_int_equal(kms_write_head(CASES[i].account, CASES[i].id,
                                                str_is_set(CASES[i].material) ? CASES[i].material : MATERIAL,
                                                head),
                                 -EINVAL);
}

/* -- Whole ciphertexts */

static struct str seal(struct str id, const struct str_map *context, struct str clear)
{
        size_t len = KMS_HEAD_LEN + SEAL_OVERHEAD + clear.len;
        uint8_t *blob = arena_alloc(&call.arena, len);
        struct str bound;

        assert_int_equal(kms_write_head(ACCOUNT, id, MATERIAL, blob), 0);
        assert_int_equal(kms_bound(&call, str_make(blob, KMS_HEAD_LEN), context, &bound), 0);
        assert_int_equal(seal_bytes(KEY, bound, clear, blob + KMS_HEAD_LEN), 0);
        return str_make(blob, len);
}

static int open(struct str blob, const struct str_map *context, struct secret *ret)
{
        struct kms_ciphertext ciphertext;
        struct str bound;

        TRY(kms_read_ciphertext(&call.arena, blob, &ciphertext));
        TRY(kms_bound(&call, ciphertext.head, context, &bound));
        return seal_open(KEY, bound, ciphertext.sealed, ret);
}

static void assert_closed(struct str blob, const struct str_map *context)
{
        struct secret clear = {};

        assert_int_equal(open(blob, context, &clear), -EBADMSG);
        assert_null(clear.bytes);
}

static void assert_opens(struct str blob, const struct str_map *context, struct str expected)
{
        _cleanup_(secret_done) struct secret clear = {};

        assert_int_equal(open(blob, context, &clear), 0);
        assert_true(str_eq(secret_str(&clear), expected));
}

static void every_truncation(void **state)
{
        static const struct str CLEARS[] = {STR_INIT(""), STR_INIT("x"),
                                            STR_INIT("some bytes of some length")};

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(CLEARS); i++) {
                const struct str blob = seal(i % 2 ? MRK : UUID, NULL, CLEARS[i]);
                struct kms_ciphertext ciphertext;

                assert_opens(blob, NULL, CLEARS[i]);
                for (size_t len = 0; len < blob.len; len++) {
                        /* On the heap and of just this size, for AddressSanitizer. */
                        char *cut = malloc(len + !len);

                        assert_non_null(cut);
                        memcpy(cut, blob.ptr, len);
                        assert_closed(str_make(cut, len), NULL);
                        if (len < KMS_HEAD_LEN + SEAL_OVERHEAD)
                                assert_int_equal(
                                        kms_read_ciphertext(&call.arena, str_make(cut, len), &ciphertext),
                                        -EBADMSG);
                        free(cut);
                }
                assert_closed(STR_NONE, NULL);
                assert_closed(arena_printf(&call.arena, "%.*s%c", 0, "", 'x'), NULL);
        }
}

static void versions_and_flags(void **state)
{
        const struct str blob = seal(UUID, NULL, STR("clear"));
        char *bytes = arena_cstr(&call.arena, blob);
        struct kms_ciphertext ciphertext;

        (void)state;
        memcpy(bytes, blob.ptr, blob.len);
        for (int value = 0; value < 256; value++) {
                bytes[0] = (char)value;
                assert_int_equal(kms_read_ciphertext(&call.arena, str_make(bytes, blob.len), &ciphertext),
                                 value == 1 ? 0 : -EBADMSG);
                bytes[0] = 1;
                bytes[1] = (char)value;
                assert_int_equal(kms_read_ciphertext(&call.arena, str_make(bytes, blob.len), &ciphertext),
                                 value < 2 ? 0 : -EBADMSG);
                bytes[1] = 0;
        }
}

/* More than twelve digits fit into five bytes, and are nobody's account. */
static void accounts_that_cannot_be(void **state)
{
        static const uint8_t LARGEST[] = {0xe8, 0xd4, 0xa5, 0x0f, 0xff},
                             TOO_LARGE[] = {0xe8, 0xd4, 0xa5, 0x10, 0x00};
        const struct str blob = seal(UUID, NULL, STR("clear"));
        char *bytes = arena_alloc(&call.arena, blob.len);
        struct kms_ciphertext ciphertext;

        (void)state;
        memcpy(bytes, blob.ptr, blob.len);
        memcpy(bytes + 2, LARGEST, 5);
        assert_int_equal(kms_read_ciphertext(&call.arena, str_make(bytes, blob.len), &ciphertext), 0);
        assert_str(ciphertext.account, STR("999999999999"));
        memcpy(bytes + 2, TOO_LARGE, 5);
        assert_int_equal(kms_read_ciphertext(&call.arena, str_make(bytes, blob.len), &ciphertext), -EBADMSG);
}

/* The head is bound to what is sealed: it cannot be made to name another key, account or material. */
static void every_bit_counts(void **state)
{
        const struct str blob = seal(UUID, NULL, STR("clear"));
        char *bytes = malloc(blob.len);

        (void)state;
        assert_non_null(bytes);
        memcpy(bytes, blob.ptr, blob.len);
        for (size_t bit = 0; bit < 8 * blob.len; bit++) {
                bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << bit % 8));
                assert_closed(str_make(bytes, blob.len), NULL);
                bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << bit % 8));
        }
        assert_opens(str_make(bytes, blob.len), NULL, STR("clear"));
        free(bytes);
}

static void without_memory(void **state)
{
        const struct str blob = seal(UUID, NULL, STR("clear"));
        struct kms_ciphertext ciphertext;
        struct arena none;

        (void)state;
        arena_init(&none, 16);
        assert_int_equal(kms_read_ciphertext(&none, blob, &ciphertext), -ENOMEM);
        arena_done(&none);
}

/* -- Encryption contexts */

#define PAIRS(...)                                                                                           \
        &(const struct str_map)                                                                              \
        {                                                                                                    \
                .items = (struct str_pair[]){__VA_ARGS__},                                                   \
                .count = sizeof((struct str_pair[]){__VA_ARGS__}) / sizeof(struct str_pair), .is_set = true  \
        }

static void contexts_in_any_order(void **state)
{
        const struct str_map *const one =
                PAIRS({STR("a"), STR("1")}, {STR("b"), STR("2")}, {STR("aa"), STR("3")});
        const struct str_map *const same =
                PAIRS({STR("b"), STR("2")}, {STR("aa"), STR("3")}, {STR("a"), STR("1")});
        const struct str blob = seal(UUID, one, STR("clear"));

        (void)state;
        assert_opens(blob, one, STR("clear"));
        assert_opens(blob, same, STR("clear"));
        assert_str(one->items[0].key, STR("a")); /* the request is left as it was */
        assert_str(same->items[0].key, STR("b"));
}

static void no_other_context(void **state)
{
        const struct str_map *const contexts[] = {
                NULL,
                PAIRS({STR(""), STR("")}),
                PAIRS({STR("a"), STR("")}),
                PAIRS({STR(""), STR("a")}),
                PAIRS({STR("a"), STR("bc")}),
                PAIRS({STR("ab"), STR("c")}),
                PAIRS({STR("A"), STR("bc")}),
                PAIRS({STR("a"), STR("bc ")}),
                PAIRS({STR("a"), STR("b")}, {STR("c"), STR("d")}),
                PAIRS({STR("a"), STR("bcd")}),
                PAIRS({STR("a"), STR("d")}, {STR("c"), STR("b")}),
                PAIRS({STR("a"), STR("b\0\0\0\1c\0\0\0\1d")}),
                PAIRS({STR("a"), STR("b")}, {STR("c"), STR("d")}, {STR("e"), STR("")}),
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(contexts); i++) {
                const struct str blob = seal(UUID, contexts[i], STR("clear"));

                for (size_t k = 0; k < ARRAY_LEN(contexts); k++) {
                        if (i == k)
                                assert_opens(blob, contexts[k], STR("clear"));
                        else
                                assert_closed(blob, contexts[k]);
                }
        }
        /* An empty one is none. */
        assert_opens(seal(UUID, NULL, STR("clear")), &(const struct str_map){.is_set = true}, STR("clear"));
}

#define IN_CALL(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_CALL(heads_are_read_as_they_were_written),
                IN_CALL(kinds_of_ids_are_told_apart),
                IN_CALL(no_names_of_ours),
                IN_CALL(every_truncation),
                IN_CALL(versions_and_flags),
                IN_CALL(accounts_that_cannot_be),
                IN_CALL(every_bit_counts),
                IN_CALL(without_memory),
                IN_CALL(contexts_in_any_order),
                IN_CALL(no_other_context),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
