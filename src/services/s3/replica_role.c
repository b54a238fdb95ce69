#include <assert.h>

#include "services/s3/replica.h"
#include "services/sts/directory.h"

#define SESSION STR("s3-replication")

void s3_replica_expect(struct s3_replica *replica, const char *failure)
{
        replica->failure = str_of(failure);
}

/* -- What it is about */

static int find_version(struct s3_replica *replica)
{
        const struct s3_replication_record *task = &replica->task;
        struct s3_version *version = &replica->version;

        TRY(s3_place_find(replica->call, replica->source.space.value, task->key, &version->place));
        if (s3_place_space(&version->place) != task->space.value)
                return -ENOENT; /* of another bucket of the name */
        TRY(s3_row_get(replica->call, &version->place, task->order.value, &version->row));
        return str_eq(version->row.version_id, task->version_id) ? 0 : -ENOENT;
}

/* The one by which it was noted; if that has gone with another configuration, one that leads there too. */
static const struct s3_replication_rule *choose(const struct s3_replica *replica,
                                                const struct s3_replication_rule_list *rules)
{
        struct str arn = s3_bucket_arn(replica->call, replica->task.target);

        for (size_t i = 0; i < rules->count; i++)
                if (str_eq(rules->items[i].id, replica->task.rule) &&
                    str_eq(rules->items[i].status, STR("Enabled")) &&
                    str_eq(rules->items[i].destination->bucket, arn))
                        return &rules->items[i];
        return s3_replication_rule_to(rules, arn, replica->task.key);
}

static int find_rule(struct s3_replica *replica)
{
        struct s3_bucket_replication_record record = {.bucket = replica->source.name};
        int r = call_get(replica->call, &s3_bucket_replication_record_type, &record);

        if (r < 0 && r != -ENOENT)
                return r;
        if (r == 0)
                replica->rule = choose(replica, &record.replication->rules);
        if (!replica->rule)
                return fail(replica->call, &s3_replication_configuration_not_found_error,
                            "The replication configuration was not found");
        replica->role_arn = record.replication->role;
        return 0;
}

/* "Both the source and destination buckets must have versioning enabled." "if the source bucket has Object
 * Lock enabled, the destination buckets must also have Object Lock enabled." "the destination buckets can't
 * be configured as a Requester Pays bucket" in another account.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-troubleshoot.html */
static int check_target(struct s3_replica *replica)
{
        const struct s3_bucket_record *source = &replica->source, *target = &replica->target;
        const struct s3_destination *destination = replica->rule->destination;

        s3_replica_expect(replica, "DstBucketUnversioned");
        if (!s3_versioning_is_enabled(target))
                return fail(replica->call, &s3_invalid_request,
                            "Destination bucket must have versioning enabled.");
        s3_replica_expect(replica, "DstBucketObjectLockConfigMissing");
        if (source->has_lock.value && !target->has_lock.value)
                return fail(replica->call, &s3_invalid_request,
                            "Bucket is missing Object Lock Configuration");
        s3_replica_expect(replica, "DstPutObjectNotPermitted");
        if (str_eq(target->payer, STR("Requester")) && !str_eq(target->account, source->account))
                return fail(replica->call, &s3_access_denied, "Access Denied");
        if (str_is_set(destination->account) && !str_eq(destination->account, target->account))
                return fail(replica->call, &s3_access_denied, "Access Denied");
        return 0;
}

int s3_replica_find(struct s3_replica *replica)
{
        struct call *call = replica->call;
        int r;

        replica->source.name = replica->task.bucket;
        replica->target.name = replica->task.target;
        TRY(call_get(call, &s3_bucket_record_type, &replica->source));
        TRY(find_version(replica));
        call->account = replica->source.account;
        call->region = replica->source.region;
        s3_replica_expect(replica, "SrcBucketReplicationConfigMissing");
        TRY(find_rule(replica));
        s3_replica_expect(replica, "DstBucketNotFound");
        r = call_get(call, &s3_bucket_record_type, &replica->target);
        if (r == -ENOENT)
                return fail(call, &s3_no_such_bucket, "The specified bucket does not exist");
        TRY(r);
        return check_target(replica);
}

/* -- In the name of the role */

int s3_replica_assume(struct s3_replica *replica)
{
        struct call *call = replica->call;

        call->source_arn = s3_bucket_arn(call, replica->source.name);
        call->source_account = replica->source.account;
        s3_replica_expect(replica, "AssumeRoleNotPermitted");
        return sts_assume_as_service(call, replica->role_arn, SESSION, &replica->role);
}

static const struct api_operation *find_operation(struct str name)
{
        for (size_t i = 0; i < s3_service.operation_count; i++)
                if (str_eq(s3_service.operations[i].name, name))
                        return &s3_service.operations[i];
        return NULL;
}

int s3_replica_act(struct s3_replica *replica, const struct s3_replica_act *act)
{
        const struct api_operation *operation = find_operation(act->operation);
        const struct call_act all = {
                .principal = &replica->role,
                .region = act->bucket->region,
                .operation = operation,
                .in = act->in,
                .out = operation ? arena_alloc(&replica->call->arena, operation->output->size) : NULL,
                .run = act->run,
                .arg = act->arg,
        };

        assert(operation);
        return all.out ? replica->call->act(replica->call, &all) : -ENOMEM;
}

int s3_replica_ask(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                   struct str version_id, struct str action)
{
        struct resource resource;

        TRY(s3_resource_of(call, bucket->name, key, version_id, &resource));
        return call->authorise(call, action, &resource);
}

int s3_replica_may(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                   struct str version_id, struct str action)
{
        int r = s3_replica_ask(call, bucket, key, version_id, action);

        if (r != -ECALL)
                return r < 0 ? r : 1;
        call_forgive(call);
        return 0;
}
