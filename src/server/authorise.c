#include "server/authorise.h"

#include "server/context.h"
#include "server/denial.h"
#include "services/iam/directory.h"

static enum policy_principal_kind kind_of(const struct principal *principal)
{
        switch (principal->kind) {
        case ROOT_USER:
                return PRINCIPAL_ROOT;
        case IAM_USER:
                return PRINCIPAL_USER;
        case ASSUMED_ROLE:
                return PRINCIPAL_ROLE_SESSION;
        case FEDERATED_USER:
                return PRINCIPAL_FEDERATED_USER;
        case AWS_SERVICE:
                return PRINCIPAL_SERVICE;
        case ANONYMOUS:
                break;
        }
        return PRINCIPAL_ANONYMOUS;
}

static struct policy_principal asking(const struct principal *principal,
                                      const struct iam_policy_set *policies, struct str canonical_id)
{
        return (struct policy_principal){
                .kind = kind_of(principal),
                .arn = principal->kind == AWS_SERVICE ? principal->name : principal->arn,
                .account = principal->account,
                .issuer_arn = principal->is_temporary ? principal->session.issuer_arn : STR_NONE,
                .issuer_id = principal->is_temporary ? principal->session.issuer_id : STR_NONE,
                .canonical_id = canonical_id,
                .is_service_linked = policies->is_service_linked,
        };
}

/* Each costs policies and a look into the store, in the transaction of a write: more than any operation
 * takes. */
#define RESOURCES_MAX 1000

/* What the arguments of a resource say: of a list, each of its items. */
struct named {
        const struct str *items;
        size_t count;
};

/* On how many: one for each item of a list; one when there is no item, or no list. */
static int read_names(struct flight *flight, const struct api_permission *permission,
                      struct named names[API_RESOURCE_ARGS], size_t *ret_count)
{
        for (size_t i = 0; i < permission->arg_count; i++)
                TRY(wire_member_values(permission->args[i], flight->in, &flight->call.arena, &names[i].items,
                                       &names[i].count));
        *ret_count = permission->arg_count == 1 && names[0].count > 0 ? names[0].count : 1;
        if (*ret_count > RESOURCES_MAX)
                return flight_refuse(flight, WIRE_ERROR_TOO_LARGE, "The request is too large.");
        return 0;
}

/* The resource that a permission is asked on; "*" without a finder. Of a list: by its item of that number. */
static int find_resource(struct flight *flight, const struct api_permission *permission,
                         const struct named *names, size_t number, struct resource *ret)
{
        struct str args[API_RESOURCE_ARGS] = {};

        *ret = (struct resource){.arn = STR("*"), .policy_kind = POLICY_RESOURCE};
        if (!permission->resource)
                return 0;
        for (size_t i = 0; i < permission->arg_count; i++)
                args[i] = number < names[i].count ? names[i].items[number] : STR_NONE;
        return permission->resource->find(&flight->call, args, ret);
}

static int attach_resource_policy(struct flight *flight, const struct resource *resource,
                                  struct policy_ref *ref, struct policy_question *question)
{
        question->resource_policy_required = resource->policy_required;
        question->account_agrees = resource->account_agrees;
        question->resource_policy_only_denies = resource->policy_only_denies;
        if (!str_is_set(resource->policy))
                return 0;
        TRY(call_policy(&flight->call, resource->policy, resource->policy_kind, &ref->policy));
        ref->name = resource->policy_name.len ? resource->policy_name : resource->arn;
        question->resource_policy = ref;
        return 0;
}

static bool is_noted(const struct call *call, struct str arn)
{
        for (const struct call_resource *noted = call->resources; noted; noted = noted->next)
                if (str_eq(noted->arn, arn))
                        return true;
        return false;
}

/* Once, however many permissions are asked on it. */
static void note_resource(struct flight *flight, const struct resource *resource)
{
        struct call *call = &flight->call;

        struct str arn = str_is_set(resource->noted) ? resource->noted : resource->arn;

        if (str_eq(arn, STR("*")) && resource->type.len)
                arn = STR_NONE; /* of a kind that has no ARNs */
        else if (!str_starts(arn, STR("arn:")))
                return;
        if (is_noted(call, arn))
                return;
        call_touch(call, arn, resource->type);
        if (call->resources && resource->account.len)
                call->resources->account = arena_dup(&call->arena, resource->account);
        if (resource->account.len && !str_eq(resource->account, call->account))
                flight->other_account = arena_dup(&call->arena, resource->account);
}

static struct policy_question question_on(struct context *context, const struct iam_policy_set *policies,
                                          struct str action)
{
        const struct flight *flight = context->flight;
        const struct resource *resource = context->resource;

        return (struct policy_question){
                .principal = asking(&flight->call.principal, policies, resource->asker_id),
                .action = action,
                .resource = resource->arn,
                .resource_account = resource->account.len ? resource->account : flight->call.account,
                .find_key = context_find,
                .find_arg = context,
                .identity = policies->identity,
                .boundary = policies->boundary,
                .session = policies->session,
                .has_session = policies->has_session,
        };
}

