/* What has changed of a version: its replica follows, or (replica modification sync) what it is a replica of.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-for-metadata-changes.html
 *
 * No lock becomes weaker by it: whoever may lift one in a bucket need not be one who may in the other. */
#include "services/s3/acl.h"
#include "services/s3/lock.h"
#include "services/s3/replica.h"

struct changing {
        struct s3_replica *replica;
        unsigned int change;
        struct s3_version version; /* in the other bucket */
};

static int find(struct call *call, struct changing *changing)
{
        const struct s3_replica *replica = changing->replica;
        struct s3_version *version = &changing->version;
        int r = s3_place_find(call, replica->target.space.value, replica->task.key, &version->place);

        if (r == 0)
                r = s3_row_get(call, &version->place, replica->task.order.value, &version->row);
        if (r == -ENOENT || (r == 0 && !str_eq(version->row.version_id, replica->task.version_id)))
                return fail(call, &s3_no_such_version, "The specified version does not exist.");
        return r;
}

static int ask(struct call *call, const struct changing *changing, struct str action)
{
        const struct s3_replica *replica = changing->replica;

        return s3_replica_ask(call, &replica->target, replica->task.key, replica->task.version_id, action);
}

/* -- One by one */

static int change_tags(struct call *call, struct changing *changing)
{
        const struct s3_replica *replica = changing->replica;
        int r = s3_replica_may(call, &replica->target, replica->task.key, replica->task.version_id,
                               STR("s3:ReplicateTags"));

        if (r == 0 && call->was_denied_explicitly)
                r = ask(call, changing, STR("s3:ReplicateTags"));
        TRY(r);
        changing->version.row.tags = replica->version.row.tags;
        return 0;
}

/* "For objects that were replicated before you removed the owner override, Amazon S3 doesn't replicate the
 * ACLs because the object ownership change that Amazon S3 made remains in effect."
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-change-owner.html */
static int change_acl(struct call *call, struct changing *changing)
{
        const struct s3_bucket_record *target = &changing->replica->target;
        const struct s3_object_record *from = &changing->replica->version.row;
        struct s3_block block;

        if (s3_acls_are_disabled(target) || !str_eq(changing->version.row.owner, from->owner))
                return 0;
        TRY(s3_block_of(call, target, &block));
        if (block.public_acls && s3_acl_is_public(&from->acl))
                return fail(call, &s3_access_denied, "Access Denied");
        changing->version.row.acl = from->acl;
        return 0;
}

static int change_retention(struct call *call, struct changing *changing)
{
        const struct s3_object_record *from = &changing->replica->version.row;
        struct s3_object_record *row = &changing->version.row;
        bool extends = str_eq(from->lock_mode, row->lock_mode) && from->lock_until.is_set &&
                       from->lock_until.value >= row->lock_until.value;

        if (!extends)
                TRY(s3_check_not_retained(call, &changing->replica->target, &changing->version));
        row->lock_mode = from->lock_mode;
        row->lock_until = from->lock_until;
        return 0;
}

static int change_hold(struct call *call, struct changing *changing)
{
        const struct s3_object_record *from = &changing->replica->version.row;
        struct s3_object_record *row = &changing->version.row;

        if (str_eq(row->legal_hold, STR("ON")) && !str_eq(from->legal_hold, STR("ON")))
                TRY(s3_check_unlocked(call, &changing->replica->target, &changing->version));
        row->legal_hold = from->legal_hold;
        return 0;
}

static const struct {
        enum s3_changed change;
        struct str operation, action; /* what is done, and what is asked of the source for it */
        const char *unread, *unput;   /* why it failed */
        int (*run)(struct call *call, struct changing *changing);
} CHANGES[] = {
        {S3_CHANGED_TAGS, STR_INIT("PutObjectTagging"), STR_INIT("s3:GetObjectVersionTagging"),
         "SrcGetTaggingNotPermitted", "DstPutTaggingNotPermitted", change_tags},
        {S3_CHANGED_ACL, STR_INIT("PutObjectAcl"), STR_INIT("s3:GetObjectVersionAcl"),
         "SrcGetAclNotPermitted", "DstPutAclNotPermitted", change_acl},
        {S3_CHANGED_RETENTION, STR_INIT("PutObjectRetention"), STR_INIT("s3:GetObjectRetention"),
         "SrcGetRetentionNotPermitted", "DstPutRetentionNotPermitted", change_retention},
        {S3_CHANGED_HOLD, STR_INIT("PutObjectLegalHold"), STR_INIT("s3:GetObjectLegalHold"),
         "SrcGetLegalHoldNotPermitted", "DstPutLegalHoldNotPermitted", change_hold},
};

