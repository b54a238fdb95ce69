/* MD5 in lanes, and by threads that meet, against libcrypto's; RFC 1321, A.5. */
#include "bytes.h"

#include "crypto/digest.h"
#include "crypto/md5_lanes.h"
#include "crypto/md5_table.h"
#include "crypto/sums.h"

#include <endian.h>
#include <pthread.h>
#include <unistd.h>

#define MD5_BYTES  16
#define LONGEST    ((size_t)600) /* of the messages in lanes */
#define BODY_BYTES ((size_t)300 << 10)
#define BODIES     12 /* of each thread */

static struct arena arena;
static char body[BODY_BYTES];

/* Below a limit, the same in each run. */
static size_t some(uint64_t *seed, size_t below)
{
        *seed = *seed * 6364136223846793005 + 1442695040888963407;
        return (size_t)(*seed >> 33) % below;
}

static int set_up(void **state)
{
        uint64_t seed = 1;

        (void)state;
        arena_init(&arena, (size_t)1 << 20);
        for (size_t i = 0; i < sizeof(body); i++)
                body[i] = (char)some(&seed, 256);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        arena_done(&arena);
        return 0;
}

static void test_known(void **state)
{
        static const char *const VECTORS[][2] = {
                {"", "d41d8cd98f00b204e9800998ecf8427e"},
                {"a", "0cc175b9c0f1b6a831c399e269772661"},
                {"abc", "900150983cd24fb0d6963f7d28e17f72"},
                {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
                {"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
                {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
                 "d174ab98d277d9f5a5611c2c9f419d9f"},
                {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                 "57edf4a22be3c955ac49da2e2107b67a"},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(VECTORS); i++) {
                uint8_t value[SUM_MAX];

                sum_of(SUM_MD5, str_of(VECTORS[i][0]), value);
                assert_hex(&arena, str_make(value, MD5_BYTES), VECTORS[i][1]);
        }
}

/* -- Lanes. */

struct message {
        struct str text;
        uint8_t padded[LONGEST + 2 * MD5_BLOCK_BYTES + 8];
        size_t blocks; /* left */
        struct md5_lane lane;
};

/* A message of its own length, with its padding, at any place in memory. */
static void message_make(struct message *message, uint64_t *seed)
{
        size_t len = some(seed, LONGEST + 1), place = some(seed, 8);
        uint64_t bits = htole64((uint64_t)len * 8);
        uint8_t *at = message->padded + place;

        message->text = str_make(body + some(seed, BODY_BYTES - LONGEST), len);
        message->blocks = (len + 8) / MD5_BLOCK_BYTES + 1;
        memset(message->padded, 0, sizeof(message->padded));
        memcpy(at, message->text.ptr, len);
        at[len] = 0x80;
        memcpy(at + message->blocks * MD5_BLOCK_BYTES - sizeof(bits), &bits, sizeof(bits));
        message->lane = (struct md5_lane){{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}, at};
}

static void assert_message(const struct message *message)
{
        uint8_t expected[DIGEST_MAX];
        uint32_t value[4];

        for (size_t i = 0; i < ARRAY_LEN(value); i++)
                value[i] = htole32(message->lane.chain[i]);
        digest_of(DIGEST_MD5, message->text, expected);
        assert_memory_equal(value, expected, MD5_BYTES);
}

/* All as far as the shortest goes, then those that are left. */
static void sum_messages(struct message *messages, size_t count)
{
        for (;;) {
                struct md5_lane *lanes[MD5_LANES_MAX];
                size_t used = 0, blocks = SIZE_MAX;

                for (size_t i = 0; i < count; i++)
                        if (messages[i].blocks > 0) {
                                lanes[used++] = &messages[i].lane;
                                blocks = messages[i].blocks < blocks ? messages[i].blocks : blocks;
                        }
                if (used == 0)
                        return;
                md5_lanes_add(lanes, used, blocks);
                for (size_t i = 0; i < count; i++)
                        messages[i].blocks -= messages[i].blocks > 0 ? blocks : 0;
        }
}

/* However many, of whatever lengths. */
static void test_lanes(void **state)
{
        struct message messages[MD5_LANES_MAX];
        size_t most = md5_lanes_are_there() ? MD5_LANES_MAX : 0;
        uint64_t seed = 2;

        (void)state;
        for (size_t count = 1; count <= most; count++)
                for (size_t round = 0; round < 100; round++) {
                        for (size_t i = 0; i < count; i++)
                                message_make(&messages[i], &seed);
                        sum_messages(messages, count);
                        for (size_t i = 0; i < count; i++)
                                assert_message(&messages[i]);
                }
}

/* -- Sums of one thread and of many. */

/* True if the sum of what is added in pieces of any length below the limit is that of the whole. */
static bool is_summed(struct sums *sums, struct str whole, size_t limit, uint64_t *seed)
{
        uint8_t expected[DIGEST_MAX];

        sums_begin(sums, SUM_BIT(SUM_MD5));
        for (struct str rest = whole; rest.len;) {
                struct str piece = str_part(rest, 0, some(seed, limit));

                sums_add(sums, piece);
                rest = str_from(rest, piece.len);
        }
        sums_end(sums);
        digest_of(DIGEST_MD5, whole, expected);
        return str_eq(sums_get(sums, SUM_MD5), str_make(expected, MD5_BYTES));
}

static struct str some_body(uint64_t *seed)
{
        size_t at = some(seed, 64);

        return str_make(body + at, some(seed, BODY_BYTES - at + 1));
}

/* Short, about the length from which the table is used, and long. */
static void test_pieces(void **state)
{
        static const size_t LIMITS[] = {1000, MD5_TABLE_MIN + 200, 2 * MD5_TABLE_MIN, BODY_BYTES};
        _cleanup_(sums_done) struct sums sums = {};
        uint64_t seed = 3;

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(LIMITS); i++)
                for (size_t round = 0; round < 10; round++)
                        assert_true(is_summed(&sums, some_body(&seed), LIMITS[i], &seed));
}

/* Each way in which the ends of a piece can lie within blocks. */
static void test_each_end(void **state)
{
        _cleanup_(sums_done) struct sums sums = {};

        (void)state;
        for (size_t before = 0; before < MD5_BLOCK_BYTES; before++)
                for (size_t behind = 0; behind < MD5_BLOCK_BYTES; behind += 7) {
                        struct str whole = {body, before + MD5_TABLE_MIN + behind};
                        uint8_t expected[DIGEST_MAX];

                        sums_begin(&sums, SUM_BIT(SUM_MD5));
                        sums_add(&sums, str_part(whole, 0, before));
                        sums_add(&sums, str_from(whole, before));
                        sums_end(&sums);
                        digest_of(DIGEST_MD5, whole, expected);
                        assert_str(sums_get(&sums, SUM_MD5), str_make(expected, MD5_BYTES));
                }
}

/* The length is told in bits, and in two words: past the end of the first. Short pieces are libcrypto's own.
 */
static void test_length(void **state)
{
        _cleanup_(sums_done) struct sums by_table = {}, by_library = {};
        const size_t length = MD5_TABLE_MIN - MD5_BLOCK_BYTES, count = ((size_t)520 << 20) / BODY_BYTES;

        (void)state;
        sums_begin(&by_table, SUM_BIT(SUM_MD5));
        sums_begin(&by_library, SUM_BIT(SUM_MD5));
        for (size_t i = 0; i < count; i++) {
                sums_add(&by_table, str_make(body, BODY_BYTES));
                for (struct str rest = {body, BODY_BYTES}; rest.len;) {
                        struct str piece = str_part(rest, 0, length);

                        sums_add(&by_library, piece);
                        rest = str_from(rest, piece.len);
                }
        }
        sums_end(&by_table);
        sums_end(&by_library);
        assert_str(sums_get(&by_table, SUM_MD5), sums_get(&by_library, SUM_MD5));
}

struct uploader {
        pthread_t thread;
        uint64_t seed;
        pthread_barrier_t *start;
        size_t right;
};

static void *upload(void *arg)
{
        struct uploader *uploader = arg;
        _cleanup_(sums_done) struct sums sums = {};

        pthread_barrier_wait(uploader->start);
        for (size_t i = 0; i < BODIES; i++)
                uploader->right +=
                        is_summed(&sums, some_body(&uploader->seed), BODY_BYTES / 2, &uploader->seed);
        return NULL;
}

/* More than there are lanes, and than processors, of bodies that begin and end while others are summed. */
static void test_many_at_once(void **state)
{
        size_t processors = (size_t)sysconf(_SC_NPROCESSORS_ONLN);
        size_t threads = 2 * processors + MD5_LANES_MAX;
        struct uploader *uploaders = calloc(threads, sizeof(*uploaders));
        pthread_barrier_t start;

        (void)state;
        assert_non_null(uploaders);
        assert_int_equal(pthread_barrier_init(&start, NULL, (unsigned int)threads), 0);
        for (size_t i = 0; i < threads; i++) {
                uploaders[i] = (struct uploader){.seed = i + 4, .start = &start};
                assert_int_equal(pthread_create(&uploaders[i].thread, NULL, upload, &uploaders[i]), 0);
        }
        for (size_t i = 0; i < threads; i++)
                assert_int_equal(pthread_join(uploaders[i].thread, NULL), 0);
        for (size_t i = 0; i < threads; i++)
                assert_int_equal(uploaders[i].right, BODIES);
        pthread_barrier_destroy(&start);
        free(uploaders);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_known),  cmocka_unit_test(test_lanes),
                cmocka_unit_test(test_pieces), cmocka_unit_test(test_each_end),
                cmocka_unit_test(test_length), cmocka_unit_test(test_many_at_once),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
