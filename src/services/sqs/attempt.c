#include "services/sqs/attempt.h"

#include "crypto/hash.h"

#define INTERVAL_MS (5 * 60 * MS_PER_S)
#define DROPPED     3 /* old ones, at each new one */

static int get_unchanged(struct call *call, const struct sqs_attempt_record *record, size_t i,
                         struct sqs_message_record *ret)
{
        TRY(sqs_get_message(call, record->space.value, record->numbers.items[i].value, ret));
        if (ret->lane.value != SQS_IN_FLIGHT || ret->due.value <= call->now_ms ||
            ret->receives.value != record->receives.items[i].value)
                return -ENOENT;
        return 0;
}

int sqs_find_attempt(struct call *call, const struct sqs_queue_record *queue, struct str id,
                     struct sqs_attempt *ret)
{
        struct sqs_attempt_record record = {.space = queue->space, .hash = sha256_text(&call->arena, id)};

        TRY(call_get(call, &sqs_attempt_record_type, &record));
        if (record.until.value <= call->now_ms || record.numbers.count > SQS_BATCH_MAX ||
            record.numbers.count != record.receives.count)
                return -ENOENT;
        for (ret->count = 0; ret->count < record.numbers.count; ret->count++)
                TRY(get_unchanged(call, &record, ret->count, &ret->messages[ret->count]));
        return 0;
}

static int drop_old(struct call *call, struct opt_int space)
{
        struct sqs_attempt_record like = {.space = space};
        struct str old[DROPPED];
        size_t count = 0;
        int r = 0;

        {
                _cleanup_(record_scan_end) struct record_scan scan = {};

                TRY(record_scan_begin(&scan, call->txn, &call->arena, &sqs_attempt_record_type,
                                      sqs_attempt_by_attempt_end, &like, 1, STR_NONE));
                while (count < DROPPED && (r = record_scan_next(&scan, &like)) == 0 &&
                       like.until.value <= call->now_ms)
                        old[count++] = like.hash;
                if (r < 0 && r != -ENOENT)
                        return r;
        }
        for (size_t i = 0; i < count; i++) {
                const struct sqs_attempt_record gone = {.space = space, .hash = old[i]};

                TRY(call_delete(call, &sqs_attempt_record_type, &gone));
        }
        return 0;
}

int sqs_remember_attempt(struct call *call, const struct sqs_queue_record *queue, struct str id,
                         const struct sqs_attempt *attempt)
{
        struct opt_int numbers[SQS_BATCH_MAX], receives[SQS_BATCH_MAX];
        struct sqs_attempt_record record = {
                .space = queue->space,
                .hash = sha256_text(&call->arena, id),
                .until = OPT_INT(call->now_ms + INTERVAL_MS),
                .numbers = {.items = numbers, .count = attempt->count, .is_set = true},
                .receives = {.items = receives, .count = attempt->count, .is_set = true},
        };

        for (size_t i = 0; i < attempt->count; i++) {
                numbers[i] = attempt->messages[i].number;
                receives[i] = attempt->messages[i].receives;
        }
        TRY(drop_old(call, queue->space));
        return call_put(call, &sqs_attempt_record_type, &record);
}
