/* What permissions are asked on: the finders of api/kms.api.
 *
 * A key that is not there still has an ARN, on which the caller's own policies are asked, so that only who
 * may use such a key is told that there is none. In another account nothing is told: there, what is not there
 * is refused as what may not be used. */
#include "services/kms/kms.h"
#include "wire/value.h"

#define KEY_TYPE STR("AWS::KMS::Key")
/* As CloudTrail has it. https://docs.aws.amazon.com/kms/latest/developerguide/ct-createalias.html */
#define ALIAS_TYPE KEY_TYPE

/* Which of these it is, AWS does not say either.
 * https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html */
static void hide_from_others(struct call *call, struct resource *resource)
{
        if (str_eq(resource->account, call->account))
                return;
        resource->told = resource->arn;
        resource->told_reason =
                STR("the resource does not exist in this Region, no resource-based policies allow "
                    "access, or a resource-based policy explicitly denies access");
}

static int set_tags(struct call *call, const struct kms_tag_list *tags, struct resource *ret)
{
        if (tags->count == 0)
                return 0;
        ret->tags.items = arena_new_array(&call->arena, struct str_pair, tags->count);
        if (!ret->tags.items)
                return -ENOMEM;
        for (size_t i = 0; i < tags->count; i++)
                ret->tags.items[i] = (struct str_pair){tags->items[i].tag_key, tags->items[i].tag_value};
        ret->tags.count = tags->count;
        return 0;
}

int kms_resource_of(struct call *call, const struct kms_target *target, struct str account, struct str id,
                    struct resource *ret)
{
        struct str region = target->is_there ? target->key.region : call->region;

        *ret = (struct resource){
                .arn = kms_key_arn(&call->arena, account, region, id),
                .account = account,
                .type = KEY_TYPE,
                .policy_kind = POLICY_KEY,
                .of = target,
                .find_key = kms_find_condition,
        };
        hide_from_others(call, ret);
        if (!target->is_there)
                return 0;
        ret->policy = target->key.policy;
        ret->policy_required = true; /* "no IAM without the root statement" */
        ret->policy_name = STR("key policy");
        ret->find_grants = kms_find_grants;
        return set_tags(call, &target->key.tags, ret);
}

static struct kms_target *new_target(struct call *call)
{
        return arena_new(&call->arena, struct kms_target);
}

static int alias_resource(struct call *call, struct str account, struct str alias, struct resource *ret)
{
        *ret = (struct resource){
                .arn = kms_alias_arn(&call->arena, account, call->region, alias),
                .account = account,
                .type = ALIAS_TYPE,
                .policy_kind = POLICY_RESOURCE,
        };
        hide_from_others(call, ret);
        return 0;
}

static int target_resource(struct call *call, struct kms_target *target, const struct kms_name *name,
                           struct resource *ret)
{
        int r;

        if (!str_is_set(name->key_id))
                return alias_resource(call, name->account, name->alias, ret);
        r = kms_get_key(call, name->account, name->key_id, &target->key);
        if (r < 0 && r != -ENOENT)
                return r;
        target->is_there = r == 0;
        target->request_alias = name->alias;
        TRY(kms_resource_of(call, target, name->account, name->key_id, ret));
        if (str_is_set(ret->told) && str_is_set(name->alias))
                ret->told = kms_alias_arn(&call->arena, name->account, call->region, name->alias);
        return 0;
}

static int named_resource(struct call *call, struct str text, enum kms_naming naming,
                          struct kms_target *target, struct resource *ret)
{
        struct kms_name name = {};

        TRY(kms_read_name(call, text, naming, &name));
        return target_resource(call, target, &name, ret);
}

/* A member of the input by its name; NULL when the operation has none. */
static const void *input(struct call *call, struct str member_name)
{
        const struct wire_member *member = wire_find_member(call->operation->input, member_name);

        return member ? wire_value_at(member, call->in) : NULL;
}

/* Those that generate data keys always encrypt with the default; Sign and its kin encrypt nothing. */
static struct str algorithm_of(struct call *call)
{
        const struct str *given = input(call, STR("EncryptionAlgorithm"));

        if (given && str_is_set(*given))
                return *given;
        return given || str_starts(call->operation->name, STR("GenerateDataKey")) ? KMS_DEFAULT : STR_NONE;
}

int kms_used_key_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct kms_target *target = new_target(call);

        if (!target)
                return -ENOMEM;
        target->context = input(call, STR("EncryptionContext"));
        target->algorithm = algorithm_of(call);
        return named_resource(call, args[0], KMS_BY_ALIAS_TOO, target, ret);
}

int kms_key_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct kms_target *target = new_target(call);

        return target ? named_resource(call, args[0], KMS_BY_ID, target, ret) : -ENOMEM;
}

/* Operations that AWS does not let be done across accounts: there, no key policy and no grant allows them. */
static void keep_to_account(struct call *call, struct resource *resource)
{
        if (str_eq(resource->account, call->account))
                return;
        resource->policy = STR_NONE;
        resource->policy_required = true;
        resource->find_grants = NULL;
}

int kms_own_key_resource(struct call *call, const struct str *args, struct resource *ret)
{
        TRY(kms_key_resource(call, args, ret));
        keep_to_account(call, ret);
        return 0;
}

int kms_alias_key_resource(struct call *call, const struct str *args, struct resource *ret)
{
        const struct kms_alias_record like = {
                .account = call->account, .region = call->region, .name = args[0]};
        struct kms_target *target = new_target(call);
        struct kms_alias_record alias = like;
        struct kms_name name = {.account = call->account, .alias = args[0]};
        int r = call_get(call, &kms_alias_record_type, &alias);

        if (!target)
                return -ENOMEM;
        if (r < 0 && r != -ENOENT)
                return r;
        if (r == 0)
                name.key_id = alias.key_id;
        TRY(target_resource(call, target, &name, ret));
        target->request_alias =
                STR_NONE; /* the key is found by the alias, not named by it: kms:RequestAlias */
        return 0;
}

