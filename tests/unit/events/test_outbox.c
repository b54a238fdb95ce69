/* The outbox: its encoding, its numbers, its trims. */
#include "fixture.h"

#include <stdlib.h>

static struct event full_event(void)
{
        struct event event = {
                .time_ms = INT64_C(1769860805123),
                .id = STR("11111111-2222-4333-8444-555555555555"),
                .account = STR("123456789012"),
                .region = STR("eu-west-1"),
                .name = STR("CreateUser"),
                .source = STR("iam.amazonaws.com"),
                .username = STR("b\0b"),
                .access_key_id = STR("AKIAIOSFODNN7EXAMPLE"),
                .is_read_only = false,
                .is_data = true,
                .json = STR("{\"a\":1}"),
                .use = STR("key AKIA iam us-east-1"),
                .request_id = STR("r"),
                .trace = STR("{}"),
        };

        for (size_t i = 0; i < OUTBOX_RESOURCES; i++)
                event.resources[event.resource_count++] = (struct event_resource){
                        STR("arn:aws:iam::123456789012:user/bob"), STR("AWS::IAM::User")};
        return event;
}

static void assert_same(const struct event *a, const struct event *b)
{
        assert_true(a->time_ms == b->time_ms);
        assert_true(str_eq(a->id, b->id) && str_eq(a->account, b->account) && str_eq(a->region, b->region));
        assert_true(str_eq(a->name, b->name) && str_eq(a->source, b->source));
        assert_true(str_eq(a->username, b->username) && str_eq(a->access_key_id, b->access_key_id));
        assert_int_equal(a->is_read_only, b->is_read_only);
        assert_int_equal(a->is_data, b->is_data);
        assert_int_equal(a->resource_count, b->resource_count);
        for (size_t i = 0; i < a->resource_count; i++) {
                assert_true(str_eq(a->resources[i].arn, b->resources[i].arn));
                assert_true(str_eq(a->resources[i].type, b->resources[i].type));
        }
        assert_true(str_eq(a->json, b->json) && str_eq(a->use, b->use));
        assert_true(str_eq(a->request_id, b->request_id) && str_eq(a->trace, b->trace));
}

static void an_event_comes_back_as_it_was(void **state)
{
        struct event events[] = {full_event(), {}, {.time_ms = -1, .is_read_only = true}};

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(events); i++) {
                _cleanup_(buf_done) struct buf encoded = {};
                struct event back;

                buf_init(&encoded, 4096);
                event_encode(&events[i], &encoded);
                assert_int_equal(buf_check(&encoded), 0);
                assert_int_equal(event_decode(buf_str(&encoded), &back), 0);
                assert_same(&events[i], &back);
        }
}

/* Copies of their own, so that a sanitizer sees any step past the end. */
static int decode_copy(const char *bytes, size_t len, struct event *ret)
{
        char *copy = malloc(len ? len : 1);
        int r;

        memcpy(copy, bytes, len);
        r = event_decode(str_make(copy, len), ret);
        free(copy);
        return r;
}

static void every_cut_is_noticed(void **state)
{
        struct event event = full_event();
        struct event back;
        _cleanup_(buf_done) struct buf encoded = {};

        (void)state;
        buf_init(&encoded, 4096);
        event_encode(&event, &encoded);
        for (size_t len = 0; len < encoded.len; len++)
                assert_int_equal(decode_copy(encoded.data, len, &back), -EBADMSG);
        buf_add_byte(&encoded, 0);
        assert_int_equal(decode_copy(encoded.data, encoded.len, &back), -EBADMSG);
}

static void flipped_bytes_never_lead_astray(void **state)
{
        struct event event = full_event();
        _cleanup_(buf_done) struct buf encoded = {};

        (void)state;
        buf_init(&encoded, 4096);
        event_encode(&event, &encoded);
        for (size_t i = 0; i < encoded.len; i++)
                for (int flip = 1; flip < 256; flip <<= 1) {
                        struct event back;
                        int r;

                        encoded.data[i] = (char)(encoded.data[i] ^ flip);
                        r = decode_copy(encoded.data, encoded.len, &back);
                        assert_true(r == 0 || r == -EBADMSG);
                        if (i == 0)
                                assert_int_equal(r, -EBADMSG); /* another version */
                        encoded.data[i] = (char)(encoded.data[i] ^ flip);
                }
}

/* -- Numbers */

struct seen {
        unsigned int numbers[64];
        size_t count;
        unsigned int stop_at; /* 0: never */
        int stop_with;
};

