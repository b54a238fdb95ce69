/* The whole reasoning as JSON. Statements are looked at one by one here, without the index and without
 * stopping early, so that the trace shows each. */
#include "policy/condition.h"
#include "policy/match.h"
#include "policy/question.h"

#include "base/json_out.h"

struct trace {
        struct json_out out;
        struct request request;
};

static const struct policy_question *question_of(const struct trace *trace)
{
        return trace->request.question;
}

static void add_values(struct trace *trace, const struct condition *condition)
{
        struct policy_key key;

        json_key(&trace->out, STR("requestValues"));
        if (!question_find_key(question_of(trace), condition->key, &key)) {
                json_nil(&trace->out);
                return;
        }
        json_open(&trace->out, '[');
        for (size_t i = 0; i < key.count; i++)
                json_str(&trace->out, key.values[i].ptr ? key.values[i] : STR(""));
        json_close(&trace->out, ']');
}

static void add_condition(struct trace *trace, const struct condition *condition)
{
        json_open(&trace->out, '{');
        json_pair(&trace->out, STR("operator"), condition->operator_name);
        json_pair(&trace->out, STR("key"), condition->key);
        json_key(&trace->out, STR("policyValues"));
        json_open(&trace->out, '[');
        for (size_t i = 0; i < condition->value_count; i++)
                json_str(&trace->out, condition->values[i].pattern.source);
        json_close(&trace->out, ']');
        add_values(trace, condition);
        json_close(&trace->out, '}');
}

/* The first element that did not match, in the order in which a reader checks them. */
static void add_mismatch(struct trace *trace, const struct statement *s)
{
        const struct policy_question *q = question_of(trace);
        struct str element = STR_NONE;

        if (!statement_has_action(s, trace->request.action))
                element = s->not_action ? STR("NotAction") : STR("Action");
        else if (!statement_has_resource(s, q))
                element = s->not_resource ? STR("NotResource") : STR("Resource");
        else if (principal_match(s, q) == GRANT_NONE)
                element = s->not_principal ? STR("NotPrincipal") : STR("Principal");
        json_pair(&trace->out, STR("failedElement"), str_is_set(element) ? element : STR("Condition"));
        for (size_t i = 0; !str_is_set(element) && i < s->condition_count; i++) {
                if (condition_holds(&s->conditions[i], q))
                        continue;
                json_key(&trace->out, STR("condition"));
                add_condition(trace, &s->conditions[i]);
                break;
        }
}

static void add_reach(struct trace *trace, enum policy_grant grant)
{
        static const char *const NAMES[] = {"none", "account", "entity", "direct"};

        json_pair(&trace->out, STR("grantTo"), str_of(NAMES[grant]));
}

static void add_statement(struct trace *trace, const struct statement *s, size_t index)
{
        enum policy_grant grant = GRANT_NONE;

        if (statement_has_action(s, trace->request.action))
                grant = statement_applies(s, question_of(trace));
        json_open(&trace->out, '{');
        json_key(&trace->out, STR("index"));
        json_int(&trace->out, (int64_t)index);
        json_pair_opt(&trace->out, STR("sid"), s->sid);
        json_pair(&trace->out, STR("effect"), s->deny ? STR("Deny") : STR("Allow"));
        json_key(&trace->out, STR("matched"));
        json_bool(&trace->out, grant != GRANT_NONE);
        if (grant == GRANT_NONE)
                add_mismatch(trace, s);
        else if (s->has_principal)
                add_reach(trace, grant);
        json_close(&trace->out, '}');
}

static void add_policy(struct trace *trace, enum policy_type type, const struct policy_ref *ref, int level)
{
        json_open(&trace->out, '{');
        json_pair(&trace->out, STR("type"), str_of(policy_type_name(type)));
        json_pair_opt(&trace->out, STR("name"), ref->name);
        if (level >= 0) {
                json_key(&trace->out, STR("level"));
                json_int(&trace->out, level);
        }
        if (type == POLICY_BY_RESOURCE && question_of(trace)->resource_policy_only_denies) {
                json_key(&trace->out, STR("onlyDenies"));
                json_bool(&trace->out, true);
        }
        json_key(&trace->out, STR("statements"));
        json_open(&trace->out, '[');
        for (size_t i = 0; i < ref->policy->statement_count; i++)
                add_statement(trace, &ref->policy->statements[i], i);
        json_close(&trace->out, ']');
        json_close(&trace->out, '}');
}

