#include "services/iam/simulation.h"

#include "services/iam/document.h"

/* -- Answers in AWS's words. */

static struct str effect_text(enum policy_effect effect)
{
        if (effect == POLICY_ALLOW)
                return STR("allowed");
        return effect == POLICY_EXPLICIT_DENY ? STR("explicitDeny") : STR("implicitDeny");
}

/* The more restrictive of two. */
static enum policy_effect stricter(enum policy_effect a, enum policy_effect b)
{
        if (a == POLICY_EXPLICIT_DENY || b == POLICY_EXPLICIT_DENY)
                return POLICY_EXPLICIT_DENY;
        return a == POLICY_ALLOW ? b : a;
}

/* -- Questions. */

struct str iam_account_of_arn(struct str arn)
{
        struct str rest = arn, part = STR_NONE;

        for (int i = 0; i < 5; i++)
                if (!str_cut(&rest, ':', &part))
                        return STR_NONE;
        return part.len ? part : STR_NONE;
}

static struct str owner_of(const struct iam_simulation *simulation, struct str resource)
{
        struct str account = iam_account_of_arn(resource);

        if (simulation->is_one_account)
                return simulation->principal.account;
        if (str_is_set(account))
                return account;
        return str_is_set(simulation->resource_owner) ? simulation->resource_owner
                                                      : simulation->principal.account;
}

static struct policy_question ask(const struct iam_simulation *simulation, struct str action,
                                  struct str resource)
{
        return (struct policy_question){
                .principal = simulation->principal,
                .action = action,
                .resource = resource,
                .resource_account = owner_of(simulation, resource),
                .keys = simulation->keys,
                .key_count = simulation->key_count,
                .identity = simulation->identity,
                .boundary = simulation->boundary,
                .resource_policy = simulation->resource_policy,
                .scps = simulation->scps,
        };
}

static bool is_cross_account(const struct policy_question *question)
{
        return !str_eq(question->resource_account, question->principal.account);
}

/* What these policies say by themselves, as the only identity policies, all in one account. */
static enum policy_effect alone(const struct policy_question *question, struct policy_refs policies)
{
        struct policy_question only = *question;
        struct policy_decision decision;

        only.identity = policies;
        only.boundary = only.resource_policy = NULL;
        only.scps = (struct policy_levels){};
        only.resource_account = only.principal.account;
        policy_decide(&only, &decision);
        return decision.effect;
}

static enum policy_effect resource_policy_alone(const struct policy_question *question)
{
        struct policy_question only = *question;
        struct policy_decision decision;

        only.identity = (struct policy_refs){};
        only.boundary = NULL;
        only.scps = (struct policy_levels){};
        only.resource_account = only.principal.account;
        policy_decide(&only, &decision);
        return decision.effect;
}

static enum policy_effect boundary_alone(const struct policy_question *question)
{
        return alone(question, (struct policy_refs){question->boundary, 1});
}

static bool organization_allows(const struct policy_question *question)
{
        for (size_t i = 0; i < question->scps.count; i++)
                if (alone(question, question->scps.items[i]) != POLICY_ALLOW)
                        return false;
        return true;
}

/* -- Matched statements. */

struct matches {
        struct call *call;
        struct iam_statement_list *list;
        size_t room;
        bool deny; /* those that deny are wanted; else those that allow */
};

static struct iam_position *place(struct arena *arena, struct document_position at)
{
        struct iam_position *position = arena_new(arena, struct iam_position);

        if (position)
                *position = (struct iam_position){OPT_INT(at.line), OPT_INT(at.column)};
        return position;
}

static int fill_statement(struct arena *arena, const struct policy_match *match, struct iam_statement *ret)
{
        struct document_position start, end;

        *ret = (struct iam_statement){
                .source_policy_id = match->policy->name,
                .source_policy_type =
                        match->type == POLICY_BY_RESOURCE ? STR("Resource Policy") : STR("IAM Policy"),
        };
        if (iam_document_statement(policy_document(match->policy->policy), (size_t)match->statement, &start,
                                   &end) < 0)
                return 0;
        ret->start_position = place(arena, start);
        ret->end_position = place(arena, end);
        return ret->start_position && ret->end_position ? 0 : -ENOMEM;
}

