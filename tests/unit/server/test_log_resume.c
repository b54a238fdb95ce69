/* Logging of requests that an earlier build only kept: it begins after a start. */
#include "events/timers.h"
#include "server/due.h"
#include "services/s3/access_log.h"
#include "server_fixture.h"

#include "../check.h" /* behind the others: cmocka has a fail() of its own */

#define BUCKETS 45 /* more than a transaction takes along, and no multiple of it */

static struct s3_logging_enabled to = {.target_bucket = STR_INIT("target"),
                                       .target_prefix = STR_INIT("logs/")};

static struct str name_of(size_t i)
{
        return arena_printf(&fixture_arena, "logged-%02zu", i);
}

static int keep_all(struct call *call, void *arg)
{
        (void)arg;
        for (size_t i = 0; i < BUCKETS; i++) {
                const struct s3_bucket_logging_record logging = {.bucket = name_of(i), .logging = &to};
                struct s3_bucket_record bucket = {
                        .name = name_of(i), .account = call->account, .region = STR("us-east-1")};

                if (i == 7) /* one that has been put again since */
                        TRY(s3_log_change(call, &bucket, &to));
                TRY(call_put(call, &s3_bucket_logging_record_type, &logging));
                TRY(call_put(call, &s3_bucket_record_type, &bucket));
        }
        return 0;
}

static int read_streams(struct call *call, void *arg)
{
        int64_t *streams = arg;

        for (size_t i = 0; i < BUCKETS; i++) {
                struct s3_bucket_record bucket = {.name = name_of(i)};
                struct s3_access_log_stream_record stream = {};

                TRY(call_get(call, &s3_bucket_record_type, &bucket));
                streams[i] = bucket.log_stream.value;
                if (!bucket.log_stream.is_set)
                        continue;
                stream.number = bucket.log_stream;
                TRY(call_get(call, &s3_access_log_stream_record_type, &stream));
                assert_true(str_eq(stream.bucket, bucket.name));
                assert_true(str_eq(stream.logging->target_bucket, STR("target")));
        }
        return 0;
}

static int nothing(void *arg)
{
        (void)arg;
        return 0;
}

static void logging_that_was_kept_begins(void **state)
{
        const struct principal root = new_account();
        struct outer put = {.principal = &root, .is_write = true}, look = {.principal = &root};
        int64_t before[BUCKETS], after[BUCKETS], again[BUCKETS];

        (void)state;
        assert_int_equal(run_outer(&put, keep_all, NULL), 0);
        assert_int_equal(run_outer(&look, read_streams, before), 0);
        for (size_t i = 0; i < BUCKETS; i++)
                assert_int_equal(before[i] != 0, i == 7);
        assert_int_equal(due_set_at_start(&the_server), 0);
        assert_int_equal(timers_advance(the_server.timers, nothing, NULL), 0); /* what is due is done */
        assert_int_equal(run_outer(&look, read_streams, after), 0);
        for (size_t i = 0; i < BUCKETS; i++)
                assert_int_not_equal(after[i], 0);
        assert_int_equal(after[7], before[7]);
        assert_int_equal(due_set_at_start(&the_server), 0);
        assert_int_equal(timers_advance(the_server.timers, nothing, NULL), 0);
        assert_int_equal(run_outer(&look, read_streams, again), 0);
        assert_memory_equal(again, after, sizeof(after));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(logging_that_was_kept_begins),
        };

        return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}
