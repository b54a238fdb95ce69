/* What others need of S3 beside its operations. */
#pragma once

#include "api/s3.h"
#include "services/call.h"
#include "store/blob.h"
#include "services/s3/deliver.h" /* to put a file into a bucket, in the name of a service */

/* Messages of event notifications that wait for their delivery, behind a number; *ret is an array in the
 * arena.
 */
must_check int s3_list_messages(struct txn *txn, struct arena *arena, int64_t after, size_t most,
                                struct s3_event_message_record **ret, size_t *ret_count);

/* Of general purpose buckets. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
bool s3_bucket_name_is_valid(struct str name);

/* Where a bucket is, and whose. -ENOENT: there is none of this name. */
must_check int s3_find_bucket(struct txn *txn, struct arena *arena, struct str name, struct str *ret_region,
                              struct str *ret_account);

/* Has there ever been a bucket in this store? */
bool s3_has_kept_blobs(struct txn *txn);
/* Is this blob (its id in hexadecimal) a piece of a body? 1 or 0. */
must_check int s3_refers_to_blob(struct txn *txn, struct arena *arena, struct str id);
/* All of those, each once. What the visitor gives below 0 ends it. */
must_check int s3_each_blob(struct txn *txn, int (*visit)(void *arg, struct blob_id id), void *arg);
