/* Lines of server access logs: their fields, and that nothing which clients say makes other fields of them.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html */
#include "services/s3/log_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HOUR INT64_C(1549411238000) /* 06 February 2019, 00:00:38 */

static void assert_line(const struct s3_log_entry *entry, const char *expected)
{
        _cleanup_(buf_done) struct buf line = {};

        buf_init(&line, 65536);
        s3_write_log_line(entry, &line);
        buf_add_byte(&line, '\0');
        assert_int_equal(buf_check(&line), 0);
        assert_string_equal(line.data, expected);
}

static void test_all_fields(void **state)
{
        const struct s3_log_entry entry = {
                .owner = STR("79a5"),
                .bucket = STR("bucket"),
                .time_ms = HOUR,
                .address = STR("192.0.2.3"),
                .requester = STR("arn:aws:iam::123456789012:user/bob"),
                .request_id = STR("3E57"),
                .operation = STR("REST.PUT.OBJECT"),
                .key = STR("a folder/\xc3\xa4"),
                .is_request = true,
                .request_line = STR("PUT /bucket/a%20folder/%C3%A4 HTTP/1.1"),
                .status = 403,
                .error = STR("AccessDenied"),
                .sent = 243,
                .size = OPT_INT(0),
                .total_ms = OPT_INT(41754),
                .turn_around_ms = OPT_INT(28),
                .referer = STR("https://example.com/"),
                .user_agent = STR("curl/8"),
                .version_id = STR("3HL4"),
                .host_id = STR("s9lz="),
                .signature_version = STR("SigV4"),
                .cipher = STR("TLS_AES_128_GCM_SHA256"),
                .authentication = STR("AuthHeader"),
                .host = STR("bucket.s3.us-west-1.amazonaws.com"),
                .tls = STR("TLSv1.3"),
                .access_point = STR("arn:aws:s3:us-west-1:123456789012:accesspoint/ap"),
                .is_acl_required = true,
        };

        (void)state;
        assert_line(
                &entry,
                "79a5 bucket [06/Feb/2019:00:00:38 +0000] 192.0.2.3 arn:aws:iam::123456789012:user/bob 3E57 "
                "REST.PUT.OBJECT a%20folder/%C3%A4 \"PUT /bucket/a%20folder/%C3%A4 HTTP/1.1\" 403 "
                "AccessDenied 243 0 41754 28 \"https://example.com/\" \"curl/8\" 3HL4 s9lz= SigV4 "
                "TLS_AES_128_GCM_SHA256 AuthHeader bucket.s3.us-west-1.amazonaws.com TLSv1.3 "
                "arn:aws:s3:us-west-1:123456789012:accesspoint/ap Yes -");
}

static void test_absent_fields(void **state)
{
        struct s3_log_entry entry = {.owner = STR("79a5"),
                                     .bucket = STR("bucket"),
                                     .time_ms = HOUR,
                                     .operation = STR("S3.EXPIRE.OBJECT")};

        (void)state;
        assert_line(&entry,
                    "79a5 bucket [06/Feb/2019:00:00:38 +0000] - - - S3.EXPIRE.OBJECT - - - - - - - - - - - - "
                    "- - - - - - - -");
        entry.is_request = true;
        assert_line(&entry,
                    "79a5 bucket [06/Feb/2019:00:00:38 +0000] - - - S3.EXPIRE.OBJECT - \"-\" - - - - - - "
                    "\"-\" \"-\" - - - - - - - - - -");
}

static void test_what_clients_say(void **state)
{
        const struct s3_log_entry entry = {
                .owner = STR("79a5"),
                .bucket = STR("bucket"),
                .time_ms = HOUR,
                .key = STR("a \"b\n%"),
                .is_request = true,
                .request_line = STR("GET /?\" x\n HTTP/1.1"),
                .referer = STR("\t\x7f\xff"),
                .user_agent = STR("\" 200 \""),
                .version_id = STR("a b\"c"),
                .host = STR("h\r\nost"),
        };

        (void)state;
        assert_line(&entry,
                    "79a5 bucket [06/Feb/2019:00:00:38 +0000] - - - - a%20%22b%0A%25 \"GET /?%22 x%0A "
                    "HTTP/1.1\" - - - - - - \"%09%7F%FF\" \"%22 200 %22\" a%20b%22c - - - - h%0D%0Aost "
                    "- - - -");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_all_fields),
                cmocka_unit_test(test_absent_fields),
                cmocka_unit_test(test_what_clients_say),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
