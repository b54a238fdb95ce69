/* The delivery of digests, every hour: made, signed and written before the transaction in which it is put,
 * and the chain goes on. */
#include "services/cloudtrail/digest.h"

int cloudtrail_deliver_digest_prepare(struct call *call, struct str subject)
{
        struct cloudtrail_stream_record stream;
        struct trail_target target = {};
        struct trail_digest *digest = arena_new(&call->arena, struct trail_digest);
        int r = stream_open(call, subject, &stream, &target);

        if (!digest)
                return -ENOMEM;
        if (r < 0 || !stream.digest_begins.is_set)
                return r == -ENOENT ? 0 : r;
        call->prepared = digest;
        TRY(digest_make(call, &stream, &target, digest));
        return trail_prepare(call, &target,
                             &(struct trail_file){.key = digest->object, .body = digest->body});
}

/* -- The chain */

static int forget_files(struct call *call, const struct cloudtrail_stream_record *stream,
                        const struct trail_digest *digest)
{
        for (size_t i = 0; i < digest->count; i++) {
                const struct cloudtrail_delivered_file_record file = {
                        .trail = stream->trail,
                        .region = stream->region,
                        .number = OPT_INT(digest->numbers[i]),
                };

                TRY(call_delete(call, &cloudtrail_delivered_file_record_type, &file));
        }
        return 0;
}

/* "If logging is stopped or the trail is deleted, CloudTrail will deliver a final digest file", for what
 * remained to be delivered; without validation there is none any more. */
static bool goes_on(const struct cloudtrail_stream_record *stream,
                    const struct cloudtrail_trail_record *trail, const struct trail_digest *digest)
{
        if (!digest->is_all || (trail && stream_wants_digests(stream, trail)))
                return true;
        return stream->due.is_set && (!trail || trail->validated.value);
}

static void set_before(struct cloudtrail_stream_record *stream, const struct trail_digest *digest)
{
        stream->before_bucket = digest->target.bucket;
        stream->before_key = digest->object;
        stream->before_hash = str_make(digest->hash, sizeof(digest->hash));
        stream->before_sign = digest->signature;
}

static int go_on(struct call *call, struct cloudtrail_stream_record *stream,
                 const struct trail_digest *digest)
{
        struct cloudtrail_trail_record trail;
        int r = stream_trail(call->txn, &call->arena, stream, &trail);

        if (r < 0 && r != -ENOENT)
                return r;
        set_before(stream, digest);
        if (!goes_on(stream, r == 0 ? &trail : NULL, digest)) {
                stream->digest_begins = (struct opt_int){};
                return stream_keep(call, stream);
        }
        if (stream->breaks.value && r == 0 && stream_wants_digests(stream, &trail)) {
                TRY(stream_begin_digests(call->txn, &call->arena, stream, digest->ends_ms));
                return stream_keep(call, stream);
        }
        stream->digest_begins = OPT_INT(digest->ends_ms);
        TRY(stream_wait_for_digest(call->txn, &call->arena, stream, digest->ends_ms + STREAM_HOUR_MS));
        return stream_keep(call, stream);
}

/* -- Its delivery */

static bool is_given_up(const struct call *call, const struct cloudtrail_stream_record *stream)
{
        return stream->is_last.value &&
               call->now_ms - stream->digest_begins.value > STREAM_KEPT_DAYS * MS_PER_DAY;
}

static int retry(struct call *call, struct cloudtrail_stream_record *stream,
                 const struct trail_digest *digest)
{
        int64_t retry_ms = stream_refused(call, &stream->digest_failed, &stream->digest_fails);

        if (is_given_up(call, stream)) {
                TRY(forget_files(call, stream, digest));
                call_lose(call, LOSS_TRAIL_DIGESTS, 1,
                          "the last digest of a trail was not taken by its bucket and is given up",
                          stream->name);
                stream->digest_begins = (struct opt_int){};
                return stream_keep(call, stream);
        }
        TRY(stream_wait_for_digest(call->txn, &call->arena, stream, retry_ms));
        return stream_keep(call, stream);
}

static int set_metadata(struct call *call, const struct trail_digest *digest, struct trail_file *file)
{
        struct str_pair *pairs = arena_new_array(&call->arena, struct str_pair, 2);

        if (!pairs)
                return -ENOMEM;
        pairs[0] = (struct str_pair){STR("signature"), digest->signature};
        pairs[1] = (struct str_pair){STR("signature-algorithm"), STR("SHA256withRSA")};
        file->metadata = (struct str_map){.items = pairs, .count = 2, .is_set = true};
        return 0;
}

static int deliver(struct call *call, struct cloudtrail_stream_record *stream,
                   const struct trail_digest *digest)
{
        struct trail_file file = {.key = digest->object, .body = digest->body};
        int r;

        TRY(set_metadata(call, digest, &file));
        r = trail_put(call, &digest->target, &file);
        if (r == -ECALL)
                return retry(call, stream, digest);
        TRY(r);
        if (digest->is_new_key)
                TRY(call_insert(call, &cloudtrail_signing_key_record_type, &digest->key));
        TRY(forget_files(call, stream, digest));
        stream->digested = OPT_INT(call->now_ms);
        stream->digest_failed = STR_NONE;
        stream->digest_fails = (struct opt_int){};
        return go_on(call, stream, digest);
}

/* The trail has another bucket, or no name, since it was made: it is made again. */
static bool is_stale(const struct trail_digest *digest, const struct trail_target *target)
{
        return !digest || !str_eq(digest->target.bucket, target->bucket) ||
               !str_eq(digest->target.prefix, target->prefix);
}

int cloudtrail_deliver_digest_due(struct call *call, struct str subject)
{
        const struct trail_digest *digest = call->prepared;
        struct cloudtrail_stream_record stream;
        struct trail_target target = {};
        int r = stream_open(call, subject, &stream, &target);

        if (r < 0)
                return r == -ENOENT ? 1 : r;
        stream.digest_due = (struct opt_int){};
        if (!stream.digest_begins.is_set)
                return 1;
        if (is_stale(digest, &target)) {
                TRY(stream_wait_for_digest(call->txn, &call->arena, &stream, call->now_ms));
                TRY(stream_keep(call, &stream));
        } else {
                TRY(deliver(call, &stream, digest));
        }
        return call->arena.failed ? -ENOMEM : 1;
}