static int visit(void *arg, uint64_t number, struct str encoded)
{
        struct seen *seen = arg;
        struct event event;

        (void)number;
        assert_int_equal(event_decode(encoded, &event), 0);
        if (seen->stop_at && number_of_event(&event) == seen->stop_at)
                return seen->stop_with;
        seen->numbers[seen->count++] = number_of_event(&event);
        return 0;
}

static int read_outbox(struct store *store, uint64_t *after, size_t most, struct seen *seen)
{
        struct txn *txn;
        int r;

        assert_int_equal(store_read_begin(store, &txn), 0);
        r = outbox_read(txn, after, most, visit, seen);
        store_read_end(txn);
        return r;
}

static void events_are_read_in_order(void **state)
{
        struct store *store = open_store(0);
        struct seen seen = {};
        uint64_t after = 0;
        uint64_t first, last;

        (void)state;
        outbox_bounds(store, &first, &last);
        assert_true(first == 0 && last == 0);
        assert_int_equal(read_outbox(store, &after, 10, &seen), 0);
        assert_int_equal(seen.count, 0);
        append_numbered(store, 1, 5);
        append_numbered(store, 6, 3);
        assert_int_equal(read_outbox(store, &after, 3, &seen), 0);
        assert_int_equal(seen.count, 3);
        assert_true(after == 3);
        assert_int_equal(read_outbox(store, &after, 10, &seen), 0);
        assert_int_equal(seen.count, 8);
        for (unsigned int i = 0; i < 8; i++)
                assert_int_equal(seen.numbers[i], i + 1);
        assert_int_equal(read_outbox(store, &after, 10, &seen), 0);
        assert_int_equal(seen.count, 8);
        store_close(store);
}

static void a_reader_may_stop(void **state)
{
        struct store *store = open_store(0);
        struct seen seen = {.stop_at = 3, .stop_with = -ECANCELED};
        uint64_t after = 0;

        (void)state;
        append_numbered(store, 1, 5);
        assert_int_equal(read_outbox(store, &after, 10, &seen), 0);
        assert_true(after == 2 && seen.count == 2);
        seen.stop_with = -EIO;
        assert_int_equal(read_outbox(store, &after, 10, &seen), -EIO);
        assert_true(after == 2 && seen.count == 2);
        seen.stop_with = -ENOENT; /* not taken for the end */
        assert_int_equal(read_outbox(store, &after, 10, &seen), -ENOENT);
        store_close(store);
}

struct trim {
        uint64_t through;
        size_t most;
};

static int trim_work(struct txn *txn, void *arg)
{
        struct trim *trim = arg;

        return outbox_trim(txn, trim->through, trim->most);
}

static void trim(struct store *store, uint64_t through, size_t most)
{
        struct trim work = {through, most};

        assert_int_equal(store_write(store, trim_work, &work), 0);
}

static void numbers_go_on_across_trims(void **state)
{
        struct store *store = open_store(0);
        uint64_t first, last;

        (void)state;
        append_numbered(store, 1, 10);
        trim(store, 0, 100);
        outbox_bounds(store, &first, &last);
        assert_true(first == 1 && last == 10);
        trim(store, 9, 4); /* bounded */
        outbox_bounds(store, &first, &last);
        assert_true(first == 5 && last == 10);
        trim(store, 9, 100);
        outbox_bounds(store, &first, &last);
        assert_true(first == 10 && last == 10);
        append_numbered(store, 11, 300); /* past a byte of the number */
        outbox_bounds(store, &first, &last);
        assert_true(first == 10 && last == 310);
        store_close(store);
}

static int put_others(struct txn *txn, void *arg)
{
        (void)arg;
        TRY(txn_put(txn, STR("\x01record"), STR("x")));
        TRY(txn_put(txn, STR("\xfeoutbow"), STR("x")));
        return txn_put(txn, STR("\xfeoutboy"), STR("x"));
}

static void other_keys_are_left_alone(void **state)
{
        struct store *store = open_store(0);
        struct store_stats stats;
        uint64_t first, last;

        (void)state;
        assert_int_equal(store_write(store, put_others, NULL), 0);
        append_numbered(store, 1, 2);
        outbox_bounds(store, &first, &last);
        assert_true(first == 1 && last == 2);
        trim(store, UINT64_MAX, 100);
        store_get_stats(store, &stats);
        assert_int_equal(stats.keys, 3);
        store_close(store);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_event_comes_back_as_it_was),
                cmocka_unit_test(every_cut_is_noticed),
                cmocka_unit_test(flipped_bytes_never_lead_astray),
                cmocka_unit_test(events_are_read_in_order),
                cmocka_unit_test(a_reader_may_stop),
                cmocka_unit_test(numbers_go_on_across_trims),
                cmocka_unit_test(other_keys_are_left_alone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
