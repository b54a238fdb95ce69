/* The roll of all bodies: each is on it once, however they lie; and what is examined of those that have no
 * proof. */
#include "iam_fixture.h"

#include "crypto/seal.h"
#include "services/s3/examination.h"
#include "services/s3/space.h"

#define BUCKETS 3
#define KEYS    70 /* of each; three versions, so that pages end within keys */
#define LONG    5  /* of them are behind branches */

static struct str key_of(struct call *call, int number)
{
        static char tail[S3_KEY_MAX];

        if (number >= LONG)
                return arena_printf(&call->arena, "key-%03d", number);
        memset(tail, 'x', sizeof(tail));
        return arena_printf(&call->arena, "%.*s-%d", 200 * (number + 1), tail, number);
}

static int put_rows(struct call *call, int64_t space, int64_t versions)
{
        for (int number = 0; number < KEYS; number++) {
                struct s3_place place;

                TRY(s3_place_make(call, space, key_of(call, number), &place));
                for (int64_t order = 1; order <= versions; order++) {
                        struct s3_object_record row = {
                                .order = OPT_INT(order),
                                .version_id = arena_printf(&call->arena, "v%lld", (long long)order),
                                .body = OPT_INT(space * 1000000 + number * 1000 + order)};

                        if (order == 2) /* a marker */
                                row.body = (struct opt_int){};
                        TRY(s3_row_put(call, &place, &row));
                }
        }
        return 0;
}

static int put_buckets(struct call *call, void *arg)
{
        (void)arg;
        for (int i = 0; i < BUCKETS; i++) {
                struct s3_bucket_record bucket = {.name = arena_printf(&call->arena, "bucket-%d", i)};

                TRY(s3_new_space(call, &bucket.space.value));
                TRY(s3_new_space(call, &bucket.uploads.value));
                bucket.space.is_set = bucket.uploads.is_set = true;
                TRY(call_put(call, &s3_bucket_record_type, &bucket));
                TRY(put_rows(call, bucket.space.value, 3));
                TRY(put_rows(call, bucket.uploads.value, 1));
        }
        return 0;
}

struct census {
        struct s3_roll_place place;
        struct s3_roll page;
        struct arena arena;
        int64_t bodies[BUCKETS * KEYS * 3 + 1];
        size_t count, uploads;
};

static int take_page(struct call *call, void *arg)
{
        struct census *census = arg;

        arena_reset(&census->arena);
        return s3_roll_next(call, &census->place, &census->arena, &census->page);
}

static int compare(const void *a, const void *b)
{
        int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

        return x < y ? -1 : x > y;
}

static void note_page(struct census *census)
{
        assert_int_equal(census->page.damaged, 0);
        for (size_t i = 0; i < census->page.count; i++) {
                const struct s3_roll_item *item = &census->page.items[i];

                assert_true(str_starts(item->bucket, STR("bucket-")) && item->key.len > 0);
                assert_true(census->count < ARRAY_LEN(census->bodies));
                census->bodies[census->count++] = item->row.body.value;
                census->uploads += item->is_upload;
        }
}

static void test_each_body_is_on_it_once(void **state)
{
        struct fixture *fixture = *state;
        struct census *census = calloc(1, sizeof(*census));
        size_t pages = 0;

        assert_non_null(census);
        arena_init(&census->arena, (size_t)1024 * 1024);
        assert_int_equal(run(fixture, put_buckets, NULL), 0);
        while (!census->place.is_end) {
                assert_int_equal(run(fixture, take_page, census), 0);
                note_page(census);
                assert_true(++pages < 100);
        }
        assert_int_equal(census->count,
                         BUCKETS * KEYS * 3); /* two versions that have a body, and an upload */
        assert_int_equal(census->uploads, BUCKETS * KEYS);
        qsort(census->bodies, census->count, sizeof(*census->bodies), compare);
        for (size_t i = 1; i < census->count; i++)
                assert_true(census->bodies[i - 1] < census->bodies[i]);
        arena_done(&census->arena);
        free(census);
}

/* -- Without a proof: as earlier programs stored them */

static int no_pause(void *arg, size_t bytes)
{
        (void)arg;
        (void)bytes;
        return 0;
}

static struct s3_roll_item item_of(struct call *call, const char *encryption, const uint8_t key[32])
{
        struct s3_roll_item item = {
                .row = {.space = OPT_INT(1), .part = STR("k"), .order = OPT_INT(1), .body = OPT_INT(7)}};
        struct str bound = record_name(&call->arena, &s3_object_record_type, &item.row);

