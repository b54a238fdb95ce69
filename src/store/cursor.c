#include "store/engine.h"

#include <assert.h>

struct cursor {
        struct txn *txn;
        struct engine_cursor *at;
        bool ascending;
        bool is_placed;
        bool has_ended;
        bool skip_equal;  /* the key to start at was visited already */
        uint64_t changes; /* of the transaction when the cursor was placed */
        size_t prefix_len, start_len;
        char prefix[STORE_KEY_MAX];
        char start[STORE_KEY_MAX]; /* where to place the cursor next; empty: at the end of all */
};

static struct str prefix_of(const struct cursor *cursor)
{
        return (struct str){cursor->prefix, cursor->prefix_len};
}

static void set_start(struct cursor *cursor, struct str key)
{
        if (key.ptr)
                memcpy(cursor->start, key.ptr, key.len);
        cursor->start_len = key.len;
}

/* The least key above all that have the prefix: its last byte that can grow, grown. Empty: there is none. */
static void set_start_above_prefix(struct cursor *cursor)
{
        set_start(cursor, prefix_of(cursor));
        while (cursor->start_len > 0 && (unsigned char)cursor->start[cursor->start_len - 1] == 0xFF)
                cursor->start_len--;
        if (cursor->start_len > 0)
                cursor->start[cursor->start_len - 1]++;
}

static void set_bounds(struct cursor *cursor, struct str prefix, struct str after)
{
        struct str start;

        memcpy(cursor->prefix, prefix.ptr ? prefix.ptr : "", prefix.len);
        cursor->prefix_len = prefix.len;
        if (cursor->ascending)
                set_start(cursor, prefix);
        else
                set_start_above_prefix(cursor);
        if (!str_is_set(after))
                return;
        start = (struct str){cursor->start, cursor->start_len};
        if (cursor->ascending ? str_cmp(after, start) >= 0 : start.len == 0 || str_cmp(after, start) < 0) {
                set_start(cursor, after);
                cursor->skip_equal = cursor->ascending;
                /* Nothing is before the empty key, though an empty start means the end of all. */
                cursor->has_ended = !cursor->ascending && after.len == 0;
        }
}

int cursor_open(struct txn *txn, struct str prefix, struct str after, bool ascending, struct cursor **ret)
{
        struct cursor *cursor;
        int r;

        if (prefix.len > STORE_KEY_MAX || after.len > STORE_KEY_MAX)
                return -EINVAL;
        cursor = malloc(sizeof(*cursor));
        if (!cursor)
                return -ENOMEM;
        *cursor = (struct cursor){.txn = txn, .ascending = ascending};
        set_bounds(cursor, prefix, after);
        r = txn->engine->ops->cursor_open(txn, &cursor->at);
        if (r < 0) {
                free(cursor);
                return r;
        }
        *ret = cursor;
        return 0;
}

void cursor_close(struct cursor *cursor)
{
        cursor->txn->engine->ops->cursor_close(cursor->at);
        free(cursor);
}

static int place(struct cursor *cursor, struct str *ret_key, struct str *ret_value)
{
        const struct engine_ops *ops = cursor->txn->engine->ops;
        struct str start = {cursor->start, cursor->start_len};

        cursor->is_placed = true;
        cursor->changes = cursor->txn->changes;
        TRY(ops->cursor_seek(cursor->at, start, cursor->ascending, ret_key, ret_value));
        if (cursor->skip_equal && str_eq(*ret_key, start))
                return ops->cursor_step(cursor->at, true, ret_key, ret_value);
        return 0;
}

static int move(struct cursor *cursor, struct str *ret_key, struct str *ret_value)
{
        const struct engine_ops *ops = cursor->txn->engine->ops;

        if (cursor->is_placed && cursor->changes == cursor->txn->changes)
                return ops->cursor_step(cursor->at, cursor->ascending, ret_key, ret_value);
        return place(cursor, ret_key, ret_value);
}

/* The store's own record is the least of all keys: met first going up, last going down. */
static int move_past_format(struct cursor *cursor, struct str *ret_key, struct str *ret_value)
{
        TRY(move(cursor, ret_key, ret_value));
        return str_eq(*ret_key, STORE_FORMAT_KEY) ? move(cursor, ret_key, ret_value) : 0;
}

int cursor_next(struct cursor *cursor, struct str *ret_key, struct str *ret_value)
{
        struct str key = STR_NONE, value;
        int r = cursor->has_ended ? -ENOENT : move_past_format(cursor, &key, &value);

        cursor->txn->reads++;
        if ((r >= 0 || str_is_set(key)) && !str_starts(key, prefix_of(cursor)))
                r = -ENOENT;
        if (r < 0 && (r != -EBADMSG || !str_is_set(key))) {
                cursor->has_ended = true;
                return r;
        }
        if (cursor->txn->is_write) {
                set_start(cursor, key);
                cursor->skip_equal = cursor->ascending;
        }
        *ret_key = key;
        if (r == 0)
                *ret_value = value;
        return r;
}
