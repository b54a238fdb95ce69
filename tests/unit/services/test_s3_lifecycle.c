/* Lifecycles: hours, what replication holds back, and pages that go on where the former one ended while their
 * key changes. */
#include "iam_fixture.h"

#include "services/s3/lifecycle_page.h"

/* -- Hours: the examples of
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html */

static void test_hours(void **state)
{
        (void)state;
        /* 1/15/2014 10:30 and three days: 1/19/2014 00:00 */
        assert_int_equal(s3_lifecycle_hour(1389781800000, 3), 1390089600000);
        /* 1/2/2014 11:30 and five days: 1/8/2014 00:00 */
        assert_int_equal(s3_lifecycle_hour(1388662200000, 5), 1389139200000);
        assert_int_equal(s3_lifecycle_hour(1390089600000, 0),
                         1390089600000 + MS_PER_DAY); /* midnight itself */
        assert_int_equal(s3_lifecycle_hour(1390089600000 - 1, 0), 1390089600000);
        assert_int_equal(s3_lifecycle_hour(0, INT32_MAX), (INT64_C(1) + INT32_MAX) * MS_PER_DAY);
}

/* -- What is held back */

static struct s3_lifecycle_rule RULE = {.status = STR_INIT("Enabled")};
static struct s3_lifecycle_expiration EXPIRATION = {.days = {true, 1}};
static struct s3_noncurrent_version_expiration NONCURRENT = {.noncurrent_days = {true, 1}};

static enum s3_lifecycle_action planned(struct str replication, bool is_current, int64_t now_ms)
{
        const struct s3_bucket_record bucket = {.versioning = STR("Enabled")};
        const struct s3_bucket_lifecycle_record lifecycle = {.rules = {&RULE, 1, true}};
        const struct s3_object_record row = {
                .modified = OPT_INT(0), .version_id = STR("v"), .replication = replication};
        const struct s3_aged aged = {.key = STR("key"), .row = &row, .is_current = is_current};

        RULE.expiration = &EXPIRATION;
        RULE.noncurrent_version_expiration = &NONCURRENT;
        return s3_plan_lifecycle(&lifecycle, &bucket, &aged, now_ms).action;
}

static void test_what_is_not_replicated_stays(void **state)
{
        const int64_t hour = 2 * MS_PER_DAY;

        (void)state;
        assert_int_equal(planned(STR_NONE, true, hour), S3_LIFECYCLE_EXPIRE);
        assert_int_equal(planned(STR_NONE, true, hour - 1), S3_LIFECYCLE_STAY);
        assert_int_equal(planned(STR_NONE, false, hour), S3_LIFECYCLE_REMOVE);
        assert_int_equal(planned(STR_NONE, false, hour - 1), S3_LIFECYCLE_STAY);
        for (int is_current = 0; is_current < 2; is_current++) {
                assert_int_equal(planned(STR("PENDING"), is_current, hour), S3_LIFECYCLE_STAY);
                assert_int_equal(planned(STR("FAILED"), is_current, hour), S3_LIFECYCLE_STAY);
                assert_int_not_equal(planned(STR("COMPLETED"), is_current, hour), S3_LIFECYCLE_STAY);
                assert_int_not_equal(planned(STR("REPLICA"), is_current, hour), S3_LIFECYCLE_STAY);
        }
}

/* -- What has to be looked at */

static struct str range_of(const char *first, const char *second, bool is_second_enabled)
{
        struct s3_lifecycle_rule rules[] = {
                {.status = STR("Enabled"), .prefix = str_of(first), .expiration = &EXPIRATION},
                {.status = is_second_enabled ? STR("Enabled") : STR("Disabled"),
                 .prefix = str_of(second),
                 .noncurrent_version_expiration = &NONCURRENT}};
        const struct s3_lifecycle_rule_list list = {rules, ARRAY_LEN(rules), true};

        assert_false(str_is_set(s3_lifecycle_range(&list, true)));
        return s3_lifecycle_range(&list, false);
}

static void test_ranges(void **state)
{
        const struct s3_lifecycle_rule_list none = {};

        (void)state;
        assert_true(str_eq(range_of("logs/a", "logs/b", true), STR("logs/")));
        assert_true(str_eq(range_of("logs/a", "logs/b", false), STR("logs/a")));
        assert_true(str_eq(range_of("logs", "logs/b", true), STR("logs")));
        assert_true(str_is_set(range_of("a", "b", true)));
        assert_int_equal(range_of("a", "b", true).len, 0);
        assert_true(str_is_set(range_of("a", "", true)));
        assert_int_equal(range_of("a", "", true).len, 0);
        assert_false(str_is_set(s3_lifecycle_range(&none, false)));
}

