#include "policy/match.h"

struct visitor {
        struct request request;
        int (*visit)(void *arg, const struct policy_match *match);
        void *arg;
};

static int visit_policy(const struct visitor *v, enum policy_type type, int level, int index,
                        const struct policy_ref *ref)
{
        for (size_t i = 0; i < ref->policy->statement_count; i++) {
                const struct statement *s = &ref->policy->statements[i];
                struct policy_match match = {type, level, index, ref, (int)i, s->deny};

                if (statement_has_action(s, v->request.action) &&
                    statement_applies(s, v->request.question) != GRANT_NONE)
                        TRY(v->visit(v->arg, &match));
        }
        return 0;
}

static int visit_policies(const struct visitor *v, enum policy_type type, int level,
                          const struct policy_ref *refs, size_t count)
{
        for (size_t i = 0; i < count; i++)
                TRY(visit_policy(v, type, level, (int)i, &refs[i]));
        return 0;
}

static int visit_levels(const struct visitor *v, enum policy_type type, const struct policy_levels *levels)
{
        for (size_t i = 0; i < levels->count; i++)
                TRY(visit_policies(v, type, (int)i, levels->items[i].items, levels->items[i].count));
        return 0;
}

static int visit_identity(const struct visitor *v, const struct policy_question *q)
{
        if (!principal_has_identity_policies(&q->principal))
                return 0;
        TRY(visit_policies(v, POLICY_BY_IDENTITY, -1, q->identity.items, q->identity.count));
        TRY(visit_policies(v, POLICY_BY_BOUNDARY, -1, q->boundary, q->boundary ? 1 : 0));
        return q->has_session ? visit_policies(v, POLICY_BY_SESSION, -1, q->session.items, q->session.count)
                              : 0;
}

int policy_each_match(const struct policy_question *q,
                      int (*visit)(void *arg, const struct policy_match *match), void *arg)
{
        struct visitor v = {.visit = visit, .arg = arg};

        request_init(&v.request, q);
        if (!str_is_set(v.request.action))
                return 0;
        if (!q->principal.is_service_linked) {
                TRY(visit_levels(&v, POLICY_BY_RCP, &q->rcps));
                if (principal_is_of_account(&q->principal))
                        TRY(visit_levels(&v, POLICY_BY_SCP, &q->scps));
        }
        TRY(visit_policies(&v, POLICY_BY_RESOURCE, -1, q->resource_policy, q->resource_policy ? 1 : 0));
        TRY(visit_identity(&v, q));
        return visit_policies(&v, POLICY_BY_ENDPOINT, -1, q->endpoint, q->endpoint ? 1 : 0);
}
