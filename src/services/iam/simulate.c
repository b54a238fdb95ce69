/* SimulateCustomPolicy and SimulatePrincipalPolicy.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html */
#include "services/iam/page.h"
#include "services/iam/simulation.h"

/* What both operations are asked. */
struct request {
        const struct str_list *boundaries;
        const struct str_list *actions;
        const struct str_list *resources;
        const struct iam_context_entry_list *context;
        struct str resource_policy;
        struct str resource_owner;
        struct str handling;
        struct opt_int max_items;
        struct str marker;
};

struct answer {
        struct iam_evaluation_result_list *results;
        struct opt_bool *is_truncated;
        struct str *marker;
};

/* -- Who is supposed to ask. */

static int set_caller(struct iam_simulation *simulation, struct str arn)
{
        struct call *call = simulation->call;
        struct policy_principal *principal = &simulation->principal;
        struct iam_arn_parts parts;

        if (iam_arn_parse(arn, &parts) < 0 ||
            !(str_eq(parts.kind, STR("user")) || str_eq(parts.kind, STR("group")) ||
              str_eq(parts.kind, STR("role"))))
                return fail(call, &iam_invalid_input_exception,
                            "Invalid Entity Arn: %.*s does not clearly define entity type and name.",
                            STR_ARG(arn));
        *principal = (struct policy_principal){.kind = PRINCIPAL_USER, .arn = arn, .account = parts.account};
        if (str_eq(parts.kind, STR("role"))) {
                principal->kind = PRINCIPAL_ROLE_SESSION;
                principal->issuer_arn = arn;
        }
        return 0;
}

static int refuse_caller(struct call *call)
{
        return fail(call, &iam_invalid_input_exception,
                    "Invalid caller - Caller must be an IAM user in this context.");
}

static bool is_user(struct str arn)
{
        struct iam_arn_parts parts;

        return iam_arn_parse(arn, &parts) == 0 && str_eq(parts.kind, STR("user"));
}

/* -- Policies beside the identity's. */

static int set_boundary(struct iam_simulation *simulation, const struct str_list *documents)
{
        struct iam_policy_inputs boundary = {.call = simulation->call};

        if (documents->count == 0)
                return 0;
        if (documents->count > 1)
                return fail(simulation->call, &iam_invalid_input_exception,
                            "Only one permissions boundary policy can be simulated.");
        TRY(iam_add_inputs(&boundary, documents, "PermissionsBoundaryPolicyInputList", POLICY_IDENTITY));
        simulation->boundary = boundary.refs.items;
        return 0;
}

static int set_resource_policy(struct iam_simulation *simulation, const struct request *request)
{
        struct iam_policy_inputs resource = {.call = simulation->call};
        struct str owner = request->resource_owner; /* an account's id, or the ARN of its root user */

        simulation->resource_owner = str_starts(owner, STR("arn:")) ? iam_account_of_arn(owner) : owner;
        if (!str_is_set(request->resource_policy))
                return 0;
        TRY(iam_add_input(&resource, request->resource_policy, STR("ResourcePolicy"), POLICY_RESOURCE));
        simulation->resource_policy = resource.refs.items;
        return 0;
}

static int set_organization(struct iam_simulation *simulation,
                            const struct iam_ordered_organization_policy_type_list *given)
{
        struct call *call = simulation->call;
        struct policy_refs *levels;

        if (given->count == 0)
                return 0;
        levels = arena_new_array(&call->arena, struct policy_refs, given->count);
        if (!levels)
                return -ENOMEM;
        for (size_t i = 0; i < given->count; i++) {
                struct iam_policy_inputs level = {.call = call};

                TRY(iam_add_inputs(&level, &given->items[i].service_control_policy_input_list,
                                   "ServiceControlPolicyInputList", POLICY_SCP));
                levels[i] = level.refs;
        }
        simulation->scps = (struct policy_levels){levels, given->count};
        simulation->has_scps = true;
        return 0;
}

/* -- Results: one an action, in the order asked; a marker is the number of those shown before. */

/* A page ends when it has this many decisions, full or not: a few lines of a request would else keep the
 * server busy for seconds. "It is possible for IAM to return fewer than the maximum number of items." */
#define DECISIONS_A_PAGE 2000

static size_t end_of_page(const struct iam_page *page, const struct request *request, size_t first)
{
        size_t resources = request->resources->count ? request->resources->count : 1;
        size_t most = (DECISIONS_A_PAGE + resources - 1) / resources; /* at least one action */
        size_t left = request->actions->count - first;

        most = most < page->limit ? most : page->limit;
        return first + (left < most ? left : most);
}

