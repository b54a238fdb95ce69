/* What one of AWS's services puts into a bucket of a customer: server access logs, and what others write to
 * buckets. It is a PutObject in the name of the service, on behalf of what it tells of, and goes the way of
 * every other: under the bucket's policy or ACL, its encryption, versioning and Object Lock; it is recorded,
 * and logged where the bucket's requests are. */
#pragma once

#include "services/s3/s3.h"

struct s3_delivery {
        struct str service;                    /* "logging.s3.amazonaws.com" */
        struct str source_arn, source_account; /* on whose behalf: aws:SourceArn, aws:SourceAccount */
        struct str bucket, key, body;
        struct str content_type, content_encoding; /* absent: none is said */
        struct str acl;                            /* "bucket-owner-full-control"; absent: none */
        struct str grant_full_control, grant_read, grant_read_acp, grant_write_acp;
        struct str kms_key; /* to encrypt with, as its policy lets the service; absent: as the bucket's
                               default */
        struct str_map kms_context; /* with that key; S3 adds the object's ARN */
        struct str_map metadata;
};

/* From what falls due, and from nowhere else: no client may wait for it.
 *
 * A timer with the word `slow` calls it twice with the same delivery: in its prepare function, where the body
 * is written and synced on a thread that may wait, and in its fire function, whose transaction puts the
 * object on that body. The body of the second call has to be the same bytes as that of the first (the prepare
 * function leaves them in call->prepared, whose arena lasts); the key may be another. Any number of
 * deliveries can be prepared; what is not used goes. call->received is taken by it, so the timer must not use
 * that itself; call->account and call->region are set before, in both.
 *
 * What was not prepared, or has other bytes, is written in the transaction: all others wait for the disk
 * then, so only small bodies (up to S3_INLINE_MAX, which have no files) should be.
 *
 * Nothing is left behind, and nothing is there twice: until the transaction of the fire function is on disk
 * there is no object, and what was written for it is removed when it fails, or at the next start.
 *
 * Prepare: 0 when it is refused as well; that is found again, and told, in the transaction. Fire: -ECALL when
 * refused, with AWS's error; nothing of it is there then, but the refusal is on record. */
must_check int s3_deliver(struct call *call, const struct s3_delivery *delivery);

/* Whether who asks for a delivery could put such a file himself: of bucket, key and acl. -ECALL: he could
 * not. To be asked where the client's own permission has a say. */
must_check int s3_ask_delivery(struct call *call, const struct s3_delivery *delivery);
