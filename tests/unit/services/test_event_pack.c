/* Archived events: what was packed comes out the same, an event of CloudTrail in a third of its length; and
 * what is damaged is refused. */
#include "services/events/archive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char CALL[] =
        "{\"version\":\"0\",\"id\":\"3f0c5a4e-6f5e-4f2f-9c0a-2f6d1b7e8a90\",\"detail-type\":\"AWS API Call "
        "via CloudTrail\","
        "\"source\":\"aws.s3\",\"account\":\"111122223333\",\"time\":\"2026-03-04T05:06:07Z\",\"region\":"
        "\"us-east-1\","
        "\"resources\":[],\"detail\":{\"eventVersion\":\"1.11\",\"userIdentity\":{\"type\":\"IAMUser\","
        "\"principalId\":"
        "\"AIDAQWERTZUIOPASDFGH\",\"arn\":\"arn:aws:iam::111122223333:user/"
        "bob\",\"accountId\":\"111122223333\","
        "\"accessKeyId\":\"AKIAQWERTZUIOPASDFGH\",\"userName\":\"bob\"},\"eventTime\":\"2026-03-04T05:06:"
        "07Z\","
        "\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"PutBucketPolicy\",\"awsRegion\":\"us-east-1\","
        "\"sourceIPAddress\":\"127.0.0.1\",\"userAgent\":\"Boto3/1.26.27 Python/3.11.2 Botocore/1.29.27\","
        "\"requestParameters\":{\"bucketName\":\"b\",\"Host\":\"localhost\",\"policy\":\"\"},"
        "\"responseElements\":null,"
        "\"requestID\":\"8B2A1F0C9D3E4F56\",\"eventID\":\"0b7d4a65-1a55-4f9e-8c55-0cf7a3a64b1d\","
        "\"readOnly\":false,"
        "\"eventType\":\"AwsApiCall\",\"managementEvent\":true,\"recipientAccountId\":\"111122223333\","
        "\"eventCategory\":\"Management\"}}";

static struct str pack(struct arena *arena, struct str text)
{
        struct str packed, again;

        assert_int_equal(events_pack(arena, text, &packed), 0);
        assert_int_equal(events_unpack(arena, packed, text.len, &again), 0);
        assert_true(str_eq(again, text));
        return packed;
}

static void what_was_packed_comes_out(void **state)
{
        struct arena arena;
        char noise[5000];
        uint32_t seed = 1;

        (void)state;
        arena_init(&arena, 1024 * 1024);
        for (size_t i = 0; i < sizeof(noise); i++) {
                seed = seed * 1664525U + 1013904223U;
                noise[i] = (char)(seed >> 24);
        }
        assert_true(pack(&arena, str_of(CALL)).len * 3 < strlen(CALL));
        assert_int_equal(pack(&arena, str_make(noise, sizeof(noise))).len, sizeof(noise) + 1);
        (void)pack(&arena, STR(""));
        (void)pack(&arena, STR("{}"));
        arena_done(&arena);
}

static void what_is_damaged_is_refused(void **state)
{
        struct str packed, ret;
        struct arena arena;

        (void)state;
        arena_init(&arena, 1024 * 1024);
        packed = pack(&arena, str_of(CALL));
        assert_int_equal(events_unpack(&arena, packed, strlen(CALL) - 1, &ret), -EBADMSG);
        assert_int_equal(events_unpack(&arena, packed, strlen(CALL) + 1, &ret), -EBADMSG);
        assert_int_equal(events_unpack(&arena, str_part(packed, 0, packed.len / 2), strlen(CALL), &ret),
                         -EBADMSG);
        assert_int_equal(events_unpack(&arena, STR(""), 0, &ret), -EBADMSG);
        assert_int_equal(events_unpack(&arena, STR("\x07xyz"), 3, &ret), -EBADMSG);
        assert_int_equal(events_unpack(&arena, str_make("\0abc", 4), 2, &ret), -EBADMSG);
        arena_done(&arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_was_packed_comes_out),
                cmocka_unit_test(what_is_damaged_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
