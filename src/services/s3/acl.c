/* Lists as they are kept and shown. */
#include "services/s3/acl.h"

/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#finding-canonical-id */
#define ANONYMOUS_ID STR("65a011a29cdf8ec533ec3d1ccaae921c")

struct str s3_owner_id(struct arena *arena, struct str owner)
{
        return str_eq(owner, S3_ANONYMOUS) ? ANONYMOUS_ID : s3_canonical_id(arena, owner);
}

/* Whoever owned them before gets them back when ACLs are enabled again. */
struct str s3_object_owner(const struct s3_bucket_record *bucket, const struct s3_object_record *object)
{
        return s3_acls_are_disabled(bucket) || !str_is_set(object->owner) ? bucket->account : object->owner;
}

static struct s3_grant grant_to(struct arena *arena, struct s3_grantee to, struct str permission)
{
        struct s3_grantee *grantee = arena_new(arena, struct s3_grantee);

        if (grantee)
                *grantee = to;
        return (struct s3_grant){.grantee = grantee, .permission = permission};
}

struct s3_grant s3_grant_to_id(struct arena *arena, struct str id, struct str permission)
{
        struct s3_grantee to = {.type = STR("CanonicalUser"), .id = arena_lower(arena, id)};

        return grant_to(arena, to, permission);
}

struct s3_grant s3_grant_to_owner(struct arena *arena, struct str owner, struct str permission)
{
        return s3_grant_to_id(arena, s3_owner_id(arena, owner), permission);
}

struct s3_grant s3_grant_to_group(struct arena *arena, struct str uri, struct str permission)
{
        return grant_to(arena, (struct s3_grantee){.type = STR("Group"), .uri = uri}, permission);
}

bool s3_acl_add(struct arena *arena, struct s3_grant_list *list, struct s3_grant grant)
{
        if (list->count == S3_GRANTS_MAX)
                return false;
        if (!list->items)
                list->items = arena_new_array(arena, struct s3_grant, S3_GRANTS_MAX);
        if (!list->items || !grant.grantee)
                return false;
        list->items[list->count++] = grant;
        list->is_set = true;
        return true;
}

/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#public-acls
 */
bool s3_grant_is_public(const struct s3_grant *grant)
{
        return str_eq(grant->grantee->uri, S3_ALL_USERS) ||
               str_eq(grant->grantee->uri, S3_AUTHENTICATED_USERS);
}

bool s3_acl_is_public(const struct s3_grant_list *list)
{
        for (size_t i = 0; i < list->count; i++)
                if (s3_grant_is_public(&list->items[i]))
                        return true;
        return false;
}

bool s3_acl_is_private(struct arena *arena, const struct s3_grant_list *list, struct str owner)
{
        struct str id = s3_owner_id(arena, owner);

        for (size_t i = 0; i < list->count; i++)
                if (!str_eq(list->items[i].grantee->id, id))
                        return false;
        return true;
}

static int make_private(struct call *call, struct str owner, struct s3_grant_list *ret)
{
        struct s3_grant grant = s3_grant_to_owner(&call->arena, owner, STR("FULL_CONTROL"));

        return s3_acl_add(&call->arena, ret, grant) ? 0 : -ENOMEM;
}

int s3_acl_show(struct call *call, const struct s3_acl_subject *subject, const struct s3_grant_list *stored,
                struct s3_owner **ret_owner, struct s3_grant_list *ret)
{
        struct s3_block block;

        *ret_owner = arena_new(&call->arena, struct s3_owner);
        if (!*ret_owner)
                return -ENOMEM;
        (*ret_owner)->id = s3_owner_id(&call->arena, subject->owner);
        ret->is_set = true;
        if (s3_acls_are_disabled(subject->bucket) || !stored->is_set)
                return make_private(call, subject->owner, ret);
        TRY(s3_block_of(call, subject->bucket, &block));
        for (size_t i = 0; i < stored->count; i++)
                if (!block.ignored_acls || !s3_grant_is_public(&stored->items[i]))
                        if (!s3_acl_add(&call->arena, ret, stored->items[i]))
                                return -ENOMEM;
        return 0;
}
