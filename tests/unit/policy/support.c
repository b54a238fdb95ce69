#include "support.h"

char *json_of(const char *quoted)
{
        char *json = strdup(quoted);

        assert_non_null(json);
        for (char *c = json; *c; c++) {
                if (*c == '\'')
                        *c = '"';
                else if (*c == '`')
                        *c = '\'';
        }
        return json;
}

const char *decide(const char *quoted_question)
{
        static char text[QUESTION_PROBLEM_MAX];
        char *json = json_of(quoted_question), problem[QUESTION_PROBLEM_MAX];
        struct policy_decision decision;
        struct read_question read;
        struct arena arena;
        int r;

        arena_init(&arena, 1 << 20);
        r = question_read(str_of(json), &arena, &read, problem);
        if (r == 0) {
                policy_decide(&read.question, &decision);
                (void)snprintf(text, sizeof(text), "%s by %s", policy_effect_name(decision.effect),
                               policy_type_name(decision.by));
        } else {
                (void)snprintf(text, sizeof(text), "%s", problem);
        }
        read_question_done(&read);
        arena_done(&arena);
        free(json);
        return text;
}
