/* Which policies say what a caller may do.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html */
#include "services/iam/entity.h"
#include "services/iam/tags.h"

/* A growing list of references, all compiled. */
struct refs {
        struct call *call;
        struct policy_ref *items;
        size_t count, room;
};

static int refs_grow(struct refs *refs)
{
        size_t room = refs->room ? 2 * refs->room : 16;
        struct policy_ref *more = arena_new_array(&refs->call->arena, struct policy_ref, room);

        if (!more)
                return -ENOMEM;
        for (size_t i = 0; i < refs->count; i++)
                more[i] = refs->items[i];
        refs->items = more;
        refs->room = room;
        return 0;
}

/* What does not compile, or is not there, allows nothing and denies nothing: so the whole question is
 * refused. */
static int compile(struct call *call, struct str document, enum policy_kind kind, struct str name,
                   struct policy_ref *ret)
{
        int result = call_policy(call, document, kind, &ret->policy);

        ret->name = name;
        return result == -EINVAL ? -EACCES : result;
}

static int add_document(struct refs *refs, struct str document, enum policy_kind kind, struct str name)
{
        if (refs->count == refs->room)
                TRY(refs_grow(refs));
        TRY(compile(refs->call, document, kind, name, &refs->items[refs->count]));
        refs->count++;
        return 0;
}

static int managed_document(struct call *call, struct str account, struct str arn, struct str *ret)
{
        int result = iam_policy_document(call->txn, &call->arena, account, arn, ret);

        return result == -ENOENT ? -EACCES : result;
}

static int add_owner(struct refs *refs, struct str account, struct str owner_id)
{
        struct iam_attached_policy_list attached;
        struct iam_policy_detail_list own;
        struct call *call = refs->call;
        struct str document;

        TRY(iam_inline_policies(call->txn, &call->arena, owner_id, &own));
        for (size_t i = 0; i < own.count; i++)
                TRY(add_document(refs, own.items[i].policy_document, POLICY_IDENTITY,
                                 own.items[i].policy_name));
        TRY(iam_attached_policies(call->txn, &call->arena, owner_id, &attached));
        for (size_t i = 0; i < attached.count; i++) {
                TRY(managed_document(call, account, attached.items[i].policy_arn, &document));
                TRY(add_document(refs, document, POLICY_IDENTITY, attached.items[i].policy_arn));
        }
        return 0;
}

static int add_groups(struct refs *refs, struct str account, struct str user_id)
{
        struct iam_group_record *groups;
        struct call *call = refs->call;
        size_t count;

        TRY(iam_groups_of(call->txn, &call->arena, user_id, &groups, &count));
        for (size_t i = 0; i < count; i++)
                TRY(add_owner(refs, account, groups[i].id));
        return 0;
}

static int set_boundary(struct call *call, struct str account, struct str arn, struct iam_policy_set *ret)
{
        struct policy_ref *boundary;
        struct str document;

        if (!str_is_set(arn))
                return 0;
        boundary = arena_new(&call->arena, struct policy_ref);
        if (!boundary)
                return -ENOMEM;
        TRY(managed_document(call, account, arn, &document));
        TRY(compile(call, document, POLICY_IDENTITY, arn, boundary));
        ret->boundary = boundary;
        return 0;
}

int iam_collect_entity_policies(struct call *call, const struct iam_entity *entity,
                                struct iam_policy_set *ret)
{
        struct refs refs = {.call = call};
        struct str account = entity->owner.account;

        *ret = (struct iam_policy_set){.is_service_linked = entity->is_service_linked};
        TRY(add_owner(&refs, account, entity->owner.id));
        if (str_eq(entity->owner.kind, STR("User")))
                TRY(add_groups(&refs, account, entity->owner.id));
        ret->identity = (struct policy_refs){refs.items, refs.count};
        return set_boundary(call, account, entity->boundary_arn, ret);
}

/* The policies that were passed when the session was made: the documents it carries, and managed ones as they
 * are now. */
static int add_session(struct call *call, const struct session *session, struct str account,
                       struct iam_policy_set *ret)
{
        struct refs refs = {.call = call};
        struct str document;