        item.row.encryption = str_of(encryption);
        assert_int_equal(call_seal(call, bound, str_make(key, 32), &item.row.data_key), 0);
        return item;
}

struct outcome {
        const char *fault;
        bool is_proven;
};

static struct outcome examine(struct call *call, const struct s3_roll_item *item,
                              const struct s3_piece_record *piece)
{
        struct s3_examination exam = {.host = call->host, .arena = &call->arena, .pause = no_pause};

        assert_int_equal(s3_examine_piece(&exam, item, piece), 0);
        return (struct outcome){exam.fault, exam.is_proven};
}

static void examine_inline(struct call *call)
{
        static const uint8_t KEY[32] = {'k'};
        struct secret key = {(uint8_t *)(uintptr_t)KEY, sizeof(KEY)};
        struct s3_roll_item kms = item_of(call, "aws:kms", KEY), sse = item_of(call, "AES256", KEY);
        struct s3_piece_record piece = {.body = OPT_INT(7), .number = OPT_INT(1), .size = OPT_INT(5)};
        struct outcome outcome;
        char *sealed;

        assert_int_equal(s3_seal_inline(call, &key, STR("clear"), &piece), 0);
        outcome = examine(call, &sse, &piece);
        assert_true(outcome.is_proven && !outcome.fault);
        outcome = examine(call, &kms, &piece);
        assert_true(!outcome.is_proven && !outcome.fault);
        sealed = (char *)(uintptr_t)piece.inline_.ptr;
        sealed[47] = (char)(sealed[47] ^ 1);
        assert_non_null(examine(call, &sse, &piece).fault);
        assert_false(examine(call, &kms, &piece).is_proven);
        sealed[47] = (char)(sealed[47] ^ 1);
        piece.size = OPT_INT(6);
        assert_non_null(examine(call, &sse, &piece).fault);
        assert_non_null(examine(call, &kms, &piece).fault);
        piece.size = OPT_INT(5);
        kms.row.order = OPT_INT(2); /* another object's key */
        assert_non_null(examine(call, &kms, &piece).fault);
}

static void examine_proof(struct call *call)
{
        static const uint8_t KEY[32] = {'k'};
        struct secret key = {(uint8_t *)(uintptr_t)KEY, sizeof(KEY)};
        struct s3_roll_item item = item_of(call, "customer", KEY);
        struct s3_piece_record piece = {.body = OPT_INT(7), .number = OPT_INT(1), .size = OPT_INT(5)}, other;
        struct blob_proof proof;
        struct outcome outcome;

        assert_int_equal(s3_seal_inline(call, &key, STR("clear"), &piece), 0);
        assert_int_equal(blob_proof_make(piece.inline_, &proof), 0);
        assert_int_equal(call_seal(call, record_name(&call->arena, &s3_piece_record_type, &piece),
                                   str_make(proof.bytes, sizeof(proof.bytes)), &piece.proof),
                         0);
        outcome = examine(call, &item, &piece);
        assert_true(outcome.is_proven && !outcome.fault);
        other = piece;
        other.number = OPT_INT(2); /* a proof is its piece's */
        assert_non_null(examine(call, &item, &other).fault);
        other = piece;
        other.inline_ = arena_dup_bytes(&call->arena, piece.inline_.ptr, piece.inline_.len);
        ((char *)(uintptr_t)other.inline_.ptr)[47] ^= 1;
        assert_non_null(examine(call, &item, &other).fault);
}

/* Without a store: nothing is read there. */
static void in_call_of(struct fixture *fixture, void (*what)(struct call *call))
{
        struct call call;

        call_init(&call, &fixture->host, (size_t)1024 * 1024);
        what(&call);
        call_done(&call);
}

static void test_what_has_no_proof_is_not_proven(void **state)
{
        in_call_of(*state, examine_inline);
}

static void test_what_has_a_proof_is(void **state)
{
        in_call_of(*state, examine_proof);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_each_body_is_on_it_once, fixture_setup,
                                                fixture_teardown),
                cmocka_unit_test_setup_teardown(test_what_has_no_proof_is_not_proven, fixture_setup,
                                                fixture_teardown),
                cmocka_unit_test_setup_teardown(test_what_has_a_proof_is, fixture_setup, fixture_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
