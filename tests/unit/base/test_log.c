/* Lines of the log: one JSON object each, by level, none lost for its length. */
#include "../check.h"

#include "base/log.h"

#include <fcntl.h>
#include <unistd.h>

static char written[65536];

/* What the lines of `act` put on standard error. */
static struct str capture(void (*act)(void))
{
        int kept = dup(STDERR_FILENO);
        int ends[2];
        ssize_t got;

        assert_int_equal(pipe(ends), 0);
        assert_true(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
        assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
        act();
        assert_true(dup2(kept, STDERR_FILENO) >= 0);
        close(kept);
        close(ends[1]);
        got = read(ends[0], written, sizeof(written));
        close(ends[0]);
        return str_make(written, got > 0 ? (size_t)got : 0);
}

static void log_one(void)
{
        log_event(LOG_WARNING, "a \"thing\"", "key", "line\nbreak", "absent", NULL, NULL);
}

static void log_with_errno(void)
{
        log_errno(LOG_ERROR, -ENOENT, "no file", "path", "x", NULL);
}

static void log_debug(void)
{
        log_event(LOG_DEBUG, "quiet", NULL);
        log_errno(LOG_DEBUG, -EIO, "quiet", NULL);
}

static char large[20000];

static void log_large(void)
{
        log_errno(LOG_ERROR, -EIO, "with much", "key", large, NULL);
}

static void log_large_message(void)
{
        log_event(LOG_ERROR, large, NULL);
}

static void a_line_is_one_json_object(void **state)
{
        struct str line = capture(log_one);

        (void)state;
        assert_true(str_starts(line, STR("{\"time\":\"20")));
        assert_true(str_ends(line, STR("Z\",\"level\":\"warning\",\"message\":\"a \\\"thing\\\"\","
                                       "\"key\":\"line\\nbreak\",\"absent\":null}\n")));
        assert_int_equal(str_find_byte(line, '\n'), line.len - 1);
        assert_true(str_ends(capture(log_with_errno), STR("\"message\":\"no file\",\"path\":\"x\","
                                                          "\"error\":\"No such file or directory\"}\n")));
}

static void levels(void **state)
{
        enum log_level level;

        (void)state;
        assert_int_equal(capture(log_debug).len, 0);
        log_set_level(LOG_DEBUG);
        assert_true(capture(log_debug).len > 0);
        log_set_level(LOG_ERROR);
        assert_int_equal(capture(log_one).len, 0);
        log_set_level(LOG_INFO);
        assert_int_equal(log_level_parse(STR("warning"), &level), 0);
        assert_int_equal(level, LOG_WARNING);
        assert_int_equal(log_level_parse(STR("WARNING"), &level), -EINVAL);
        assert_int_equal(log_level_parse(STR(""), &level), -EINVAL);
}

static void long_fields_do_not_swallow_the_message(void **state)
{
        struct str line;

        (void)state;
        memset(large, 'x', sizeof(large) - 1);
        line = capture(log_large);
        assert_true(str_find(line, STR("\"message\":\"with much\"")) > 0);
        assert_true(str_ends(line, STR(",\"error\":\"Input/output error\"}\n")));
        assert_true(line.len < 8192);
        line = capture(log_large_message);
        assert_true(str_find(line, STR("xxxxxxxx")) > 0);
        assert_true(str_ends(line, STR("}\n")));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_line_is_one_json_object),
                cmocka_unit_test(levels),
                cmocka_unit_test(long_fields_do_not_swallow_the_message),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
