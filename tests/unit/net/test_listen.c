/* Listening addresses: what is one, and what is not. */
#include "../check.h"

#include "net/listen.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static void good_addresses(void **state)
{
        static const struct {
                const char *given, *host;
        } ROWS[] = {{"127.0.0.1:0", "127.0.0.1:"}, {"localhost:0", "127.0.0.1:"}, {"0.0.0.0:0", "0.0.0.0:"}};

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                char text[64], again[64];
                int fd, second;

                assert_int_equal(listen_tcp(str_of(ROWS[i].given), &fd, text, sizeof(text)), 0);
                assert_true(str_starts(str_of(text), str_of(ROWS[i].host)));
                assert_false(str_ends(str_of(text), STR(":0")));
                assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
                assert_int_equal(listen_tcp(str_of(text), &second, again, sizeof(again)), -EADDRINUSE);
                close(fd);
        }
}

static void addresses_of_version_6(void **state)
{
        char text[64];
        int fd;
        int r = listen_tcp(STR("[::1]:0"), &fd, text, sizeof(text));

        (void)state;
        if (r == 0) {
                assert_true(str_starts(str_of(text), STR("[::1]:")));
                close(fd);
        } else {
                assert_true(r == -EAFNOSUPPORT || r == -EADDRNOTAVAIL); /* a machine without IPv6 */
        }
}

static void bad_addresses(void **state)
{
        static const char *const BAD[] = {
                "",
                ":",
                ":80",
                "127.0.0.1",
                "127.0.0.1:",
                "127.0.0.1:x",
                "127.0.0.1:-1",
                "127.0.0.1:+1",
                "127.0.0.1: 1",
                "127.0.0.1:65536",
                "127.0.0.1:99999",
                "127.0.0.1:0000080",
                "127.0.0.1:http",
                "0:0",
                "1:0",
                "127.1:0",
                "2130706433:0",
                "0x7f.0.0.1:0",
                "256.0.0.1:0",
                "::1:0",
                "::1",
                "[::1]",
                "[::1:0",
                "::1]:0",
                "[]:0",
                "[127.0.0.1]:0",
                "[localhost]:0",
                "example.com:0",
                "*:0",
                " 127.0.0.1:0",
                "127.0.0.1 :0",
                "localhost.:0",
                "1111111111111111111111111111111111111111111111111111111111111111111111111111:0",
        };
        char text[64];
        int fd;

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
                if (listen_tcp(str_of(BAD[i]), &fd, text, sizeof(text)) != -EINVAL)
                        fail_msg("taken: \"%s\"", BAD[i]);
        assert_int_equal(listen_tcp(STR("127.0.0.1\0:80"), &fd, text, sizeof(text)), -EINVAL);
}

static void an_address_of_another_machine(void **state)
{
        char text[64];
        int fd;

        (void)state;
        assert_int_equal(listen_tcp(STR("192.0.2.1:0"), &fd, text, sizeof(text)), -EADDRNOTAVAIL);
}

static void unix_sockets(void **state)
{
        char folder[] = "/tmp/merlon-listen-XXXXXX";
        char path[64];
        struct stat info;
        int fd, second;

        (void)state;
        assert_non_null(mkdtemp(folder));
        (void)snprintf(path, sizeof(path), "%s/admin.sock", folder);
        assert_int_equal(listen_unix(path, &fd), 0);
        assert_int_equal(stat(path, &info), 0);
        assert_true(S_ISSOCK(info.st_mode));
        assert_int_equal(info.st_mode & 0777, 0600);
        close(fd);
        assert_int_equal(listen_unix(path, &second), 0); /* what a dead process left is replaced */
        close(second);
        assert_int_equal(unlink(path), 0);

        fd = open(path, O_WRONLY | O_CREAT, 0600); /* a file is not */
        close(fd);
        assert_int_equal(listen_unix(path, &second), -EEXIST);
        assert_int_equal(stat(path, &info), 0);
        assert_true(S_ISREG(info.st_mode));
        assert_int_equal(unlink(path), 0);
        assert_int_equal(rmdir(folder), 0);
        assert_true(listen_unix(path, &second) < 0); /* no folder */
        assert_int_equal(
                listen_unix(
                        "/tmp/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/"
                        "0123456789/0123456789/0123456789",
                        &second),
                -ENAMETOOLONG);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(good_addresses), cmocka_unit_test(addresses_of_version_6),
                cmocka_unit_test(bad_addresses),  cmocka_unit_test(an_address_of_another_machine),
                cmocka_unit_test(unix_sockets),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
