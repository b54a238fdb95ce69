/* GetContextKeysFor...: which condition keys and variables a set of policies asks for. */
#include "services/iam/entity.h"
#include "services/iam/simulation.h"

struct key_names {
        struct call *call;
        struct str_list *list;
        size_t room;
};

static int add_key(void *arg, struct str name)
{
        struct key_names *names = arg;
        struct str_list *list = names->list;

        for (size_t i = 0; i < list->count; i++)
                if (str_eq_nocase(list->items[i], name))
                        return 0;
        if (list->count == names->room) {
                size_t room = names->room ? 2 * names->room : 16;
                struct str *more = arena_new_array(&names->call->arena, struct str, room);

                if (!more)
                        return -ENOMEM;
                for (size_t i = 0; i < list->count; i++)
                        more[i] = list->items[i];
                list->items = more;
                names->room = room;
        }
        list->items[list->count++] = name;
        return 0;
}

int iam_context_keys(struct call *call, const struct policy_refs *policies, struct str_list *ret)
{
        struct key_names names = {.call = call, .list = ret};

        *ret = (struct str_list){.is_set = true};
        for (size_t i = 0; i < policies->count; i++)
                TRY(policy_each_context_key(policies->items[i].policy, add_key, &names));
        return 0;
}

int iam_get_context_keys_for_custom_policy(struct call *call,
                                           const struct iam_get_context_keys_for_custom_policy_in *in,
                                           struct iam_get_context_keys_for_custom_policy_out *out)
{
        struct iam_policy_inputs inputs = {.call = call};

        TRY(iam_add_inputs(&inputs, &in->policy_input_list, "PolicyInputList", POLICY_IDENTITY));
        return iam_context_keys(call, &inputs.refs, &out->context_key_names);
}

int iam_get_context_keys_for_principal_policy(struct call *call,
                                              const struct iam_get_context_keys_for_principal_policy_in *in,
                                              struct iam_get_context_keys_for_principal_policy_out *out)
{
        struct iam_policy_inputs inputs = {.call = call};
        struct iam_entity entity;

        TRY(iam_need_entity(call, in->policy_source_arn, &entity));
        TRY(iam_add_inputs_of_entity(&inputs, &entity));
        TRY(iam_add_inputs(&inputs, &in->policy_input_list, "PolicyInputList", POLICY_IDENTITY));
        return iam_context_keys(call, &inputs.refs, &out->context_key_names);
}
