/* The account's alias: at most one, unique among all accounts. A new one takes the place of the old.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/console_account-alias.html */
#include "services/iam/account.h"

#include "services/iam/page.h"

int iam_alias_of(struct txn *txn, struct arena *arena, struct str account,
                 struct iam_account_alias_record *ret)
{
        *ret = (struct iam_account_alias_record){.account = account};
        return record_find(txn, arena, &iam_account_alias_record_type, iam_account_alias_by_account, ret);
}

static bool is_account_id(struct str alias)
{
        uint64_t number;

        return alias.len == IAM_ACCOUNT_ID_LEN && str_to_u64(alias, &number) == 0;
}

int iam_create_account_alias(struct call *call, const struct iam_create_account_alias_in *in,
                             struct iam_create_account_alias_out *out)
{
        struct iam_account_alias_record alias = {.alias = in->account_alias, .account = call->account}, old;
        int result;

        (void)out;
        if (is_account_id(in->account_alias))
                return fail(call, &iam_invalid_input_exception,
                            "The account alias must not be a 12 digit number.");
        if (record_exists(call->txn, &iam_account_alias_record_type, &alias))
                return fail(call, &iam_entity_already_exists_exception,
                            "The account alias %.*s already exists.", STR_ARG(in->account_alias));
        result = iam_alias_of(call->txn, &call->arena, call->account, &old);
        if (result == 0)
                TRY(call_delete(call, &iam_account_alias_record_type, &old));
        else if (result != -ENOENT)
                return result;
        return call_insert(call, &iam_account_alias_record_type, &alias);
}

int iam_list_account_aliases(struct call *call, const struct iam_list_account_aliases_in *in,
                             struct iam_list_account_aliases_out *out)
{
        struct iam_account_alias_record alias;
        struct iam_page page;
        int result;

        TRY(iam_page_begin(&page, call, in->marker, in->max_items, STR_NONE));
        result = iam_alias_of(call->txn, &call->arena, call->account, &alias);
        if (result < 0 && result != -ENOENT)
                return result;
        out->account_aliases.is_set = true;
        if (result == 0 && !str_is_set(page.after)) {
                out->account_aliases.items = arena_new(&call->arena, struct str);
                if (!out->account_aliases.items)
                        return -ENOMEM;
                out->account_aliases.items[out->account_aliases.count++] = alias.alias;
        }
        return iam_page_end(&page, false, &out->is_truncated, &out->marker);
}

int iam_delete_account_alias(struct call *call, const struct iam_delete_account_alias_in *in,
                             struct iam_delete_account_alias_out *out)
{
        struct iam_account_alias_record alias;
        int result = iam_alias_of(call->txn, &call->arena, call->account, &alias);

        (void)out;
        if (result < 0 && result != -ENOENT)
                return result;
        if (result == -ENOENT || !str_eq(alias.alias, in->account_alias))
                return fail(call, &iam_no_such_entity_exception,
                            "The account alias with name %.*s cannot be found.", STR_ARG(in->account_alias));
        return call_delete(call, &iam_account_alias_record_type, &alias);
}
