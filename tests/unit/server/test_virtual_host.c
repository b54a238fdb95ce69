#include "server/virtual_host.h"

#include "../check.h"

static void names_in_front(void **state)
{
        static const struct {
                const char *host, *name; /* NULL: none */
        } CASES[] = {
                {"photos.s3.amazonaws.com", "photos"},
                {"photos.s3.us-east-1.amazonaws.com", "photos"},
                {"photos.s3-eu-west-1.amazonaws.com", "photos"},
                {"photos.s3.dualstack.eu-west-1.amazonaws.com", "photos"},
                {"photos.s3-accelerate.amazonaws.com", "photos"},
                {"photos.s3.cn-north-1.amazonaws.com.cn", "photos"},
                {"photos.s3.us-east-1.amazonaws.com:443", "photos"},
                {"photos.s3.us-east-1.amazonaws.com.:443", "photos"},
                {"photos.S3.us-east-1.AmazonAWS.com", "photos"},
                {"my.old.photos.s3.amazonaws.com", "my.old.photos"},
                {"s3.photos.s3.amazonaws.com", "s3.photos"},
                {"s3-photos.s3.eu-west-1.amazonaws.com", "s3-photos"},
                {"photos.localhost", "photos"},
                {"photos.localhost:4566", "photos"},
                {"my.photos.LOCALHOST:4566", "my.photos"},
                {"photos.s3.localhost:4566", "photos"},
                {"photos.s3.eu-west-1.localhost:4566", "photos"},

                {"point-123456789012.127.0.0.1:4566", "point-123456789012"},
                {"my.photos.192.168.12.34", "my.photos"},
                {"point-123456789012.s3-accesspoint.us-east-1.amazonaws.com", "point-123456789012"},

                {"192.168.12.34", NULL},
                {".192.168.12.34", NULL},
                {"photos.168.12.34", NULL},
                {"photos.1921.168.12.34", NULL},
                {"photos.192.168.12.", NULL},
                {"s3.amazonaws.com", NULL},
                {"s3.us-east-1.amazonaws.com", NULL},
                {"s3-eu-west-1.amazonaws.com:443", NULL},
                {"s3.localhost:4566", NULL},
                {"localhost", NULL},
                {"localhost:4566", NULL},
                {".localhost", NULL},
                {".s3.amazonaws.com", NULL},
                {"127.0.0.1:4566", NULL},
                {"[::1]:4566", NULL},
                {"iam.amazonaws.com", NULL},
                {"kms.us-east-1.amazonaws.com", NULL},
                {"photos.example.com", NULL},
                {"photos.s3.example.com", NULL},
                {"photos.s3.amazonaws.com.example.com", NULL},
                {"xs3.amazonaws.com", NULL},
                {"amazonaws.com", NULL},
                {"", NULL},
                {":80", NULL},
                {".", NULL},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
                struct str name = STR("untouched");
                bool found = virtual_host_name(str_of(CASES[i].host), &name);

                if (found != (CASES[i].name != NULL) || (found && !str_eq(name, str_of(CASES[i].name))))
                        fail_msg("%s: %d, %.*s", CASES[i].host, found, STR_ARG(name));
        }
}

static void endpoints(void **state)
{
        static const struct {
                const char *host, *endpoint; /* NULL: none */
        } CASES[] = {
                {"123456789012.s3-control.us-east-1.amazonaws.com", "s3-control"},
                {"s3-control.us-east-1.amazonaws.com:443", "s3-control"},
                {"s3-control-fips.us-east-1.amazonaws.com", "s3-control-fips"},
                {"point-123456789012.s3-accesspoint.us-east-1.amazonaws.com", "s3-accesspoint"},
                {"s3-control.s3.us-east-1.amazonaws.com", "s3"},
                {"photos.s3-eu-west-1.amazonaws.com", "s3-eu-west-1"},
                {"s3.cn-north-1.amazonaws.com.cn", "s3"},
                {"123456789012.s3-control.localhost", NULL},
                {"s3-control.us-east-1.example.com", NULL},
                {"iam.amazonaws.com", NULL},
                {"127.0.0.1:4566", NULL},
                {"", NULL},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
                struct str endpoint = virtual_host_endpoint(str_of(CASES[i].host));

                assert_int_equal(str_is_set(endpoint), CASES[i].endpoint != NULL);
                if (CASES[i].endpoint)
                        assert_true(str_eq(endpoint, str_of(CASES[i].endpoint)));
        }
        assert_false(str_is_set(virtual_host_endpoint(STR_NONE)));
}

static void no_host_at_all(void **state)
{
        struct str name;

        (void)state;
        assert_false(virtual_host_name(STR_NONE, &name));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(names_in_front),
                cmocka_unit_test(endpoints),
                cmocka_unit_test(no_host_at_all),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
