/* The quota of buckets, which would take 10,000 of them from outside. */
#include "services/s3/s3.h"
#include "server_fixture.h"

#include "../check.h" /* behind the others: cmocka has a fail() of its own */

static int create(struct call *call, void *arg)
{
        const struct s3_create_bucket_in in = {.bucket = *(const struct str *)arg};
        struct s3_create_bucket_out out = {};

        return s3_create_bucket(call, &in, &out);
}

static int drop(struct call *call, void *arg)
{
        const struct s3_delete_bucket_in in = {.bucket = *(const struct str *)arg};
        struct s3_delete_bucket_out out = {};

        return s3_delete_bucket(call, &in, &out);
}

static int get_count(struct call *call, void *arg)
{
        struct s3_bucket_count_record count = {.account = call->account};

        TRY(call_get(call, &s3_bucket_count_record_type, &count));
        *(int64_t *)arg = count.count.value;
        return 0;
}

static int set_count(struct call *call, void *arg)
{
        const struct s3_bucket_count_record count = {.account = call->account,
                                                     .count = OPT_INT(*(const int64_t *)arg)};

        return call_put(call, &s3_bucket_count_record_type, &count);
}

/* As an earlier build left it. */
static int forget_count(struct call *call, void *arg)
{
        const struct s3_bucket_count_record count = {.account = call->account};

        (void)arg;
        return call_delete(call, &s3_bucket_count_record_type, &count);
}

static int run(const struct principal *root, in_call what, void *arg, struct str *ret_error)
{
        struct outer outer = {.principal = root, .is_write = true};
        int r = run_outer(&outer, what, arg);

        if (ret_error)
                *ret_error = outer.error;
        return r;
}

static void a_bucket_more_than_allowed(void **state)
{
        const struct principal root = new_account(), other = new_account();
        struct str names[] = {STR("quota-a"), STR("quota-b"), STR("quota-c"), STR("quota-d")}, error;
        int64_t nearly = S3_BUCKETS_MAX - 1;

        (void)state;
        assert_int_equal(run(&root, set_count, &nearly, NULL), 0);
        assert_int_equal(run(&root, create, &names[0], NULL), 0);
        assert_int_equal(run(&root, create, &names[1], &error), -ECALL);
        assert_str(error, STR("TooManyBuckets"));
        assert_int_equal(run(&root, create, &names[0], NULL), 0); /* it is there: none is made */
        assert_int_equal(run(&other, create, &names[1], NULL), 0);
        assert_int_equal(run(&root, drop, &names[0], NULL), 0);
        assert_int_equal(run(&root, create, &names[2], NULL), 0);
        assert_int_equal(run(&root, create, &names[3], &error), -ECALL);
        assert_str(error, STR("TooManyBuckets"));
}

static void buckets_that_nobody_counted(void **state)
{
        const struct principal root = new_account();
        struct str names[] = {STR("counted-a"), STR("counted-b"), STR("counted-c")};
        int64_t count = 0;

        (void)state;
        for (size_t i = 0; i < 2; i++)
                assert_int_equal(run(&root, create, &names[i], NULL), 0);
        assert_int_equal(run(&root, get_count, &count, NULL), 0);
        assert_int_equal(count, 2);
        assert_int_equal(run(&root, forget_count, NULL, NULL), 0);
        assert_int_equal(run(&root, drop, &names[0], NULL), 0); /* still nobody */
        assert_int_equal(run(&root, get_count, &count, NULL), -ENOENT);
        assert_int_equal(run(&root, create, &names[2], NULL), 0);
        assert_int_equal(run(&root, get_count, &count, NULL), 0);
        assert_int_equal(count, 2);
        for (size_t i = 1; i < 3; i++)
                assert_int_equal(run(&root, drop, &names[i], NULL), 0);
        assert_int_equal(run(&root, get_count, &count, NULL), 0);
        assert_int_equal(count, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_bucket_more_than_allowed),
                cmocka_unit_test(buckets_that_nobody_counted),
        };

        return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}
