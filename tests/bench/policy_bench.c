/* How long a decision takes, with its policies compiled beforehand and with a full re-parse.
 *
 *     policy_bench FILE     FILE as policy_questions.py writes it; prints JSON for policy.py
 *
 * A decision is shorter than what a clock resolves well, so each sample is a run of decisions on one
 * question. */
#include "policy/question_reader.h"

#include "base/buf.h"
#include "base/clock.h"

#define QUESTIONS_MAX 256
#define RUN           256
#define SAMPLES       4096
#define PARSES        512

struct bench {
        struct read_question questions[QUESTIONS_MAX];
        struct arena arenas[QUESTIONS_MAX];
        struct str lines[QUESTIONS_MAX];
        size_t count;
        int64_t samples[SAMPLES];
};

static void fail(const char *what)
{
        (void)fprintf(stderr, "policy_bench: %s\n", what);
        exit(1);
}

static void read_file(struct bench *bench, const char *path)
{
        char problem[QUESTION_PROBLEM_MAX], *line = NULL;
        FILE *file = fopen(path, "r");
        size_t room = 0;
        ssize_t len;

        if (!file)
                fail("cannot read the questions");
        while (bench->count < QUESTIONS_MAX && (len = getline(&line, &room, file)) > 0) {
                size_t i = bench->count++;

                bench->lines[i] = str_make(line, (size_t)len);
                line = NULL;
                arena_init(&bench->arenas[i], 1 << 24);
                if (question_read(bench->lines[i], &bench->arenas[i], &bench->questions[i], problem) < 0)
                        fail(problem);
        }
        free(line);
        (void)fclose(file);
        if (bench->count == 0)
                fail("no questions");
}

static int by_size(const void *a, const void *b)
{
        const int64_t *x = a, *y = b;

        return (*x > *y) - (*x < *y);
}

static int64_t median(int64_t *values, size_t count)
{
        qsort(values, count, sizeof(*values), by_size);
        return values[count / 2];
}

static double measure_decisions(struct bench *bench)
{
        struct policy_decision decision;

        for (size_t s = 0; s < SAMPLES; s++) {
                const struct policy_question *question = &bench->questions[s % bench->count].question;
                int64_t start = clock_monotonic_ns();

                for (int i = 0; i < RUN; i++) {
                        policy_decide(question, &decision);
                        __asm__ volatile("" : : "m"(decision) : "memory");
                }
                bench->samples[s] = clock_monotonic_ns() - start;
        }
        return (double)median(bench->samples, SAMPLES) / RUN;
}

static double measure_parses(struct bench *bench)
{
        char problem[QUESTION_PROBLEM_MAX];
        struct policy_decision decision;
        struct read_question read;
        struct arena arena;

        for (size_t s = 0; s < PARSES; s++) {
                int64_t start = clock_monotonic_ns();

                arena_init(&arena, 1 << 24);
                if (question_read(bench->lines[s % bench->count], &arena, &read, problem) < 0)
                        fail(problem);
                policy_decide(&read.question, &decision);
                read_question_done(&read);
                arena_done(&arena);
                bench->samples[s] = clock_monotonic_ns() - start;
        }
        return (double)median(bench->samples, PARSES);
}

int main(int argc, char **argv)
{
        static struct bench bench;
        struct policy_decision decision;

        if (argc != 2)
                fail("give the file of questions");
        read_file(&bench, argv[1]);
        (void)printf("{\"decide_ns\": %.1f, \"parse_and_decide_ns\": %.1f, \"decisions\": [",
                     measure_decisions(&bench), measure_parses(&bench));
        for (size_t i = 0; i < bench.count; i++) {
                policy_decide(&bench.questions[i].question, &decision);
                (void)printf("%s\"%s\"", i ? ", " : "", decision.effect == POLICY_ALLOW ? "allow" : "deny");
        }
        (void)printf("]}\n");
        return 0;
}
