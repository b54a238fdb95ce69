#include "services/s3/encryption.h"
#include "services/s3/replica.h"

static int ask(struct call *call, struct s3_replica *replica, struct str action)
{
        return s3_replica_ask(call, &replica->source, replica->task.key, replica->task.version_id, action);
}

static int may(struct call *call, struct s3_replica *replica, struct str action)
{
        return s3_replica_may(call, &replica->source, replica->task.key, replica->task.version_id, action);
}

/* "The current permissions model requires the s3:ListBucket permission for accessing delete markers." */
static int ask_bucket(struct call *call, struct s3_replica *replica)
{
        static const struct str ACTIONS[] = {STR_INIT("s3:GetReplicationConfiguration"),
                                             STR_INIT("s3:ListBucket")};

        for (size_t i = 0; i < ARRAY_LEN(ACTIONS); i++)
                TRY(s3_replica_ask(call, &replica->source, STR_NONE, STR_NONE, ACTIONS[i]));
        return 0;
}

/* "the s3:GetObjectVersion action allows replication of unencrypted and SSE-S3-encrypted objects, but not of
 * objects that are encrypted by using KMS keys".
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html */
static int ask_version(struct call *call, struct s3_replica *replica)
{
        int r = 0;

        if (!s3_is_kms(&replica->version.row))
                r = may(call, replica, STR("s3:GetObjectVersion"));
        if (r == 0)
                r = ask(call, replica, STR("s3:GetObjectVersionForReplication"));
        return r < 0 ? r : 0;
}

/* "If Amazon S3 doesn't have the s3:GetObjectVersionTagging permission, it replicates the objects, but not
 * the object tags." */
static int ask_tags(struct call *call, struct s3_replica *replica)
{
        int r;

        if (replica->version.row.tags.count == 0)
                return 0;
        r = may(call, replica, STR("s3:GetObjectVersionTagging"));
        if (r == 0)
                replica->has_no_tags = true;
        return r < 0 ? r : 0;
}

/* "To use Object Lock with replication, you must grant 2 additional permissions on the source S3 bucket" */
static int ask_lock(struct call *call, struct s3_replica *replica)
{
        if (!replica->source.has_lock.value)
                return 0;
        s3_replica_expect(replica, "SrcGetRetentionNotPermitted");
        TRY(ask(call, replica, STR("s3:GetObjectRetention")));
        s3_replica_expect(replica, "SrcGetLegalHoldNotPermitted");
        return ask(call, replica, STR("s3:GetObjectLegalHold"));
}

static int ask_all(struct call *call, struct s3_replica *replica)
{
        s3_replica_expect(replica, "SrcGetObjectNotPermitted");
        TRY(ask_bucket(call, replica));
        if (s3_is_marker(&replica->version.row))
                return 0;
        TRY(ask_version(call, replica));
        s3_replica_expect(replica, "SrcGetAclNotPermitted");
        TRY(ask(call, replica, STR("s3:GetObjectVersionAcl")));
        TRY(ask_tags(call, replica));
        return ask_lock(call, replica);
}

static int run(struct call *call, void *arg)
{
        _cleanup_(secret_done) struct secret data_key = {};
        const struct s3_replica_reading *reading = arg;
        const struct s3_sse_headers none = {};
        struct s3_replica *replica = reading->replica;
        int r;

        TRY(ask_all(call, replica));
        s3_replica_expect(replica, reading->failure ? reading->failure : "SrcGetObjectNotPermitted");
        if (str_is_set(reading->action))
                TRY(ask(call, replica, reading->action));
        if (!reading->work)
                return 0;
        r = s3_open_data_key(call, replica->source.name, replica->task.key, &none, &replica->version.row,
                             &data_key);
        if (r == -ECALL && call->error != &s3_access_denied)
                s3_replica_expect(replica, "SrcKmsKeyInvalidState");
        TRY(r);
        return reading->work(call, &data_key, reading->arg);
}

int s3_replica_read(const struct s3_replica_reading *reading)
{
        struct s3_replica *replica = reading->replica;
        const struct s3_get_object_in in = {
                .bucket = replica->source.name,
                .key = replica->task.key,
                .version_id = replica->task.version_id,
        };
        const struct s3_replica_act act = {
                .bucket = &replica->source,
                .operation = STR("GetObject"),
                .in = &in,
                .run = run,
                .arg = (void *)(uintptr_t)reading,
        };

        return s3_replica_act(replica, &act);
}
