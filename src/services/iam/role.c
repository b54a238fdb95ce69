/* Roles. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html */
#include "services/iam/attachments.h"
#include "services/iam/document.h"
#include "services/iam/entity.h"
#include "services/iam/page.h"
#include "services/iam/quota.h"
#include "services/iam/roles.h"
#include "services/iam/tags.h"
#include "services/iam/trust.h"

/* An empty RoleLastUsed says "never". */
static int last_used(struct call *call, struct str role_id, struct iam_role_last_used **ret)
{
        struct iam_last_use_record use = {.id = role_id};
        int r = call_get(call, &iam_last_use_record_type, &use);

        if (r < 0 && r != -ENOENT)
                return r;
        *ret = arena_new(&call->arena, struct iam_role_last_used);
        if (!*ret)
                return -ENOMEM;
        (*ret)->last_used_date = use.used;
        (*ret)->region = use.region;
        return 0;
}

static int trust_policy(struct call *call, const struct iam_role_record *role, struct str *ret)
{
        struct str document;

        TRY(iam_trust_document(call->txn, &call->arena, role->trust_policy, &document));
        *ret = iam_document_encode(&call->arena, document);
        return 0;
}

int iam_role_out(struct call *call, const struct iam_role_record *role, bool with_details,
                 struct iam_role *ret)
{
        *ret = (struct iam_role){
                .path = role->path,
                .role_name = role->name,
                .role_id = role->id,
                .arn = iam_role_arn(&call->arena, role),
                .create_date = role->created,
                .description = role->description,
                .max_session_duration = role->max_session_s,
        };
        TRY(trust_policy(call, role, &ret->assume_role_policy_document));
        if (!with_details)
                return 0;
        ret->permissions_boundary = iam_boundary_of(&call->arena, role->boundary_arn);
        if (role->tags.count)
                ret->tags = role->tags;
        return last_used(call, role->id, &ret->role_last_used);
}

static int give_role(struct call *call, const struct iam_role_record *role, struct iam_role **ret)
{
        *ret = arena_new(&call->arena, struct iam_role);
        return *ret ? iam_role_out(call, role, true, *ret) : -ENOMEM;
}

int iam_refuse_linked_role(struct call *call, const struct iam_role_record *role)
{
        if (!str_is_set(role->linked_service))
                return 0;
        return fail(
                call, &iam_unmodifiable_entity_exception,
                "Cannot perform the operation on the protected role '%.*s' - this role is only modifiable "
                "by AWS",
                STR_ARG(role->name));
}

int iam_need_changeable_role(struct call *call, struct str name, struct iam_role_record *ret)
{
        TRY(iam_need_role(call, name, ret));
        return iam_refuse_linked_role(call, ret);
}

int iam_insert_role(struct call *call, struct iam_role_record *role)
{
        int r;

        role->account = call->account;
        role->created = OPT_INT(call->now_ms);
        r = call_insert(call, &iam_role_record_type, role);
        if (r == -EEXIST)
                return fail(call, &iam_entity_already_exists_exception, "Role with name %.*s already exists.",
                            STR_ARG(role->name));
        if (r < 0)
                return r;
        return iam_count_up(call, IAM_COUNT_ROLES, "RolesPerAccount", IAM_ROLES_PER_ACCOUNT);
}

int iam_erase_role(struct call *call, struct iam_role_record *role)
{
        const struct iam_owner owner = iam_owner_role(role);
        struct iam_last_use_record use = {.id = role->id};
        int r;

        TRY(iam_clear_boundary(call, &owner, &role->boundary_arn));
        r = call_delete(call, &iam_last_use_record_type, &use);
        if (r < 0 && r != -ENOENT)
                return r;
        TRY(call_delete(call, &iam_role_record_type, role));
        return iam_count_down(call, IAM_COUNT_ROLES);
}

/* Paths below /aws-service-role/ are those of roles that services make. */
static int check_path(struct call *call, struct str path)
{
        if (!str_starts(path, STR("/aws-service-role/")))
                return 0;
        return fail(call, &iam_invalid_input_exception,
                    "Path %.*s is reserved for service-linked roles. Use CreateServiceLinkedRole.",
                    STR_ARG(path));
}

