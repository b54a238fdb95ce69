/* What lists allow, beside policies.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#acl-access-policy-permission-mapping
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-auth-workflow-object-operation.html */
#include "services/s3/acl.h"
#include "services/s3/version.h"

/* -- Permissions and actions */

static const struct {
        bool on_object;
        struct str permission, action;
} COVERED[] = {
        {false, STR_INIT("READ"), STR_INIT("s3:ListBucket")},
        {false, STR_INIT("READ"), STR_INIT("s3:ListBucketVersions")},
        {false, STR_INIT("READ"), STR_INIT("s3:ListBucketMultipartUploads")},
        {false, STR_INIT("WRITE"), STR_INIT("s3:PutObject")},
        {false, STR_INIT("WRITE"), STR_INIT("s3:DeleteObject")}, /* of one's own: see covers_here() */
        {false, STR_INIT("READ_ACP"), STR_INIT("s3:GetBucketAcl")},
        {false, STR_INIT("WRITE_ACP"), STR_INIT("s3:PutBucketAcl")},
        {true, STR_INIT("READ"), STR_INIT("s3:GetObject")},
        {true, STR_INIT("READ"), STR_INIT("s3:GetObjectVersion")},
        {true, STR_INIT("READ"), STR_INIT("s3:GetObjectVersionForReplication")},
        {true, STR_INIT("READ_ACP"), STR_INIT("s3:GetObjectAcl")},
        {true, STR_INIT("READ_ACP"), STR_INIT("s3:GetObjectVersionAcl")},
        {true, STR_INIT("WRITE_ACP"), STR_INIT("s3:PutObjectAcl")},
        {true, STR_INIT("WRITE_ACP"), STR_INIT("s3:PutObjectVersionAcl")},
};

bool s3_acl_covers(bool on_object, struct str permission, struct str action)
{
        for (size_t i = 0; i < ARRAY_LEN(COVERED); i++)
                if (COVERED[i].on_object == on_object && str_eq(COVERED[i].action, action))
                        return str_eq(permission, STR("FULL_CONTROL")) ||
                               str_eq(permission, COVERED[i].permission);
        return false;
}

/* -- Whose say it is */

static bool is_one_of(struct str action, const struct str *names, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (str_eq(names[i], action))
                        return true;
        return false;
}

/* What the owner of an object has the say in. All else is the bucket's owner's, who pays, also about objects
 * of others: to delete, to archive and to restore them, and their tags.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-policy-language-overview.html#about-resource-owner
 */
static bool is_of_object(struct str action)
{
        static const struct str ACTIONS[] = {
                STR_INIT("s3:GetObject"),
                STR_INIT("s3:GetObjectVersion"),
                STR_INIT("s3:GetObjectAttributes"),
                STR_INIT("s3:GetObjectVersionAttributes"),
                STR_INIT("s3:GetObjectAcl"),
                STR_INIT("s3:GetObjectVersionAcl"),
                STR_INIT("s3:PutObjectAcl"),
                STR_INIT("s3:PutObjectVersionAcl"),
                STR_INIT("s3:GetObjectTorrent"),
                STR_INIT("s3:GetObjectVersionTorrent"),
                STR_INIT("s3:GetObjectVersionForReplication"),
        };

        return is_one_of(action, ACTIONS, ARRAY_LEN(ACTIONS));
}

/* The list that comes with a new object is not asked of the one that is there. */
static bool is_of_new_object(const struct call *call, struct str action)
{
        static const struct str OPERATIONS[] = {STR_INIT("PutObject"), STR_INIT("CopyObject"),
                                                STR_INIT("CreateMultipartUpload"), STR_INIT("PostObject")};

        return str_eq(action, STR("s3:PutObjectAcl")) &&
               is_one_of(call->operation->name, OPERATIONS, ARRAY_LEN(OPERATIONS));
}

/* -- Finding the object */

static int find_version(struct call *call, const struct s3_target *target, struct s3_version *ret)
{
        if (!str_is_set(target->version_id))
                return s3_newest(call, &target->bucket, target->key, ret);
        return s3_by_id(call, &target->bucket, target->key, target->version_id, ret);
}

/* NULL: there is none, or a delete marker. */
static int find_object(struct call *call, const struct s3_target *target, const struct s3_object_record **ret)
{
        struct s3_version *version = arena_new(&call->arena, struct s3_version);
        int r;

        *ret = NULL;
        if (!version)
                return -ENOMEM;
        r = find_version(call, target, version);
        if (r == -ECALL) /* ids that are none are refused by the handler, after all permissions */
                call_forgive(call);
        if (r == -ECALL || r == -ENOENT || r == -ENAMETOOLONG)
                return 0;
        TRY(r);
        if (!s3_is_marker(&version->row))
                *ret = &version->row;
        return 0;
}

/* Where ACLs have a say, what becomes of an object is for its owner to allow, by its list or to its own
 * users; the bucket's policy can only deny. */
