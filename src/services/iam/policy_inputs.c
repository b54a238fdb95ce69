/* The policies that a simulation is about. */
#include "services/iam/simulation.h"

int iam_need_entity(struct call *call, struct str arn, struct iam_entity *ret)
{
        struct iam_arn_parts parts;
        int r;

        if (iam_arn_parse(arn, &parts) < 0 ||
            !(str_eq(parts.kind, STR("user")) || str_eq(parts.kind, STR("group")) ||
              str_eq(parts.kind, STR("role"))))
                return fail(call, &iam_invalid_input_exception,
                            "Invalid Entity Arn: %.*s does not clearly define entity type and name.",
                            STR_ARG(arn));
        r = str_eq(parts.account, call->account) ? iam_find_entity(call->txn, &call->arena, arn, ret)
                                                 : -ENOENT;
        if (r == -ENOENT)
                return fail(call, &iam_no_such_entity_exception, "The %.*s with name %.*s cannot be found.",
                            STR_ARG(parts.kind), STR_ARG(parts.name));
        return r;
}

static int add_ref(struct iam_policy_inputs *inputs, struct policy_ref ref)
{
        struct policy_ref *items = NULL;

        if (inputs->refs.count == inputs->room) {
                inputs->room = inputs->room ? 2 * inputs->room : 16;
                items = arena_new_array(&inputs->call->arena, struct policy_ref, inputs->room);
                if (!items)
                        return -ENOMEM;
                for (size_t i = 0; i < inputs->refs.count; i++)
                        items[i] = inputs->refs.items[i];
                inputs->refs.items = items;
        }
        items = (struct policy_ref *)inputs->refs.items;
        items[inputs->refs.count++] = ref;
        return 0;
}

int iam_join_inputs(struct iam_policy_inputs *inputs, struct policy_refs refs)
{
        for (size_t i = 0; i < refs.count; i++)
                TRY(add_ref(inputs, refs.items[i]));
        return 0;
}

/* Says why a document is refused; the shared compiled form does not keep the reason. */
static int refuse(struct call *call, struct str document, struct str name, enum policy_kind kind)
{
        _cleanup_(policy_freep) struct policy *policy = NULL;
        char problem[POLICY_PROBLEM_MAX];
        int r = policy_compile(document, kind, &policy, problem);

        if (r != -EINVAL)
                return r < 0 ? r : -EBADMSG;
        return fail(call, &iam_invalid_input_exception, "%.*s: %s", STR_ARG(name), problem);
}

int iam_add_input(struct iam_policy_inputs *inputs, struct str document, struct str name,
                  enum policy_kind kind)
{
        struct policy_ref ref = {.name = name};
        int r = call_policy(inputs->call, document, kind, &ref.policy);

        if (r == -EINVAL)
                return refuse(inputs->call, document, name, kind);
        return r < 0 ? r : add_ref(inputs, ref);
}

int iam_add_inputs(struct iam_policy_inputs *inputs, const struct str_list *documents, const char *list_name,
                   enum policy_kind kind)
{
        for (size_t i = 0; i < documents->count; i++)
                TRY(iam_add_input(inputs, documents->items[i],
                                  arena_printf(&inputs->call->arena, "%s.%zu", list_name, i + 1), kind));
        return 0;
}

/* -- Exclusions, by kind of policy, by ARN (with wildcards behind the account), or by an inline policy's
 * name. */

static bool is_excluded_managed(const struct iam_policy_inputs *inputs, struct str arn, bool as_boundary)
{
        struct str type =
                str_starts(arn, MANAGED_POLICY_ARN_PREFIX) ? STR("aws-managed") : STR("user-managed");

        if (as_boundary)
                type = STR("permission-boundary");
        for (size_t i = 0; inputs->exclusions && i < inputs->exclusions->count; i++) {
                const struct iam_policy_identifier *one = &inputs->exclusions->items[i];

                if (str_is_set(one->policy_type) && str_eq(one->policy_type, type))
                        return true;
                if (str_is_set(one->policy_arn) && policy_wildcard_match(one->policy_arn, arn, false))
                        return true;
        }
        return false;
}

