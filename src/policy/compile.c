/* Whole documents: Version, Id, Statement.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html */
#include "policy/grammar.h"

#include "base/text.h"

#include <stdarg.h>

int grammar_fail(struct grammar *grammar, const char *format, ...)
{
        struct str text;
        va_list args;

        va_start(args, format);
        (void)vsnprintf(grammar->problem, POLICY_PROBLEM_MAX, format, args);
        va_end(args);
        /* A text cut in the middle of a character loses that character. */
        text = str_of(grammar->problem);
        while (text.len > 0 && !utf8_is_valid(text))
                text.len--;
        grammar->problem[text.len] = '\0';
        return -EINVAL;
}

static int compile_version(struct grammar *grammar, json_t *value)
{
        if (!value)
                return 0;
        if (!json_is_string(value))
                return grammar_fail(grammar, SYNTAX_ERRORS);
        grammar->policy->has_variables = str_eq(json_text(value), STR("2012-10-17"));
        if (!grammar->policy->has_variables && !str_eq(json_text(value), STR("2008-10-17")))
                return grammar_fail(grammar, SYNTAX_ERRORS);
        return 0;
}

static int check_elements(struct grammar *grammar, json_t *root)
{
        const char *name;
        json_t *value;

        json_object_foreach(root, name, value)
        {
                struct str s = str_of(name);

                if (str_eq(s, STR("Id")) && json_is_string(value))
                        continue;
                if (!str_eq(s, STR("Version")) && !str_eq(s, STR("Statement")))
                        return grammar_fail(grammar, SYNTAX_ERRORS);
        }
        return 0;
}

/* Only IAM's own policies ask for unique ids; other services have their own rules.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html */
static bool has_strict_sids(enum policy_kind kind)
{
        return kind == POLICY_IDENTITY || kind == POLICY_SESSION || kind == POLICY_TRUST;
}

static bool is_alphanumeric(struct str s)
{
        for (size_t i = 0; i < s.len; i++) {
                char c = s.ptr[i];

                if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')))
                        return false;
        }
        return true;
}

static int check_sids(struct grammar *grammar)
{
        const struct policy *policy = grammar->policy;

        if (!has_strict_sids(policy->kind))
                return 0;
        for (size_t i = 0; i < policy->statement_count; i++) {
                struct str sid = policy->statements[i].sid;

                if (!is_alphanumeric(sid))
                        return grammar_fail(
                                grammar, "Statement IDs (SID) must be alpha-numeric. Check that your input "
                                         "satisfies the regular expression [0-9A-Za-z]*");
                for (size_t k = 0; sid.len > 0 && k < i; k++)
                        if (str_eq(sid, policy->statements[k].sid))
                                return grammar_fail(grammar,
                                                    "Statement IDs (SID) in a single policy must be unique.");
        }
        return 0;
}

static int compile_statements(struct grammar *grammar, json_t *value)
{
        struct policy *policy = grammar->policy;
        size_t count = value ? json_items(value) : 0;

        if (count == 0 || count > POLICY_STATEMENTS_MAX)
                return grammar_fail(grammar, SYNTAX_ERRORS);
        policy->statements = arena_new_array(&policy->arena, struct statement, count);
        if (!policy->statements)
                return -ENOMEM;
        policy->statement_count = count;
        for (size_t i = 0; i < count; i++) {
                TRY(grammar_statement(grammar, json_item(value, i), &policy->statements[i]));
                policy->has_allow |= !policy->statements[i].deny;
        }
        return 0;
}

static int compile_root(struct grammar *grammar, json_t *root)
{
        if (!json_is_object(root))
                return grammar_fail(grammar, SYNTAX_ERRORS);
        TRY(check_elements(grammar, root));
        TRY(compile_version(grammar, json_object_get(root, "Version")));
        TRY(compile_statements(grammar, json_object_get(root, "Statement")));
        TRY(check_sids(grammar));
        return action_index_build(grammar->policy);
}

static int compile_document(struct grammar *grammar)
{
        struct str document = grammar->policy->document;
        json_t *root;
        int r;

        root = json_loadb(document.ptr ? document.ptr : "", document.len, JSON_REJECT_DUPLICATES, NULL);
        if (!root)
                return grammar_fail(grammar, "%s",
                                    grammar->policy->kind == POLICY_TRUST
                                            ? "This policy contains invalid Json"
                                            : SYNTAX_ERRORS);
        r = compile_root(grammar, root);
        json_decref(root);
        return r;
}

static struct policy *new_policy(struct str document, enum policy_kind kind)
{
        struct policy *policy = calloc(1, sizeof(*policy));

        if (!policy)
                return NULL;
        policy->kind = kind;
        arena_init(&policy->arena, (document.len + 1024) * POLICY_ARENA_FACTOR);
        policy->document = arena_dup(&policy->arena, document);
        return policy;
}

int policy_compile(struct str document, enum policy_kind kind, struct policy **ret,
                   char problem[POLICY_PROBLEM_MAX])
{
        struct grammar grammar = {.problem = problem};
        struct policy *policy;
        int r;

        *ret = NULL;
        problem[0] = '\0';
        if (document.len > POLICY_DOCUMENT_MAX)
                return grammar_fail(&grammar, SYNTAX_ERRORS);
        policy = grammar.policy = new_policy(document, kind);
        if (!policy)
                return -ENOMEM;
        r = compile_document(&grammar);
        if (r < 0) {
                policy_free(policy);
                return r;
        }
        *ret = policy;
        return 0;
}

void policy_free(struct policy *policy)
{
        if (!policy)
                return;
        arena_done(&policy->arena);
        free(policy);
}

struct str policy_document(const struct policy *policy)
{
        return policy->document;
}

size_t policy_memory(const struct policy *policy)
{
        return sizeof(*policy) + arena_held(&policy->arena);
}

bool policy_is_version_2012(const struct policy *policy)
{
        return policy->has_variables;
}

size_t policy_statement_count(const struct policy *policy)
{
        return policy->statement_count;
}

struct str policy_statement_sid(const struct policy *policy, size_t index)
{
        return index < policy->statement_count ? policy->statements[index].sid : STR_NONE;
}
