/* Policies, without a server. */
#include "cli/policy_evaluate.h"
#include "cli/verbs.h"

#include <stdio.h>

int verb_policy_evaluate(int count, char **arguments)
{
        if (options_read(NULL, 0, count, arguments) < 0)
                return 2;
        return cli_policy_evaluate(stdin, stdout);
}

int verb_policy_validate(int count, char **arguments)
{
        struct str kind = STR_NONE;
        const struct option options[] = {{"--kind", &kind, NULL, false}};

        if (options_read(options, ARRAY_LEN(options), count, arguments) < 0)
                return 2;
        return cli_policy_validate(stdin, stdout, str_is_set(kind) ? kind : STR("identity"));
}
