/* The writer thread: jobs share commits, and each is told what became of it. */
#include "fixture.h"

#include <pthread.h>
#include <semaphore.h>
#include <sys/resource.h>
#include <unistd.h>

/* A job of these tests: puts its number under its name, or does what `how` says. */
enum how { PUTS, FAILS, FAILS_AFTER_PUT, BLOCKS, PUTS_MUCH };

struct test_job {
        struct store_job job;
        enum how how;
        char key[16];
        int result;
        int order;            /* of its done among all */
        sem_t running, go_on; /* of the one that blocks */
};

static int done_count;
static sem_t done_sem;

static int run(struct store_job *job, struct txn *txn)
{
        struct test_job *test = (struct test_job *)job;
        static char much[64 * 1024];

        if (test->how == BLOCKS) {
                sem_post(&test->running);
                sem_wait(&test->go_on);
        }
        if (test->how == FAILS)
                return -EDOM;
        if (test->how == PUTS_MUCH)
                TRY(txn_put(txn, str_of("much"), (struct str){much, sizeof(much)}));
        TRY(txn_put(txn, str_of(test->key), STR("v")));
        txn_touch(txn, (uint64_t)test->how);
        return test->how == FAILS_AFTER_PUT ? -ERANGE : 0;
}

static void done(struct store_job *job, int result)
{
        struct test_job *test = (struct test_job *)job;

        test->result = result;
        test->order = ++done_count;
        sem_post(&done_sem);
}

static void job_init(struct test_job *test, enum how how, int number)
{
        *test = (struct test_job){.job = {.run = run, .done = done}, .how = how, .result = 1};
        (void)snprintf(test->key, sizeof(test->key), "job-%d", number);
        if (how == BLOCKS) {
                sem_init(&test->running, 0, 0);
                sem_init(&test->go_on, 0, 0);
        }
}

static void wait_done(size_t count)
{
        while (count-- > 0)
                while (sem_wait(&done_sem) < 0)
                        ;
}

/* The writer is busy with the blocker when this returns. */
static void block(struct store *store, struct test_job *blocker)
{
        done_count = 0;
        sem_init(&done_sem, 0, 0);
        job_init(blocker, BLOCKS, 9999);
        store_submit(store, &blocker->job);
        sem_wait(&blocker->running);
}

static uint64_t commits(struct store *store)
{
        struct store_stats stats;

        store_get_stats(store, &stats);
        return stats.commits;
}

static void waiting_jobs_share_a_commit(void **state)
{
        struct store *store = ((struct fixture *)*state)->store;
        struct test_job blocker, jobs[50];
        struct store_stats stats;

        block(store, &blocker);
        for (int i = 0; i < 50; i++) {
                job_init(&jobs[i], PUTS, i);
                store_submit(store, &jobs[i].job);
        }
        store_get_stats(store, &stats);
        assert_int_equal(stats.queue_length, 50);
        sem_post(&blocker.go_on);
        wait_done(51);
        for (int i = 0; i < 50; i++) {
                assert_int_equal(jobs[i].result, 0);
                assert_int_equal(jobs[i].order, i + 2);
                assert_value(store, jobs[i].key, "v");
        }
        store_get_stats(store, &stats);
        assert_int_equal(stats.commits, 2);
        assert_int_equal(stats.jobs, 51);
        assert_int_equal(stats.queue_length, 0);
}

static void a_failing_job_disturbs_no_other(void **state)
{
        struct store *store = ((struct fixture *)*state)->store;
        static const enum how hows[] = {PUTS, FAILS, PUTS, FAILS_AFTER_PUT, FAILS_AFTER_PUT, PUTS, FAILS};
        struct test_job blocker, jobs[ARRAY_LEN(hows)];

        block(store, &blocker);
        for (size_t i = 0; i < ARRAY_LEN(hows); i++) {
                job_init(&jobs[i], hows[i], (int)i);
                store_submit(store, &jobs[i].job);
        }
        sem_post(&blocker.go_on);
        wait_done(1 + ARRAY_LEN(hows));
        for (size_t i = 0; i < ARRAY_LEN(hows); i++) {
                assert_int_equal(jobs[i].result, hows[i] == PUTS ? 0 : hows[i] == FAILS ? -EDOM : -ERANGE);
                assert_value(store, jobs[i].key, hows[i] == PUTS ? "v" : NULL);
        }
        assert_int_equal(commits(store), 2);
}

