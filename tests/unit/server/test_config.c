/* Settings: every source, their order, and that nothing is passed over in silence. */
#include "../check.h"

#include "server/config.h"

#include <stdlib.h>
#include <unistd.h>

#define WORDS_MAX 16

/* One reading: lists end with NULL. */
struct reading {
        struct config config;
        struct arena arena;
        char problem[CONFIG_PROBLEM_MAX];
};

static int read_settings(struct reading *reading, const char *const *words, const char *const *environment)
{
        int count = 0;

        memset(reading, 0, sizeof(*reading));
        arena_init(&reading->arena, 1 << 20);
        while (words[count])
                count++;
        return config_read(&reading->config, &reading->arena, count, (char *const *)(uintptr_t)words,
                           (char *const *)(uintptr_t)environment, reading->problem);
}

#define LIST(...) ((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static void done(struct reading *reading)
{
        arena_done(&reading->arena);
}

/* The text must name what is wrong. */
static void assert_refused(const char *const *words, const char *const *environment, const char *named)
{
        struct reading reading;

        if (read_settings(&reading, words, environment) != -EINVAL)
                fail_msg("taken: %s", words[0] ? words[0] : environment[0]);
        if (!strstr(reading.problem, named))
                fail_msg("\"%s\" does not name %s", reading.problem, named);
        done(&reading);
}

static char file_name[64];

/* "--config=FILE" of a file with this content; the file goes with the test. */
static const char *file_of(const char *content)
{
        static char flag[96];
        int fd;

        (void)snprintf(file_name, sizeof(file_name), "/tmp/merlon-config-XXXXXX");
        fd = mkstemp(file_name);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, content, strlen(content)), strlen(content));
        close(fd);
        (void)snprintf(flag, sizeof(flag), "--config=%s", file_name);
        return flag;
}

static int remove_file(void **state)
{
        (void)state;
        if (*file_name)
                (void)unlink(file_name);
        *file_name = '\0';
        return 0;
}

static void defaults(void **state)
{
        struct reading reading;

        (void)state;
        assert_int_equal(read_settings(&reading, LIST(), LIST("PATH=/bin", "MERLONX=1")), 0);
        assert_str(reading.config.listen, STR("127.0.0.1:4566"));
        assert_str(reading.config.data, STR("merlon-data"));
        assert_str(reading.config.region, STR("us-east-1"));
        assert_str(reading.config.tls_listen, STR_NONE);
        assert_str(reading.config.admin_listen, STR_NONE);
        assert_str(reading.config.account_id, STR_NONE);
        assert_false(reading.config.is_ephemeral);
        assert_false(reading.config.has_test_clock);
        assert_true(reading.config.threads >= 1);
        assert_int_equal(reading.config.max_body, 4194304);
        assert_int_equal(reading.config.header_timeout_s, 10);
        done(&reading);
        assert_int_equal(read_settings(&reading, LIST("--ephemeral"), NULL), 0);
        assert_true(reading.config.is_ephemeral);
        assert_str(reading.config.data, STR_NONE); /* a temporary one */
        done(&reading);
}

static void flags(void **state)
{
        struct reading reading;

        (void)state;
        assert_int_equal(read_settings(&reading,
                                       LIST("--listen", "127.0.0.1:1", "--data=/d=x", "--test-clock",
                                            "--ephemeral=false", "--max-body", "2048", "--region=eu-west-1",
                                            "--log-level", "error", "--account-id", "012345678901"),
                                       LIST()),
                         0);
        assert_str(reading.config.listen, STR("127.0.0.1:1"));
        assert_str(reading.config.data, STR("/d=x"));
        assert_true(reading.config.has_test_clock);
        assert_false(reading.config.is_ephemeral);
        assert_int_equal(reading.config.max_body, 2048);
        assert_str(reading.config.region, STR("eu-west-1"));
        assert_str(reading.config.account_id, STR("012345678901"));
        done(&reading);
}

