/* Which addresses this server connects to: public ones, those that were opened, and never those of
 * link-local. */
#include "../check.h"

#include "net/reach.h"

#include <arpa/inet.h>

struct asked {
        union {
                struct sockaddr any;
                struct sockaddr_in v4;
                struct sockaddr_in6 v6;
        };
};

static struct asked address_of(const char *text)
{
        struct asked asked = {};

        if (inet_pton(AF_INET, text, &asked.v4.sin_addr) == 1) {
                asked.v4.sin_family = AF_INET;
                asked.v4.sin_port = htons(80);
        } else {
                assert_int_equal(inet_pton(AF_INET6, text, &asked.v6.sin6_addr), 1);
                asked.v6.sin6_family = AF_INET6;
                asked.v6.sin6_port = htons(443);
        }
        return asked;
}

static bool allows(const char *opened, const char *text)
{
        struct asked asked = address_of(text);
        struct reach reach;

        assert_int_equal(reach_parse(str_of(opened), &reach), 0);
        return reach_allows(&reach, &asked.any);
}

static const char *const NEVER[] = {
        "0.0.0.0",
        "0.1.2.3",
        "169.254.169.254",
        "169.254.170.2",
        "168.63.129.16",
        "192.0.0.192",
        "100.100.100.200",
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "::",
        "fe80::1",
        "febf::1",
        "ff02::1",
        "fd00:ec2::254",
        "fd20:ce::254",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
};
static const char *const CLOSED[] = {
        "127.0.0.1",       "127.255.0.1", "10.0.0.1",      "172.16.0.1", "172.31.255.255",
        "192.168.1.1",     "100.64.0.1",  "198.18.0.1",    "::1",        "fc00::1",
        "fdff::1",         "fec0::1",     "2002:7f00:1::", "2001::1",    "::ffff:127.0.0.1",
        "64:ff9b::7f00:1", "::7f00:1",    "64:ff9b:1::1",
};
static const char *const PUBLIC[] = {
        "8.8.8.8",   "172.32.0.1",      "172.15.255.255", "192.169.0.1", "100.128.0.1",    "126.255.255.255",
        "128.0.0.1", "2001:4860::8888", "2a00::1",        "fe00::1",     "::ffff:8.8.8.8", "64:ff9b::808:808",
};
static const char EVERYTHING[] = "0.0.0.0/0,::/0";

static void public_alone(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(NEVER); i++)
                if (allows(NULL, NEVER[i]) || allows(EVERYTHING, NEVER[i]))
                        fail_msg("%s is reached", NEVER[i]);
        for (size_t i = 0; i < ARRAY_LEN(CLOSED); i++)
                if (allows(NULL, CLOSED[i]) || !allows(EVERYTHING, CLOSED[i]))
                        fail_msg("%s is reached, or is not when it is opened", CLOSED[i]);
        for (size_t i = 0; i < ARRAY_LEN(PUBLIC); i++)
                if (!allows(NULL, PUBLIC[i]))
                        fail_msg("%s is not reached", PUBLIC[i]);
}

static void opened(void **state)
{
        (void)state;
        assert_true(allows("127.0.0.1", "127.0.0.1"));
        assert_false(allows("127.0.0.1", "127.0.0.2"));
        assert_true(allows("127.0.0.0/8", "::ffff:127.9.9.9"));
        assert_true(allows("10.1.0.0/15, ::1", "10.0.0.1"));
        assert_false(allows("10.1.0.0/16", "10.2.0.1"));
        assert_true(allows("10.1.0.0/16, ::1/128", "::1"));
        assert_true(allows("fd12:3400::/23", "fd12:35ff::1"));
        assert_false(allows("fd12:3400::/23", "fd12:3600::1"));
}

static void bad_lists(void **state)
{
        static const char *const BAD[] = {"",
                                          ",",
                                          "127.0.0.1,",
                                          "127.0.0.0/33",
                                          "::/129",
                                          "127.0.0/8",
                                          "host",
                                          "127.0.0.1/",
                                          "127.0.0.1/x",
                                          "127.0.0.1:80",
                                          "10.0.0.0/8;",
                                          "[::1]",
                                          "10.0.0.0/8/8",
                                          "10.0.0.0/-1"};
        struct reach reach;
        char longest[REACH_NETWORKS_MAX * 10 + 11] = "";

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
                if (reach_parse(str_of(BAD[i]), &reach) != -EINVAL)
                        fail_msg("\"%s\" is a list", BAD[i]);
        for (size_t i = 0; i <= REACH_NETWORKS_MAX; i++)
                memcpy(longest + i * 10, "127.0.0.1,", 10);
        assert_int_equal(reach_parse(str_make(longest, REACH_NETWORKS_MAX * 10 + 9), &reach), -E2BIG);
        assert_int_equal(reach_parse(str_make(longest, REACH_NETWORKS_MAX * 10 - 1), &reach), 0);
}

static void of_this_machine(void **state)
{
        struct asked loopback = address_of("127.0.0.1"), six = address_of("::1"),
                     other = address_of("8.8.8.8");
        struct sockaddr local = {.sa_family = AF_UNIX};
        struct reach reach = {};

        (void)state;
        assert_true(reach_is_own(&loopback.any));
        assert_true(reach_is_own(&six.any));
        assert_false(reach_is_own(&other.any));
        assert_int_equal(reach_port(&loopback.any), 80);
        assert_int_equal(reach_port(&six.any), 443);
        assert_int_equal(reach_port(&local), 0);
        assert_false(reach_allows(&reach, &local));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(public_alone),
                cmocka_unit_test(opened),
                cmocka_unit_test(bad_lists),
                cmocka_unit_test(of_this_machine),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
