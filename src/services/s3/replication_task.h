/* A version on its way to another bucket, or what has changed of it: a record with a timer, one of each
 * version and bucket.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-status.html */
#pragma once

#include "services/s3/replication.h"
#include "services/s3/settings.h"
#include "services/s3/version.h"

/* Sets it, to be done as soon as there is time. What is on its way already takes a change along. */
must_check int s3_replication_begin(struct call *call, const struct s3_replication_record *task);
/* By the timer's subject; -ENOENT. */
must_check int s3_replication_find(struct call *call, struct str subject, struct s3_replication_record *ret);
/* In the transaction in which the timer has gone: there is more to be done of it, now or later. */
must_check int s3_replication_go_on(struct call *call, struct s3_replication_record *task);
/* It came to nothing for a reason that may pass. */
must_check int s3_replication_put_off(struct call *call, struct s3_replication_record *task);
/* What was copied of a body that is not to be goes. */
must_check int s3_replication_drop(struct call *call, const struct s3_replication_record *task);
/* It has ended, and the status of the version says so. The record goes, and with it what is not the
 * replica's. */
must_check int s3_replication_end(struct call *call, const struct s3_replication_record *task,
                                  struct s3_version *version, bool succeeded);