/* In the words in which a resource is refused that is not there. */
static int deny_as_absent(struct flight *flight, const struct iam_policy_set *policies, struct str action,
                          const struct resource *resource)
{
        const struct resource absent = {.arn = resource->told,
                                        .account = resource->account,
                                        .type = resource->type,
                                        .told_place = resource->told_place,
                                        .told_reason = resource->told_reason};
        struct context context = {.flight = flight, .resource = &absent};
        struct policy_question question = question_on(&context, policies, action);
        struct policy_decision decision;

        policy_decide(&question, &decision);
        note_resource(flight, &absent);
        return denial_tell(flight, &question, &decision, &absent);
}

static int grants_on(struct flight *flight, const struct resource *resource, struct policy_question *question)
{
        if (!resource->find_grants)
                return 0;
        return resource->find_grants(&flight->call, resource, question->action, &question->grants,
                                     &question->grant_count);
}

static int refuse_on(struct flight *flight, const struct iam_policy_set *policies,
                     const struct policy_question *question, const struct policy_decision *decision,
                     const struct resource *resource)
{
        flight->call.was_denied_explicitly = decision->effect == POLICY_EXPLICIT_DENY;
        denial_trace(flight, question);
        if (str_is_set(resource->told))
                return deny_as_absent(flight, policies, question->action, resource);
        note_resource(flight, resource);
        if (resource->denied_as && decision->by == POLICY_BY_RESOURCE)
                return fail(&flight->call, resource->denied_as, "%s", resource->denied_text);
        return denial_tell(flight, question, decision, resource);
}

static int ask_on(struct flight *flight, const struct iam_policy_set *policies, struct str action,
                  const struct resource *resource)
{
        struct resource settled = *resource;
        struct context context = {.flight = flight, .resource = &settled};
        struct policy_question question = question_on(&context, policies, action);
        struct policy_ref resource_policy = {};
        struct policy_decision decision;

        if (resource->settle)
                TRY(resource->settle(&flight->call, action, &settled));
        if (settled.is_waived)
                return 0;
        if (settled.account.len)
                question.resource_account = settled.account;
        TRY(attach_resource_policy(flight, &settled, &resource_policy, &question));
        policy_decide(&question, &decision);
        if (decision.effect == POLICY_IMPLICIT_DENY) {
                TRY(grants_on(flight, &settled, &question));
                policy_decide(&question, &decision);
        }
        if (decision.effect != POLICY_ALLOW || context.is_broken || flight->call.arena.failed)
                return refuse_on(flight, policies, &question, &decision, resource);
        flight->call.is_allowed_by_grant |= decision.by == POLICY_BY_GRANT;
        note_resource(flight, resource);
        return resource->behind ? ask_on(flight, policies, action, resource->behind) : 0;
}

static int ask(struct flight *flight, const struct iam_policy_set *policies,
               const struct api_permission *permission)
{
        struct named names[API_RESOURCE_ARGS] = {};
        struct resource resource;
        size_t count;

        TRY(read_names(flight, permission, names, &count));
        for (size_t i = 0; i < count; i++) {
                TRY(find_resource(flight, permission, names, i, &resource));
                TRY(ask_on(flight, policies, permission->action, &resource));
        }
        return 0;
}

/* What cannot be evaluated refuses; the client sees a denial and the log the reason. */
static int refuse_unsure(struct flight *flight, int error)
{
        const struct api_operation *operation = flight->call.operation;

        if (error == -ECALL || error == -ENOSPC || error == -EIO)
                return error;
        return flight_refuse(
                flight, WIRE_ERROR_ACCESS_DENIED,
                "User: %.*s is not authorized to perform: %.*s:%.*s because a policy that applies "
                "could not be "
                "evaluated",
                STR_ARG(flight->call.principal.arn), STR_ARG(operation->service->name),
                STR_ARG(operation->name));
}

static bool is_asked(const struct api_permission *permission, const void *in)
{
        if (permission->when && !wire_is_set(permission->when, in))
                return false;
        return !permission->unless || !wire_is_set(permission->unless, in);
}

int authorise(struct flight *flight)
{
        const struct api_operation *operation = flight->call.operation;
        struct iam_policy_set policies = {};
        int r;

        if (operation->needs_no_permission)
                return 0;
        if (operation->permission_count == 0)
                return flight_refuse(flight, WIRE_ERROR_ACCESS_DENIED,
                                     "No permission is defined for this operation.");
        r = iam_collect_policies(&flight->call, &policies);
        for (size_t i = 0; r == 0 && i < operation->permission_count; i++) {
                const struct api_permission *permission = &operation->permissions[i];

                if (!is_asked(permission, flight->in))
                        continue;
                r = ask(flight, &policies, permission);
        }
        return r < 0 ? refuse_unsure(flight, r) : 0;
}

int authorise_more(struct call *call, struct str action, const struct resource *resource)
{
        struct flight *flight = (struct flight *)(void *)((char *)call - offsetof(struct flight, call));
        struct iam_policy_set policies = {};
        int r = iam_collect_policies(call, &policies);

        if (r == 0)
                r = ask_on(flight, &policies, action, resource);
        return r < 0 ? refuse_unsure(flight, r) : 0;
}
