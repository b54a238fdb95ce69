#include "store/lmdb_env.h"

#include <assert.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/crc.h"

/* Read transactions at rest, ready to be renewed: a slot in LMDB's reader table stays theirs. */
#define IDLE_MAX 64

#define DISK_FULL_BELOW ((unsigned long)1 << 20)

#define SEALED_KEPT_MAX ((size_t)64 * 1024)

struct lmdb_txn {
        struct txn txn;
        MDB_txn *mdb;
};

struct engine_cursor {
        MDB_cursor *mdb;
        struct lmdb_txn *txn;
};

struct lmdb_engine {
        struct engine engine;
        MDB_env *env;
        MDB_dbi dbi;
        int lock_fd;
        struct lmdb_txn outer, nested; /* the writer's, as what follows */
        char *sealed;                  /* a value with its checksum, on its way in */
        size_t sealed_size;
        _Atomic(struct lmdb_txn *) idle[IDLE_MAX];
};

static struct lmdb_engine *engine_of(struct engine *engine)
{
        return (struct lmdb_engine *)engine;
}

static struct lmdb_txn *txn_of(struct txn *txn)
{
        return (struct lmdb_txn *)txn;
}

static MDB_dbi dbi_of(struct txn *txn)
{
        return engine_of(txn->engine)->dbi;
}

static MDB_val val_of(struct str s)
{
        return (MDB_val){s.len, (void *)(uintptr_t)s.ptr};
}

static struct str str_of_val(MDB_val val)
{
        return (struct str){val.mv_data, val.mv_size};
}

/* No room is no room, whoever says so: the map, the disk, a quota or the file size limit. */
int lmdb_error(int rc)
{
        switch (rc) {
        case MDB_SUCCESS:
                return 0;
        case MDB_NOTFOUND:
                return -ENOENT;
        case MDB_MAP_FULL:
        case EFBIG:
        case EDQUOT:
                return -ENOSPC;
        case MDB_TXN_FULL:
                return -E2BIG;
        case MDB_READERS_FULL:
                return -EAGAIN;
        case MDB_BAD_VALSIZE:
                return -ENAMETOOLONG;
        case MDB_INVALID:
        case MDB_CORRUPTED:
        case MDB_PAGE_NOTFOUND:
                return -EBADMSG;
        default:
                return rc > 0 ? -rc : -EIO;
        }
}

/* -- Reading. A thread looks first where it, or another on its processor, left a transaction. */

static size_t idle_start(void)
{
        int cpu = sched_getcpu();

        return cpu < 0 ? 0 : (size_t)cpu * 8;
}

static struct lmdb_txn *idle_take(struct lmdb_engine *engine)
{
        size_t start = idle_start();

        for (size_t i = 0; i < IDLE_MAX; i++) {
                _Atomic(struct lmdb_txn *) *slot = &engine->idle[(start + i) % IDLE_MAX];

                if (atomic_load_explicit(slot, memory_order_relaxed)) {
                        struct lmdb_txn *txn = atomic_exchange(slot, NULL);

                        if (txn)
                                return txn;
                }
        }
        return NULL;
}

static bool idle_give(struct lmdb_engine *engine, struct lmdb_txn *txn)
{
        size_t start = idle_start();

        for (size_t i = 0; i < IDLE_MAX; i++) {
                struct lmdb_txn *none = NULL;

                if (atomic_compare_exchange_strong(&engine->idle[(start + i) % IDLE_MAX], &none, txn))
                        return true;
        }
        return false;
}

static int read_begin_new(struct lmdb_engine *engine, struct txn **ret)
{
        struct lmdb_txn *txn = calloc(1, sizeof(*txn));
        int rc;

        if (!txn)
                return -ENOMEM;
        txn->txn.engine = &engine->engine;
        rc = mdb_txn_begin(engine->env, NULL, MDB_RDONLY, &txn->mdb);
        if (rc != 0) {
                free(txn);
                return lmdb_error(rc);
        }
        *ret = &txn->txn;
        return 0;
}