static void the_environment(void **state)
{
        struct reading reading;

        (void)state;
        assert_int_equal(read_settings(&reading, LIST(),
                                       LIST("MERLON_TLS_LISTEN=127.0.0.1:2", "MERLON_EPHEMERAL=yes",
                                            "MERLON_MAX_CONNECTIONS_PER_ADDRESS=7")),
                         0);
        assert_str(reading.config.tls_listen, STR("127.0.0.1:2"));
        assert_true(reading.config.is_ephemeral);
        assert_int_equal(reading.config.max_connections_per_address, 7);
        done(&reading);
}

static void the_file(void **state)
{
        struct reading reading;
        const char *flag =
                file_of("# a comment\n\n  listen = 127.0.0.1:3 \t\nephemeral=1\r\n\t# more\nthreads = 2\n"
                        "data = /a = b");
        char variable[96];

        (void)state;
        assert_int_equal(read_settings(&reading, LIST(flag), LIST()), 0);
        assert_str(reading.config.listen, STR("127.0.0.1:3"));
        assert_true(reading.config.is_ephemeral);
        assert_int_equal(reading.config.threads, 2);
        assert_str(reading.config.data, STR("/a = b"));
        done(&reading);
        (void)snprintf(variable, sizeof(variable), "MERLON_CONFIG=%s", file_name);
        assert_int_equal(read_settings(&reading, LIST(), LIST(variable)), 0);
        assert_str(reading.config.listen, STR("127.0.0.1:3"));
        done(&reading);
}

static void stronger_sources_win(void **state)
{
        struct reading reading;
        const char *file =
                file_of("listen = 127.0.0.1:3\nregion = eu-west-3\nthreads = 3\nephemeral = true\n");
        const char *const environment[] = {"MERLON_LISTEN=127.0.0.1:2", "MERLON_REGION=eu-west-2",
                                           "MERLON_EPHEMERAL=false", "MERLON_CONFIG=/nonexistent", NULL};

        (void)state;
        assert_int_equal(read_settings(&reading, LIST("--listen", "127.0.0.1:1", file), environment), 0);
        assert_str(reading.config.listen, STR("127.0.0.1:1"));
        assert_str(reading.config.region, STR("eu-west-2"));
        assert_int_equal(reading.config.threads, 3);
        assert_false(reading.config.is_ephemeral);
        done(&reading);
}

static void unknown_names_are_named(void **state)
{
        (void)state;
        assert_refused(LIST("--no-auth"), LIST(), "--no-auth");
        assert_refused(LIST("--listen-on=x"), LIST(), "--listen-on");
        assert_refused(LIST("--"), LIST(), "--");
        assert_refused(LIST("-l"), LIST(), "-l");
        assert_refused(LIST("listen"), LIST(), "listen");
        assert_refused(LIST("--Listen", "x"), LIST(), "--Listen");
        assert_refused(LIST(), LIST("MERLON_AUTH=off"), "MERLON_AUTH");
        assert_refused(LIST(), LIST("MERLON_=x"), "MERLON_");
        assert_refused(LIST(file_of("listen = 127.0.0.1:1\nauth = off\n")), LIST(), "line 2: auth");
        remove_file(NULL);
        assert_refused(LIST(file_of("config = /etc/x\n")), LIST(), "line 1: config");
        remove_file(NULL);
        assert_refused(LIST(file_of("[section]\n")), LIST(), "line 1: [section]");
}