static bool is_same(const struct iam_statement *a, const struct iam_statement *b)
{
        return str_eq(a->source_policy_id, b->source_policy_id) && a->start_position && b->start_position &&
               a->start_position->line.value == b->start_position->line.value &&
               a->start_position->column.value == b->start_position->column.value;
}

static int add_statement(struct matches *matches, const struct iam_statement *statement)
{
        struct iam_statement_list *list = matches->list;

        for (size_t i = 0; i < list->count; i++)
                if (is_same(&list->items[i], statement))
                        return 0;
        if (list->count == matches->room) {
                size_t room = matches->room ? 2 * matches->room : 8;
                struct iam_statement *more =
                        arena_new_array(&matches->call->arena, struct iam_statement, room);

                if (!more)
                        return -ENOMEM;
                for (size_t i = 0; i < list->count; i++)
                        more[i] = list->items[i];
                list->items = more;
                matches->room = room;
        }
        list->items[list->count++] = *statement;
        return 0;
}

static int visit_match(void *arg, const struct policy_match *match)
{
        struct matches *matches = arg;
        struct iam_statement statement;

        if (match->type != POLICY_BY_IDENTITY && match->type != POLICY_BY_RESOURCE)
                return 0;
        if (match->deny != matches->deny)
                return 0;
        TRY(fill_statement(&matches->call->arena, match, &statement));
        return add_statement(matches, &statement);
}

/* -- One action on one resource. */

struct outcome {
        enum policy_effect effect;
        bool is_cross_account;
        bool has_boundary, boundary_allows;
        bool has_organization, organization_allows;
        enum policy_effect by_identity, by_resource, by_boundary; /* of a cross-account question */
        struct iam_statement_list matched;
};

static int evaluate(const struct iam_simulation *simulation, struct str action, struct str resource,
                    struct outcome *ret)
{
        struct policy_question question = ask(simulation, action, resource);
        struct matches matches = {.call = simulation->call, .list = &ret->matched};
        struct policy_decision decision;

        policy_decide(&question, &decision);
        *ret = (struct outcome){
                .effect = decision.effect,
                .is_cross_account = is_cross_account(&question),
                .has_boundary = question.boundary != NULL,
                .has_organization = simulation->has_scps,
                .organization_allows = organization_allows(&question),
                .by_identity = alone(&question, question.identity),
                .matched.is_set = true,
        };
        if (ret->has_boundary) {
                ret->by_boundary = boundary_alone(&question);
                ret->boundary_allows = ret->by_boundary == POLICY_ALLOW;
        }
        if (question.resource_policy)
                ret->by_resource = resource_policy_alone(&question);
        matches.deny = ret->effect == POLICY_EXPLICIT_DENY;
        return policy_each_match(&question, visit_match, &matches);
}

static struct iam_permissions_boundary_decision_detail *boundary_detail(struct arena *arena, bool allowed)
{
        struct iam_permissions_boundary_decision_detail *detail =
                arena_new(arena, struct iam_permissions_boundary_decision_detail);

        if (detail)
                detail->allowed_by_permissions_boundary = OPT_BOOL(allowed);
        return detail;
}

/* Which type of policy says what, for questions across accounts; empty within one. When an SCP denies,
 * nothing further was looked at. */
static int details(struct arena *arena, const struct outcome *outcome, struct str resource,
                   struct str_map *ret)
{
        if (str_eq(resource, STR("*")) && !outcome->is_cross_account)
                return 0;
        if (outcome->has_organization && !outcome->organization_allows)
                return 0;
        ret->is_set = true;
        if (!outcome->is_cross_account)
                return 0;
        ret->items = arena_new_array(arena, struct str_pair, 3);
        if (!ret->items)
                return -ENOMEM;
        ret->items[ret->count++] = (struct str_pair){STR("IAM Policy"), effect_text(outcome->by_identity)};
        ret->items[ret->count++] =
                (struct str_pair){STR("Resource Policy"), effect_text(outcome->by_resource)};
        if (outcome->has_boundary)
                ret->items[ret->count++] = (struct str_pair){STR("Permissions Boundary Policy"),
                                                             effect_text(outcome->by_boundary)};
        return 0;
}