int s3_settle_by_action(struct call *call, struct str action, struct resource *resource)
{
        const struct s3_target *target = resource->of;
        struct s3_target *found;
        struct str owner;

        if (!target->is_there || target->is_restricted || !str_is_set(target->key) ||
            s3_acls_are_disabled(&target->bucket) || is_of_new_object(call, action))
                return 0;
        found = arena_new(&call->arena, struct s3_target);
        if (!found)
                return -ENOMEM;
        *found = *target;
        TRY(find_object(call, target, &found->object));
        resource->of = found;
        if (!found->object || !is_of_object(action))
                return 0;
        owner = s3_object_owner(&target->bucket, found->object);
        if (!str_eq(owner, target->bucket.account)) {
                resource->account = owner;
                resource->policy_only_denies = true;
        }
        return 0;
}

/* -- Grants */

struct search {
        struct call *call;
        const struct s3_target *target;
        struct str action;
        struct policy_grant_ref *found;
        size_t count;
};

static bool is_mine(const struct call *call, struct str owner)
{
        return call->principal.kind == ANONYMOUS ? str_eq(owner, S3_ANONYMOUS)
                                                 : str_eq(owner, call->principal.account);
}

/* "WRITE permissions deny non-owners the ability to overwrite or delete existing objects." */
static bool may_replace(const struct search *search)
{
        const struct s3_target *target = search->target;

        return !target->object || is_mine(search->call, target->bucket.account) ||
               is_mine(search->call, s3_object_owner(&target->bucket, target->object));
}

static struct policy_grant_ref ref_of(const struct s3_grant *grant)
{
        struct policy_grant_ref ref = {.name = grant->permission};

        if (str_eq(grant->grantee->uri, S3_ALL_USERS))
                ref.to = GRANTEE_ALL_USERS;
        else if (str_eq(grant->grantee->uri, S3_AUTHENTICATED_USERS))
                ref.to = GRANTEE_AUTHENTICATED_USERS;
        else if (str_eq(grant->grantee->uri, S3_LOG_DELIVERY))
                ref.grantee = STR("logging.s3.amazonaws.com");
        else {
                ref.to = GRANTEE_CANONICAL;
                ref.grantee = grant->grantee->id;
        }
        return ref;
}

static int collect(struct search *search, const struct s3_grant_list *list, bool on_object, struct str action)
{
        bool is_blind = search->target->block.ignored_acls;

        search->found = arena_new_array(&search->call->arena, struct policy_grant_ref, list->count + 1);
        if (!search->found)
                return -ENOMEM;
        for (size_t i = 0; i < list->count; i++) {
                const struct s3_grant *grant = &list->items[i];

                if (s3_acl_covers(on_object, grant->permission, action) &&
                    !(is_blind && s3_grant_is_public(grant)))
                        search->found[search->count++] = ref_of(grant);
        }
        return 0;
}

/* Whoever writes an object owns it, and may share it then; what its account says of that counts as well. */
static int collect_writer(struct search *search)
{
        const struct principal *principal = &search->call->principal;
        struct policy_grant_ref *ref = arena_new(&search->call->arena, struct policy_grant_ref);

        if (!ref)
                return -ENOMEM;
        *ref = (struct policy_grant_ref){.name = STR("FULL_CONTROL"), .to = GRANTEE_AUTHENTICATED_USERS};
        if (principal->kind == ANONYMOUS)
                ref->to = GRANTEE_ALL_USERS;
        if (principal->kind == AWS_SERVICE)
                *ref = (struct policy_grant_ref){.name = STR("FULL_CONTROL"), .grantee = principal->name};
        search->found = ref;
        search->count = 1;
        return 0;
}

/* An object that is not there: whoever may list the bucket is told so. */
static int collect_all(struct search *search)
{
        const struct s3_target *target = search->target;

        if (is_of_new_object(search->call, search->action))
                return collect_writer(search);
        if (s3_acls_are_disabled(&target->bucket))
                return 0;
        if (!str_is_set(target->key))
                return collect(search, &target->bucket.acl, false, search->action);
        if (!is_of_object(search->action))
                return may_replace(search) ? collect(search, &target->bucket.acl, false, search->action) : 0;
        if (!target->object)
                return collect(search, &target->bucket.acl, false, STR("s3:ListBucket"));
        return collect(search, &target->object->acl, true, search->action);
}

int s3_find_acl_grants(struct call *call, const struct resource *resource, struct str action,
                       const struct policy_grant_ref **ret, size_t *ret_count)
{
        struct search search = {.call = call, .target = resource->of, .action = action};

        *ret = NULL;
        *ret_count = 0;
        if (!search.target->is_there || search.target->is_restricted)
                return 0;
        TRY(collect_all(&search));
        *ret = search.found;
        *ret_count = search.count;
        return 0;
}
