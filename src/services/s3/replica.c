#include "services/s3/replica.h"

#include "services/s3/acl.h"
#include "services/s3/encryption.h"
#include "services/s3/event.h"
#include "services/s3/lock.h"

struct putting {
        struct s3_replica *replica;
        struct s3_replica_step *step;
        struct s3_version version; /* the replica */
        bool is_there;             /* already */
};

static bool overrides_owner(const struct s3_replica *replica)
{
        return replica->rule->destination->access_control_translation != NULL;
}

static int ask(struct call *call, const struct s3_replica *replica, struct str action)
{
        return s3_replica_ask(call, &replica->target, replica->task.key, STR_NONE, action);
}

/* -- Its place: that of the version, whose id tells it */

static int taken(struct call *call)
{
        return fail(call, &s3_operation_aborted,
                    "A conflicting conditional operation is currently in progress against this resource. "
                    "Please try again.");
}

/* A version that is there is never touched. */
static int find_place(struct call *call, struct putting *putting)
{
        const struct s3_replica *replica = putting->replica;
        struct s3_object_record other;
        int r;

        TRY(s3_place_make(call, replica->target.space.value, replica->task.key, &putting->version.place));
        r = s3_row_get(call, &putting->version.place, replica->task.order.value, &other);
        if (r == -ENOENT)
                return 0;
        TRY(r);
        putting->is_there = str_eq(other.version_id, replica->task.version_id);
        return putting->is_there ? 0 : taken(call);
}

/* -- What it is */

/* "The bucket owner enforced setting mimics the existing owner override behavior without the need of the
 * s3:ObjectOwnerOverrideToBucketOwner permission."
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-change-owner.html */
static int settle_owner(struct call *call, const struct s3_replica *replica, struct s3_object_record *row)
{
        const struct s3_bucket_record *target = &replica->target;
        struct s3_block block;

        if (overrides_owner(replica) && !s3_acls_are_disabled(target))
                TRY(ask(call, replica, STR("s3:ObjectOwnerOverrideToBucketOwner")));
        if (overrides_owner(replica) || s3_acls_are_disabled(target)) {
                row->owner = target->account;
                row->acl = (struct s3_grant_list){};
        }
        TRY(s3_block_of(call, target, &block));
        if (block.public_acls && s3_acl_is_public(&row->acl))
                return fail(call, &s3_access_denied, "Access Denied");
        return 0;
}

/* "Permissions for the s3:ReplicateObject action ... also allow replication of metadata such as object tags
 * and ACLs." "If the owner of the destination bucket doesn't want to replicate the tags, they can ...
 * explicitly deny permission for the s3:ReplicateTags action." */
static int settle_tags(struct call *call, const struct s3_replica *replica, struct s3_object_record *row)
{
        int r;

        if (row->tags.count == 0)
                return 0;
        r = s3_replica_may(call, &replica->target, replica->task.key, STR_NONE, STR("s3:ReplicateTags"));
        TRY(r);
        if (replica->has_no_tags || (r == 0 && call->was_denied_explicitly))
                row->tags = (struct s3_tag_list){};
        return 0;
}

/* "If you don't have retention controls applied to the objects in your source bucket, and you replicate into
 * destination buckets that have a default retention period set, the destination bucket's default retention
 * period is applied to your object replicas." */
static int settle_lock(struct call *call, const struct s3_replica *replica, struct s3_object_record *row)
{
        const struct opt_int none = {};

        if (str_is_set(row->lock_mode))
                return 0;
        return s3_lock_new(call, &replica->target, STR_NONE, none, row->legal_hold, row);
}

static int fill_row(struct call *call, struct putting *putting)
{
        const struct s3_replica *replica = putting->replica;
        const struct s3_destination *destination = replica->rule->destination;
        struct s3_object_record *row = &putting->version.row;

        *row = replica->version.row;
        row->body = (struct opt_int){};
        row->data_key = STR_NONE;
        row->upload_id = STR_NONE;
        row->restored_until = (struct opt_int){};
        row->is_transitioning = (struct opt_bool){};
        row->replicated_to = (struct str_list){};
        row->replication = STR("REPLICA");
        row->is_replica = OPT_BOOL(true);
        if (str_is_set(destination->storage_class))
                row->storage_class = destination->storage_class;
        TRY(settle_owner(call, replica, row));
        TRY(settle_tags(call, replica, row));
        return settle_lock(call, replica, row);
}

/* "the replica objects in the destination bucket use the same type of encryption as the source objects. The
 * default encryption settings of the destination bucket are not used." */
static void choose_key(const struct s3_replica *replica, struct s3_object_record *row)
{
        const struct s3_encryption_configuration *encryption =
                replica->rule->destination->encryption_configuration;
        const struct s3_server_side_encryption_rule_list *usual = &replica->target.encryption;

        if (!s3_is_kms(row))
                return;
        row->kms_key = encryption ? encryption->replica_kms_key_id : STR_NONE;
        row->has_bucket_key = OPT_BOOL(str_eq(row->encryption, STR("aws:kms")) && usual->count &&
                                       usual->items[0].bucket_key_enabled.value);
}

