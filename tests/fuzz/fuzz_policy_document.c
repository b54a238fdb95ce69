/* A policy document behind a byte that says what it is attached to. A good one is kept to the letter and
 * names its context keys; a bad one leaves nothing but a text of AWS's that is UTF-8. */
#include "policy/policy.h"

#include "base/text.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int count(void *arg, struct str name)
{
        size_t *names = arg;

        assert(name.len > 0);
        (*names)++;
        return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char problem[POLICY_PROBLEM_MAX];
        struct policy *policy;
        struct str document;
        size_t names = 0;
        int r;

        if (size == 0)
                return 0;
        document = str_make(data + 1, size - 1);
        r = policy_compile(document, (enum policy_kind)(data[0] % POLICY_KINDS), &policy, problem);
        assert(r == 0 || r == -EINVAL || r == -ENOMEM);
        assert((r == 0) == (policy != NULL) && (r == -EINVAL) == (problem[0] != '\0'));
        assert(strlen(problem) < POLICY_PROBLEM_MAX && utf8_is_valid(str_of(problem)));
        if (policy) {
                assert(str_eq(policy_document(policy), document) && policy_statement_count(policy) > 0);
                assert(policy_each_context_key(policy, count, &names) == 0);
        }
        policy_free(policy);
        return 0;
}
