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

/* -- Checks. */

static int check_actions(struct call *call, const struct str_list *actions)
{
        for (size_t i = 0; i < actions->count; i++) {
                struct str rest = actions->items[i], prefix;

                if (str_cut(&rest, ':', &prefix) && prefix.len && rest.len &&
                    !str_has_byte(actions->items[i], '*') && !str_has_byte(actions->items[i], '?'))
                        continue;
                return fail(call, &iam_invalid_input_exception, "Invalid action name: %.*s",
                            STR_ARG(actions->items[i]));
        }
        return 0;
}

/* The kinds of resources that a scenario cannot do without. */
static const struct scenario {
        struct str name;
        struct str kinds[6];
} SCENARIOS[] = {
#define EC2_VPC                                                                                              \
        STR_INIT(":instance/"), STR_INIT(":image/"), STR_INIT(":security-group/"),                           \
                STR_INIT(":network-interface/")
        {STR_INIT("EC2-VPC-InstanceStore"), {EC2_VPC}},
        {STR_INIT("EC2-VPC-InstanceStore-Subnet"), {EC2_VPC, STR_INIT(":subnet/")}},
        {STR_INIT("EC2-VPC-EBS"), {EC2_VPC, STR_INIT(":volume/")}},
        {STR_INIT("EC2-VPC-EBS-Subnet"), {EC2_VPC, STR_INIT(":subnet/"), STR_INIT(":volume/")}},
#undef EC2_VPC
};

static bool has_kind(const struct str_list *resources, struct str kind)
{
        for (size_t i = 0; i < resources->count; i++)
                if (str_find(resources->items[i], kind) >= 0)
                        return true;
        return false;
}

static int check_scenario(struct call *call, struct str name, const struct str_list *resources)
{
        if (!str_is_set(name))
                return 0;
        for (size_t i = 0; i < ARRAY_LEN(SCENARIOS); i++) {
                if (!str_eq(name, SCENARIOS[i].name))
                        continue;
                for (size_t k = 0; k < ARRAY_LEN(SCENARIOS[i].kinds); k++)
                        if (str_is_set(SCENARIOS[i].kinds[k]) && !has_kind(resources, SCENARIOS[i].kinds[k]))
                                return fail(call, &iam_invalid_input_exception,
                                            "Resource handling option %.*s requires a resource of type %.*s",
                                            STR_ARG(name), STR_ARG(SCENARIOS[i].kinds[k]));
                return 0;
        }
        return fail(call, &iam_invalid_input_exception, "Invalid resource handling option: %.*s",
                    STR_ARG(name));
}

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

/* -- Context: the keys that are given, and those that follow from the caller. */

struct context {
        struct policy_key *keys;
        size_t count;
};

static bool has_key(const struct context *context, struct str name)
{
        for (size_t i = 0; i < context->count; i++)
                if (str_eq_nocase(context->keys[i].name, name))
                        return true;
        return false;
}

static int add_own_key(struct arena *arena, struct context *context, struct str name, struct str value)
{
        struct str *values;

        if (has_key(context, name) || value.len == 0)
                return 0;
        values = arena_new(arena, struct str);
        if (!values)
                return -ENOMEM;
        *values = value;
        context->keys[context->count++] = (struct policy_key){name, values, 1};
        return 0;
}

#define OWN_KEYS 4

static int add_own_keys(const struct iam_simulation *simulation, struct context *context)
{
        const struct policy_principal *principal = &simulation->principal;
        struct arena *arena = &simulation->call->arena;
        bool is_role = principal->kind == PRINCIPAL_ROLE_SESSION;
        struct iam_arn_parts parts;

        if (iam_arn_parse(principal->arn, &parts) < 0)
                return 0;
        TRY(add_own_key(arena, context, STR("aws:PrincipalArn"), principal->arn));
        TRY(add_own_key(arena, context, STR("aws:PrincipalAccount"), principal->account));
        TRY(add_own_key(arena, context, STR("aws:PrincipalType"),
                        is_role ? STR("AssumedRole") : STR("User")));
        return is_role ? 0 : add_own_key(arena, context, STR("aws:username"), parts.name);
}

static int set_context(struct iam_simulation *simulation, const struct iam_context_entry_list *entries)
{
        struct call *call = simulation->call;
        struct context context = {
                .keys = arena_new_array(&call->arena, struct policy_key, entries->count + OWN_KEYS)};

        if (!context.keys)
                return -ENOMEM;
        for (size_t i = 0; i < entries->count; i++) {
                const struct iam_context_entry *entry = &entries->items[i];

                if (!str_is_set(entry->context_key_name))
                        return fail(call, &iam_invalid_input_exception, "Invalid context key name: null");
                context.keys[context.count++] =
                        (struct policy_key){entry->context_key_name, entry->context_key_values.items,
                                            entry->context_key_values.count};
        }
        TRY(add_own_keys(simulation, &context));
        simulation->keys = context.keys;
        simulation->key_count = context.count;
        return 0;
}

/* The keys that the policies mention and the context lacks. */
static int set_missing(struct iam_simulation *simulation, const struct iam_policy_inputs *identity)
{
        struct context context = {(struct policy_key *)simulation->keys, simulation->key_count};
        struct iam_policy_inputs all = *identity;
        struct str_list *missing = &simulation->missing_keys;
        size_t kept = 0;

        all.refs.items = NULL;
        all.refs.count = all.room = 0;
        TRY(iam_join_inputs(&all, identity->refs));
        if (simulation->resource_policy)
                TRY(iam_join_inputs(&all, (struct policy_refs){simulation->resource_policy, 1}));
        TRY(iam_context_keys(simulation->call, &all.refs, missing));
        for (size_t i = 0; i < missing->count; i++)
                if (!has_key(&context, missing->items[i]))
                        missing->items[kept++] = missing->items[i];
        missing->count = kept;
        return 0;
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
        end = request->actions->count - first > page.limit ? first + page.limit : request->actions->count;
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
        TRY(set_context(simulation, request->context));
        TRY(set_missing(simulation, identity));
        return run(simulation, request, answer);
}

static int check_request(struct call *call, const struct request *request)
{
        TRY(check_actions(call, request->actions));
        return check_scenario(call, request->handling, request->resources);
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

/* Syntax of what to leave out: an ARN of a policy, with wildcards only in its last part. */
static int check_exclusions(struct call *call, const struct iam_policy_identifier_list *exclusions)
{
        for (size_t i = 0; i < exclusions->count; i++) {
                struct str arn = exclusions->items[i].policy_arn;
                ptrdiff_t resource = str_find(arn, STR(":policy/"));

                if (!str_is_set(arn))
                        continue;
                if (!str_starts(arn, STR("arn:")) || resource < 0 ||
                    str_has_byte(str_part(arn, 0, (size_t)resource), '*'))
                        return fail(call, &iam_invalid_input_exception, "ARN %.*s is not valid.",
                                    STR_ARG(arn));
        }
        return 0;
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
        TRY(check_exclusions(call, &in->policy_exclusion_list));
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
