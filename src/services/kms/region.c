/* Multi-Region keys: the same id and material in several regions, one of them the primary.
 * https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html */
#include "services/kms/import.h"
#include "services/regions.h"

/* Regions are few: the key is looked for in each. */
int kms_each_region(struct call *call, const struct kms_key_record *key,
                    int (*visit)(struct call *call, void *arg, struct kms_key_record *key), void *arg)
{
        for (size_t i = 0; str_is_set(region_name(i)); i++) {
                struct kms_key_record there;
                int r = kms_get_key_in(call, key->account, region_name(i), key->id, &there);

                if (r == -ENOENT)
                        continue;
                TRY(r);
                TRY(visit(call, arg, &there));
        }
        return 0;
}

static int check_multi_region(struct call *call, const struct kms_key_record *key)
{
        if (kms_is_primary(key))
                return 0;
        return fail(call, &kms_unsupported_operation_exception, "%.*s is not a multi-Region primary key.",
                    STR_ARG(kms_arn_of(&call->arena, key)));
}

/* -- ReplicateKey */

static int check_region(struct call *call, const struct kms_key_record *key, struct str region)
{
        struct kms_key_record there;
        int r;

        if (!region_is_known(region))
                return call_invalid(call, "%.*s is not a valid Region.", STR_ARG(region));
        r = kms_get_key_in(call, key->account, region, key->id, &there);
        if (r == -ENOENT)
                return 0;
        TRY(r);
        return fail(call, &kms_already_exists_exception,
                    "Unable to replicate key to %.*s, as it already exists there.", STR_ARG(region));
}

struct copying {
        const struct kms_key_record *from, *to;
};

static int copy_material(struct call *call, void *arg, struct kms_material_record *material)
{
        const struct copying *copying = arg;

        return kms_copy_material(call, copying->from, material, copying->to);
}

static int copy_materials(struct call *call, const struct kms_key_record *from,
                          const struct kms_key_record *to)
{
        struct copying copying = {from, to};

        return kms_each_material(call, from, copy_material, &copying);
}

/* In the region of the replica, CloudTrail records a CreateKey. */
static int tell(struct call *call, const struct kms_replicate_key_in *in,
                const struct kms_key_record *replica, struct kms_replicate_key_out *out)
{
        TRY(kms_metadata(call, replica, &out->replica_key_metadata));
        out->replica_policy = str_is_set(replica->policy_text) ? replica->policy_text : replica->policy;
        out->replica_tags = in->tags;
        call_touch(call, kms_arn_of(&call->arena, replica), STR("AWS::KMS::Key"));
        return 0;
}

static struct kms_key_record replica_of(const struct call *call, const struct kms_key_record *primary,
                                        const struct kms_replicate_key_in *in)
{
        struct kms_key_record replica = *primary;

        replica.region = in->replica_region;
        replica.created = OPT_INT(call->now_ms);
        replica.description = str_is_set(in->description) ? in->description : STR("");
        replica.state = kms_is_external(primary) ? KMS_PENDING_IMPORT : KMS_ENABLED;
        replica.policy = replica.policy_text = replica.policy_shown = STR_NONE;
        replica.tags = (struct kms_tag_list){};
        replica.next_rotation = (struct opt_int){};
        replica.grant_count = replica.alias_count = replica.on_demand_rotations = (struct opt_int){};
        return replica;
}

int kms_replicate_key(struct call *call, const struct kms_replicate_key_in *in,
                      struct kms_replicate_key_out *out)
{
        struct kms_key_record primary, replica;
        bool may_lock_out =
                in->bypass_policy_lockout_safety_check.is_set && in->bypass_policy_lockout_safety_check.value;

        TRY(kms_need_own_key(call, in->key_id, &primary));
        TRY(check_multi_region(call, &primary));
        TRY(check_region(call, &primary, in->replica_region));
        replica = replica_of(call, &primary, in);
        TRY(kms_merge_tags(call, &in->tags, &replica.tags));
        TRY(kms_set_policy(call, &replica, in->policy, may_lock_out));
        TRY(kms_count_key(call, &replica, 1));
        TRY(call_insert(call, &kms_key_record_type, &replica));
        TRY(copy_materials(call, &primary, &replica));
        TRY(kms_settle_pending(call, &primary));
        return tell(call, in, &replica, out);
}

/* -- UpdatePrimaryRegion */

struct move {
        struct str to;
        struct opt_int next_rotation, on_demand_rotations;
};

static int move_primary(struct call *call, void *arg, struct kms_key_record *key)
{
        const struct move *move = arg;

        key->primary_region = move->to;
        key->on_demand_rotations = move->on_demand_rotations;
        TRY(kms_plan_rotation(call, key,
                              str_eq(key->region, move->to) ? move->next_rotation : (struct opt_int){}));
        return call_put(call, &kms_key_record_type, key);
}

int kms_update_primary_region(struct call *call, const struct kms_update_primary_region_in *in,
                              struct kms_update_primary_region_out *out)
{
        struct kms_key_record primary, replica;
        struct move move = {.to = in->primary_region};
        int r;

        (void)out;
        TRY(kms_need_own_key(call, in->key_id, &primary));
        TRY(check_multi_region(call, &primary));
        r = kms_get_key_in(call, primary.account, in->primary_region, primary.id, &replica);
        if (r == -ENOENT)
                return fail(
                        call, &kms_not_found_exception, "Key '%.*s' does not exist",
                        STR_ARG(kms_key_arn(&call->arena, primary.account, in->primary_region, primary.id)));
        TRY(r);
        TRY(kms_check_state(call, &replica));
        move.next_rotation = primary.next_rotation;
        move.on_demand_rotations = primary.on_demand_rotations;
        kms_tell_key(call, &primary);
        return kms_each_region(call, &primary, move_primary, &move);
}
