/* A question with its policies. What decides by the index must agree with what looks at each statement: a
 * Deny that matches is an ExplicitDeny and nothing else is; an Allow has a statement that matches, but for
 * the root user; and the trace is JSON that says the same. */
#include "policy/question_reader.h"

#include <assert.h>
#include <jansson.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct matches {
        const struct policy_decision *decision;
        bool denied, deciding;
};

static int note(void *arg, const struct policy_match *match)
{
        struct matches *matches = arg;
        const struct policy_decision *decision = matches->decision;

        matches->denied |= match->deny;
        matches->deciding |= match->type == decision->by && match->policy == decision->policy &&
                             match->statement == decision->statement &&
                             match->deny == (decision->effect == POLICY_EXPLICIT_DENY);
        return 0;
}

static void check_trace(const struct policy_question *question, const struct policy_decision *decision)
{
        _cleanup_(buf_done) struct buf json = {};
        const char *said;
        json_t *root;

        buf_init(&json, (size_t)64 << 20);
        if (policy_explain(question, &json) < 0)
                return;
        root = json_loadb(buf_str(&json).ptr, buf_str(&json).len, 0, NULL);
        assert(root);
        said = json_string_value(json_object_get(root, "decision"));
        assert(said && strcmp(said, policy_effect_name(decision->effect)) == 0);
        json_decref(root);
}

static void check_text(const struct policy_question *question, const struct policy_decision *decision)
{
        const struct policy_denial_words words = {.place = question->resource};
        _cleanup_(buf_done) struct buf text = {};

        buf_init(&text, (size_t)64 << 20);
        policy_denial_text(question, decision, &words, &text);
        assert(str_starts(buf_str(&text), STR("User: ")));
}

static void check(const struct policy_question *question)
{
        struct policy_decision decision;
        struct matches matches = {&decision, false, false};

        policy_decide(question, &decision);
        assert(policy_each_match(question, note, &matches) == 0);
        assert(matches.denied == (decision.effect == POLICY_EXPLICIT_DENY));
        assert(matches.deciding == (decision.statement >= 0));
        assert(decision.effect != POLICY_ALLOW || matches.deciding || decision.by == POLICY_BY_ROOT ||
               decision.by == POLICY_BY_GRANT);
        check_trace(question, &decision);
        check_text(question, &decision);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char problem[QUESTION_PROBLEM_MAX];
        struct read_question read;
        struct arena arena;
        int r;

        arena_init(&arena, (size_t)64 << 20);
        r = question_read(str_make(data, size), &arena, &read, problem);
        if (r == 0)
                check(&read.question);
        assert(r == 0 || r == -ENOMEM || (r == -EINVAL && strlen(problem) > 0));
        read_question_done(&read);
        arena_done(&arena);
        return 0;
}