static void read_drop(struct lmdb_txn *txn)
{
        mdb_txn_abort(txn->mdb);
        free(txn);
}

static int lmdb_read_begin(struct engine *base, struct txn **ret)
{
        struct lmdb_engine *engine = engine_of(base);
        struct lmdb_txn *txn = idle_take(engine);
        int rc;

        if (!txn)
                return read_begin_new(engine, ret);
        rc = mdb_txn_renew(txn->mdb);
        if (rc != 0) {
                read_drop(txn);
                return lmdb_error(rc);
        }
        *ret = &txn->txn;
        return 0;
}

static void lmdb_read_end(struct txn *base)
{
        struct lmdb_txn *txn = txn_of(base);

        mdb_txn_reset(txn->mdb);
        if (!idle_give(engine_of(base->engine), txn))
                read_drop(txn);
}

/* -- Writing. */

static int lmdb_write_begin(struct engine *base, struct txn *parent, struct txn **ret)
{
        struct lmdb_engine *engine = engine_of(base);
        struct lmdb_txn *txn = parent ? &engine->nested : &engine->outer;

        *txn = (struct lmdb_txn){.txn = {.engine = base, .is_write = true}};
        TRY(lmdb_error(mdb_txn_begin(engine->env, parent ? txn_of(parent)->mdb : NULL, 0, &txn->mdb)));
        *ret = &txn->txn;
        return 0;
}

/* LMDB calls a write that was cut short an I/O error. Mostly it was the disk that is full. */
static bool is_disk_full(struct lmdb_engine *engine)
{
        struct statvfs fs;
        int fd;

        return mdb_env_get_fd(engine->env, &fd) == 0 && fstatvfs(fd, &fs) == 0 &&
               fs.f_bavail < DISK_FULL_BELOW / fs.f_frsize;
}

static int lmdb_write_commit(struct txn *txn)
{
        int r = lmdb_error(mdb_txn_commit(txn_of(txn)->mdb));

        return r == -EIO && is_disk_full(engine_of(txn->engine)) ? -ENOSPC : r;
}

static void lmdb_write_abort(struct txn *txn)
{
        mdb_txn_abort(txn_of(txn)->mdb);
}

/* -- Keys and values. */

static uint32_t checksum_of(struct str key, struct str value)
{
        return crc32c(crc32c(0, key), value);
}

/* Takes the checksum off the end of what is stored. */
static int value_open(MDB_val key, MDB_val stored, struct str *ret_value)
{
        struct str value;
        uint32_t sum;

        if (stored.mv_size < LMDB_CHECKSUM_LEN)
                return -EBADMSG;
        value = (struct str){stored.mv_data, stored.mv_size - LMDB_CHECKSUM_LEN};
        memcpy(&sum, value.ptr + value.len, sizeof(sum));
        if (sum != checksum_of(str_of_val(key), value))
                return -EBADMSG;
        *ret_value = value;
        return 0;
}

static int lmdb_get(struct txn *txn, struct str key, struct str *ret_value)
{
        MDB_val mdb_key = val_of(key), stored;

        TRY(lmdb_error(mdb_get(txn_of(txn)->mdb, dbi_of(txn), &mdb_key, &stored)));
        return value_open(mdb_key, stored, ret_value);
}

/* Value and checksum side by side in memory of our own: what is given may point into pages that the put
 * moves. */
static int value_seal(struct lmdb_engine *engine, struct str key, struct str value, MDB_val *ret)
{
        uint32_t sum = checksum_of(key, value);
        size_t len = value.len + sizeof(sum);

        if (len > engine->sealed_size) {
                char *bigger = realloc(engine->sealed, len + len / 2);

                if (!bigger)
                        return -ENOMEM;
                engine->sealed = bigger;
                engine->sealed_size = len + len / 2;
        }
        if (value.len)
                memcpy(engine->sealed, value.ptr, value.len);
        memcpy(engine->sealed + value.len, &sum, sizeof(sum));
        *ret = (MDB_val){len, engine->sealed};
        return 0;
}

