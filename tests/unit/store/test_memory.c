/* The memory engine leaves nothing behind, and knows nothing of another. */
#include "fixture.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PREFIX "merlon-memory-"

static const char *const places[] = {"/dev/shm", "/tmp"};

/* Folders of memory stores that have a name at this moment. Other programs may be starting beside this test,
 * so a test waits until there are none. */
static int count_left(void)
{
        int count = 0;

        for (size_t i = 0; i < ARRAY_LEN(places); i++) {
                const struct dirent *entry;
                DIR *dir = opendir(places[i]);

                while (dir && (entry = readdir(dir)))
                        count += str_starts(str_of(entry->d_name), STR(PREFIX));
                if (dir)
                        (void)closedir(dir);
        }
        return count;
}

static void assert_none_left(void)
{
        int left = count_left();

        for (int i = 0; left > 0 && i < 200; i++) {
                usleep(10000);
                left = count_left();
        }
        assert_int_equal(left, 0);
}

static void has_no_name_while_open(void **state)
{
        struct fixture *fixture = *state;

        put(fixture->store, "a", "1");
        assert_none_left();
}

static void stores_are_apart(void **state)
{
        struct fixture *fixture = *state, second = *fixture;

        fixture_open(&second);
        put(fixture->store, "a", "1");
        assert_value(second.store, "a", NULL);
        put(second.store, "a", "2");
        assert_value(fixture->store, "a", "1");
        fixture_close(&second);
        fixture_reopen(fixture);
        assert_value(fixture->store, "a", NULL);
}

/* Killed at any instant of its start: what it leaves is swept away by the next. */
static void nothing_outlives_a_killed_process(void **state)
{
        struct fixture *fixture = *state;

        fixture_close(fixture);
        for (int i = 0; i < 60; i++) {
                int status;
                pid_t child = fork();

                if (child == 0) {
                        char problem[STORE_PROBLEM_MAX];

                        for (;;) {
                                if (fixture_try_open(fixture, problem) < 0)
                                        _exit(1);
                                fixture_close(fixture);
                        }
                }
                usleep((useconds_t)(1000 + i * 137));
                kill(child, SIGKILL);
                assert_int_equal(waitpid(child, &status, 0), child);
                assert_true(WIFSIGNALED(status));
        }
        fixture_open(fixture);
        assert_none_left();
}

/* Only folders of ours that nobody holds are swept. */
static void sweeps_with_care(void **state)
{
        char path[64], file[96];

        (void)snprintf(path, sizeof(path), "%s/" PREFIX "XXXXXX",
                       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        assert_non_null(mkdtemp(path));
        (void)snprintf(file, sizeof(file), "%s/somebody's", path);
        file_write(file, STR("x"));
        fixture_reopen(*state);
        assert_int_equal(access(file, F_OK), 0); /* a file that we do not make is none of ours */
        assert_int_equal(unlink(file), 0);
        fixture_reopen(*state);
        assert_int_equal(access(path, F_OK), -1);
}

static void is_small(void **state)
{
        struct fixture *fixture = *state;
        long before = 0, after = 0, size;
        FILE *file = fopen("/proc/self/statm", "re");

        assert_non_null(file);
        assert_int_equal(fscanf(file, "%ld %ld", &size, &before), 2);
        (void)fclose(file);
        fixture_reopen(fixture);
        put(fixture->store, "a", "1");
        file = fopen("/proc/self/statm", "re");
        assert_non_null(file);
        assert_int_equal(fscanf(file, "%ld %ld", &size, &after), 2);
        (void)fclose(file);
        assert_true((after - before) * sysconf(_SC_PAGESIZE) < 3 << 20);
}

static const struct CMUnitTest tests[] = {
        TEST_MEMORY(has_no_name_while_open),
        TEST_MEMORY(stores_are_apart),
        TEST_MEMORY(nothing_outlives_a_killed_process),
        TEST_MEMORY(sweeps_with_care),
        TEST_MEMORY(is_small),
};

int main(void)
{
        return cmocka_run_group_tests(tests, NULL, NULL);
}
