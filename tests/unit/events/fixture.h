/* What the events' tests share: a store in memory, and events that carry a number. */
#pragma once

#include "../check.h"

#include "events/outbox.h"

static inline struct store *open_store(size_t max_bytes)
{
        struct store_options options = {.engine = STORE_MEMORY, .max_bytes = max_bytes};
        char problem[STORE_PROBLEM_MAX] = "";
        struct store *store;

        assert_int_equal(store_open(&options, &store, problem), 0);
        return store;
}

/* An event whose name is the number, and whose record has `size` bytes of padding. */
static inline void encode_numbered(struct buf *out, unsigned int number, size_t size)
{
        static char padding[1 << 20];
        char name[16];
        struct event event = {
                .id = STR("id"), .account = STR("123456789012"), .source = STR("x.amazonaws.com")};

        assert_true(size <= sizeof(padding));
        (void)snprintf(name, sizeof(name), "%u", number);
        event.name = str_of(name);
        event.json = str_make(padding, size);
        buf_clear(out);
        event_encode(&event, out);
        assert_int_equal(buf_check(out), 0);
}

static inline unsigned int number_of_event(const struct event *event)
{
        uint64_t number = 0;

        assert_int_equal(str_to_u64(event->name, &number), 0);
        return (unsigned int)number;
}

struct appending {
        unsigned int from, count;
        size_t size;
};

static inline int append_work(struct txn *txn, void *arg)
{
        struct appending *appending = arg;
        struct buf encoded;
        int r = 0;

        buf_init(&encoded, 2 << 20);
        for (unsigned int i = 0; r == 0 && i < appending->count; i++) {
                encode_numbered(&encoded, appending->from + i, appending->size);
                r = outbox_append(txn, buf_str(&encoded));
        }
        buf_done(&encoded);
        return r;
}

/* Events `from`, `from` + 1, ... in one transaction. */
static inline void append_numbered(struct store *store, unsigned int from, unsigned int count)
{
        struct appending appending = {.from = from, .count = count};

        assert_int_equal(store_write(store, append_work, &appending), 0);
}

static inline void outbox_bounds(struct store *store, uint64_t *ret_first, uint64_t *ret_last)
{
        struct txn *txn;

        assert_int_equal(store_read_begin(store, &txn), 0);
        assert_int_equal(outbox_oldest(txn, ret_first), 0);
        assert_int_equal(outbox_newest(txn, ret_last), 0);
        store_read_end(txn);
}
