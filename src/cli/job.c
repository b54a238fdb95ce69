#include "cli/job.h"

#include "cli/progress.h"

#include <jansson.h>
#include <stdio.h>
#include <time.h>

#define LOOK_MS_FIRST 5
#define LOOK_MS_LAST  200

/* What one look has shown. */
struct look {
        json_t *answer;
        json_int_t run, next;
};

static json_int_t count_of(const struct look *look, const char *name)
{
        return json_integer_value(json_object_get(look->answer, name));
}

static bool is_true(const struct look *look, const char *name)
{
        return json_is_true(json_object_get(look->answer, name));
}

static const char *text_of(const struct look *look, const char *name)
{
        const char *text = json_string_value(json_object_get(look->answer, name));

        return text ? text : "";
}

/* 0, or 1 after telling why not. */
static int take_look(struct errand *errand, struct str path, struct look *look)
{
        json_error_t error;
        int status;

        json_decref(look->answer);
        look->answer = NULL;
        arena_reset(&errand->arena);
        path = arena_printf(&errand->arena, "%.*s%lld", STR_ARG(path), (long long)look->next);
        status = errand_ask(errand, STR("GET"), path, STR(""));
        if (status != 0)
                return status;
        look->answer = json_loadb(errand->answer.ptr, errand->answer.len, 0, &error);
        if (look->run == 0)
                look->run = count_of(look, "run");
        if (look->answer && look->run == count_of(look, "run")) {
                look->next = count_of(look, "next");
                return 0;
        }
        (void)fprintf(stderr, "merlon: the server does something else by now\n");
        return 1;
}

static void show(const struct look *look, struct progress *progress, const char *things)
{
        const char *lines = text_of(look, "lines");
        const struct progress_state state = {.things = things,
                                             .done = (uint64_t)count_of(look, "things"),
                                             .total = (uint64_t)count_of(look, "things_total"),
                                             .bytes = (uint64_t)count_of(look, "bytes"),
                                             .bytes_total = (uint64_t)count_of(look, "bytes_total")};

        if (*lines) {
                progress_clear(progress);
                (void)fputs(lines, stdout);
        }
        if (!is_true(look, "is_last"))
                progress_draw(progress, &state);
}

static int tell_end(const struct look *look)
{
        const char *result = text_of(look, "result"), *summary = text_of(look, "summary");
        json_int_t unkept = count_of(look, "unkept");
        bool has_failed = str_eq(str_of(result), STR("failed"));

        if (unkept)
                printf("... and %lld lines more, which are in the server's log\n", (long long)unkept);
        (void)fprintf(has_failed ? stderr : stdout, "%s%s\n", has_failed ? "merlon: " : "", summary);
        return str_eq(str_of(result), STR("good")) ? 0 : 1;
}

static void wait_a_little(int *ms)
{
        const struct timespec pause = {0, *ms * 1000000L};

        (void)nanosleep(&pause, NULL);
        *ms = 2 * *ms < LOOK_MS_LAST ? 2 * *ms : LOOK_MS_LAST;
}

int job_follow(struct errand *errand, struct str path, const char *things)
{
        struct progress progress;
        struct look look = {};
        int ms = LOOK_MS_FIRST, status;

        progress_init(&progress);
        while ((status = take_look(errand, path, &look)) == 0) {
                show(&look, &progress, things);
                if (is_true(&look, "is_last"))
                        break;
                if (!*text_of(&look, "lines"))
                        wait_a_little(&ms);
        }
        progress_clear(&progress);
        if (status == 0)
                status = tell_end(&look);
        json_decref(look.answer);
        return status;
}