static int run(struct call *call, void *arg)
{
        struct changing *changing = arg;
        const char *failure = CHANGES[changing->change].unput;

        s3_replica_expect(changing->replica, failure);
        TRY(ask(call, changing, STR("s3:ReplicateObject")));
        s3_replica_expect(changing->replica, "DstVersionNotFound");
        TRY(find(call, changing));
        s3_replica_expect(changing->replica, failure);
        TRY(CHANGES[changing->change].run(call, changing));
        return s3_row_put(call, &changing->version.place, &changing->version.row);
}

/* -- As the calls that they would be */

static const void *tagging_in(struct s3_replica *replica)
{
        struct s3_put_object_tagging_in *in =
                arena_new(&replica->call->arena, struct s3_put_object_tagging_in);
        struct s3_tagging *tagging = arena_new(&replica->call->arena, struct s3_tagging);

        if (!in || !tagging)
                return NULL;
        tagging->tag_set = replica->version.row.tags;
        *in = (struct s3_put_object_tagging_in){.bucket = replica->target.name,
                                                .key = replica->task.key,
                                                .version_id = replica->task.version_id,
                                                .tagging = tagging};
        return in;
}

static const void *acl_in(struct s3_replica *replica)
{
        struct s3_put_object_acl_in *in = arena_new(&replica->call->arena, struct s3_put_object_acl_in);

        if (in)
                *in = (struct s3_put_object_acl_in){.bucket = replica->target.name,
                                                    .key = replica->task.key,
                                                    .version_id = replica->task.version_id};
        return in;
}

static const void *retention_in(struct s3_replica *replica)
{
        struct s3_put_object_retention_in *in =
                arena_new(&replica->call->arena, struct s3_put_object_retention_in);
        struct s3_object_lock_retention *retention =
                arena_new(&replica->call->arena, struct s3_object_lock_retention);

        if (!in || !retention)
                return NULL;
        *retention = (struct s3_object_lock_retention){replica->version.row.lock_mode,
                                                       replica->version.row.lock_until};
        *in = (struct s3_put_object_retention_in){.bucket = replica->target.name,
                                                  .key = replica->task.key,
                                                  .version_id = replica->task.version_id,
                                                  .retention = retention};
        return in;
}

static const void *hold_in(struct s3_replica *replica)
{
        struct s3_put_object_legal_hold_in *in =
                arena_new(&replica->call->arena, struct s3_put_object_legal_hold_in);
        struct s3_object_lock_legal_hold *hold =
                arena_new(&replica->call->arena, struct s3_object_lock_legal_hold);

        if (!in || !hold)
                return NULL;
        hold->status = replica->version.row.legal_hold;
        *in = (struct s3_put_object_legal_hold_in){.bucket = replica->target.name,
                                                   .key = replica->task.key,
                                                   .version_id = replica->task.version_id,
                                                   .legal_hold = hold};
        return in;
}

static int change_one(struct s3_replica *replica, unsigned int number)
{
        static const void *(*const INPUTS[])(struct s3_replica *) = {tagging_in, acl_in, retention_in,
                                                                     hold_in};
        struct changing changing = {.replica = replica, .change = number};
        const struct s3_replica_reading reading = {
                .replica = replica, .action = CHANGES[number].action, .failure = CHANGES[number].unread};
        const struct s3_replica_act act = {
                .bucket = &replica->target,
                .operation = CHANGES[number].operation,
                .in = INPUTS[number](replica),
                .run = run,
                .arg = &changing,
        };

        if (!act.in)
                return -ENOMEM;
        TRY(s3_replica_read(&reading));
        return s3_replica_act(replica, &act);
}

int s3_replica_change(struct s3_replica *replica)
{
        for (unsigned int i = 0; i < ARRAY_LEN(CHANGES); i++)
                if ((unsigned int)replica->task.changes.value & CHANGES[i].change)
                        TRY(change_one(replica, i));
        return 0;
}
