#include "services/sqs/duplicate.h"

#include "base/text.h"
#include "crypto/hash.h"

#define INTERVAL_MS   (5 * 60 * MS_PER_S)
#define DROPPED       3 /* old ones, at each new one: so there are never many */
#define SEQUENCE_STEP 256

/* By DeduplicationScope: in the whole queue, or in a group alone. */
static struct str key_of(struct call *call, const struct sqs_queue_record *queue,
                         const struct sqs_message_record *message)
{
        if (!str_eq(queue->dedup_scope, STR("messageGroup")))
                return sha256_text(&call->arena, message->dedup_id);
        return sha256_text(&call->arena, arena_printf(&call->arena, "%.*s %.*s", STR_ARG(message->group),
                                                      STR_ARG(message->dedup_id)));
}

static int drop_old(struct call *call, const struct sqs_level_record *level)
{
        struct sqs_duplicate_record like = {.space = level->space};
        struct str old[DROPPED];
        size_t count = 0;
        int r = 0;

        {
                _cleanup_(record_scan_end) struct record_scan scan = {};

                TRY(record_scan_begin(&scan, call->txn, &call->arena, &sqs_duplicate_record_type,
                                      sqs_duplicate_by_end, &like, 1, STR_NONE));
                while (count < DROPPED && (r = record_scan_next(&scan, &like)) == 0 &&
                       like.until.value <= call->now_ms)
                        old[count++] = like.hash;
                if (r < 0 && r != -ENOENT)
                        return r;
        }
        for (size_t i = 0; i < count; i++) {
                const struct sqs_duplicate_record gone = {.space = level->space, .hash = old[i]};

                TRY(call_delete(call, &sqs_duplicate_record_type, &gone));
        }
        return 0;
}

static int remember(struct call *call, const struct sqs_level_record *level, struct str hash,
                    struct sqs_message_record *message)
{
        int64_t number = (level->last.value + 1) * SEQUENCE_STEP;
        struct sqs_duplicate_record sent = {
                .space = level->space,
                .hash = hash,
                .until = OPT_INT(call->now_ms + INTERVAL_MS),
                .message_id = message->id,
        };

        /* "The length of SequenceNumber is 128 bits"; it grows, but not by ones. */
        message->sequence = arena_printf(&call->arena, "188%017lld", (long long)number);
        sent.sequence = message->sequence;
        TRY(drop_old(call, level));
        return call_put(call, &sqs_duplicate_record_type, &sent);
}

int sqs_settle_duplicate(struct call *call, const struct sqs_queue_record *queue,
                         const struct sqs_level_record *level, struct str body,
                         struct sqs_message_record *message, bool *ret_is_duplicate)
{
        struct sqs_duplicate_record before = {.space = level->space};
        int r;

        if (!str_is_set(message->dedup_id))
                message->dedup_id = sha256_text(&call->arena, body);
        before.hash = key_of(call, queue, message);
        r = call_get(call, &sqs_duplicate_record_type, &before);
        if (r < 0 && r != -ENOENT)
                return r;
        *ret_is_duplicate = r == 0 && before.until.value > call->now_ms;
        if (!*ret_is_duplicate)
                return remember(call, level, before.hash, message);
        message->id = before.message_id;
        message->sequence = before.sequence;
        return 0;
}