/* -- All that is needed is asked before anything is put */

static int put_body(struct putting *putting)
{
        struct s3_replica *replica = putting->replica;
        struct s3_object_record *row = &putting->version.row;

        if (!putting->step)
                return s3_replica_share(replica, &row->body);
        TRY(s3_replica_keep(replica, putting->step));
        row->body = replica->task.body;
        replica->task.body = (struct opt_int){}; /* it is the replica's */
        return 0;
}

/* "There aren't additional SSE-C permissions beyond what are currently required for replication." */
static int seal(struct call *call, const struct putting *putting, struct s3_object_record *row)
{
        struct s3_replica *replica = putting->replica;
        int r;

        if (!s3_is_customers(row)) {
                r = s3_seal_replica_key(call, replica->target.name, replica->task.key,
                                        s3_replica_step_key(putting->step), row);
                if (r == -ECALL && call->error == &s3_kms_not_found_exception)
                        s3_replica_expect(replica, "DstKmsKeyNotFound");
                else if (r == -ECALL && call->error != &s3_access_denied)
                        s3_replica_expect(replica, "DstKmsKeyInvalidState");
                return r;
        }
        TRY(s3_check_customer_keys_allowed(call, &replica->target));
        return s3_move_data_key(call, &replica->version.row, row);
}

/* As if it had come by itself. */
static int tell(struct call *call, const struct putting *putting)
{
        const struct s3_object_record *row = &putting->version.row;
        enum s3_event_kind kind = s3_is_marker(row)        ? S3_OBJECT_REMOVED_MARKER
                                  : row->part_count.is_set ? S3_OBJECT_CREATED_COMPLETE
                                                           : S3_OBJECT_CREATED_PUT;

        return s3_event(call, &putting->replica->target, putting->version.place.key, row, kind);
}

static int put(struct call *call, void *arg)
{
        struct putting *putting = arg;
        struct s3_replica *replica = putting->replica;
        struct s3_object_record *row = &putting->version.row;

        s3_replica_expect(replica, "DstPutObjectNotPermitted");
        TRY(ask(call, replica, STR("s3:ReplicateObject")));
        TRY(find_place(call, putting));
        if (putting->is_there)
                return 0;
        TRY(fill_row(call, putting));
        choose_key(replica, row);
        row->space = OPT_INT(s3_place_space(&putting->version.place)); /* what is sealed is bound to it */
        row->part = s3_place_part(&putting->version.place);
        TRY(seal(call, putting, row));
        TRY(put_body(putting));
        TRY(s3_put_version(call, &putting->version));
        return tell(call, putting);
}

int s3_replica_put(struct s3_replica *replica, struct s3_replica_step *step)
{
        struct putting putting = {.replica = replica, .step = step};
        const struct s3_object_record *row = &replica->version.row;
        const struct s3_destination *destination = replica->rule->destination;
        const struct s3_put_object_in in = {
                .bucket = replica->target.name,
                .key = replica->task.key,
                .storage_class = destination->storage_class,
                .server_side_encryption = row->encryption,
                .ssekms_key_id = destination->encryption_configuration
                                         ? destination->encryption_configuration->replica_kms_key_id
                                         : STR_NONE,
                .object_lock_mode = row->lock_mode,
                .object_lock_retain_until_date = row->lock_until,
                .object_lock_legal_hold_status = row->legal_hold,
        };
        const struct s3_replica_act act = {
                .bucket = &replica->target,
                .operation = STR("PutObject"),
                .in = &in,
                .run = put,
                .arg = &putting,
        };

        return s3_replica_act(replica, &act);
}

/* -- Delete markers */

static int put_marker(struct call *call, void *arg)
{
        struct putting *putting = arg;
        struct s3_replica *replica = putting->replica;
        struct s3_object_record *row = &putting->version.row;

        s3_replica_expect(replica, "DstDelObjNotPermitted");
        TRY(ask(call, replica, STR("s3:ReplicateDelete")));
        TRY(find_place(call, putting));
        if (putting->is_there)
                return 0;
        *row = replica->version.row;
        row->owner = replica->target.account;
        row->replicated_to = (struct str_list){};
        row->replication = STR("REPLICA");
        row->is_replica = OPT_BOOL(true);
        TRY(s3_put_version(call, &putting->version));
        return tell(call, putting);
}

int s3_replica_put_marker(struct s3_replica *replica)
{
        struct putting putting = {.replica = replica};
        const struct s3_delete_object_in in = {.bucket = replica->target.name, .key = replica->task.key};
        const struct s3_replica_act act = {
                .bucket = &replica->target,
                .operation = STR("DeleteObject"),
                .in = &in,
                .run = put_marker,
                .arg = &putting,
        };

        return s3_replica_act(replica, &act);
}
