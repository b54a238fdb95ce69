/* The condition keys of a simulation: those that are given, and those that follow from the caller. */
#include "services/iam/simulation.h"

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

int iam_simulation_set_context(struct iam_simulation *simulation,
                               const struct iam_context_entry_list *entries)
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
int iam_simulation_set_missing(struct iam_simulation *simulation, const struct iam_policy_inputs *identity)
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
