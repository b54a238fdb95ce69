/* Ordered keys in transactions, durable. Two engines behind this interface: LMDB in a folder, and memory.
 *
 * Reads see one snapshot and never wait. Writes are jobs: one writer thread takes all that wait, runs each in
 * a nested transaction, commits them together with one fsync, and only then reports each. A job that fails
 * leaves nothing behind and does not disturb the others. A job may be run again, so it must have no effect
 * outside its transaction and its own memory. */
#pragma once

#include "base/losses.h"
#include "base/str.h"

struct store;
struct txn;

#define STORE_KEY_MAX 511 /* LMDB's */

enum store_engine { STORE_LMDB, STORE_MEMORY };

struct store_options {
        enum store_engine engine;
        const char *folder;  /* exists, writable; ignored by the memory engine */
        size_t max_bytes;    /* ceiling of the data file; 0: the default, 1 TiB of address space (LMDB), 4 GiB
                                (memory) */
        bool unsafe_no_sync; /* tests and benchmarks of CPU cost only */
        struct losses *losses; /* outlives it; NULL: nobody counts */
};

/* -EBUSY: another process has the folder. -EBADMSG: the data are damaged. -EPROTO: written by a newer
 * program. problem says what and where, for the operator. */
#define STORE_PROBLEM_MAX 512
must_check int store_open(const struct store_options *options, struct store **ret,
                          char problem[STORE_PROBLEM_MAX]);
void store_close(struct store *store); /* runs what is queued, then stops the writer; NULL is fine */

/* What stands on the store counts there what it leaves out. NULL: nobody does. */
struct losses *store_losses(const struct store *store);

/* Told of each txn_touch(), on the writer thread, before the jobs of the commit are reported; must be quick.
 * Set once, before anything is written that touches. */
void store_on_touch(struct store *store, void (*touched)(void *arg, uint64_t what), void *arg);

/* -- Reading: any thread, any number at once. */
must_check int store_read_begin(struct store *store, struct txn **ret);
void store_read_end(struct txn *txn); /* NULL is fine */

/* -- Writing. */
struct store_job {
        /* Does the work in txn; < 0 undoes all of it. Runs on the writer thread. */
        int (*run)(struct store_job *job, struct txn *txn);
        /* Called once on the writer thread after the commit (or its failure) with run's result, or with the
         * commit's error: then nothing of it is stored. Must be quick, must not submit and wait. It may free
         * the job. */
        void (*done)(struct store_job *job, int result);
        /* A lazy job may wait up to STORE_LAZY_MS to share a commit. */
        bool is_lazy;
        /* Changes many thousands of keys: gets a transaction of its own, which others do not share. */
        bool is_alone;
        struct store_job *next; /* the store's own */
};
#define STORE_LAZY_MS 50

/* Always succeeds in queueing; done is called exactly once. After store_close() has begun: -ESHUTDOWN there.
 */
void store_submit(struct store *store, struct store_job *job);
/* Submits and waits; not from the writer thread. */
must_check int store_write(struct store *store, int (*work)(struct txn *txn, void *arg), void *arg);
must_check int store_write_alone(struct store *store, int (*work)(struct txn *txn, void *arg), void *arg);

/* -- Waiting for what others write: the turn is read before a look, and when that finds nothing, awaited:
 * until something has been committed since, somebody nudges, or so much time has passed. */
uint64_t store_turn(struct store *store);
void store_await_turn(struct store *store, uint64_t seen, int64_t ms);
void store_nudge(struct store *store);

/* -- In a transaction. Values that are given point into the store: valid until the next put or delete in the
 * same transaction, or its end (they may themselves be given to that put). Keys are 1..STORE_KEY_MAX bytes,
 * but not a single zero byte, which is the store's own; values up to 1 GiB. */
bool txn_is_write(const struct txn *txn);
must_check int txn_get(struct txn *txn, struct str key, struct str *ret_value); /* -ENOENT */
must_check int txn_put(struct txn *txn, struct str key, struct str value);      /* replaces; -ENOSPC,
                                                                                  -ENAMETOOLONG, -EINVAL: key */
must_check int txn_delete(struct txn *txn, struct str key);                     /* -ENOENT */

/* Says, once the outermost transaction has been committed, that what is known by this number has changed: who
 * waits for it (store_on_touch) looks again. Of a transaction that fails nothing is said. */
void txn_touch(struct txn *txn, uint64_t what);

/* Walks keys in order; false direction means descending. -EINVAL: prefix or after is no possible key. prefix
 * bounds the walk; after (a whole key, absent: from the end of the range) is where to start, exclusive. The
 * visited key and value are valid during the step. Deleting and putting while a cursor is open is allowed
 * only to keys that the cursor has passed. */
struct cursor;
must_check int cursor_open(struct txn *txn, struct str prefix, struct str after, bool ascending,
                           struct cursor **ret);
/* -ENOENT at the end. -EBADMSG: the next value is damaged; who goes on all the same gets what is behind it.
 * Its key is given, if that can be read: if not, there is nothing behind it. */
must_check int cursor_next(struct cursor *cursor, struct str *ret_key, struct str *ret_value);
void cursor_close(struct cursor *cursor);
static inline void cursor_closep(struct cursor **cursor)
{
        if (*cursor)
                cursor_close(*cursor);
}

/* A consistent copy of everything, as one file that store_load() reads into an empty store; made from a
 * snapshot while others write. archive.h takes the blobs along. */
must_check int store_save(struct store *store, const char *file);
must_check int store_load(struct store *store, const char *file);
/* Deletes every key (an ephemeral server's reset). */
must_check int store_clear(struct store *store);

struct store_stats {
        uint64_t commits, jobs, failed_commits, keys, bytes_used;
        uint64_t queue_length;
        uint64_t reads, changes; /* rows looked up or stepped over, put or deleted, by what has ended */
};
void store_get_stats(struct store *store, struct store_stats *ret);