/* -- Pages */

#define SPACE 7

static int put_row(struct call *call, const char *key, int64_t order)
{
        struct s3_object_record row = {.order = OPT_INT(order), .modified = OPT_INT(order)};
        struct s3_place place;

        TRY(s3_place_make(call, SPACE, str_of(key), &place));
        return s3_row_put(call, &place, &row);
}

static int delete_row(struct call *call, const char *key, int64_t order)
{
        struct s3_place place;

        TRY(s3_place_find(call, SPACE, str_of(key), &place));
        return s3_row_delete(call, &place, order);
}

/* What comes behind version 3 of "key". */
static int gather(struct call *call, struct s3_lifecycle_page **ret)
{
        static struct s3_lifecycle_page page;
        struct s3_lifecycle_run_record *run = arena_new(&call->arena, struct s3_lifecycle_run_record);

        assert_non_null(run);
        *run = (struct s3_lifecycle_run_record){.key = STR("key"), .order = OPT_INT(3)};
        page = (struct s3_lifecycle_page){.call = call, .run = run, .space = SPACE, .range = STR("")};
        *ret = &page;
        return s3_lifecycle_gather(&page);
}

static void assert_item(const struct s3_lifecycle_page *page, size_t i, int64_t order, bool is_first,
                        bool is_last)
{
        assert_in_range(i, 0, page->count - 1);
        assert_int_equal(page->items[i].row.order.value, order);
        assert_int_equal(page->items[i].is_first, is_first);
        assert_int_equal(page->items[i].is_last, is_last);
}

static int go_on(struct call *call, void *arg)
{
        struct s3_lifecycle_page *page;

        (void)arg;
        for (int64_t order = 1; order <= 5; order++)
                TRY(put_row(call, "key", order));
        TRY(put_row(call, "kez", 9));
        TRY(gather(call, &page));
        assert_int_equal(page->count, 3);
        assert_true(page->is_end);
        assert_item(page, 0, 4, false, false);
        assert_item(page, 1, 5, false, true);
        assert_item(page, 2, 9, true, true);
        /* The place itself goes; something newer is still there. */
        TRY(delete_row(call, "key", 3));
        TRY(delete_row(call, "key", 1));
        TRY(gather(call, &page));
        assert_item(page, 0, 4, false, false);
        /* All that was in front of it has gone: it is the current one. */
        TRY(delete_row(call, "key", 2));
        TRY(gather(call, &page));
        assert_int_equal(page->count, 3);
        assert_item(page, 0, 4, true, false);
        assert_item(page, 1, 5, false, true);
        /* A new one is in front of all. */
        TRY(put_row(call, "key", 0));
        TRY(gather(call, &page));
        assert_item(page, 0, 4, false, false);
        /* The key has gone altogether. */
        TRY(delete_row(call, "key", 0));
        TRY(delete_row(call, "key", 4));
        TRY(delete_row(call, "key", 5));
        TRY(gather(call, &page));
        assert_int_equal(page->count, 1);
        assert_item(page, 0, 9, true, true);
        return 0;
}

static void test_a_page_goes_on(void **state)
{
        assert_int_equal(run(*state, go_on, NULL), 0);
}

/* Of a full page too it is known whether there is more of its last key. */
static int fill(struct call *call, void *arg)
{
        struct s3_lifecycle_page *page;

        (void)arg;
        for (int64_t i = 1; i <= (int64_t)S3_LIFECYCLE_PAGE; i++)
                TRY(put_row(call, "many", i));
        TRY(gather(call, &page));
        assert_int_equal(page->count, S3_LIFECYCLE_PAGE);
        assert_true(page->is_end);
        assert_item(page, S3_LIFECYCLE_PAGE - 1, S3_LIFECYCLE_PAGE, false, true);
        TRY(put_row(call, "more", 1));
        TRY(gather(call, &page));
        assert_false(page->is_end);
        assert_item(page, S3_LIFECYCLE_PAGE - 1, S3_LIFECYCLE_PAGE, false, true);
        TRY(put_row(call, "many", S3_LIFECYCLE_PAGE + 1));
        TRY(gather(call, &page));
        assert_int_equal(page->count, S3_LIFECYCLE_PAGE);
        assert_false(page->is_end);
        assert_item(page, S3_LIFECYCLE_PAGE - 1, S3_LIFECYCLE_PAGE, false, false);
        return 0;
}

static void test_full_pages(void **state)
{
        assert_int_equal(run(*state, fill, NULL), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_hours),
                cmocka_unit_test(test_what_is_not_replicated_stays),
                cmocka_unit_test(test_ranges),
                cmocka_unit_test_setup_teardown(test_a_page_goes_on, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_full_pages, fixture_setup, fixture_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
