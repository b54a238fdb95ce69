/* Replicas: what the role of a replication does, in its name, of one version and one other bucket.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
 *
 * All of these give -ECALL for what is refused; then nothing has been changed. */
#pragma once

#include "crypto/keyring.h"
#include "services/s3/replication_task.h"

struct s3_replica_step;

struct s3_replica {
        struct call *call;
        struct s3_replication_record task;
        struct s3_bucket_record source, target;
        struct s3_version version; /* the source's */
        const struct s3_replication_rule *rule;
        struct str role_arn;
        struct principal role;
        bool has_no_tags;   /* none that the role may read, or hand on */
        struct str failure; /* the reason, in AWS's name, should it end here */
};

/* Finds all of it but the role. -ENOENT: the version is gone. */
must_check int s3_replica_find(struct s3_replica *replica);
/* From here on the role can be used. */
must_check int s3_replica_assume(struct s3_replica *replica);

/* -- The source (replica_source.c) */

/* Asks whether the role may read it; where there is work to be done with its data
 * key, opens that and does it. */
struct s3_replica_reading {
        struct s3_replica *replica;
        struct str action;   /* one more permission on the version; absent: none */
        const char *failure; /* to get that; NULL: as of the object */
        int (*work)(struct call *call, struct secret *data_key, void *arg);
        void *arg;
};
must_check int s3_replica_read(const struct s3_replica_reading *reading);

/* -- The body, step by step (replica_body.c) */

/* In a snapshot, outside of the transaction: copies some more of the body, sealed under the replica's data
 * key, and leaves it as call->received. */
must_check int s3_replica_copy(struct s3_replica *replica);
/* In the transaction: what was left there; NULL: nothing. */
struct s3_replica_step *s3_replica_step_of(struct s3_replica *replica);
/* An error that it ended with, which may pass; 0. */
int s3_replica_step_error(const struct s3_replica_step *step);
bool s3_replica_step_is_last(const struct s3_replica_step *step);
const struct secret *s3_replica_step_key(const struct s3_replica_step *step);
/* Of a body under the customer's key, which nobody has here: a second one of the same pieces, as they are
 * sealed. */
must_check int s3_replica_share(struct s3_replica *replica, struct opt_int *ret_body);
/* Puts its pieces; the task remembers how far it has come. */
must_check int s3_replica_keep(struct s3_replica *replica, struct s3_replica_step *step);

/* -- The other bucket (replica.c) */

/* Puts the replica, whose body is there but for the pieces of the last step, which are kept along; NULL: one
 * that is shared. */
must_check int s3_replica_put(struct s3_replica *replica, struct s3_replica_step *step);
must_check int s3_replica_put_marker(struct s3_replica *replica);

/* -- Changes (replica_change.c) */
must_check int s3_replica_change(struct s3_replica *replica);

/* -- What these share (replica_role.c) */

/* Does it as an operation of the API that the role calls. */
struct s3_replica_act {
        const struct s3_bucket_record *bucket; /* whose region it is called in */
        struct str operation;
        const void *in;
        int (*run)(struct call *call, void *arg);
        void *arg;
};
/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-metrics-events.html#replication-failure-codes
 */
void s3_replica_expect(struct s3_replica *replica, const char *failure);
must_check int s3_replica_act(struct s3_replica *replica, const struct s3_replica_act *act);
/* In its run: key absent: the bucket itself. */
must_check int s3_replica_ask(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                              struct str version_id, struct str action);
/* 1: it may; 0: it may not, and that is no error. */
must_check int s3_replica_may(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                              struct str version_id, struct str action);