static void value_sealed_done(struct lmdb_engine *engine)
{
        if (engine->sealed_size <= SEALED_KEPT_MAX)
                return;
        free(engine->sealed);
        engine->sealed = NULL;
        engine->sealed_size = 0;
}

static int lmdb_put(struct txn *txn, struct str key, struct str value)
{
        struct lmdb_engine *engine = engine_of(txn->engine);
        char key_bytes[STORE_KEY_MAX];
        MDB_val mdb_key = {key.len, key_bytes}, sealed;
        int rc;

        memcpy(key_bytes, key.ptr, key.len);
        TRY(value_seal(engine, key, value, &sealed));
        rc = mdb_put(txn_of(txn)->mdb, engine->dbi, &mdb_key, &sealed, 0);
        value_sealed_done(engine);
        return lmdb_error(rc);
}

static int lmdb_remove(struct txn *txn, struct str key)
{
        MDB_val mdb_key = val_of(key);

        return lmdb_error(mdb_del(txn_of(txn)->mdb, dbi_of(txn), &mdb_key, NULL));
}

static int lmdb_clear(struct txn *txn)
{
        return lmdb_error(mdb_drop(txn_of(txn)->mdb, dbi_of(txn), 0));
}

/* -- Cursors. */

static int lmdb_cursor_open(struct txn *txn, struct engine_cursor **ret)
{
        struct engine_cursor *cursor = calloc(1, sizeof(*cursor));
        int rc;

        if (!cursor)
                return -ENOMEM;
        cursor->txn = txn_of(txn);
        rc = mdb_cursor_open(cursor->txn->mdb, dbi_of(txn), &cursor->mdb);
        if (rc != 0) {
                free(cursor);
                return lmdb_error(rc);
        }
        *ret = cursor;
        return 0;
}

static void lmdb_cursor_close(struct engine_cursor *cursor)
{
        mdb_cursor_close(cursor->mdb);
        free(cursor);
}

static int seek(MDB_cursor *cursor, MDB_val *key, MDB_val *stored, bool ascending)
{
        int rc;

        if (key->mv_size == 0)
                return mdb_cursor_get(cursor, key, stored, ascending ? MDB_FIRST : MDB_LAST);
        rc = mdb_cursor_get(cursor, key, stored, MDB_SET_RANGE);
        if (ascending)
                return rc;
        if (rc == MDB_NOTFOUND)
                return mdb_cursor_get(cursor, key, stored, MDB_LAST);
        return rc == 0 ? mdb_cursor_get(cursor, key, stored, MDB_PREV) : rc;
}

static int lmdb_cursor_seek(struct engine_cursor *cursor, struct str key, bool ascending, struct str *ret_key,
                            struct str *ret_value)
{
        MDB_val mdb_key = val_of(key), stored;

        TRY(lmdb_error(seek(cursor->mdb, &mdb_key, &stored, ascending)));
        *ret_key = str_of_val(mdb_key);
        return value_open(mdb_key, stored, ret_value);
}

static int lmdb_cursor_step(struct engine_cursor *cursor, bool ascending, struct str *ret_key,
                            struct str *ret_value)
{
        MDB_val mdb_key, stored;

        TRY(lmdb_error(mdb_cursor_get(cursor->mdb, &mdb_key, &stored, ascending ? MDB_NEXT : MDB_PREV)));
        *ret_key = str_of_val(mdb_key);
        return value_open(mdb_key, stored, ret_value);
}

/* -- The engine itself. */