static int show_resource(const struct iam_simulation *simulation, const struct outcome *outcome,
                         struct str resource, struct iam_resource_specific_result *ret)
{
        struct arena *arena = &simulation->call->arena;

        *ret = (struct iam_resource_specific_result){
                .eval_resource_name = resource,
                .eval_resource_decision = effect_text(outcome->effect),
                .matched_statements = outcome->matched,
                .missing_context_values = simulation->missing_keys,
        };
        if (outcome->has_boundary)
                ret->permissions_boundary_decision_detail = boundary_detail(arena, outcome->boundary_allows);
        return details(arena, outcome, resource, &ret->eval_decision_details);
}

/* The outcome for an action on all its resources together: the strictest in everything. */
static void combine(struct outcome *all, const struct outcome *one)
{
        all->effect = stricter(all->effect, one->effect);
        all->is_cross_account = all->is_cross_account || one->is_cross_account;
        all->boundary_allows = all->boundary_allows && one->boundary_allows;
        all->organization_allows = all->organization_allows && one->organization_allows;
        all->by_identity = stricter(all->by_identity, one->by_identity);
        all->by_resource = stricter(all->by_resource, one->by_resource);
        all->by_boundary = stricter(all->by_boundary, one->by_boundary);
}

/* Statements count as matched when they contributed to the decision that is reported. */
static int collect_matched(struct call *call, const struct outcome *outcomes, size_t count,
                           enum policy_effect effect, struct iam_statement_list *ret)
{
        struct matches matches = {.call = call, .list = ret};

        *ret = (struct iam_statement_list){.is_set = true};
        if (effect == POLICY_IMPLICIT_DENY)
                return 0;
        for (size_t i = 0; i < count; i++)
                for (size_t k = 0; outcomes[i].effect == effect && k < outcomes[i].matched.count; k++)
                        TRY(add_statement(&matches, &outcomes[i].matched.items[k]));
        return 0;
}

static int show_all(const struct iam_simulation *simulation, const struct outcome *all, struct str resource,
                    struct iam_evaluation_result *ret)
{
        struct arena *arena = &simulation->call->arena;

        ret->eval_resource_name = resource;
        ret->eval_decision = effect_text(all->effect);
        ret->missing_context_values = simulation->missing_keys;
        if (all->has_boundary)
                ret->permissions_boundary_decision_detail = boundary_detail(arena, all->boundary_allows);
        if (all->has_organization) {
                ret->organizations_decision_detail =
                        arena_new(arena, struct iam_organizations_decision_detail);
                if (!ret->organizations_decision_detail)
                        return -ENOMEM;
                ret->organizations_decision_detail->allowed_by_organizations =
                        OPT_BOOL(all->organization_allows);
        }
        return details(arena, all, resource, &ret->eval_decision_details);
}

int iam_simulate(const struct iam_simulation *simulation, struct str action, const struct str_list *resources,
                 struct iam_evaluation_result *ret)
{
        static const struct str ANYTHING[] = {STR_INIT("*")};
        const struct str *items = resources->count ? resources->items : ANYTHING;
        size_t count = resources->count ? resources->count : 1;
        struct arena *arena = &simulation->call->arena;
        struct outcome *outcomes = arena_new_array(arena, struct outcome, count), all;
        struct iam_resource_specific_result_list *specific = &ret->resource_specific_results;

        *ret = (struct iam_evaluation_result){.eval_action_name = action};
        specific->items = arena_new_array(arena, struct iam_resource_specific_result, count);
        if (!outcomes || !specific->items)
                return -ENOMEM;
        for (size_t i = 0; i < count; i++) {
                TRY(evaluate(simulation, action, items[i], &outcomes[i]));
                TRY(show_resource(simulation, &outcomes[i], items[i], &specific->items[i]));
                if (i == 0)
                        all = outcomes[0];
                else
                        combine(&all, &outcomes[i]);
        }
        if (count > 1 || !str_eq(items[0], STR("*"))) {
                specific->is_set = true;
                specific->count = count;
        }
        TRY(collect_matched(simulation->call, outcomes, count, all.effect, &ret->matched_statements));
        return show_all(simulation, &all, count == 1 ? items[0] : STR("*"), ret);
}