static void add_policies(struct trace *trace, enum policy_type type, const struct policy_refs *refs,
                         int level)
{
        for (size_t i = 0; i < refs->count; i++)
                add_policy(trace, type, &refs->items[i], level);
}

static void add_levels(struct trace *trace, enum policy_type type, const struct policy_levels *levels)
{
        for (size_t i = 0; i < levels->count; i++)
                add_policies(trace, type, &levels->items[i], (int)i);
}

static void add_one(struct trace *trace, enum policy_type type, const struct policy_ref *ref)
{
        if (ref)
                add_policy(trace, type, ref, -1);
}

static void add_grantee(struct trace *trace, const struct policy_grant_ref *grant)
{
        const char *group = policy_grantee_group(grant->to);

        if (group)
                json_pair(&trace->out, STR("group"), str_of(group));
        else
                json_pair(&trace->out, grant->to == GRANTEE_CANONICAL ? STR("canonical") : STR("grantee"),
                          grant->grantee);
}

static void add_grants(struct trace *trace, const struct policy_question *q)
{
        for (size_t i = 0; i < q->grant_count; i++) {
                enum policy_grant grant = principal_match_grantee(&q->grants[i], q);

                json_open(&trace->out, '{');
                json_pair(&trace->out, STR("type"), str_of(policy_type_name(POLICY_BY_GRANT)));
                json_pair_opt(&trace->out, STR("name"), q->grants[i].name);
                add_grantee(trace, &q->grants[i]);
                json_key(&trace->out, STR("matched"));
                json_bool(&trace->out, grant != GRANT_NONE);
                if (grant != GRANT_NONE)
                        add_reach(trace, grant);
                json_close(&trace->out, '}');
        }
}

static void add_decision(struct trace *trace)
{
        struct policy_decision decision;

        policy_decide(question_of(trace), &decision);
        json_pair(&trace->out, STR("decision"), str_of(policy_effect_name(decision.effect)));
        json_pair(&trace->out, STR("by"), str_of(policy_type_name(decision.by)));
        if (decision.policy)
                json_pair_opt(&trace->out, STR("policy"), decision.policy->name);
        if (decision.grant)
                json_pair_opt(&trace->out, STR("grant"), decision.grant->name);
        if (decision.statement >= 0) {
                json_key(&trace->out, STR("statement"));
                json_int(&trace->out, decision.statement);
        }
}

/* Only what applies to this principal: what does not cannot have decided. */
static void add_all(struct trace *trace, const struct policy_question *question)
{
        const struct policy_principal *who = &question->principal;

        if (!who->is_service_linked)
                add_levels(trace, POLICY_BY_RCP, &question->rcps);
        if (!who->is_service_linked && principal_is_of_account(who))
                add_levels(trace, POLICY_BY_SCP, &question->scps);
        add_one(trace, POLICY_BY_RESOURCE, question->resource_policy);
        add_grants(trace, question);
        if (principal_has_identity_policies(who)) {
                add_policies(trace, POLICY_BY_IDENTITY, &question->identity, -1);
                add_one(trace, POLICY_BY_BOUNDARY, question->boundary);
                if (question->has_session)
                        add_policies(trace, POLICY_BY_SESSION, &question->session, -1);
        }
        add_one(trace, POLICY_BY_ENDPOINT, question->endpoint);
}

int policy_explain(const struct policy_question *question, struct buf *json)
{
        struct trace trace = {.out = {.buf = json}};

        request_init(&trace.request, question);
        json_open(&trace.out, '{');
        json_pair_opt(&trace.out, STR("principal"), question->principal.arn);
        json_pair(&trace.out, STR("action"), question->action);
        json_pair(&trace.out, STR("resource"), question->resource);
        add_decision(&trace);
        json_key(&trace.out, STR("policies"));
        json_open(&trace.out, '[');
        add_all(&trace, question);
        json_close(&trace.out, ']');
        json_close(&trace.out, '}');
        return buf_check(json);
}