static void note_touch(void *arg, uint64_t what)
{
        ((int *)arg)[what]++;
}

static void what_is_touched_is_told_once_it_is_committed(void **state)
{
        struct store *store = ((struct fixture *)*state)->store;
        static const enum how hows[] = {PUTS, FAILS_AFTER_PUT, PUTS, FAILS_AFTER_PUT, PUTS};
        struct test_job blocker, jobs[ARRAY_LEN(hows)];
        int told[PUTS_MUCH + 1] = {};

        store_on_touch(store, note_touch, told);
        block(store, &blocker);
        for (size_t i = 0; i < ARRAY_LEN(hows); i++) {
                job_init(&jobs[i], hows[i], (int)i);
                store_submit(store, &jobs[i].job);
        }
        assert_int_equal(told[PUTS], 0);
        sem_post(&blocker.go_on);
        wait_done(1 + ARRAY_LEN(hows));
        assert_int_equal(told[PUTS], 3);
        assert_int_equal(told[FAILS_AFTER_PUT], 0);
        assert_int_equal(told[BLOCKS], 1);
}

#define MANY 20000

static int touch_many(struct txn *txn, void *arg)
{
        TRY(txn_put(txn, STR("k"), STR("v")));
        for (unsigned int i = 0; i < MANY; i++)
                txn_touch(txn, i % 2);
        return *(int *)arg;
}

static void none_of_many_touches_is_lost(void **state)
{
        struct store *store = ((struct fixture *)*state)->store;
        int told[2] = {}, result = -EIO;

        store_on_touch(store, note_touch, told);
        assert_int_equal(store_write(store, touch_many, &result), -EIO);
        assert_int_equal(told[0] + told[1], 0);
        result = 0;
        assert_int_equal(store_write(store, touch_many, &result), 0);
        assert_int_equal(told[0], MANY / 2);
        assert_int_equal(told[1], MANY / 2);
}

static void failed_jobs_alone_commit_nothing(void **state)
{
        struct store *store = ((struct fixture *)*state)->store;
        struct test_job blocker, jobs[3];

        block(store, &blocker);
        for (int i = 0; i < 3; i++) {
                job_init(&jobs[i], FAILS_AFTER_PUT, i);
                store_submit(store, &jobs[i].job);
        }
        sem_post(&blocker.go_on);
        wait_done(4);
        assert_int_equal(jobs[0].result, -ERANGE);
        assert_int_equal(jobs[2].result, -ERANGE);
        assert_int_equal(commits(store), 1);
        assert_keys(store, "", NULL, true, "job-9999 ");
}

static void a_batch_is_bounded(void **state)
{
        struct store *store = ((struct fixture *)*state)->store;
        static struct test_job jobs[600];
        struct test_job blocker;

        block(store, &blocker);
        for (int i = 0; i < 600; i++) {
                job_init(&jobs[i], PUTS, i);
                store_submit(store, &jobs[i].job);
        }
        sem_post(&blocker.go_on);
        wait_done(601);
        assert_int_equal(commits(store), 4); /* 1, 256, 256, 88 */
}

static void a_job_may_ask_to_be_alone(void **state)
{
        struct store *store = ((struct fixture *)*state)->store;
        struct test_job blocker, jobs[5];

        block(store, &blocker);
        for (int i = 0; i < 5; i++) {
                job_init(&jobs[i], PUTS, i);
                jobs[i].job.is_alone = i == 2;
                store_submit(store, &jobs[i].job);
        }
        sem_post(&blocker.go_on);
        wait_done(6);
        assert_int_equal(commits(store), 4); /* blocker, 0 1, 2, 3 4 */
        for (int i = 0; i < 5; i++)
                assert_int_equal(jobs[i].result, 0);
}

static void lazy_jobs_ride_along(void **state)
{
        struct store *store = ((struct fixture *)*state)->store;
        struct test_job blocker, jobs[10];

        block(store, &blocker);
        for (int i = 0; i < 10; i++) {
                job_init(&jobs[i], PUTS, i);
                jobs[i].job.is_lazy = i != 7;
                store_submit(store, &jobs[i].job);
        }
        sem_post(&blocker.go_on);
        wait_done(11);
        assert_int_equal(commits(store), 2);
        assert_value(store, "job-0", "v");
        assert_value(store, "job-9", "v");
}