static void lmdb_close(struct engine *base)
{
        struct lmdb_engine *engine = engine_of(base);

        for (size_t i = 0; i < IDLE_MAX; i++) {
                struct lmdb_txn *txn = atomic_load(&engine->idle[i]);

                if (txn)
                        read_drop(txn);
        }
        mdb_env_close(engine->env);
        if (engine->lock_fd >= 0)
                (void)close(engine->lock_fd);
        free(engine->sealed);
        free(engine);
}

static void lmdb_stats(struct engine *base, uint64_t *ret_keys, uint64_t *ret_bytes_used)
{
        MDB_env *env = engine_of(base)->env;
        MDB_stat stat;
        MDB_envinfo info;

        *ret_keys = *ret_bytes_used = 0;
        if (mdb_env_stat(env, &stat) != 0 || mdb_env_info(env, &info) != 0)
                return;
        *ret_keys = stat.ms_entries;
        *ret_bytes_used = ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
}

static const struct engine_ops lmdb_ops = {
        .close = lmdb_close,
        .read_begin = lmdb_read_begin,
        .read_end = lmdb_read_end,
        .write_begin = lmdb_write_begin,
        .write_commit = lmdb_write_commit,
        .write_abort = lmdb_write_abort,
        .get = lmdb_get,
        .put = lmdb_put,
        .remove = lmdb_remove,
        .clear = lmdb_clear,
        .cursor_open = lmdb_cursor_open,
        .cursor_seek = lmdb_cursor_seek,
        .cursor_step = lmdb_cursor_step,
        .cursor_close = lmdb_cursor_close,
        .stats = lmdb_stats,
};

/* The format record's value is the version in decimal. */
static int format_write(struct txn *txn)
{
        char text[16];
        int len = snprintf(text, sizeof(text), "%d", STORE_FORMAT_VERSION);

        return lmdb_put(txn, STORE_FORMAT_KEY, (struct str){text, (size_t)len});
}

static int format_check(struct txn *txn, char *problem)
{
        struct str text;
        uint64_t version;
        int r = lmdb_get(txn, STORE_FORMAT_KEY, &text);

        if (r < 0) {
                store_problem(problem, "the store's format record cannot be read: %s", strerror(-r));
                return r == -ENOENT ? -EBADMSG : r;
        }
        if (str_to_u64(text, &version) < 0 || version == 0) {
                store_problem(problem, "the store's format record is damaged");
                return -EBADMSG;
        }
        if (version > STORE_FORMAT_VERSION) {
                store_problem(problem,
                              "the data were written by a newer program (format %llu; this one knows %d)",
                              (unsigned long long)version, STORE_FORMAT_VERSION);
                return -EPROTO;
        }
        return 0;
}

static int engine_prepare(struct lmdb_engine *engine, bool is_new, char *problem)
{
        struct txn *txn;
        int r;

        TRY(lmdb_write_begin(&engine->engine, NULL, &txn));
        r = lmdb_error(mdb_dbi_open(txn_of(txn)->mdb, NULL, 0, &engine->dbi));
        if (r >= 0)
                r = is_new ? format_write(txn) : format_check(txn, problem);
        if (r >= 0)
                return lmdb_write_commit(txn);
        lmdb_write_abort(txn);
        return r;
}

int lmdb_engine_on(MDB_env *env, int lock_fd, bool is_new, struct engine **ret, char *problem)
{
        struct lmdb_engine *engine = calloc(1, sizeof(*engine));
        int r;

        if (!engine) {
                mdb_env_close(env);
                return -ENOMEM;
        }
        engine->engine.ops = &lmdb_ops;
        engine->env = env;
        engine->lock_fd = -1;
        r = engine_prepare(engine, is_new, problem);
        if (r < 0) {
                if (!problem[0])
                        store_problem(problem, "the store cannot be prepared: %s", strerror(-r));
                lmdb_close(&engine->engine);
                return r;
        }
        engine->lock_fd = lock_fd;
        *ret = &engine->engine;
        return 0;
}
