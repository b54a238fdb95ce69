/* The command `merlon policy evaluate` by itself, for comparing it with the slow evaluator. */
#include "cli/policy_evaluate.h"

int main(void)
{
        return cli_policy_evaluate(stdin, stdout);
}
