/* Roles that belong to a service: made with its own trust policy, path and permissions, changed by nobody
 * else. https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html */
#include "base/ids.h"
#include "services/iam/attachments.h"
#include "services/iam/entity.h"
#include "services/iam/linked_services.h"
#include "services/iam/roles.h"

static int check_suffix(struct call *call, const struct iam_linked_service *service, struct str suffix)
{
        if (!str_is_set(suffix) || service->takes_suffix)
                return 0;
        return fail(call, &iam_invalid_input_exception, "Custom suffix is not allowed for %.*s",
                    STR_ARG(service->name));
}

/* The role that is to be made. For a service that has none, any role below its path is asked about. */
int iam_service_linked_role_resource(struct call *call, const struct str *args, struct resource *ret)
{
        const struct iam_linked_service *service = iam_linked_service_find(args[0]);
        struct str path = arena_printf(&call->arena, "/aws-service-role/%.*s/", STR_ARG(args[0]));
        struct str name = STR("*");

        if (service)
                name = iam_linked_role_name(&call->arena, service, args[1]);
        *ret = (struct resource){.arn = iam_arn(&call->arena, call->account, "role", path, name),
                                 .type = STR("AWS::IAM::Role")};
        return 0;
}

static int refuse_taken(struct call *call, struct str name)
{
        struct iam_role_record role = {.account = call->account, .name = name};

        if (!record_exists(call->txn, &iam_role_record_type, &role))
                return 0;
        return fail(call, &iam_invalid_input_exception,
                    "Service role name %.*s has been taken in this account, please try a different suffix.",
                    STR_ARG(name));
}

/* A policy that this server does not know is left out: it can be imported, and the role made again. */
static int attach_policy(struct call *call, const struct iam_linked_service *service,
                         const struct iam_role_record *role)
{
        struct str arn = arena_printf(&call->arena, "arn:aws:iam::aws:policy/aws-service-role/%.*s",
                                      STR_ARG(service->policy_name));
        const struct iam_owner owner = iam_owner_role(role);
        struct iam_managed policy;
        int r = iam_policy_find(call->txn, &call->arena, call->account, arn, &policy);

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        return iam_attach(call, &owner, &policy);
}

static struct str trust_policy(struct call *call, struct str service)
{
        return arena_printf(&call->arena,
                            "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":"
                            "{\"Service\":\"%.*s\"},\"Action\":\"sts:AssumeRole\"}]}",
                            STR_ARG(service));
}

int iam_create_service_linked_role(struct call *call, const struct iam_create_service_linked_role_in *in,
                                   struct iam_create_service_linked_role_out *out)
{
        const struct iam_linked_service *service = iam_linked_service_find(in->aws_service_name);
        struct iam_role_record role;

        if (!service)
                return fail(call, &iam_access_denied, "Cannot find Service Linked Role template for %.*s",
                            STR_ARG(in->aws_service_name));
        TRY(check_suffix(call, service, in->custom_suffix));
        role = (struct iam_role_record){
                .name = iam_linked_role_name(&call->arena, service, in->custom_suffix),
                .id = iam_new_id(call, "AROA"),
                .path = arena_printf(&call->arena, "/aws-service-role/%.*s/", STR_ARG(service->name)),
                .trust_policy = trust_policy(call, service->name),
                .description = in->description,
                .max_session_s = OPT_INT(IAM_ROLE_SESSION_DEFAULT_S),
                .linked_service = service->name,
        };
        TRY(refuse_taken(call, role.name));
        TRY(iam_insert_role(call, &role));
        TRY(attach_policy(call, service, &role));
        out->role = arena_new(&call->arena, struct iam_role);
        if (!out->role)
                return -ENOMEM;
        TRY(iam_role_out(call, &role, false, out->role));
        return 0;
}

static int detach_all(struct call *call, const struct iam_role_record *role)
{
        const struct iam_owner owner = iam_owner_role(role);
        struct iam_attached_policy_list policies;

        TRY(iam_attached_policies(call->txn, &call->arena, role->id, &policies));
        for (size_t i = 0; i < policies.count; i++)
                TRY(iam_detach(call, &owner, policies.items[i].policy_arn));
        return 0;
}

/* No service here holds on to its role, so the task is done when it is answered. */
int iam_delete_service_linked_role(struct call *call, const struct iam_delete_service_linked_role_in *in,
                                   struct iam_delete_service_linked_role_out *out)
{
        struct iam_deletion_task_record task = {
                .account = call->account, .status = STR("SUCCEEDED"), .created = OPT_INT(call->now_ms)};
        struct iam_role_record role;

        TRY(iam_need_role(call, in->role_name, &role));
        if (!str_is_set(role.linked_service))
                return fail(call, &iam_invalid_input_exception, "Role %.*s is not a service-linked role.",
                            STR_ARG(role.name));
        TRY(detach_all(call, &role));
        TRY(iam_erase_role(call, &role));
        task.id = arena_printf(&call->arena, "task%.*s%.*s/%.*s", STR_ARG(role.path), STR_ARG(role.name),
                               STR_ARG(id_uuid(&call->arena)));
        task.role_name = role.name;
        TRY(call_insert(call, &iam_deletion_task_record_type, &task));
        out->deletion_task_id = task.id;
        return 0;
}

int iam_get_service_linked_role_deletion_status(
        struct call *call, const struct iam_get_service_linked_role_deletion_status_in *in,
        struct iam_get_service_linked_role_deletion_status_out *out)
{
        struct iam_deletion_task_record task = {.account = call->account, .id = in->deletion_task_id};
        int r;

        if (!str_starts(in->deletion_task_id, STR("task/aws-service-role/")))
                return fail(call, &iam_invalid_input_exception, "Invalid deletion task id: %.*s",
                            STR_ARG(in->deletion_task_id));
        r = call_get(call, &iam_deletion_task_record_type, &task);
        if (r == -ENOENT)
                return fail(call, &iam_no_such_entity_exception, "Deletion task %.*s cannot be found.",
                            STR_ARG(in->deletion_task_id));
        if (r < 0)
                return r;
        out->status = task.status;
        if (str_is_set(task.reason)) {
                out->reason = arena_new(&call->arena, struct iam_deletion_task_failure_reason_type);
                if (!out->reason)
                        return -ENOMEM;
                out->reason->reason = task.reason;
        }
        return 0;
}
