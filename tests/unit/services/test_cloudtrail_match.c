/* Which events a watch covers and a choice fits, where no service that makes such events is here yet, or by
 * the millisecond. https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DataResource.html */
#include "services/cloudtrail/watch.h"

#include "../check.h"

#define FUNCTION  "arn:aws:lambda:us-west-2:111122223333:function:hello"
#define TABLE     "arn:aws:dynamodb:us-east-1:111122223333:table/t"
#define LAMBDA    STR("AWS::Lambda::Function")
#define DYNAMO_DB STR("AWS::DynamoDB::Table")

static struct event data_event(struct str type, struct str arn)
{
        return (struct event){
                .account = STR("111122223333"),
                .region = STR("us-east-1"),
                .name = STR("Invoke"),
                .is_data = true,
                .resources = {{arn, type}},
                .resource_count = 1,
                .json = STR("{\"userIdentity\":{\"arn\":\"arn:aws:iam::111122223333:user/bob\"},"
                            "\"eventType\":\"AwsApiCall\",\"sessionCredentialFromConsole\":\"true\"}"),
        };
}

static bool fits_value(struct str type, struct str value, struct str arn)
{
        struct str values[] = {value};
        struct cloudtrail_data_resource resource = {.type = type,
                                                    .values = {.items = values, .count = 1, .is_set = true}};
        struct cloudtrail_event_selector selector = {
                .read_write_type = STR("All"),
                .data_resources = {.items = &resource, .count = 1, .is_set = true},
        };
        const struct cloudtrail_choice_record choice = {
                .selectors = {.items = &selector, .count = 1, .is_set = true}};
        const struct event event = data_event(type, arn);

        return choice_fits(&choice, &event);
}

static void test_exact_and_all(void **state)
{
        (void)state;
        assert_true(fits_value(LAMBDA, STR(FUNCTION), STR(FUNCTION)));
        assert_false(fits_value(LAMBDA, STR(FUNCTION), STR(FUNCTION "2")));
        assert_true(fits_value(LAMBDA, STR("arn:aws:lambda"), STR(FUNCTION "2")));
        assert_true(fits_value(DYNAMO_DB, STR(TABLE), STR(TABLE)));
        assert_false(fits_value(DYNAMO_DB, STR(TABLE), STR(TABLE "able")));
        assert_true(fits_value(DYNAMO_DB, STR("arn:aws:dynamodb"), STR(TABLE)));
        assert_true(fits_value(STR("AWS::S3::Object"), STR("arn:aws:s3:::b/p"), STR("arn:aws:s3:::b/pq")));
        assert_false(fits_value(STR("AWS::S3::Object"), STR("arn:aws:s3:::b/"), STR("arn:aws:s3:::bb/p")));
}

/* -- What the record alone says */

static bool fits_field(struct str name, struct str equals, struct str not_starts)
{
        struct str category[] = {STR("Data")}, type[] = {LAMBDA}, given[] = {equals}, denied[] = {not_starts};
        struct cloudtrail_advanced_field_selector fields[] = {
                {.field = STR("eventCategory"), .equals = {category, 1, true}},
                {.field = STR("resources.type"), .equals = {type, 1, true}},
                {.field = name,
                 .equals = {given, str_is_set(equals) ? 1 : 0, true},
                 .not_starts_with = {denied, str_is_set(not_starts) ? 1 : 0, true}},
        };
        struct cloudtrail_advanced_event_selector selector = {
                .field_selectors = {.items = fields, .count = ARRAY_LEN(fields), .is_set = true}};
        const struct cloudtrail_choice_record choice = {
                .advanced = {.items = &selector, .count = 1, .is_set = true}};
        const struct event event = data_event(LAMBDA, STR(FUNCTION));

        return choice_fits(&choice, &event);
}

static void test_fields_of_the_record(void **state)
{
        (void)state;
        assert_true(fits_field(STR("userIdentity.arn"), STR("arn:aws:iam::111122223333:user/bob"), STR_NONE));
        assert_false(fits_field(STR("userIdentity.arn"), STR("bob"), STR_NONE));
        assert_false(fits_field(STR("userIdentity.arn"), STR_NONE, STR("arn:aws:iam::")));
        assert_true(fits_field(STR("eventType"), STR("AwsApiCall"), STR_NONE));
        assert_true(fits_field(STR("sessionCredentialFromConsole"), STR("true"), STR_NONE));
        assert_false(fits_field(STR("eventType"), STR_NONE, STR("Aws")));
}

/* -- Times and regions */

static void test_from_its_beginning_to_its_end(void **state)
{
        struct cloudtrail_watch_record watch = {.region = STR("us-east-1"), .begins = OPT_INT(1000)};
        struct event event = data_event(LAMBDA, STR(FUNCTION));

        (void)state;
        event.time_ms = 999;
        assert_false(watch_covers(&watch, &event));
        event.time_ms = 1000;
        assert_true(watch_covers(&watch, &event));
        watch.ends = OPT_INT(1000);
        assert_false(watch_covers(&watch, &event));
        watch.ends = OPT_INT(1001);
        assert_true(watch_covers(&watch, &event));
}

static void test_regions(void **state)
{
        struct cloudtrail_watch_record watch = {.region = STR("eu-west-1"), .begins = OPT_INT(0)};
        struct event event = data_event(LAMBDA, STR(FUNCTION));

        (void)state;
        assert_false(watch_covers(&watch, &event));
        watch.multi_region = OPT_BOOL(true);
        assert_true(watch_covers(&watch, &event));
        event.source = STR("iam.amazonaws.com");
        assert_false(watch_covers(&watch, &event));
        watch.global_events = OPT_BOOL(true);
        assert_true(watch_covers(&watch, &event));
        event.username = STR("cloudtrail.amazonaws.com");
        assert_true(watch_covers(&watch, &event));
        watch.recursive = OPT_BOOL(false);
        assert_true(watch_covers(&watch, &event)); /* a user of that name */
        event.json = STR("{\"userIdentity\":{\"type\":\"AWSService\"}}");
        assert_false(watch_covers(&watch, &event));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_exact_and_all),
                cmocka_unit_test(test_fields_of_the_record),
                cmocka_unit_test(test_from_its_beginning_to_its_end),
                cmocka_unit_test(test_regions),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