int iam_create_role(struct call *call, const struct iam_create_role_in *in, struct iam_create_role_out *out)
{
        struct iam_role_record role = {
                .account = call->account,
                .name = in->role_name,
                .id = iam_new_id(call, "AROA"),
                .path = iam_path(in->path),
                .description = in->description,
                .max_session_s = in->max_session_duration,
        };
        const struct iam_owner owner = iam_owner_role(&role);

        if (!role.max_session_s.is_set)
                role.max_session_s = OPT_INT(IAM_ROLE_SESSION_DEFAULT_S);
        TRY(check_path(call, role.path));
        TRY(iam_trust_store(call, in->assume_role_policy_document, &role.trust_policy));
        TRY(iam_tags_merge(call, IAM_TAG_KEYS_NOCASE, "TagsPerRole", &in->tags, &role.tags));
        if (str_is_set(in->permissions_boundary))
                TRY(iam_set_boundary(call, &owner, in->permissions_boundary, &role.boundary_arn));
        TRY(iam_insert_role(call, &role));
        TRY(give_role(call, &role, &out->role));
        out->role->role_last_used = NULL;
        return 0;
}

int iam_get_role(struct call *call, const struct iam_get_role_in *in, struct iam_get_role_out *out)
{
        struct iam_role_record role;

        TRY(iam_need_role(call, in->role_name, &role));
        return give_role(call, &role, &out->role);
}

int iam_list_roles(struct call *call, const struct iam_list_roles_in *in, struct iam_list_roles_out *out)
{
        const struct str prefix = iam_path(in->path_prefix);
        const struct iam_role_record like = {.account = call->account};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct iam_role_record role;
        struct iam_page page;
        int r;

        TRY(iam_page_begin(&page, call, in->marker, in->max_items, prefix));
        out->roles.is_set = true;
        out->roles.items = arena_new_array(&call->arena, struct iam_role, page.limit);
        if (!out->roles.items)
                return -ENOMEM;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &iam_role_record_type, NULL, &like, 1,
                              page.after));
        while ((r = record_scan_next(&scan, &role)) == 0) {
                if (!str_starts(role.path, prefix))
                        continue;
                if (iam_page_is_full(&page))
                        break;
                TRY(iam_role_out(call, &role, false, &out->roles.items[page.count++]));
                page.last = record_scan_token(&scan, &call->arena);
        }
        if (r < 0 && r != -ENOENT)
                return r;
        out->roles.count = page.count;
        return iam_page_end(&page, r == 0, &out->is_truncated, &out->marker);
}

/* Of a service-linked role, customers may change the description only. A duration that is not given goes back
 * to the default: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html */
int iam_update_role(struct call *call, const struct iam_update_role_in *in, struct iam_update_role_out *out)
{
        struct iam_role_record role;

        (void)out;
        TRY(iam_need_role(call, in->role_name, &role));
        if (in->max_session_duration.is_set)
                TRY(iam_refuse_linked_role(call, &role));
        if (str_is_set(in->description))
                role.description = in->description;
        role.max_session_s = in->max_session_duration.is_set ? in->max_session_duration
                                                             : OPT_INT(IAM_ROLE_SESSION_DEFAULT_S);
        return call_put(call, &iam_role_record_type, &role);
}

int iam_update_role_description(struct call *call, const struct iam_update_role_description_in *in,
                                struct iam_update_role_description_out *out)
{
        struct iam_role_record role;

        TRY(iam_need_role(call, in->role_name, &role));
        role.description = in->description;
        TRY(call_put(call, &iam_role_record_type, &role));
        return give_role(call, &role, &out->role);
}

int iam_update_assume_role_policy(struct call *call, const struct iam_update_assume_role_policy_in *in,
                                  struct iam_update_assume_role_policy_out *out)
{
        struct iam_role_record role;

        (void)out;
        TRY(iam_need_changeable_role(call, in->role_name, &role));
        TRY(iam_trust_store(call, in->policy_document, &role.trust_policy));
        return call_put(call, &iam_role_record_type, &role);
}

static int refuse_in_profile(struct call *call, const struct iam_role_record *role)
{
        struct iam_instance_profile_role_record like = {.role_id = role->id}, row;
        _cleanup_(record_scan_end) struct record_scan scan = {};
        int r;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &iam_instance_profile_role_record_type, NULL,
                              &like, 1, STR_NONE));
        r = record_scan_next(&scan, &row);
        if (r == 0)
                return fail(call, &iam_delete_conflict_exception,
                            "Cannot delete entity, must remove roles from instance profile first.");
        return r == -ENOENT ? 0 : r;
}

int iam_delete_role(struct call *call, const struct iam_delete_role_in *in, struct iam_delete_role_out *out)
{
        struct iam_role_record role;
        struct iam_owner owner;

        (void)out;
        TRY(iam_need_changeable_role(call, in->role_name, &role));
        owner = iam_owner_role(&role);
        TRY(refuse_in_profile(call, &role));
        TRY(iam_refuse_with_policies(call, &owner));
        return iam_erase_role(call, &role);
}