static void lazy_jobs_alone_are_done_too(void **state)
{
        struct fixture *fixture = *state;
        struct test_job jobs[3];

        sem_init(&done_sem, 0, 0);
        for (int round = 0; round < 3; round++) {
                for (int i = 0; i < 3; i++) {
                        job_init(&jobs[i], PUTS, 10 * round + i);
                        jobs[i].job.is_lazy = true;
                        store_submit(fixture->store, &jobs[i].job);
                }
                wait_done(3);
                assert_value(fixture->store, jobs[0].key, "v");
        }
        if (fixture->engine == STORE_LMDB) {
                fixture_reopen(fixture);
                assert_value(fixture->store, "job-22", "v");
        }
}

static void an_eager_job_ends_the_wait_of_lazy_ones(void **state)
{
        struct store *store = ((struct fixture *)*state)->store;
        struct test_job lazy, eager;

        sem_init(&done_sem, 0, 0);
        for (int i = 0; i < 20; i++) {
                job_init(&lazy, PUTS, 2 * i);
                job_init(&eager, PUTS, 2 * i + 1);
                lazy.job.is_lazy = true;
                store_submit(store, &lazy.job);
                store_submit(store, &eager.job);
                wait_done(2);
                assert_int_equal(lazy.result, 0);
                assert_int_equal(eager.result, 0);
        }
}

static void closing_runs_what_is_queued(void **state)
{
        struct fixture *fixture = *state;
        static struct test_job jobs[300];

        sem_init(&done_sem, 0, 0);
        for (int i = 0; i < 300; i++) {
                job_init(&jobs[i], PUTS, i);
                jobs[i].job.is_lazy = i % 2 || i > 200;
                store_submit(fixture->store, &jobs[i].job);
        }
        fixture_close(fixture);
        for (int i = 0; i < 300; i++)
                assert_int_equal(jobs[i].result, 0);
        fixture_open(fixture);
        if (fixture->engine == STORE_LMDB)
                for (int i = 0; i < 300; i++)
                        assert_value(fixture->store, jobs[i].key, "v");
        else
                assert_keys(fixture->store, "", NULL, true, "");
}

static int freed_result;

/* A job belongs to whoever submitted it, who may free it when it is done. */
static void done_and_free(struct store_job *job, int result)
{
        freed_result = result;
        free(job);
        sem_post(&done_sem);
}

static void *close_store(void *arg)
{
        fixture_close(arg);
        return NULL;
}

static void nothing_is_taken_once_closing(void **state)
{
        struct fixture *fixture = *state;
        struct store *store = fixture->store;
        struct test_job blocker;
        pthread_t closer;
        int taken = 0;

        block(store, &blocker);
        assert_int_equal(pthread_create(&closer, NULL, close_store, fixture), 0);
        for (;; taken++) {
                struct test_job *each = malloc(sizeof(*each));

                assert_non_null(each);
                job_init(each, FAILS, 0);
                each->job.done = done_and_free;
                store_submit(store, &each->job);
                if (sem_trywait(&done_sem) == 0) /* at once: the writer itself is blocked */
                        break;
                usleep(1000);
                if (taken > 60000)
                        fail_msg("closing never began");
        }
        assert_int_equal(freed_result, -ESHUTDOWN);
        sem_post(&blocker.go_on);
        pthread_join(closer, NULL);
        wait_done((size_t)taken + 1);
        assert_int_equal(blocker.result, 0);
}

/* -- No room. */

static void a_full_map_fails_only_who_fills_it(void **state)
{
        struct fixture *fixture = *state;
        struct test_job blocker, jobs[3];
        char value[2001] = "", key[16];
        int r = 0, n;

        fixture_close(fixture);
        fixture->max_bytes = (size_t)1 << 20;
        fixture_open(fixture);
        memset(value, 'v', sizeof(value) - 1);
        for (n = 0; n < 1000 && r == 0; n++) {
                (void)snprintf(key, sizeof(key), "fill-%d", n);
                r = try_put(fixture->store, str_of(key), str_of(value));
        }
        assert_int_equal(r, -ENOSPC);
        assert_true(n > 100);
        for (int i = 0; i < 8; i++) {
                (void)snprintf(key, sizeof(key), "fill-%d", i);
                assert_int_equal(try_delete(fixture->store, str_of(key)), 0);
        }
        block(fixture->store, &blocker);
        for (int i = 0; i < 3; i++) {
                job_init(&jobs[i], i == 1 ? PUTS_MUCH : PUTS, i);
                store_submit(fixture->store, &jobs[i].job);
        }
        sem_post(&blocker.go_on);
        wait_done(4);
        assert_int_equal(jobs[0].result, 0);
        assert_int_equal(jobs[1].result, -ENOSPC);
        assert_int_equal(jobs[2].result, 0);
        assert_value(fixture->store, "much", NULL);
        assert_value(fixture->store, "job-2", "v");
        assert_value(fixture->store, "fill-50", value);
}

