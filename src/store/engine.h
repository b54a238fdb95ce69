/* What a kind of store provides: ordered keys in transactions, one writer at a time. store.c, writer.c,
 * cursor.c and archive.c stand on this alone; no other folder includes it.
 *
 * An engine checks nothing that its callers have checked: keys are 1..STORE_KEY_MAX bytes, writes come in
 * write transactions and from one thread. All functions give 0 or a negative errno; -ENOENT at the end or for
 * a missing key. */
#pragma once

#include <stdatomic.h>

#include "store/store.h"

struct engine;
struct engine_cursor;

struct engine_ops {
        void (*close)(struct engine *engine);

        int (*read_begin)(struct engine *engine, struct txn **ret);
        void (*read_end)(struct txn *txn);

        /* parent: NULL, or the transaction that the new one is nested in; the parent rests meanwhile. Commit
         * ends the transaction whatever it gives; that of an outermost one is durable when it gives 0. */
        int (*write_begin)(struct engine *engine, struct txn *parent, struct txn **ret);
        int (*write_commit)(struct txn *txn);
        void (*write_abort)(struct txn *txn);

        int (*get)(struct txn *txn, struct str key, struct str *ret_value);
        int (*put)(struct txn *txn, struct str key, struct str value);
        int (*remove)(struct txn *txn, struct str key);
        int (*clear)(struct txn *txn);

        int (*cursor_open)(struct txn *txn, struct engine_cursor **ret);
        /* Ascending: to the first key at or after `key`, or the first of all if that is empty. Descending: to
         * the last key before `key`, or the last of all if that is empty. */
        int (*cursor_seek)(struct engine_cursor *cursor, struct str key, bool ascending, struct str *ret_key,
                           struct str *ret_value);
        /* To the neighbour; only while the transaction has not changed since the cursor was placed. */
        int (*cursor_step)(struct engine_cursor *cursor, bool ascending, struct str *ret_key,
                           struct str *ret_value);
        void (*cursor_close)(struct engine_cursor *cursor);

        void (*stats)(struct engine *engine, uint64_t *ret_keys, uint64_t *ret_bytes_used);
};

/* What transactions have touched since the outermost began; the writer thread's own. */
#define TOUCHES_FEW 1024
#define TOUCHES_MAX ((size_t)1 << 20) /* more than a commit has room for */

struct touches {
        uint64_t *what; /* room for so many */
        size_t count, room;
        void (*touched)(void *arg, uint64_t what); /* NULL: nobody waits */
        void *arg;
};

/* First members of the engines' own structs. */
struct engine {
        const struct engine_ops *ops;
        atomic_uint_fast64_t reads, changes; /* of transactions that have ended */
        struct touches touches;
        struct losses *losses;
};

struct txn {
        struct engine *engine;
        bool is_write;
        uint64_t changes; /* puts and deletes so far: cursors place themselves anew after one */
        uint64_t reads;   /* keys looked up, and steps of cursors */
};

/* Before a transaction ends: its counts go to those of all, once and not at every read. */
static inline void engine_count(struct txn *txn)
{
        atomic_fetch_add_explicit(&txn->engine->reads, txn->reads, memory_order_relaxed);
        atomic_fetch_add_explicit(&txn->engine->changes, txn->changes, memory_order_relaxed);
        txn->reads = txn->changes = 0;
}

must_check int lmdb_engine_open(const struct store_options *options, struct engine **ret, char *problem);
must_check int memory_engine_open(const struct store_options *options, struct engine **ret, char *problem);

/* The key of the store's own record, which says how the rest is written; hidden from all others. It is the
 * least of all keys. */
#define STORE_FORMAT_KEY     STR("\0")
#define STORE_FORMAT_VERSION 1

/* Into the text that store_open() gives, of STORE_PROBLEM_MAX bytes. */
void store_problem(char *problem, const char *format, ...) _printf_(2, 3);
