/* ListPoliciesGrantingServiceAccess: which of an entity's policies allow anything of a service.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPoliciesGrantingServiceAccess.html */
#include "services/iam/document.h"
#include "services/iam/page.h"
#include "services/iam/simulation.h"

/* One policy, as the answer names it, and what it says. */
struct granting {
        struct iam_policy_granting_service_access shown;
        struct str document;
        struct granting *next;
};

struct collection {
        struct call *call;
        struct granting *first, **end;
        size_t count;
};

static int add(struct collection *collection, struct iam_policy_granting_service_access shown,
               struct str document)
{
        struct granting *granting = arena_new(&collection->call->arena, struct granting);

        if (!granting)
                return -ENOMEM;
        *granting = (struct granting){shown, document, NULL};
        *collection->end = granting;
        collection->end = &granting->next;
        collection->count++;
        return 0;
}

static int add_inline(struct collection *collection, const struct iam_owner *owner)
{
        struct arena *arena = &collection->call->arena;
        struct iam_policy_granting_service_access shown = {.policy_type = STR("INLINE"),
                                                           .entity_name = owner->name};
        struct iam_policy_detail_list own;

        shown.entity_type = str_eq(owner->kind, STR("User"))    ? STR("USER")
                            : str_eq(owner->kind, STR("Group")) ? STR("GROUP")
                                                                : STR("ROLE");
        TRY(iam_inline_policies(collection->call->txn, arena, owner->id, &own));
        for (size_t i = 0; i < own.count; i++) {
                shown.policy_name = own.items[i].policy_name;
                TRY(add(collection, shown, own.items[i].policy_document));
        }
        return 0;
}

static int add_owner(struct collection *collection, const struct iam_owner *owner)
{
        struct call *call = collection->call;
        struct iam_policy_granting_service_access shown = {.policy_type = STR("MANAGED")};
        struct iam_attached_policy_list attached;
        struct str document;

        TRY(iam_attached_policies(call->txn, &call->arena, owner->id, &attached));
        for (size_t i = 0; i < attached.count; i++) {
                shown.policy_name = attached.items[i].policy_name;
                shown.policy_arn = attached.items[i].policy_arn;
                TRY(iam_policy_document(call->txn, &call->arena, owner->account, shown.policy_arn,
                                        &document));
                TRY(add(collection, shown, document));
        }
        return add_inline(collection, owner);
}

static int collect(struct collection *collection, const struct iam_entity *entity)
{
        struct call *call = collection->call;
        struct iam_group_record *groups;
        size_t count;

        TRY(add_owner(collection, &entity->owner));
        if (!str_eq(entity->owner.kind, STR("User")))
                return 0;
        TRY(iam_groups_of(call->txn, &call->arena, entity->owner.id, &groups, &count));
        for (size_t i = 0; i < count; i++) {
                struct iam_owner group = iam_owner_group(&groups[i]);

                TRY(add_owner(collection, &group));
        }
        return 0;
}

static int answer_service(const struct collection *collection, struct str service,
                          struct iam_list_policies_granting_service_access_entry *ret)
{
        struct iam_policy_granting_service_access_list *policies = &ret->policies;

        ret->service_namespace = service;
        policies->is_set = true;
        policies->items = arena_new_array(&collection->call->arena, struct iam_policy_granting_service_access,
                                          collection->count + 1);
        if (!policies->items)
                return -ENOMEM;
        for (const struct granting *one = collection->first; one; one = one->next)
                if (iam_document_grants(one->document, service))
                        policies->items[policies->count++] = one->shown;
        return 0;
}

int iam_list_policies_granting_service_access(struct call *call,
                                              const struct iam_list_policies_granting_service_access_in *in,
                                              struct iam_list_policies_granting_service_access_out *out)
{
        struct iam_list_policies_granting_service_access_entry_list *entries =
                &out->policies_granting_service_access;
        struct collection collection = {.call = call};
        struct iam_entity entity;
        struct iam_page page;

        collection.end = &collection.first;
        TRY(iam_need_entity(call, in->arn, &entity));
        TRY(iam_page_begin(&page, call, in->marker, (struct opt_int){}, entity.owner.id));
        TRY(collect(&collection, &entity));
        entries->is_set = true;
        entries->items = arena_new_array(&call->arena, struct iam_list_policies_granting_service_access_entry,
                                         in->service_namespaces.count);
        if (!entries->items)
                return -ENOMEM;
        for (size_t i = 0; i < in->service_namespaces.count; i++)
                TRY(answer_service(&collection, in->service_namespaces.items[i],
                                   &entries->items[entries->count++]));
        return iam_page_end(&page, false, &out->is_truncated, &out->marker);
}