static bool is_excluded_inline(const struct iam_policy_inputs *inputs, const struct iam_owner *owner,
                               struct str name)
{
        for (size_t i = 0; inputs->exclusions && i < inputs->exclusions->count; i++) {
                const struct iam_policy_identifier *one = &inputs->exclusions->items[i];
                const struct iam_inline_policy_identifier_type *inline_one = one->inline_policy_identifier;

                if (str_is_set(one->policy_type) && str_eq(one->policy_type, STR("inline")))
                        return true;
                if (inline_one && str_eq(inline_one->policy_name, name) &&
                    str_eq_nocase(inline_one->attachment_type, owner->kind) &&
                    str_eq_nocase(inline_one->attachment_name, owner->name))
                        return true;
        }
        return false;
}

/* -- What is stored. A policy that does not compile could not have been stored. */

static int add_stored(struct iam_policy_inputs *inputs, struct str document, struct str name)
{
        struct policy_ref ref = {.name = name};

        TRY(call_policy(inputs->call, document, POLICY_IDENTITY, &ref.policy));
        return add_ref(inputs, ref);
}

static int add_inline(struct iam_policy_inputs *inputs, const struct iam_owner *owner)
{
        struct arena *arena = &inputs->call->arena;
        struct str kind = arena_lower(arena, owner->kind);
        struct iam_policy_detail_list own;

        TRY(iam_inline_policies(inputs->call->txn, arena, owner->id, &own));
        for (size_t i = 0; i < own.count; i++) {
                struct str name = own.items[i].policy_name;

                if (is_excluded_inline(inputs, owner, name))
                        continue;
                TRY(add_stored(inputs, own.items[i].policy_document,
                               arena_printf(arena, "%.*s_%.*s_%.*s", STR_ARG(kind), STR_ARG(owner->name),
                                            STR_ARG(name))));
        }
        return 0;
}

static int add_attached(struct iam_policy_inputs *inputs, const struct iam_owner *owner)
{
        struct arena *arena = &inputs->call->arena;
        struct iam_attached_policy_list attached;
        struct str document;

        TRY(iam_attached_policies(inputs->call->txn, arena, owner->id, &attached));
        for (size_t i = 0; i < attached.count; i++) {
                struct str arn = attached.items[i].policy_arn;

                if (is_excluded_managed(inputs, arn, false))
                        continue;
                TRY(iam_policy_document(inputs->call->txn, arena, owner->account, arn, &document));
                TRY(add_stored(inputs, document, attached.items[i].policy_name));
        }
        return 0;
}

static int add_owner(struct iam_policy_inputs *inputs, const struct iam_owner *owner)
{
        TRY(add_inline(inputs, owner));
        return add_attached(inputs, owner);
}

static int set_boundary(struct iam_policy_inputs *inputs, const struct iam_entity *entity)
{
        struct call *call = inputs->call;
        struct str document;

        if (!str_is_set(entity->boundary_arn) || is_excluded_managed(inputs, entity->boundary_arn, true))
                return 0;
        TRY(iam_policy_document(call->txn, &call->arena, entity->owner.account, entity->boundary_arn,
                                &document));
        inputs->boundary.name = entity->boundary_arn;
        inputs->has_boundary = true;
        return call_policy(call, document, POLICY_IDENTITY, &inputs->boundary.policy);
}

int iam_add_inputs_of_entity(struct iam_policy_inputs *inputs, const struct iam_entity *entity)
{
        struct iam_group_record *groups;
        size_t count;

        TRY(add_owner(inputs, &entity->owner));
        TRY(set_boundary(inputs, entity));
        if (!str_eq(entity->owner.kind, STR("User")))
                return 0;
        TRY(iam_groups_of(inputs->call->txn, &inputs->call->arena, entity->owner.id, &groups, &count));
        for (size_t i = 0; i < count; i++) {
                struct iam_owner group = iam_owner_group(&groups[i]);

                TRY(add_owner(inputs, &group));
        }
        return 0;
}
