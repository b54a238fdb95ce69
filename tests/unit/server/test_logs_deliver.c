/* What services put into log groups: in their own name as resource policies let them, and in that of a role.
 */
#include "services/logs/deliver.h"
#include "server_fixture.h"
#include "wire/wire.h"

#include "../check.h" /* behind the others: cmocka has a fail() of its own */

#define GROUP   STR("delivered")
#define STREAM  STR("from-a-service")
#define SERVICE STR("delivery.logs.amazonaws.com")

static const char MAY_DELIVER[] = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                                  "\"Action\":[\"logs:CreateLogStream\","
                                  "\"logs:PutLogEvents\"],\"Resource\":\"*\"}]}";
static const char MAY_CREATE[] = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                                 "\"Action\":\"logs:CreateLogStream\","
                                 "\"Resource\":\"*\"}]}";
static const char FOR_SERVICE[] =
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
        "\"delivery.logs.amazonaws.com\"},\"Action\":[\"logs:CreateLogStream\",\"logs:PutLogEvents\"],"
        "\"Resource\":\"*\"}]}";

static int invoke_logs(struct call *call, const char *operation, const void *in)
{
        void *out = arena_alloc(&call->arena, 4096);

        return call->invoke(call, wire_find_operation(&logs_service, str_of(operation)), in, out,
                            STR("test.us-east-1.amazonaws.com"));
}

static int make_group(struct call *call, void *arg)
{
        const struct logs_create_log_group_in in = {.log_group_name = GROUP};

        (void)arg;
        return invoke_logs(call, "CreateLogGroup", &in);
}

static int put_policy(struct call *call, void *arg)
{
        const struct logs_put_resource_policy_in in = {.policy_name = STR("services"),
                                                       .policy_document = str_of(FOR_SERVICE)};

        (void)arg;
        return invoke_logs(call, "PutResourcePolicy", &in);
}

static int deliver(struct call *call, void *arg)
{
        struct logs_input_log_event event = {.timestamp = OPT_INT(call->now_ms), .message = STR("an event")};
        const struct logs_deposit deposit = {
                .role = arg,
                .service = SERVICE,
                .source_arn = STR("arn:aws:s3:::source"),
                .source_account = call->account,
                .region = REGION,
                .group = GROUP,
                .stream = STREAM,
                .events = {.items = &event, .count = 1, .is_set = true},
        };

        return logs_deliver(call, &deposit);
}

static int count_events(struct call *call, void *arg)
{
        struct logs_log_group_record group = {.account = call->account, .region = REGION, .name = GROUP};
        struct logs_tally_record tally;

        TRY(record_find(call->txn, &call->arena, &logs_log_group_record_type, logs_log_group_by_name,
                        &group));
        TRY(logs_get_tally(call, group.number.value, &tally));
        *(int64_t *)arg = tally.sequence.value;
        return 0;
}

static int run(const struct principal *root, in_call what, const void *arg, struct str *ret_error)
{
        struct outer outer = {.principal = root, .is_write = true, .forgives = true};

        assert_int_equal(run_outer(&outer, what, (void *)(uintptr_t)arg), 0);
        if (ret_error)
                *ret_error = outer.error;
        return outer.inner_result;
}

static int64_t events_in(const struct principal *root)
{
        int64_t count = -1;

        assert_int_equal(run(root, count_events, &count, NULL), 0);
        return count;
}

static size_t recorded(const struct principal *root, const char *name)
{
        json_t *events = events_of(root->account, name);
        size_t count = json_array_size(events);

        json_decref(events);
        return count;
}

static void a_service(void **state)
{
        struct principal root = new_account();
        struct str error;

        (void)state;
        assert_int_equal(run(&root, make_group, NULL, NULL), 0);
        assert_int_equal(run(&root, deliver, NULL, &error), -ECALL);
        assert_int_equal(events_in(&root), 0);
        assert_int_equal(run(&root, put_policy, NULL, NULL), 0);
        assert_int_equal(run(&root, deliver, NULL, NULL), 0);
        assert_int_equal(run(&root, deliver, NULL, NULL), 0);
        assert_int_equal(events_in(&root), 2);
        assert_int_equal(recorded(&root, "CreateLogStream"), 2); /* refused, then done */
}

static void a_role(void **state)
{
        struct principal root = new_account(), other = new_account();
        struct principal may = new_user(&root, "may", MAY_DELIVER),
                         may_not = new_user(&root, "may-not", NULL);
        struct principal halfway = new_user(&root, "halfway", MAY_CREATE);
        struct principal stranger = new_user(&other, "stranger", MAY_DELIVER);

        (void)state;
        assert_int_equal(run(&root, make_group, NULL, NULL), 0);
        assert_int_equal(run(&root, deliver, &may_not, NULL), -ECALL);
        assert_int_equal(run(&root, deliver, &halfway, NULL), -ECALL);
        assert_int_equal(run(&root, deliver, &stranger, NULL), -ECALL); /* to whom there is no such group */
        assert_int_equal(events_in(&root), 0);
        assert_int_equal(run(&root, deliver, &may, NULL), 0);
        assert_int_equal(events_in(&root), 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {cmocka_unit_test(a_service), cmocka_unit_test(a_role)};

        return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}