static void impossible_values_are_named(void **state)
{
        (void)state;
        assert_refused(LIST("--threads", "0"), LIST(), "--threads");
        assert_refused(LIST("--threads", "257"), LIST(), "--threads");
        assert_refused(LIST("--threads", "two"), LIST(), "--threads");
        assert_refused(LIST("--threads", "1 "), LIST(), "--threads");
        assert_refused(LIST("--max-body=1073741825"), LIST(), "--max-body");
        assert_refused(LIST("--max-body=99999999999999999999"), LIST(), "--max-body");
        assert_refused(LIST("--header-timeout=-1"), LIST(), "--header-timeout");
        assert_refused(LIST("--ephemeral=maybe"), LIST(), "--ephemeral");
        assert_refused(LIST("--ephemeral="), LIST(), "--ephemeral");
        assert_refused(LIST("--listen="), LIST(), "--listen");
        assert_refused(LIST("--listen"), LIST(), "--listen");
        assert_refused(LIST("--ephemeral", "true"), LIST(), "true");
        assert_refused(LIST("--account-id=12345678901"), LIST(), "account-id");
        assert_refused(LIST("--account-id=12345678901x"), LIST(), "account-id");
        assert_refused(LIST("--region=us-east-9"), LIST(), "region");
        assert_refused(LIST("--store=postgres://x"), LIST(), "store");
        assert_refused(LIST("--log-level=loud"), LIST(), "log-level");
        assert_refused(LIST(), LIST("MERLON_TEST_CLOCK=on"), "MERLON_TEST_CLOCK");
        assert_refused(LIST(), LIST("MERLON_DATA="), "MERLON_DATA");
        assert_refused(LIST(), LIST("MERLON_DATA"), "MERLON_DATA");
        assert_refused(LIST(file_of("threads = many\n")), LIST(), "line 1: threads");
        remove_file(NULL);
        assert_refused(LIST(file_of("threads\n")), LIST(), "line 1: threads");
        remove_file(NULL);
        assert_refused(LIST(file_of("data =\n")), LIST(), "line 1: data");
}

static void what_goes_together(void **state)
{
        (void)state;
        assert_refused(LIST("--tls-key=k"), LIST(), "tls-certificate");
        assert_refused(LIST("--tls-certificate=c"), LIST(), "tls-key");
        assert_refused(LIST("--root-access-key-id=AKIA"), LIST(), "root-secret-access-key");
        assert_refused(LIST(), LIST("MERLON_ROOT_SECRET_ACCESS_KEY=x"), "root-access-key-id");
}

static void what_is_given_twice_is_named(void **state)
{
        (void)state;
        assert_refused(LIST("--region=us-east-1", "--region=us-east-2"), LIST(), "--region");
        assert_refused(LIST("--ephemeral", "--ephemeral"), LIST(), "--ephemeral");
        assert_refused(LIST("--config=a", "--config=b"), LIST(), "--config");
        assert_refused(LIST(), LIST("MERLON_REGION=us-east-1", "MERLON_region=us-east-2"), "MERLON_region");
        assert_refused(LIST(file_of("threads = 1\nthreads = 2\n")), LIST(), "line 2: threads");
}

/* A mistake does not hide behind a stronger source. */
static void overruled_values_are_checked(void **state)
{
        (void)state;
        assert_refused(LIST("--threads=1"), LIST("MERLON_THREADS=none"), "MERLON_THREADS");
        assert_refused(LIST("--threads=1", file_of("threads = none\n")), LIST(), "line 1: threads");
}

static void files_that_cannot_be_read(void **state)
{
        static char large[70000];

        (void)state;
        assert_refused(LIST("--config=/nonexistent/file"), LIST(), "/nonexistent/file");
        assert_refused(LIST("--config="), LIST(), "--config");
        assert_refused(LIST("--config"), LIST(), "--config");
        assert_refused(LIST("--config=/tmp"), LIST(), "/tmp");
        memset(large, '\n', sizeof(large) - 1);
        assert_refused(LIST(file_of(large)), LIST(), file_name);
}

static void complaints_quote_no_values(void **state)
{
        struct reading reading;

        (void)state;
        assert_int_equal(read_settings(&reading, LIST("--root-access-key-id=AKIASECRET"),
                                       LIST("MERLON_THREADS=hunter2")),
                         -EINVAL);
        assert_null(strstr(reading.problem, "hunter2"));
        assert_null(strstr(reading.problem, "AKIASECRET"));
        done(&reading);
}

#define WITH_FILE(f) cmocka_unit_test_teardown(f, remove_file)

int main(void)
{
        const struct CMUnitTest tests[] = {
                WITH_FILE(defaults),
                WITH_FILE(flags),
                WITH_FILE(the_environment),
                WITH_FILE(the_file),
                WITH_FILE(stronger_sources_win),
                WITH_FILE(unknown_names_are_named),
                WITH_FILE(impossible_values_are_named),
                WITH_FILE(what_goes_together),
                WITH_FILE(what_is_given_twice_is_named),
                WITH_FILE(overruled_values_are_checked),
                WITH_FILE(files_that_cannot_be_read),
                WITH_FILE(complaints_quote_no_values),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
