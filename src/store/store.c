#include "store/store.h"

#include <assert.h>
#include <semaphore.h>
#include <stdarg.h>

#include "store/engine.h"
#include "store/writer.h"

#define VALUE_MAX ((size_t)1 << 30)

struct store {
        struct engine *engine;
        struct writer *writer;
};

void store_problem(char *problem, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        (void)vsnprintf(problem, STORE_PROBLEM_MAX, format, args);
        va_end(args);
}

static int open_engine(const struct store_options *options, struct engine **ret, char *problem)
{
        switch (options->engine) {
        case STORE_LMDB:
                return lmdb_engine_open(options, ret, problem);
        case STORE_MEMORY:
                return memory_engine_open(options, ret, problem);
        }
        store_problem(problem, "no such store engine");
        return -EINVAL;
}

static int open_writer(struct store *store, char *problem)
{
        int r = writer_start(store->engine, &store->writer);

        if (r < 0)
                store_problem(problem, "the writer thread cannot be started: %s", strerror(-r));
        return r;
}

int store_open(const struct store_options *options, struct store **ret, char problem[STORE_PROBLEM_MAX])
{
        struct store *store = calloc(1, sizeof(*store));
        int r;

        problem[0] = '\0';
        if (!store)
                return -ENOMEM;
        r = open_engine(options, &store->engine, problem);
        if (r >= 0) {
                store->engine->losses = options->losses;
                r = open_writer(store, problem);
        }
        if (r < 0) {
                if (!problem[0])
                        store_problem(problem, "the store cannot be opened: %s", strerror(-r));
                store_close(store);
                return r;
        }
        *ret = store;
        return 0;
}

void store_close(struct store *store)
{
        if (!store)
                return;
        if (store->writer)
                writer_stop(store->writer);
        if (store->engine) {
                free(store->engine->touches.what);
                store->engine->ops->close(store->engine);
        }
        free(store);
}

void store_on_touch(struct store *store, void (*touched)(void *arg, uint64_t what), void *arg)
{
        struct touches *touches = &store->engine->touches;

        touches->touched = touched;
        touches->arg = arg;
}

static bool has_room(struct touches *touches)
{
        size_t room = touches->room ? 2 * touches->room : TOUCHES_FEW;
        uint64_t *more;

        if (touches->count < touches->room)
                return true;
        more = room <= TOUCHES_MAX ? reallocarray(touches->what, room, sizeof(*more)) : NULL;
        if (!more)
                return false;
        touches->what = more;
        touches->room = room;
        return true;
}

/* Who waits looks again after a while in any case: without memory he is late. */
void txn_touch(struct txn *txn, uint64_t what)
{
        struct touches *touches = &txn->engine->touches;

        if (!touches->touched || !txn->is_write)
                return;
        if (has_room(touches))
                touches->what[touches->count++] = what;
        else
                losses_add(txn->engine->losses, LOSS_WAKE_UPS, 1);
}

struct losses *store_losses(const struct store *store)
{
        return store->engine->losses;
}

int store_read_begin(struct store *store, struct txn **ret)
{
        return store->engine->ops->read_begin(store->engine, ret);
}

void store_read_end(struct txn *txn)
{
        if (!txn)
                return;
        engine_count(txn);
        txn->engine->ops->read_end(txn);
}

void store_submit(struct store *store, struct store_job *job)
{
        writer_submit(store->writer, job);
}

/* -- A write that its caller waits for. */

struct waiting_job {
        struct store_job job;
        int (*work)(struct txn *txn, void *arg);
        void *arg;
        sem_t is_done;
        int result;
};

static int run_waiting(struct store_job *job, struct txn *txn)
{
        struct waiting_job *waiting = (struct waiting_job *)job;

        return waiting->work(txn, waiting->arg);
}

static void waiting_done(struct store_job *job, int result)
{
        struct waiting_job *waiting = (struct waiting_job *)job;

        waiting->result = result;
        (void)sem_post(&waiting->is_done);
}

static int write_and_wait(struct store *store, bool is_alone, int (*work)(struct txn *txn, void *arg),
                          void *arg)
{
        struct waiting_job waiting = {.job = {.run = run_waiting, .done = waiting_done, .is_alone = is_alone},
                                      .work = work,
                                      .arg = arg};

        assert(!writer_is_this_thread(store->writer));
        (void)sem_init(&waiting.is_done, 0, 0);
        store_submit(store, &waiting.job);
        while (sem_wait(&waiting.is_done) < 0)
                ;
        (void)sem_destroy(&waiting.is_done);
        return waiting.result;
}

int store_write(struct store *store, int (*work)(struct txn *txn, void *arg), void *arg)
{
        return write_and_wait(store, false, work, arg);
}

int store_write_alone(struct store *store, int (*work)(struct txn *txn, void *arg), void *arg)
{
        return write_and_wait(store, true, work, arg);
}

/* -- In a transaction. */

bool txn_is_write(const struct txn *txn)
{
        return txn->is_write;
}

static bool can_be_there(struct str key)
{
        return key.len > 0 && key.len <= STORE_KEY_MAX && !str_eq(key, STORE_FORMAT_KEY);
}

int txn_get(struct txn *txn, struct str key, struct str *ret_value)
{
        txn->reads++;
        return can_be_there(key) ? txn->engine->ops->get(txn, key, ret_value) : -ENOENT;
}

int txn_put(struct txn *txn, struct str key, struct str value)
{
        assert(txn->is_write);
        if (key.len > STORE_KEY_MAX)
                return -ENAMETOOLONG;
        if (!can_be_there(key))
                return -EINVAL;
        if (value.len > VALUE_MAX)
                return -EFBIG;
        txn->changes++;
        return txn->engine->ops->put(txn, key, value);
}

int txn_delete(struct txn *txn, struct str key)
{
        assert(txn->is_write);
        if (!can_be_there(key))
                return -ENOENT;
        txn->changes++;
        return txn->engine->ops->remove(txn, key);
}

/* -- All of it. */

static int clear(struct txn *txn, void *arg)
{
        char copy[64];
        struct str format;

        (void)arg;
        TRY(txn->engine->ops->get(txn, STORE_FORMAT_KEY, &format));
        TRY(str_to_buffer(format, copy, sizeof(copy)));
        txn->changes++;
        TRY(txn->engine->ops->clear(txn));
        return txn->engine->ops->put(txn, STORE_FORMAT_KEY, str_of(copy));
}

int store_clear(struct store *store)
{
        return store_write_alone(store, clear, NULL);
}

uint64_t store_turn(struct store *store)
{
        return writer_turn(store->writer);
}

void store_await_turn(struct store *store, uint64_t seen, int64_t ms)
{
        writer_await_turn(store->writer, seen, ms);
}

void store_nudge(struct store *store)
{
        writer_nudge(store->writer);
}

void store_get_stats(struct store *store, struct store_stats *ret)
{
        struct writer_counts counts;

        writer_count(store->writer, &counts);
        *ret = (struct store_stats){.commits = counts.commits,
                                    .jobs = counts.jobs,
                                    .failed_commits = counts.failed_commits,
                                    .queue_length = counts.queue_length,
                                    .reads = atomic_load(&store->engine->reads),
                                    .changes = atomic_load(&store->engine->changes)};
        store->engine->ops->stats(store->engine, &ret->keys, &ret->bytes_used);
        ret->keys -= ret->keys > 0; /* the format record */
}
