#include "cli/policy_evaluate.h"

#include "base/json_out.h"
#include "policy/question_reader.h"

#define ANSWER_MAX ((size_t)16 * 1024 * 1024)
/* A question's arena: its strings, once more at most, and what is made of its principal. */
#define ARENA_MAX (4 * QUESTION_MAX)

struct listing {
        struct json_out *out;
        const struct policy_decision *decision;
};

static int add_match(void *arg, const struct policy_match *match)
{
        struct listing *listing = arg;
        struct json_out *out = listing->out;
        bool decided = listing->decision->effect == POLICY_EXPLICIT_DENY
                               ? match->deny
                               : !match->deny && match->type == listing->decision->by;

        if (!decided)
                return 0;
        json_open(out, '{');
        json_pair(out, STR("type"), str_of(policy_type_name(match->type)));
        if (match->level >= 0) {
                json_key(out, STR("level"));
                json_int(out, match->level);
        }
        json_key(out, STR("policy"));
        json_int(out, match->policy_index);
        json_key(out, STR("index"));
        json_int(out, match->statement);
        json_pair_opt(out, STR("sid"), policy_statement_sid(match->policy->policy, (size_t)match->statement));
        json_pair(out, STR("effect"), match->deny ? STR("Deny") : STR("Allow"));
        json_close(out, '}');
        return 0;
}

static void add_answer(struct str id, const struct policy_question *question,
                       const struct policy_decision *decision, const char *problem, struct buf *answer)
{
        struct json_out out = {.buf = answer};
        struct listing listing = {&out, decision};

        json_open(&out, '{');
        json_key(&out, STR("id"));
        json_raw(&out, id);
        json_pair(&out, STR("decision"), str_of(policy_effect_name(decision->effect)));
        json_pair(&out, STR("by"), str_of(policy_type_name(decision->by)));
        if (question && decision->grant) {
                json_key(&out, STR("grant"));
                json_int(&out, decision->grant - question->grants);
        }
        json_key(&out, STR("statements"));
        json_open(&out, '[');
        if (question && decision->effect != POLICY_IMPLICIT_DENY)
                (void)policy_each_match(question, add_match, &listing);
        json_close(&out, ']');
        if (problem)
                json_pair(&out, STR("error"), str_of(problem));
        json_close(&out, '}');
        buf_add_byte(answer, '\n');
}

int cli_policy_answer(struct str line, struct buf *answer)
{
        _cleanup_(arena_done) struct arena arena = {};
        struct policy_decision decision = {POLICY_IMPLICIT_DENY, POLICY_BY_NONE, NULL, -1};
        char problem[QUESTION_PROBLEM_MAX];
        struct read_question read;
        int r;

        arena_init(&arena, ARENA_MAX);
        r = question_read(line, &arena, &read, problem);
        if (r == 0) {
                policy_decide(&read.question, &decision);
                add_answer(read.id, &read.question, &decision, NULL, answer);
        } else {
                add_answer(read.id, NULL, &decision, r == -EINVAL ? problem : "out of memory", answer);
        }
        read_question_done(&read);
        return r;
}

/* Reads up to the newline. Of a line that is too long only the first part is kept, which is then no JSON.
 * False at the end of the input. */
static bool read_line(FILE *in, struct buf *line)
{
        int c = getc_unlocked(in);

        buf_clear(line);
        if (c == EOF)
                return false;
        for (; c != EOF && c != '\n'; c = getc_unlocked(in))
                if (!line->failed)
                        buf_add_byte(line, (char)c);
        return true;
}

static bool is_blank(struct str s)
{
        s = str_trim(s);
        return s.len == 0 || str_eq(s, STR("\r"));
}

int cli_policy_evaluate(FILE *in, FILE *out)
{
        struct buf line, answer;
        int status = 0;

        buf_init(&line, QUESTION_MAX + 1);
        buf_init(&answer, ANSWER_MAX);
        while (!ferror(out) && read_line(in, &line)) {
                if (is_blank(buf_str(&line)))
                        continue;
                buf_clear(&answer);
                if (cli_policy_answer(buf_str(&line), &answer) < 0 || buf_check(&answer) < 0)
                        status = 1;
                (void)fwrite(buf_str(&answer).ptr, 1, buf_str(&answer).len, out);
                (void)fflush(out);
        }
        if (ferror(in) || ferror(out))
                status = 1;
        buf_done(&line);
        buf_done(&answer);
        return status;
}

static bool kind_parse(struct str name, enum policy_kind *ret)
{
        static const struct str NAMES[POLICY_KINDS] = {
                [POLICY_IDENTITY] = STR_INIT("identity"), [POLICY_SESSION] = STR_INIT("session"),
                [POLICY_RESOURCE] = STR_INIT("resource"), [POLICY_TRUST] = STR_INIT("trust"),
                [POLICY_SCP] = STR_INIT("scp"),           [POLICY_RCP] = STR_INIT("rcp"),
                [POLICY_ENDPOINT] = STR_INIT("endpoint"), [POLICY_KEY] = STR_INIT("key"),
        };

        for (size_t i = 0; i < POLICY_KINDS; i++)
                if (str_eq(name, NAMES[i])) {
                        *ret = (enum policy_kind)i;
                        return true;
                }
        return false;
}

int cli_policy_validate(FILE *in, FILE *out, struct str kind_name)
{
        char problem[POLICY_PROBLEM_MAX] = "out of memory", bytes[4096];
        enum policy_kind kind;
        struct policy *policy = NULL;
        struct buf document;
        size_t n;
        int r;

        if (!kind_parse(kind_name, &kind)) {
                (void)fprintf(out, "unknown kind of policy: %.*s\n", STR_ARG(kind_name));
                return 1;
        }
        buf_init(&document, QUESTION_MAX);
        while ((n = fread(bytes, 1, sizeof(bytes), in)) > 0)
                buf_add_bytes(&document, bytes, n);
        r = policy_compile(buf_str(&document), kind, &policy, problem);
        if (r < 0)
                (void)fprintf(out, "%s\n", problem);
        policy_free(policy);
        buf_done(&document);
        return r < 0 ? 1 : 0;
}