static int run(const struct iam_simulation *simulation, const struct request *request,
               const struct answer *answer)
{
        struct call *call = simulation->call;
        struct iam_page page;
        uint64_t first = 0;
        size_t end;

        TRY(iam_page_begin(&page, call, request->marker, request->max_items, STR("simulation")));
        if (str_is_set(page.after))
                TRY(str_to_u64(page.after, &first));
        if (first > request->actions->count)
                first = request->actions->count;
        end = end_of_page(&page, request, first);
        answer->results->is_set = true;
        answer->results->items = arena_new_array(&call->arena, struct iam_evaluation_result, end - first + 1);
        if (!answer->results->items)
                return -ENOMEM;
        for (size_t i = first; i < end; i++)
                TRY(iam_simulate(simulation, request->actions->items[i], request->resources,
                                 &answer->results->items[answer->results->count++]));
        page.last = arena_printf(&call->arena, "%zu", end);
        return iam_page_end(&page, end < request->actions->count, answer->is_truncated, answer->marker);
}

static int simulate(struct iam_simulation *simulation, const struct iam_policy_inputs *identity,
                    const struct request *request, const struct answer *answer)
{
        simulation->identity = identity->refs;
        TRY(set_boundary(simulation, request->boundaries));
        TRY(set_resource_policy(simulation, request));
        TRY(iam_simulation_set_context(simulation, request->context));
        TRY(iam_simulation_set_missing(simulation, identity));
        return run(simulation, request, answer);
}

static int check_request(struct call *call, const struct request *request)
{
        TRY(iam_check_actions(call, request->actions));
        if (request->resources->count > DECISIONS_A_PAGE)
                return fail(call, &iam_invalid_input_exception,
                            "At most %d resources can be simulated in one request.", DECISIONS_A_PAGE);
        return iam_check_scenario(call, request->handling, request->resources);
}

int iam_simulate_custom_policy(struct call *call, const struct iam_simulate_custom_policy_in *in,
                               struct iam_simulate_custom_policy_out *out)
{
        const struct request request = {&in->permissions_boundary_policy_input_list,
                                        &in->action_names,
                                        &in->resource_arns,
                                        &in->context_entries,
                                        in->resource_policy,
                                        in->resource_owner,
                                        in->resource_handling_option,
                                        in->max_items,
                                        in->marker};
        struct iam_simulation simulation = {
                .call = call,
                .principal = {.kind = PRINCIPAL_USER, .arn = STR(""), .account = call->account},
                .is_one_account = !str_is_set(in->caller_arn),
        };
        struct iam_policy_inputs identity = {.call = call};

        TRY(check_request(call, &request));
        if (str_is_set(in->caller_arn))
                TRY(set_caller(&simulation, in->caller_arn));
        if (str_is_set(in->resource_policy) && !is_user(in->caller_arn))
                return refuse_caller(call);
        TRY(iam_add_inputs(&identity, &in->policy_input_list, "PolicyInputList", POLICY_IDENTITY));
        TRY(set_organization(&simulation, &in->ordered_organization_policy_input_list));
        return simulate(&simulation, &identity, &request,
                        &(struct answer){&out->evaluation_results, &out->is_truncated, &out->marker});
}

int iam_simulate_principal_policy(struct call *call, const struct iam_simulate_principal_policy_in *in,
                                  struct iam_simulate_principal_policy_out *out)
{
        const struct request request = {&in->permissions_boundary_policy_input_list,
                                        &in->action_names,
                                        &in->resource_arns,
                                        &in->context_entries,
                                        in->resource_policy,
                                        in->resource_owner,
                                        in->resource_handling_option,
                                        in->max_items,
                                        in->marker};
        struct str caller = str_is_set(in->caller_arn) ? in->caller_arn : in->policy_source_arn;
        struct iam_policy_inputs identity = {.call = call, .exclusions = &in->policy_exclusion_list};
        struct iam_simulation simulation = {.call = call};
        struct iam_entity entity;

        TRY(check_request(call, &request));
        TRY(iam_check_exclusions(call, &in->policy_exclusion_list));
        TRY(iam_need_entity(call, in->policy_source_arn, &entity));
        TRY(set_caller(&simulation, caller));
        if (str_is_set(in->resource_policy) && !is_user(caller))
                return refuse_caller(call);
        TRY(iam_add_inputs_of_entity(&identity, &entity));
        TRY(iam_add_inputs(&identity, &in->policy_input_list, "PolicyInputList", POLICY_IDENTITY));
        simulation.boundary = identity.has_boundary ? &identity.boundary : NULL;
        return simulate(&simulation, &identity, &request,
                        &(struct answer){&out->evaluation_results, &out->is_truncated, &out->marker});
}
