/* Many threads at once: every reader sees one moment, no write is lost, and nobody waits for ever. */
#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>

#define WRITERS  8
#define READERS  4
#define ROUNDS   100
#define ACCOUNTS 16
#define SUM      1000

struct bank {
        struct store *store;
        atomic_bool stop;
        atomic_int failed;
        _Atomic uint64_t moved;
};

struct transfer {
        unsigned int from, to;
        bool fail;
};

static struct str account_key(unsigned int i, char room[16])
{
        return (struct str){room, (size_t)snprintf(room, 16, "account-%02u", i)};
}

static int read_account(struct txn *txn, unsigned int i, int64_t *ret)
{
        char room[16];
        struct str value;

        TRY(txn_get(txn, account_key(i, room), &value));
        return str_to_i64(value, ret);
}

static int write_account(struct txn *txn, unsigned int i, int64_t amount)
{
        char room[16], text[24];

        (void)snprintf(text, sizeof(text), "%lld", (long long)amount);
        return txn_put(txn, account_key(i, room), str_of(text));
}

static int transfer(struct txn *txn, void *arg)
{
        const struct transfer *t = arg;
        int64_t from, to;

        TRY(read_account(txn, t->from, &from));
        TRY(write_account(txn, t->from, from - 1));
        if (t->fail)
                return -ECANCELED; /* half done: nobody may ever see it */
        TRY(read_account(txn, t->to, &to));
        return write_account(txn, t->to, to + 1);
}

static void *make_transfers(void *arg)
{
        struct bank *bank = arg;

        for (unsigned int i = 0; i < ROUNDS; i++) {
                struct transfer t = {i * 7 % ACCOUNTS, i * 11 % ACCOUNTS, i % 5 == 0};
                int r = store_write(bank->store, transfer, &t);

                if (r != (t.fail ? -ECANCELED : 0))
                        atomic_fetch_add(&bank->failed, 1);
                atomic_fetch_add(&bank->moved, !t.fail);
        }
        return NULL;
}

static int sum_of(struct txn *txn, int64_t *ret)
{
        _cleanup_(cursor_closep) struct cursor *cursor = NULL;
        struct str key, value;
        int64_t amount;
        int r;

        *ret = 0;
        TRY(cursor_open(txn, STR("account-"), STR_NONE, true, &cursor));
        while ((r = cursor_next(cursor, &key, &value)) == 0) {
                TRY(str_to_i64(value, &amount));
                *ret += amount;
        }
        return r == -ENOENT ? 0 : r;
}

static void *keep_summing(void *arg)
{
        struct bank *bank = arg;
        struct txn *txn;
        int64_t sum;

        while (!atomic_load(&bank->stop)) {
                if (store_read_begin(bank->store, &txn) < 0 || sum_of(txn, &sum) < 0 || sum != SUM)
                        atomic_fetch_add(&bank->failed, 1);
                store_read_end(txn);
        }
        return NULL;
}

static int open_accounts(struct txn *txn, void *arg)
{
        (void)arg;
        for (unsigned int i = 0; i < ACCOUNTS; i++)
                TRY(write_account(txn, i, i == 0 ? SUM : 0));
        return 0;
}

static void sums_hold_at_every_moment(void **state)
{
        struct bank bank = {.store = ((struct fixture *)*state)->store};
        pthread_t writers[WRITERS], readers[READERS];
        struct store_stats stats;

        assert_int_equal(store_write(bank.store, open_accounts, NULL), 0);
        for (size_t i = 0; i < READERS; i++)
                assert_int_equal(pthread_create(&readers[i], NULL, keep_summing, &bank), 0);
        for (size_t i = 0; i < WRITERS; i++)
                assert_int_equal(pthread_create(&writers[i], NULL, make_transfers, &bank), 0);
        for (size_t i = 0; i < WRITERS; i++)
                pthread_join(writers[i], NULL);
        atomic_store(&bank.stop, true);
        for (size_t i = 0; i < READERS; i++)
                pthread_join(readers[i], NULL);
        assert_int_equal(atomic_load(&bank.failed), 0);
        assert_int_equal(atomic_load(&bank.moved), WRITERS * ROUNDS * 4 / 5);
        store_get_stats(bank.store, &stats);
        assert_int_equal(stats.jobs, WRITERS * ROUNDS + 1);
}

/* Submitting and closing race in every order: each job is told exactly once. */
struct racer {
        struct store *store;
        atomic_int told, stored, refused;
};

struct racing_job {
        struct store_job job;
        struct racer *racer;
};

static int run_racing(struct store_job *job, struct txn *txn)
{
        (void)job;
        return txn_put(txn, STR("k"), STR("v"));
}

static void racing_done(struct store_job *job, int result)
{
        struct racer *racer = ((struct racing_job *)job)->racer;

        atomic_fetch_add(result == 0 ? &racer->stored : &racer->refused, 1);
        atomic_fetch_add(&racer->told, 1);
        free(job);
}

static void *submit_many(void *arg)
{
        struct racer *racer = arg;

        for (int i = 0; i < 200; i++) {
                struct racing_job *job = calloc(1, sizeof(*job));

                *job = (struct racing_job){
                        .job = {.run = run_racing, .done = racing_done, .is_lazy = i % 3 == 0},
                        .racer = racer};
                store_submit(racer->store, &job->job);
        }
        return NULL;
}

static void every_job_is_told_once(void **state)
{
        struct fixture *fixture = *state;

        for (int round = 0; round < 5; round++) {
                struct racer racer = {.store = fixture->store};
                pthread_t threads[4];

                for (size_t i = 0; i < ARRAY_LEN(threads); i++)
                        assert_int_equal(pthread_create(&threads[i], NULL, submit_many, &racer), 0);
                for (size_t i = 0; i < ARRAY_LEN(threads); i++)
                        pthread_join(threads[i], NULL);
                fixture_close(fixture); /* with lazy ones still waiting */
                assert_int_equal(atomic_load(&racer.told), 800);
                assert_int_equal(atomic_load(&racer.stored), 800);
                fixture_open(fixture);
        }
}

static const struct CMUnitTest tests[] = {
        TEST_BOTH(sums_hold_at_every_moment),
        TEST_BOTH(every_job_is_told_once),
};

int main(void)
{
        return cmocka_run_group_tests(tests, NULL, NULL);
}
