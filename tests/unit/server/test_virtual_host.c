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
        struct str name, region;

        (void)state;
        assert_false(virtual_host_name(STR_NONE, &name));
        assert_false(virtual_host_website(STR_NONE, &name, &region));
}

static void hosts_of_websites(void **state)
{
        static const struct {
                const char *host, *name, *region; /* NULL: none */
        } CASES[] = {
                {"photos.s3-website-us-east-1.amazonaws.com", "photos", "us-east-1"},
                {"photos.s3-website.eu-central-1.amazonaws.com", "photos", "eu-central-1"},
                {"photos.s3-website-eu-west-1.localhost:4566", "photos", "eu-west-1"},
                {"photos.s3-website.eu-west-1.localhost.", "photos", "eu-west-1"},
                {"www.my.photos.s3-website-us-east-1.localhost:80", "www.my.photos", "us-east-1"},
                {"photos.S3-Website-us-east-1.AmazonAWS.com", "photos", "us-east-1"},
                {"photos.s3-website.localhost:4566", "photos", NULL},
                {"s3-website-us-east-1.amazonaws.com", "", "us-east-1"},
                {"s3-website-us-east-1.s3-website-us-east-1.localhost", "s3-website-us-east-1", "us-east-1"},

                {"photos.s3-website.amazonaws.com", NULL, NULL},
                {"photos.s3-website-mars-1.localhost", NULL, NULL},
                {"photos.s3-website.cn-north-1.amazonaws.com.cn", NULL, NULL}, /* another partition's */
                {"photos.s3-website-us-east-1.example.com", NULL, NULL},
                {"photos.s3-website-us-east-1.s3.localhost", NULL, NULL}, /* a bucket of such a name */
                {"photos.s3-website-us-east-1", NULL, NULL},
                {"photos.s3-websites-us-east-1.localhost", NULL, NULL},
                {"photos.s3.us-east-1.localhost", NULL, NULL},
                {"s3-website-things.localhost", NULL, NULL},
                {"photos.localhost", NULL, NULL},
                {"localhost", NULL, NULL},
                {"", NULL, NULL},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
                struct str name = STR_NONE, region = STR_NONE;
                bool found = virtual_host_website(str_of(CASES[i].host), &name, &region);

                if (found != (CASES[i].name != NULL))
                        fail_msg("%s: %d", CASES[i].host, found);
                if (found) {
                        assert_str(name, str_of(CASES[i].name));
                        assert_int_equal(str_is_set(region), CASES[i].region != NULL);
                        if (CASES[i].region)
                                assert_str(region, str_of(CASES[i].region));
                }
        }
}

static void hosts_as_they_are_told(void **state)
{
        static const struct {
                const char *host, *told;
        } CASES[] = {
                {"photos.localhost:4566", "photos.localhost:4566"},
                {"photos.localhost", "photos.localhost"},
                {"photos.localhost.:80", "photos.localhost:80"},
                {"photos.localhost:80/@example.com", "photos.localhost"},
                {"photos.localhost:", "photos.localhost"},
        };
        struct arena arena;

        (void)state;
        arena_init(&arena, 4096);
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
                assert_str(virtual_host_told(&arena, str_of(CASES[i].host)), str_of(CASES[i].told));
        arena_done(&arena);
}

static void hosts_of_a_console(void **state)
{
        static const struct {
                const char *host, *front; /* NULL: it is none */
                bool is_local;
        } CASES[] = {
                {"signin.aws.amazon.com", "", false},
                {"SignIn.aws.amazon.com:443", "", false},
                {"eu-west-1.signin.aws.amazon.com.", "eu-west-1", false},
                {"a.b.signin.aws.amazon.com", "a.b", false},
                {"signin.localhost:4566", "", true},
                {"photos.signin.localhost", "photos", true},
                {"xsignin.aws.amazon.com", NULL, false},
                {".signin.aws.amazon.com", NULL, false},
                {"signin.aws.amazon.com.example.com", NULL, false},
                {"signin", NULL, false},
                {".localhost", NULL, false},
                {"", NULL, false},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
                struct str front = STR_NONE;
                bool is_local = false,
                     is_one = virtual_host_own(str_of(CASES[i].host), STR("signin"), &front, &is_local);

                assert_int_equal(is_one, CASES[i].front != NULL);
                if (!is_one)
                        continue;
                assert_str(front, str_of(CASES[i].front));
                assert_int_equal(is_local, CASES[i].is_local);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(names_in_front),         cmocka_unit_test(endpoints),
                cmocka_unit_test(no_host_at_all),         cmocka_unit_test(hosts_of_websites),
                cmocka_unit_test(hosts_as_they_are_told), cmocka_unit_test(hosts_of_a_console),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
