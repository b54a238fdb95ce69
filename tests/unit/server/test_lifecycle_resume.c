/* Lifecycles that an earlier build stored without running them: they get their timers after a start. */
#include "events/timers.h"
#include "server/due.h"
#include "services/s3/lifecycle.h"
#include "server_fixture.h"

#include "../check.h" /* behind the others: cmocka has a fail() of its own */

#define BUCKETS 45 /* more than a transaction takes along, and no multiple of it */

static struct str name_of(size_t i)
{
        return arena_printf(&fixture_arena, "kept-%02zu", i);
}

static int keep_all(struct call *call, void *arg)
{
        (void)arg;
        for (size_t i = 0; i < BUCKETS; i++) {
                const struct s3_bucket_lifecycle_record lifecycle = {.bucket = name_of(i)};

                TRY(call_put(call, &s3_bucket_lifecycle_record_type, &lifecycle));
        }
        return s3_start_lifecycle(call, name_of(7)); /* one that has been put again since */
}

static int count_runs(struct call *call, void *arg)
{
        size_t *count = arg;

        *count = 0;
        for (size_t i = 0; i < BUCKETS; i++) {
                struct s3_lifecycle_run_record run = {.bucket = name_of(i)};
                int r = call_get(call, &s3_lifecycle_run_record_type, &run);

                if (r == -ENOENT)
                        continue;
                TRY(r);
                assert_int_equal(run.due.value, s3_lifecycle_hour(call->now_ms, 0));
                (*count)++;
        }
        return 0;
}

static int nothing(void *arg)
{
        (void)arg;
        return 0;
}

static void runs_of_kept_lifecycles(void **state)
{
        const struct principal root = new_account();
        struct outer put = {.principal = &root, .is_write = true}, look = {.principal = &root};
        size_t count;

        (void)state;
        assert_int_equal(run_outer(&put, keep_all, NULL), 0);
        assert_int_equal(run_outer(&look, count_runs, &count), 0);
        assert_int_equal(count, 1);
        for (size_t starts = 0; starts < 2; starts++) {
                assert_int_equal(due_set_at_start(&the_server), 0);
                assert_int_equal(timers_advance(the_server.timers, nothing, NULL),
                                 0); /* what is due is done */
                assert_int_equal(run_outer(&look, count_runs, &count), 0);
                assert_int_equal(count, BUCKETS);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(runs_of_kept_lifecycles),
        };

        return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}
