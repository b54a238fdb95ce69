/* What permissions are asked on: the finders of api/sts.api. */
#include "services/iam/directory.h"
#include "services/sts/session.h"

/* A trust policy that trusts nobody: no unique id is like this one. It stands for the trust policy of a role
 * that is not there, so that the refusal does not tell whether it is. */
#define TRUSTS_NOBODY                                                                                        \
        STR("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":"       \
            "\"AIDAAAAAAAAAAAAAAAAAA\"},\"Action\":\"sts:AssumeRole\"}]}")

/* "arn:aws:iam::123456789012:role/path/name": the account. -EINVAL for what is no role's ARN. */
static int account_of_role_arn(struct str arn, struct str *ret)
{
        struct str rest = arn, word, partition, service, region;

        if (!str_cut(&rest, ':', &word) || !str_eq(word, STR("arn")) || !str_cut(&rest, ':', &partition) ||
            !str_cut(&rest, ':', &service) || !str_eq(service, STR("iam")) || !str_cut(&rest, ':', &region) ||
            region.len || !str_cut(&rest, ':', ret) || ret->len != IAM_ACCOUNT_ID_LEN)
                return -EINVAL;
        return str_starts(rest, STR("role/")) && rest.len > strlen("role/") ? 0 : -EINVAL;
}

/* Root users and federated users have no roles, whatever a trust policy says.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_request.html */
static int check_caller(struct call *call, struct str role_arn)
{
        if (call->principal.kind == ROOT_USER)
                return fail(call, &sts_access_denied, "Roles may not be assumed by root accounts.");
        if (call->principal.kind == FEDERATED_USER)
                return fail(call, &sts_access_denied,
                            "User: %.*s is not authorized to perform: %.*s on resource: %.*s",
                            STR_ARG(call->principal.arn), STR_ARG(call->operation->permissions[0].action),
                            STR_ARG(role_arn));
        return 0;
}

static void add_key(struct resource *resource, struct policy_key *keys, struct str name,
                    const struct str *value)
{
        keys[resource->key_count++] = (struct policy_key){.name = name, .values = value, .count = 1};
}

/* iam:ResourceTag/... of the role. Tags that the caller's session hands on are tags of the request, though
 * nobody wrote them there. */
static int set_keys(struct call *call, struct resource *ret)
{
        const struct principal *caller = &call->principal;
        struct policy_key *keys;
        struct str_map inherited;

        TRY(sts_inherited_tags(call, caller->is_temporary ? &caller->session : NULL, &inherited));
        keys = arena_new_array(&call->arena, struct policy_key, ret->tags.count + inherited.count + 1);
        if (!keys)
                return -ENOMEM;
        ret->keys = keys;
        for (size_t i = 0; i < ret->tags.count; i++)
                add_key(ret, keys,
                        arena_printf(&call->arena, "iam:ResourceTag/%.*s", STR_ARG(ret->tags.items[i].key)),
                        &ret->tags.items[i].value);
        for (size_t i = 0; i < inherited.count; i++)
                add_key(ret, keys,
                        arena_printf(&call->arena, "aws:RequestTag/%.*s", STR_ARG(inherited.items[i].key)),
                        &inherited.items[i].value);
        return 0;
}

/* The role by its whole ARN, path and letters' case included. */
static int find_role(struct call *call, struct str arn, struct str account, struct resource *ret)
{
        struct iam_role_record role;
        int r = iam_find_role(call->txn, &call->arena, account, arn, &role);

        if (r == -ENOENT || (r == 0 && !str_eq(iam_role_arn(&call->arena, &role), arn)))
                return 0;
        TRY(r);
        ret->policy = role.trust_policy;
        return iam_tags_map(&call->arena, &role.tags, &ret->tags);
}

int sts_role_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct str arn = args[0], account;

        if (account_of_role_arn(arn, &account) < 0)
                return fail(call, &sts_validation_error, "Request ARN is invalid");
        TRY(check_caller(call, arn));
        *ret = (struct resource){
                .arn = arn,
                .account = account,
                .type = STR("AWS::IAM::Role"),
                .policy = TRUSTS_NOBODY,
                .policy_kind = POLICY_TRUST,
                .policy_required = true,
        };
        TRY(find_role(call, arn, account, ret));
        return set_keys(call, ret);
}

int sts_assumed_role_resource(struct call *call, const struct str *args, struct resource *ret)
{
        TRY(sts_check_mfa(call, args[1], args[2]));
        return sts_role_resource(call, args, ret);
}

int sts_federated_user_resource(struct call *call, const struct str *args, struct resource *ret)
{
        *ret = (struct resource){
                .arn = arena_printf(&call->arena, "arn:%.*s:sts::%.*s:federated-user/%.*s",
                                    STR_ARG(call->host->partition), STR_ARG(call->account), STR_ARG(args[0])),
                .account = call->account,
                .policy_kind = POLICY_RESOURCE,
        };
        return 0;
}

/* The target of AssumeRoot: an account, by its number or by its root user's ARN. */
int sts_root_user_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct str target = args[0],
                   prefix = arena_printf(&call->arena, "arn:%.*s:iam::", STR_ARG(call->host->partition));

        if (str_starts(target, prefix) && str_ends(target, STR(":root")))
                target = str_part(target, prefix.len, target.len - prefix.len - strlen(":root"));
        *ret = (struct resource){
                .arn = arena_printf(&call->arena, "%.*s%.*s:root", STR_ARG(prefix), STR_ARG(target)),
                .account = target,
                .policy_kind = POLICY_RESOURCE,
        };
        return 0;
}
