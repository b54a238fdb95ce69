/* ScheduleKeyDeletion, CancelKeyDeletion, and the end of a key.
 * https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html */
#include "services/kms/import.h"

#define TIMER STR("DeleteKey")

static int window_of(struct call *call, struct opt_int asked, int64_t *ret)
{
        *ret = asked.is_set ? asked.value : KMS_DELETION_DAYS_DEFAULT;
        if (*ret >= KMS_DELETION_DAYS_MIN && *ret <= KMS_DELETION_DAYS_MAX)
                return 0;
        return call_invalid(
                call,
                "1 validation error detected: Value '%lld' at 'pendingWindowInDays' failed to satisfy "
                "constraint: Member must have value between %d and %d",
                (long long)*ret, KMS_DELETION_DAYS_MIN, KMS_DELETION_DAYS_MAX);
}

static int start_waiting(struct call *call, struct kms_key_record *key)
{
        key->state = KMS_PENDING;
        key->deletion = OPT_INT(call->now_ms + key->pending_window_days.value * MS_PER_DAY);
        return kms_set_timer(call, TIMER, key->deletion, kms_subject(&call->arena, key));
}

static int count(struct call *call, void *arg, struct kms_key_record *key)
{
        size_t *regions = arg;

        (void)call;
        (void)key;
        (*regions)++;
        return 0;
}

static int has_replicas(struct call *call, const struct kms_key_record *key, bool *ret)
{
        size_t regions = 0;

        *ret = false;
        if (!kms_is_primary(key))
                return 0;
        TRY(kms_each_region(call, key, count, &regions));
        *ret = regions > 1;
        return 0;
}

int kms_schedule_key_deletion(struct call *call, const struct kms_schedule_key_deletion_in *in,
                              struct kms_schedule_key_deletion_out *out)
{
        struct kms_key_record key;
        bool waits_for_replicas;
        int64_t days;

        TRY(window_of(call, in->pending_window_in_days, &days));
        TRY(kms_need_own_key(call, in->key_id, &key));
        TRY(has_replicas(call, &key, &waits_for_replicas));
        key.pending_window_days = OPT_INT(days);
        if (waits_for_replicas)
                key.state = KMS_PENDING_REPLICA;
        else
                TRY(start_waiting(call, &key));
        TRY(call_put(call, &kms_key_record_type, &key));
        out->key_id = kms_arn_of(&call->arena, &key);
        out->key_state = key.state;
        out->pending_window_in_days = key.pending_window_days;
        out->deletion_date = key.deletion;
        return 0;
}

/* Imported material that is not there, or not all of it: then the key is as it was before the first import.
 */
static int state_after(struct call *call, const struct kms_key_record *key, struct str *ret)
{
        bool lacks = kms_is_external(key) && !key->material_id.len;

        TRY(kms_each_material(call, key, kms_lacks_used, &lacks));
        *ret = lacks ? KMS_PENDING_IMPORT : KMS_DISABLED;
        return 0;
}

int kms_cancel_key_deletion(struct call *call, const struct kms_cancel_key_deletion_in *in,
                            struct kms_cancel_key_deletion_out *out)
{
        struct kms_key_record key;

        TRY(kms_need_own_key(call, in->key_id, &key));
        TRY(kms_take_back_timer(call, TIMER, key.deletion, kms_subject(&call->arena, &key)));
        key.deletion = key.pending_window_days = (struct opt_int){};
        TRY(state_after(call, &key, &key.state));
        TRY(call_put(call, &kms_key_record_type, &key));
        out->key_id = kms_arn_of(&call->arena, &key);
        return 0;
}

/* -- The end */

static int delete_aliases(struct call *call, const struct kms_key_record *key)
{
        const struct kms_alias_record like = {
                .account = key->account, .region = key->region, .key_id = key->id};

        for (;;) {
                struct kms_alias_record alias = like;
                int r = record_find(call->txn, &call->arena, &kms_alias_record_type, kms_alias_by_key,
                                    &alias);

                if (r == -ENOENT)
                        return 0;
                TRY(r);
                TRY(call_delete(call, &kms_alias_record_type, &alias));
        }
}

static int delete_usage(struct call *call, const struct kms_key_record *key)
{
        const struct kms_last_usage_record usage = {
                .account = key->account, .region = key->region, .key_id = key->id};
        int r = call_delete(call, &kms_last_usage_record_type, &usage);

        return r == -ENOENT ? 0 : r;
}

int kms_delete_key(struct call *call, const struct kms_key_record *key)
{
        TRY(kms_take_back_timer(call, STR("RotateKey"), key->next_rotation, kms_subject(&call->arena, key)));
        TRY(kms_delete_materials(call, key));
        TRY(delete_aliases(call, key));
        TRY(kms_delete_grants(call, key));
        TRY(delete_usage(call, key));
        TRY(kms_count_key(call, key, -1));
        return call_delete(call, &kms_key_record_type, key);
}

/* "When the last of its replica keys is deleted (not just scheduled), the key state of the primary key
 * changes to PendingDeletion and its waiting period begins." */
static int release_primary(struct call *call, const struct kms_key_record *replica)
{
        struct kms_key_record primary;
        bool waits;
        int r = kms_get_key_in(call, replica->account, replica->primary_region, replica->id, &primary);

        if (r == -ENOENT)
                return 0;
        TRY(r);
        TRY(kms_settle_pending(call, &primary));
        TRY(has_replicas(call, &primary, &waits));
        if (waits || !str_eq(primary.state, KMS_PENDING_REPLICA))
                return 0;
        TRY(start_waiting(call, &primary));
        return call_put(call, &kms_key_record_type, &primary);
}

int kms_delete_key_due(struct call *call, struct str subject)
{
        struct kms_key_record key;
        int r = kms_due_key(call, &subject, &key);

        if (r != 0)
                return r;
        if (!str_eq(key.state, KMS_PENDING) || !key.deletion.is_set || key.deletion.value > call->now_ms)
                return 1; /* cancelled, or another hour was set */
        TRY(kms_delete_key(call, &key));
        kms_tell_key(call, &key);
        return kms_is_replica(&key) ? release_primary(call, &key) : 0;
}