int kms_alias_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return alias_resource(call, call->account, args[0], ret);
}

/* The same key in the region that is to be its primary. */
int kms_replica_key_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct kms_target *target = new_target(call);
        struct kms_name name = {};
        int r;

        if (!target)
                return -ENOMEM;
        TRY(kms_read_name(call, args[0], KMS_BY_ID, &name));
        r = kms_get_key_in(call, name.account, args[1], name.key_id, &target->key);
        if (r < 0 && r != -ENOENT)
                return r;
        target->is_there = r == 0;
        TRY(kms_resource_of(call, target, name.account, name.key_id, ret));
        ret->arn = kms_key_arn(&call->arena, name.account, args[1], name.key_id);
        ret->region = args[1];
        keep_to_account(call, ret);
        return 0;
}

/* The key is not there yet, and any would do. */
int kms_new_key_resource(struct call *call, const struct str *args, struct resource *ret)
{
        (void)args;
        *ret = (struct resource){
                .arn = STR("*"),
                .account = call->account,
                .policy_kind = POLICY_RESOURCE,
                .find_key = kms_find_condition,
        };
        return 0;
}

/* "kms:CreateKey permission in an IAM policy that is effective in the replica key Region." The key that is
 * made has the properties of the one that is replicated. */
int kms_new_replica_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct kms_target *target = new_target(call);
        struct resource primary;

        if (!target)
                return -ENOMEM;
        TRY(named_resource(call, args[0], KMS_BY_ID, target, &primary));
        TRY(kms_new_key_resource(call, NULL, ret));
        ret->region = args[1];
        ret->of = target;
        if (target->is_there)
                target->key.region = args[1];
        return 0;
}

/* -- Keys that a ciphertext names */

/* "The ciphertext refers to ...": of a key of the caller's own account. Of another account nothing is told,
 * so that a key that is not there is refused as one that may not be used. */
static int refuse_ciphertext(struct call *call)
{
        return call_denied(call,
                           "The ciphertext refers to a customer master key that does not exist, does not "
                           "exist in this region, or you are not allowed to access.");
}

static int ciphertext_resource(struct call *call, struct str blob, struct kms_target *target,
                               struct resource *ret)
{
        struct kms_ciphertext ciphertext;
        struct kms_name name = {};

        if (!str_is_set(blob))
                return call_invalid(call,
                                    "1 validation error detected: Value null at 'ciphertextBlob' failed to "
                                    "satisfy constraint: Member must not be null");
        if (kms_read_ciphertext(&call->arena, blob, &ciphertext) < 0)
                return kms_invalid_ciphertext(call);
        name = (struct kms_name){.account = ciphertext.account, .key_id = ciphertext.key_id};
        TRY(target_resource(call, target, &name, ret));
        ret->told_place = STR("the resource associated with this ciphertext");
        return target->is_there || str_is_set(ret->told) ? 0 : refuse_ciphertext(call);
}

static int opening_resource(struct call *call, struct str key_id, struct str blob, struct kms_target *target,
                            struct resource *ret)
{
        if (str_is_set(key_id))
                return named_resource(call, key_id, KMS_BY_ALIAS_TOO, target, ret);
        return ciphertext_resource(call, blob, target, ret);
}

int kms_decrypting_key_resource(struct call *call, const struct str *args, struct resource *ret)
{
        const struct kms_decrypt_in *in = call->in;
        struct kms_target *target = new_target(call);

        if (!target)
                return -ENOMEM;
        target->context = &in->encryption_context;
        target->algorithm = algorithm_of(call);
        return opening_resource(call, args[0], in->ciphertext_blob, target, ret);
}

/* kms:ReEncryptOnSameKey */
static int note_same_key(struct call *call, struct kms_target *target)
{
        const struct kms_re_encrypt_in *in = call->in;
        struct kms_target other = {};
        struct resource destination = {}, source = {};

        TRY(named_resource(call, in->destination_key_id, KMS_BY_ALIAS_TOO, &other, &destination));
        TRY(opening_resource(call, in->source_key_id, in->ciphertext_blob, &other, &source));
        target->is_same_key = OPT_BOOL(str_eq(destination.arn, source.arn));
        return 0;
}

int kms_source_key_resource(struct call *call, const struct str *args, struct resource *ret)
{
        const struct kms_re_encrypt_in *in = call->in;
        struct kms_target *target = new_target(call);

        if (!target)
                return -ENOMEM;
        TRY(note_same_key(call, target));
        target->context = &in->source_encryption_context;
        target->algorithm =
                str_is_set(in->source_encryption_algorithm) ? in->source_encryption_algorithm : KMS_DEFAULT;
        return opening_resource(call, args[0], in->ciphertext_blob, target, ret);
}

int kms_destination_key_resource(struct call *call, const struct str *args, struct resource *ret)
{
        const struct kms_re_encrypt_in *in = call->in;
        struct kms_target *target = new_target(call);

        if (!target)
                return -ENOMEM;
        TRY(note_same_key(call, target));
        target->context = &in->destination_encryption_context;
        target->algorithm = str_is_set(in->destination_encryption_algorithm)
                                    ? in->destination_encryption_algorithm
                                    : KMS_DEFAULT;
        return named_resource(call, args[0], KMS_BY_ALIAS_TOO, target, ret);
}
