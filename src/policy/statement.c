/* One statement: which elements it must and must not have depends on what the policy is attached to. */
#include "policy/grammar.h"

struct elements {
        json_t *sid, *effect, *action, *not_action, *resource, *not_resource, *principal, *not_principal,
                *condition;
};

static int read_elements(struct grammar *grammar, json_t *json, struct elements *e)
{
        const struct {
                const char *name;
                json_t **place;
        } names[] = {
                {"Sid", &e->sid},
                {"Effect", &e->effect},
                {"Action", &e->action},
                {"NotAction", &e->not_action},
                {"Resource", &e->resource},
                {"NotResource", &e->not_resource},
                {"Principal", &e->principal},
                {"NotPrincipal", &e->not_principal},
                {"Condition", &e->condition},
        };
        size_t known = 0;

        if (!json_is_object(json))
                return grammar_fail(grammar, SYNTAX_ERRORS);
        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
                *names[i].place = json_object_get(json, names[i].name);
                known += *names[i].place != NULL;
        }
        if (known != json_object_size(json) || (e->action && e->not_action) ||
            (e->resource && e->not_resource) || (e->principal && e->not_principal))
                return grammar_fail(grammar, SYNTAX_ERRORS);
        return 0;
}

static int read_sid_and_effect(struct grammar *grammar, const struct elements *e, struct statement *ret)
{
        if (e->sid && !json_is_string(e->sid))
                return grammar_fail(grammar, SYNTAX_ERRORS);
        if (e->sid)
                ret->sid = arena_dup(&grammar->policy->arena, json_text(e->sid));
        if (!e->effect || !json_is_string(e->effect))
                return grammar_fail(grammar, SYNTAX_ERRORS);
        ret->deny = str_eq(json_text(e->effect), STR("Deny"));
        if (!ret->deny && !str_eq(json_text(e->effect), STR("Allow")))
                return grammar_fail(grammar, SYNTAX_ERRORS);
        return 0;
}

/* https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html: only with
 * Deny, and in none of IAM's own policies.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html: an RCP
 * names everyone, and knows no NotPrincipal. */
static int check_principal_kind(struct grammar *grammar, const struct elements *e, const struct statement *s)
{
        switch (grammar->policy->kind) {
        case POLICY_IDENTITY:
        case POLICY_SESSION:
        case POLICY_SCP:
                if (e->principal || e->not_principal)
                        return grammar_fail(grammar, "Policy document should not specify a principal.");
                return 0;
        case POLICY_TRUST:
        case POLICY_RCP:
                if (e->not_principal)
                        return grammar_fail(grammar, "Has prohibited field NotPrincipal");
                break;
        default:
                break;
        }
        if (!e->principal && !e->not_principal)
                return grammar_fail(grammar, "Missing required field Principal");
        if (e->not_principal && !s->deny)
                return grammar_fail(grammar, "Allow with NotPrincipal is not allowed.");
        return 0;
}

static int read_principal(struct grammar *grammar, const struct elements *e, struct statement *ret)
{
        TRY(check_principal_kind(grammar, e, ret));
        ret->not_principal = e->not_principal != NULL;
        ret->has_principal = ret->not_principal || e->principal;
        if (!ret->has_principal)
                return 0;
        TRY(grammar_principals(grammar, ret->not_principal ? e->not_principal : e->principal, ret));
        if (grammar->policy->kind == POLICY_RCP &&
            (ret->principal_count != 1 || ret->principals[0].form != PRINCIPAL_FORM_ANYONE))
                return grammar_fail(grammar, "The Principal of a resource control policy must be \"*\".");
        return 0;
}

/* "If either of the required Resource or Action elements are missing from a key policy statement, the policy
 * statement has no effect." https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html */
static bool may_be_vain(const struct grammar *grammar)
{
        return grammar->policy->kind == POLICY_KEY;
}

static int read_action(struct grammar *grammar, const struct elements *e, struct statement *ret)
{
        ret->not_action = e->not_action != NULL;
        if (ret->not_action && grammar->policy->kind == POLICY_RCP)
                return grammar_fail(grammar, "Has prohibited field NotAction");
        if (!e->action && !e->not_action)
                return may_be_vain(grammar) ? 0
                                            : grammar_fail(grammar, "Policy statement must contain actions.");
        return grammar_actions(grammar, ret->not_action ? e->not_action : e->action, ret);
}

static int read_resource(struct grammar *grammar, const struct elements *e, struct statement *ret)
{
        ret->not_resource = e->not_resource != NULL;
        ret->has_resource = ret->not_resource || e->resource;
        if (grammar->policy->kind == POLICY_TRUST) {
                if (ret->has_resource)
                        return grammar_fail(grammar, "Has prohibited field %s",
                                            ret->not_resource ? "NotResource" : "Resource");
                return 0;
        }
        if (!ret->has_resource && may_be_vain(grammar)) {
                ret->has_resource = true; /* of none */
                return 0;
        }
        if (!ret->has_resource)
                return grammar_fail(grammar, "Policy statement must contain resources.");
        return grammar_resources(grammar, ret->not_resource ? e->not_resource : e->resource, ret);
}

int grammar_statement(struct grammar *grammar, json_t *json, struct statement *ret)
{
        struct elements e = {};

        TRY(read_elements(grammar, json, &e));
        TRY(read_sid_and_effect(grammar, &e, ret));
        TRY(read_principal(grammar, &e, ret));
        TRY(read_action(grammar, &e, ret));
        TRY(read_resource(grammar, &e, ret));
        return e.condition ? grammar_conditions(grammar, e.condition, ret) : 0;
}
