/* Options of the operator's verbs: strict, each complaint naming the word. */
#include "../check.h"

#include "cli/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What the options of a verb became. */
struct result {
        struct str file, second, data;
        bool wants_json;
        int returned;
        char complaint[256];
};

/* Reads with standard error caught. */
static struct result read_words(const char *const *words)
{
        struct result result = {};
        const struct option options[] = {{NULL, &result.file, NULL, true},
                                         {NULL, &result.second, NULL, false},
                                         {"--data", &result.data, NULL, false},
                                         {"--json", NULL, &result.wants_json, false}};
        int kept = dup(STDERR_FILENO);
        int ends[2];
        int count = 0;
        ssize_t got;

        while (words[count])
                count++;
        assert_int_equal(pipe(ends), 0);
        assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
        result.returned = options_read(options, ARRAY_LEN(options), count, (char **)(uintptr_t)words);
        (void)fflush(stderr);
        assert_true(dup2(kept, STDERR_FILENO) >= 0);
        close(kept);
        close(ends[1]);
        got = read(ends[0], result.complaint, sizeof(result.complaint) - 1);
        close(ends[0]);
        assert_true(got >= 0);
        return result;
}

#define READ(...) read_words((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static void assert_refused(struct result result, const char *named)
{
        assert_int_equal(result.returned, -EINVAL);
        if (!strstr(result.complaint, named))
                fail_msg("\"%s\" does not name %s", result.complaint, named);
}

static void words_and_flags_in_any_order(void **state)
{
        struct result result = READ("--json", "a", "--data", "d", "b");

        (void)state;
        assert_int_equal(result.returned, 0);
        assert_str(result.file, STR("a"));
        assert_str(result.second, STR("b"));
        assert_str(result.data, STR("d"));
        assert_true(result.wants_json);
        assert_string_equal(result.complaint, "");
        result = READ("a", "--data=x=y");
        assert_int_equal(result.returned, 0);
        assert_str(result.data, STR("x=y"));
        assert_str(result.second, STR_NONE);
        assert_false(result.wants_json);
}

static void values_may_look_like_anything(void **state)
{
        struct result result = READ("a", "--data", "--json");

        (void)state;
        assert_int_equal(result.returned, 0);
        assert_str(result.data, STR("--json"));
        assert_false(result.wants_json);
        result = READ("-", "-x");
        assert_int_equal(result.returned, 0);
        assert_str(result.file, STR("-"));
        assert_str(result.second, STR("-x"));
        result = READ("a", "--data=");
        assert_int_equal(result.returned, 0);
        assert_str(result.data, STR(""));
}

static void mistakes_are_named(void **state)
{
        (void)state;
        assert_refused(READ(), "missing");
        assert_refused(READ("--json"), "missing");
        assert_refused(READ("a", "--unknown"), "--unknown");
        assert_refused(READ("a", "--unknown=x"), "--unknown=x");
        assert_refused(READ("a", "--jso"), "--jso");
        assert_refused(READ("a", "--JSON"), "--JSON");
        assert_refused(READ("a", "--"), "--");
        assert_refused(READ("a", "b", "c"), "c");
        assert_refused(READ("a", "--data"), "--data");
        assert_refused(READ("a", "--json=yes"), "--json=yes");
        assert_refused(READ("a", "--data", "x", "--data", "y"), "--data");
        assert_refused(READ("a", "--data=x", "--data=y"), "--data=y");
        assert_refused(READ("a", "--json", "--json"), "--json");
}

static void required_flags(void **state)
{
        struct str name = STR_NONE;
        const struct option options[] = {{"--name", &name, NULL, true}};
        char flag[] = "--name=n";
        char *words[] = {flag};

        (void)state;
        assert_int_equal(options_read(options, 1, 0, words), -EINVAL);
        assert_int_equal(options_read(options, 1, 1, words), 0);
        assert_str(name, STR("n"));
        assert_int_equal(options_read(NULL, 0, 0, NULL), 0);
        assert_int_equal(options_read(NULL, 0, 1, words), -EINVAL);
}

static void the_data_folder(void **state)
{
        (void)state;
        assert_int_equal(unsetenv("MERLON_DATA"), 0);
        assert_str(data_folder(STR_NONE), STR("merlon-data"));
        assert_int_equal(setenv("MERLON_DATA", "/var/lib/merlon", 1), 0);
        assert_str(data_folder(STR_NONE), STR("/var/lib/merlon"));
        assert_str(data_folder(STR("given")), STR("given"));
        assert_int_equal(setenv("MERLON_DATA", "", 1), 0); /* as good as unset */
        assert_str(data_folder(STR_NONE), STR("merlon-data"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(words_and_flags_in_any_order),
                cmocka_unit_test(values_may_look_like_anything),
                cmocka_unit_test(mistakes_are_named),
                cmocka_unit_test(required_flags),
                cmocka_unit_test(the_data_folder),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