static void set_file_limit(rlim_t bytes)
{
        struct rlimit limit;

        assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
        limit.rlim_cur = bytes == RLIM_INFINITY ? limit.rlim_max : bytes;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The limit on the size of files stands in for a full disk: the commit itself fails. */
static void a_failed_commit_fails_all_and_leaves_nothing(void **state)
{
        struct fixture *fixture = *state;
        struct test_job blocker, jobs[4];
        static const enum how hows[] = {PUTS, PUTS_MUCH, FAILS, PUTS};
        struct store_stats stats;

        put(fixture->store, "before", "1");
        block(fixture->store, &blocker);
        for (int i = 0; i < 4; i++) {
                job_init(&jobs[i], hows[i], i);
                store_submit(fixture->store, &jobs[i].job);
        }
        set_file_limit(48 * 1024);
        sem_post(&blocker.go_on);
        wait_done(5);
        for (int i = 0; i < 4; i++) {
                assert_true(jobs[i].result == -ENOSPC || jobs[i].result == -EIO);
                assert_value(fixture->store, jobs[i].key, NULL);
        }
        store_get_stats(fixture->store, &stats);
        assert_int_equal(stats.failed_commits, 1);
        assert_value(fixture->store, "before", "1");
        put(fixture->store, "small", "fits into pages that are there");
        set_file_limit(RLIM_INFINITY);
        job_init(&jobs[1], PUTS_MUCH, 1);
        store_submit(fixture->store, &jobs[1].job);
        wait_done(1);
        assert_int_equal(jobs[1].result, 0);
        assert_value(fixture->store, "job-1", "v");
        if (fixture->engine == STORE_LMDB) {
                fixture_reopen(fixture); /* which checks all */
                assert_value(fixture->store, "before", "1");
                assert_value(fixture->store, "job-0", NULL);
                assert_value(fixture->store, "job-1", "v");
        }
}

static void writes_again_and_again_on_a_full_disk(void **state)
{
        struct fixture *fixture = *state;
        struct test_job jobs[1];
        char key[16];

        sem_init(&done_sem, 0, 0);
        for (int i = 0; i < 200; i++) {
                (void)snprintf(key, sizeof(key), "k%d", i);
                put(fixture->store, key, "v");
        }
        set_file_limit(48 * 1024);
        for (int i = 0; i < 50; i++) {
                job_init(&jobs[0], PUTS_MUCH, i);
                store_submit(fixture->store, &jobs[0].job);
                wait_done(1);
                assert_true(jobs[0].result < 0);
                assert_value(fixture->store, "k150", "v");
        }
        set_file_limit(RLIM_INFINITY);
        put(fixture->store, "last", "v");
        fixture_reopen(fixture);
        assert_value(fixture->store, "last", "v");
        assert_value(fixture->store, "k0", "v");
}

static const struct CMUnitTest tests[] = {
        TEST_BOTH(waiting_jobs_share_a_commit),
        TEST_BOTH(a_failing_job_disturbs_no_other),
        TEST_BOTH(what_is_touched_is_told_once_it_is_committed),
        TEST_BOTH(none_of_many_touches_is_lost),
        TEST_BOTH(failed_jobs_alone_commit_nothing),
        TEST_BOTH(a_batch_is_bounded),
        TEST_BOTH(a_job_may_ask_to_be_alone),
        TEST_BOTH(lazy_jobs_ride_along),
        TEST_BOTH(lazy_jobs_alone_are_done_too),
        TEST_BOTH(an_eager_job_ends_the_wait_of_lazy_ones),
        TEST_BOTH(closing_runs_what_is_queued),
        TEST_BOTH(nothing_is_taken_once_closing),
        TEST_BOTH(a_full_map_fails_only_who_fills_it),
        TEST_BOTH(a_failed_commit_fails_all_and_leaves_nothing),
        TEST_LMDB(writes_again_and_again_on_a_full_disk),
};

int main(void)
{
        return cmocka_run_group_tests(tests, NULL, NULL);
}
