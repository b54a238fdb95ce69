/* The outbox: every event, in the order of its commit, until all its subscribers have read it. An event that
 * belongs to a change is appended in the transaction of the change (promise 2).
 *
 * Keys: OUTBOX_PREFIX, then the number of the event as 8 bytes big-endian. Numbers only grow. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "store/store.h"

#define OUTBOX_RESOURCES 8

struct event_resource {
        struct str arn;
        struct str type; /* "AWS::IAM::User" */
};

/* What subscribers choose and look up by, and the record itself. */
struct event {
        uint64_t number; /* of those that subscribers get: its place in the outbox. Not part of the encoding.
                          */
        int64_t time_ms;
        struct str id;
        struct str account; /* whose trail it belongs to; empty: nobody's (a request that named no account) */
        struct str region;
        struct str name;   /* "CreateUser" */
        struct str source; /* "iam.amazonaws.com" */
        struct str username;
        struct str access_key_id;
        bool is_read_only;
        bool is_data;
        bool is_insight; /* of CloudTrail Insights; its first resource's type is the insight's */
        struct event_resource resources[OUTBOX_RESOURCES];
        size_t resource_count;
        struct str json; /* CloudTrail's record, one JSON object */
        struct str use;  /* credential whose use is to be noted: "key AKIA... iam us-east-1"; mostly empty */
        struct str request_id; /* of a denial */
        struct str trace;      /* of a denial: its reasoning as JSON */
};

/* Bytes of an event as the outbox keeps it. */
void event_encode(const struct event *event, struct buf *out);
/* Strings point into bytes. -EBADMSG. */
must_check int event_decode(struct str bytes, struct event *ret);

/* Fails as txn_put() does; the transaction must not go on then. */
must_check int outbox_append(struct txn *txn, struct str encoded);

/* The number of the oldest event that is kept, and of the newest; 0 when there never was one. */
must_check int outbox_oldest(struct txn *txn, uint64_t *ret);
must_check int outbox_newest(struct txn *txn, uint64_t *ret);

/* Events after a number, oldest first; visit gives < 0 to stop (-ECANCELED: without error). *after moves
 * along. */
must_check int outbox_read(struct txn *txn, uint64_t *after, size_t most,
                           int (*visit)(void *arg, uint64_t number, struct str encoded), void *arg);
/* Forgets events up to and with this number. */
must_check int outbox_trim(struct txn *txn, uint64_t through, size_t most);
