#include "crypto/keyring.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

struct fixture {
        struct arena arena;
        struct keyring *keyring;
        char folder[64];
        char path[96];
};

static int set_up(void **state)
{
        static struct fixture fixture;

        fixture = (struct fixture){.folder = "/tmp/merlon-keyring-XXXXXX"};
        arena_init(&fixture.arena, (size_t)1 << 20);
        if (!mkdtemp(fixture.folder) || keyring_ephemeral(&fixture.keyring) < 0)
                return -1;
        (void)snprintf(fixture.path, sizeof(fixture.path), "%s/master.key", fixture.folder);
        *state = &fixture;
        return 0;
}

static int tear_down(void **state)
{
        struct fixture *fixture = *state;

        keyring_free(fixture->keyring);
        arena_done(&fixture->arena);
        (void)unlink(fixture->path);
        return rmdir(fixture->folder); /* nothing else was left behind */
}

static void assert_opens(const struct keyring *keyring, struct str bound, struct str sealed,
                         struct str expected)
{
        _cleanup_(secret_done) struct secret clear = {};

        assert_int_equal(keyring_open(keyring, SEAL_RECORD, bound, sealed, &clear), 0);
        assert_true(str_eq(secret_str(&clear), expected));
}

static void assert_refused(const struct keyring *keyring, enum seal_purpose purpose, struct str bound,
                           struct str sealed)
{
        struct secret clear = {};

        assert_int_equal(keyring_open(keyring, purpose, bound, sealed, &clear), -EBADMSG);
        assert_null(clear.bytes);
}

static void test_seal_and_open(void **state)
{
        struct fixture *f = *state;
        struct str sealed, again;

        assert_int_equal(
                keyring_seal(f->keyring, SEAL_RECORD, STR("a"), STR("clear text"), &f->arena, &sealed), 0);
        assert_int_equal(sealed.len, 10 + SEAL_OVERHEAD);
        assert_int_equal(str_find(sealed, STR("clear")), -1);
        assert_opens(f->keyring, STR("a"), sealed, STR("clear text"));
        assert_int_equal(
                keyring_seal(f->keyring, SEAL_RECORD, STR("a"), STR("clear text"), &f->arena, &again), 0);
        assert_false(str_eq(sealed, again));
        assert_int_equal(keyring_seal(f->keyring, SEAL_RECORD, STR_NONE, STR(""), &f->arena, &sealed), 0);
        assert_opens(f->keyring, STR_NONE, sealed, STR(""));
}

static void test_only_as_it_was_sealed(void **state)
{
        struct fixture *f = *state;
        _cleanup_(keyring_freep) struct keyring *other = NULL;
        struct str sealed;

        assert_int_equal(keyring_ephemeral(&other), 0);
        assert_int_equal(keyring_seal(f->keyring, SEAL_RECORD, STR("a"), STR("clear"), &f->arena, &sealed),
                         0);
        assert_refused(f->keyring, SEAL_RECORD, STR("b"), sealed);
        assert_refused(f->keyring, SEAL_RECORD, STR_NONE, sealed);
        assert_refused(f->keyring, SEAL_TOKEN, STR("a"), sealed);
        assert_refused(other, SEAL_RECORD, STR("a"), sealed);
}

static void test_any_change_is_refused(void **state)
{
        struct fixture *f = *state;
        struct str sealed, changed;

        assert_int_equal(keyring_seal(f->keyring, SEAL_RECORD, STR("a"), STR("clear"), &f->arena, &sealed),
                         0);
        for (size_t bit = 0; bit < sealed.len * 8; bit++) {
                char *bytes = arena_cstr(&f->arena, sealed);

                bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << bit % 8));
                changed = str_make(bytes, sealed.len);
                assert_refused(f->keyring, SEAL_RECORD, STR("a"), changed);
        }
        for (size_t len = 0; len < sealed.len; len++)
                assert_refused(f->keyring, SEAL_RECORD, STR("a"), str_part(sealed, 0, len));
}

static void test_mac(void **state)
{
        struct fixture *f = *state;
        uint8_t one[32], two[32];

        keyring_mac(f->keyring, SEAL_RECORD, STR("text"), one);
        keyring_mac(f->keyring, SEAL_RECORD, STR("text"), two);
        assert_memory_equal(one, two, 32);
        keyring_mac(f->keyring, SEAL_TOKEN, STR("text"), two);
        assert_memory_not_equal(one, two, 32);
}

static void test_file_is_made_once(void **state)
{
        struct fixture *f = *state;
        _cleanup_(keyring_freep) struct keyring *first = NULL, *second = NULL;
        struct stat status;
        struct str sealed;

        assert_int_equal(keyring_open_file(f->path, &first), 0);
        assert_int_equal(stat(f->path, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
        assert_int_equal(keyring_open_file(f->path, &second), 0);
        assert_int_equal(keyring_seal(first, SEAL_RECORD, STR("a"), STR("kept"), &f->arena, &sealed), 0);
        assert_opens(second, STR("a"), sealed, STR("kept"));
}

static void write_file(const char *path, const char *text)
{
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
        assert_int_equal(close(fd), 0);
}

#define KEY_LINE "merlon-master-key-1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static void test_bad_files(void **state)
{
        static const char *const BAD[] = {"",
                                          "merlon-master-key-1 ",
                                          "merlon-master-key-1 00ff\n",
                                          "merlon-master-key-2" KEY_LINE,
                                          KEY_LINE "00\n",
                                          KEY_LINE "\n\n"};
        struct fixture *f = *state;
        struct keyring *keyring = NULL;

        for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
                write_file(f->path, BAD[i]);
                assert_int_equal(keyring_open_file(f->path, &keyring), -EBADMSG);
        }
        write_file(f->path, KEY_LINE "\n");
        assert_int_equal(chmod(f->path, 0640), 0);
        assert_int_equal(keyring_open_file(f->path, &keyring), -EPERM);
        assert_int_equal(chmod(f->path, 0600), 0);
        assert_int_equal(keyring_open_file(f->path, &keyring), 0);
        keyring_free(keyring);
        assert_int_equal(keyring_open_file("/nowhere/at/all", &keyring), -ENOENT);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_seal_and_open, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_only_as_it_was_sealed, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_any_change_is_refused, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_mac, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_file_is_made_once, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_bad_files, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
