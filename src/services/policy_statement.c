#include "services/policy_statement.h"

#include <stdlib.h>

json_t *policy_text(struct str value)
{
        return json_stringn(value.ptr, value.len);
}

json_t *policy_statements(json_t *policy)
{
        json_t *found = json_object_get(policy, "Statement"), *list;

        if (json_is_array(found))
                return found;
        list = json_array();
        if (found)
                json_array_append(list, found);
        json_object_set_new(policy, "Statement", list);
        return list;
}

ptrdiff_t policy_find_statement(json_t *policy, struct str label)
{
        const json_t *statements = policy_statements(policy);

        for (size_t i = 0; i < json_array_size(statements); i++) {
                const json_t *sid = json_object_get(json_array_get(statements, i), "Sid");

                if (json_is_string(sid) && str_eq(str_of(json_string_value(sid)), label))
                        return (ptrdiff_t)i;
        }
        return -1;
}

int policy_write(struct call *call, const json_t *policy, struct str *ret)
{
        char *dumped = json_dumps(policy, JSON_COMPACT);

        *ret = dumped ? arena_dup(&call->arena, str_of(dumped)) : STR_NONE;
        free(dumped);
        return str_is_set(*ret) ? 0 : -ENOMEM;
}

int policy_add_accounts(struct call *call, const struct str_list *accounts, json_t *list,
                        struct str *ret_refused)
{
        for (size_t i = 0; i < accounts->count; i++) {
                uint64_t number;

                *ret_refused = accounts->items[i];
                if (accounts->items[i].len != 12 || str_to_u64(accounts->items[i], &number) < 0)
                        return -EINVAL;
                json_array_append_new(list, policy_text(arena_printf(&call->arena, "arn:%.*s:iam::%.*s:root",
                                                                     STR_ARG(call->host->partition),
                                                                     STR_ARG(accounts->items[i]))));
        }
        return 0;
}
