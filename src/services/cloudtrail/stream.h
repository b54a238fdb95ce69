/* Streams: the files of a trail from one region. What the trail wants waits, stored as it comes, until it is
 * put into its bucket; what has been put waits for the digest of its hour. Each step is one transaction with
 * the object that it makes, so that a crash neither loses nor repeats anything. A stream outlives its trail
 * until all of it is delivered.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html */
#pragma once

#include "events/subscriber.h"
#include "services/cloudtrail/trail_target.h"

/* -- Coming in (collect.c) */

extern const struct subscriber cloudtrail_trails;

/* -- Their life (stream.c) */

#define STREAM_HOUR_MS   (3600 * MS_PER_S)
#define STREAM_KEPT_DAYS 30 /* what a bucket does not take is offered so long */

/* The trail, as long as it is there. -ENOENT. */
must_check int stream_trail(struct txn *txn, struct arena *arena,
                            const struct cloudtrail_stream_record *stream,
                            struct cloudtrail_trail_record *ret);
/* With what it delivers to: the trail's, or what that left. -ENOENT: there is none any more. */
must_check int stream_open(struct call *call, struct str subject, struct cloudtrail_stream_record *ret,
                           struct trail_target *ret_target);

/* Sets the timer of its next file, and of its next digest, in place of one that is set; the record is not
 * stored. */
must_check int stream_wait(struct txn *txn, struct arena *arena, struct cloudtrail_stream_record *stream,
                           int64_t due_ms);
must_check int stream_wait_for_digest(struct txn *txn, struct arena *arena,
                                      struct cloudtrail_stream_record *stream, int64_t due_ms);
/* A chain of digests begins here. */
must_check int stream_begin_digests(struct txn *txn, struct arena *arena,
                                    struct cloudtrail_stream_record *stream, int64_t now_ms);
static inline bool stream_wants_digests(const struct cloudtrail_stream_record *stream,
                                        const struct cloudtrail_trail_record *trail)
{
        return trail->logging.value && trail->validated.value && trail_is_in(trail, stream->region);
}

/* An attempt was refused: the call goes on, and what is told of it is changed. Gives when the next one is
 * made. */
int64_t stream_refused(struct call *call, struct str *failed, struct opt_int *failures);
/* Stored, or removed when it is the last that was left of its trail. */
must_check int stream_keep(struct call *call, const struct cloudtrail_stream_record *stream);

/* -- What becomes of the streams of a trail that changes */

/* Its bucket is another one now, or is allowed what it was not. */
must_check int stream_offer_again(struct call *call, const struct cloudtrail_trail_record *trail);
/* It logs now or not, with digests or without, in one region or in all: chains begin, or end with their hour.
 */
must_check int stream_change_digests(struct call *call, const struct cloudtrail_trail_record *trail);
/* It will be deleted. */
must_check int stream_leave(struct call *call, const struct cloudtrail_trail_record *trail);
/* One that begins when the trail is gone already, puts its files where that at home puts the last ones.
 * -ENOENT: that is gone as well. */
must_check int stream_follow(struct txn *txn, struct arena *arena, struct cloudtrail_stream_record *stream);