        ret->has_session = session->has_policy;
        for (size_t i = 0; i < session->policies.count; i++)
                TRY(add_document(&refs, session->policies.items[i], POLICY_SESSION, STR("session policy")));
        for (size_t i = 0; i < session->policy_arns.count; i++) {
                TRY(managed_document(call, account, session->policy_arns.items[i], &document));
                TRY(add_document(&refs, document, POLICY_SESSION, session->policy_arns.items[i]));
        }
        ret->session = (struct policy_refs){refs.items, refs.count};
        return 0;
}

static int gone(int result)
{
        return result == -ENOENT ? -EACCES : result;
}

static int collect_user(struct call *call, struct str user_id, struct iam_policy_set *ret)
{
        struct iam_entity entity;
        struct iam_user_record user;

        TRY(gone(iam_user_by_unique_id(call->txn, &call->arena, user_id, &user)));
        entity = iam_user_entity(&call->arena, &user);
        return iam_collect_entity_policies(call, &entity, ret);
}

static int collect_role(struct call *call, struct str role_id, struct iam_policy_set *ret)
{
        struct iam_entity entity;
        struct iam_role_record role;

        TRY(gone(iam_role_by_unique_id(call->txn, &call->arena, role_id, &role)));
        entity = iam_role_entity(&call->arena, &role);
        return iam_collect_entity_policies(call, &entity, ret);
}

/* A user federated by the root user: what limits it is its session policy alone. */
static int collect_root(struct call *call, struct iam_policy_set *ret)
{
        struct refs refs = {.call = call};

        TRY(add_document(
                &refs,
                STR("{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\","
                    "\"Resource\":\"*\"}}"),
                POLICY_IDENTITY, STR("root user")));
        ret->identity = (struct policy_refs){refs.items, refs.count};
        return 0;
}

static int collect_identity(struct call *call, const struct principal *principal, struct iam_policy_set *ret)
{
        switch (principal->kind) {
        case IAM_USER:
                return collect_user(call, principal->id, ret);
        case ASSUMED_ROLE:
                return collect_role(call, principal->session.issuer_id, ret);
        case FEDERATED_USER:
                if (str_eq(principal->session.issuer_id, principal->account))
                        return collect_root(call, ret);
                return collect_user(call, principal->session.issuer_id, ret);
        case ROOT_USER:
        case ANONYMOUS:
        case AWS_SERVICE:
                break;
        }
        return 0;
}

int iam_collect_policies(struct call *call, struct iam_policy_set *ret)
{
        const struct principal *principal = &call->principal;

        *ret = (struct iam_policy_set){};
        TRY(collect_identity(call, principal, ret));
        if (!principal->is_temporary)
                return 0;
        return add_session(call, &principal->session, principal->account, ret);
}

/* -- aws:PrincipalTag */

static bool has_key(const struct str_map *map, size_t count, struct str key)
{
        for (size_t i = 0; i < count; i++)
                if (str_eq_nocase(map->items[i].key, key))
                        return true;
        return false;
}

/* The session's tags, and those of the role that it does not override.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html */
static int merge_tags(struct call *call, const struct str_map *session, const struct str_map *role,
                      struct str_map *ret)
{
        *ret = (struct str_map){.is_set = true};
        ret->items = arena_new_array(&call->arena, struct str_pair, session->count + role->count + 1);
        if (!ret->items)
                return -ENOMEM;
        for (size_t i = 0; i < session->count; i++)
                ret->items[ret->count++] = session->items[i];
        for (size_t i = 0; i < role->count; i++)
                if (!has_key(ret, session->count, role->items[i].key))
                        ret->items[ret->count++] = role->items[i];
        return 0;
}

int iam_principal_tags(struct call *call, struct str_map *ret)
{
        const struct principal *principal = &call->principal;
        struct iam_user_record user;
        struct iam_role_record role;
        struct str_map tags;

        *ret = (struct str_map){.is_set = true};
        switch (principal->kind) {
        case IAM_USER:
                TRY(gone(iam_user_by_unique_id(call->txn, &call->arena, principal->id, &user)));
                return iam_tags_map(&call->arena, &user.tags, ret);
        case ASSUMED_ROLE:
                TRY(gone(
                        iam_role_by_unique_id(call->txn, &call->arena, principal->session.issuer_id, &role)));
                TRY(iam_tags_map(&call->arena, &role.tags, &tags));
                return merge_tags(call, &principal->session.tags, &tags, ret);
        case FEDERATED_USER:
                *ret = principal->session.tags;
                return 0;
        case ROOT_USER:
        case ANONYMOUS:
        case AWS_SERVICE:
                break;
        }
        return 0;
}
