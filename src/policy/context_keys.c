#include "policy/model.h"

typedef int visit_fn(void *arg, struct str name);

struct seen {
        struct str *names;
        size_t count;
        visit_fn *visit;
        void *arg;
};

static int see(struct seen *seen, struct str name)
{
        for (size_t i = 0; i < seen->count; i++)
                if (str_eq_nocase(seen->names[i], name))
                        return 0;
        seen->names[seen->count++] = name;
        return seen->visit(seen->arg, name);
}

static int see_pattern(struct seen *seen, const struct pattern *pattern)
{
        for (size_t i = 0; i < pattern->part_count; i++)
                if (str_is_set(pattern->parts[i].key))
                        TRY(see(seen, pattern->parts[i].key));
        return 0;
}

static int see_statement(struct seen *seen, const struct statement *s)
{
        for (size_t i = 0; i < s->resource_count; i++)
                TRY(see_pattern(seen, &s->resources[i]));
        for (size_t i = 0; i < s->condition_count; i++) {
                TRY(see(seen, s->conditions[i].key));
                for (size_t k = 0; k < s->conditions[i].value_count; k++)
                        TRY(see_pattern(seen, &s->conditions[i].values[k].pattern));
        }
        return 0;
}

static size_t count_keys(const struct policy *policy)
{
        size_t count = 1;

        for (size_t i = 0; i < policy->statement_count; i++) {
                const struct statement *s = &policy->statements[i];

                for (size_t k = 0; k < s->resource_count; k++)
                        count += s->resources[k].part_count;
                for (size_t k = 0; k < s->condition_count; k++) {
                        count++;
                        for (size_t v = 0; v < s->conditions[k].value_count; v++)
                                count += s->conditions[k].values[v].pattern.part_count;
                }
        }
        return count;
}

int policy_each_context_key(const struct policy *policy, int (*visit)(void *arg, struct str name), void *arg)
{
        struct seen seen = {.visit = visit, .arg = arg};
        int r = 0;

        seen.names = calloc(count_keys(policy), sizeof(*seen.names));
        if (!seen.names)
                return -ENOMEM;
        for (size_t i = 0; i < policy->statement_count && r >= 0; i++)
                r = see_statement(&seen, &policy->statements[i]);
        free(seen.names);
        return r < 0 ? r : 0;
}
