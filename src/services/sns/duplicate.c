/* What was published twice. https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html */
#include "base/text.h"
#include "crypto/hash.h"
#include "services/sns/notice.h"

#define INTERVAL_MS (5 * 60 * MS_PER_S)
#define DROPPED     3 /* old ones, at each new one: so there are never many */

/* By FifoThroughputScope: in the whole topic, or in a group alone. */
static struct str key_of(struct call *call, const struct sns_topic_record *topic,
                         const struct sns_notice_record *notice)
{
        if (!str_eq(sns_attribute(&topic->attributes, STR("FifoThroughputScope")), STR("MessageGroup")))
                return sha256_text(&call->arena, notice->dedup_id);
        return sha256_text(&call->arena, arena_printf(&call->arena, "%.*s %.*s", STR_ARG(notice->group),
                                                      STR_ARG(notice->dedup_id)));
}

/* Those that have ended by then, the oldest first. */
static int drop(struct call *call, struct opt_int topic, int64_t until_ms, size_t most, size_t *ret_count)
{
        struct str *old = arena_new_array(&call->arena, struct str, most);
        struct sns_duplicate_record like = {.topic = topic};
        size_t count = 0;
        int r = 0;

        if (!old)
                return -ENOMEM;
        {
                _cleanup_(record_scan_end) struct record_scan scan = {};

                TRY(record_scan_begin(&scan, call->txn, &call->arena, &sns_duplicate_record_type,
                                      sns_duplicate_by_end, &like, 1, STR_NONE));
                while (count < most && (r = record_scan_next(&scan, &like)) == 0 &&
                       like.until.value <= until_ms)
                        old[count++] = like.hash;
                if (r < 0 && r != -ENOENT)
                        return r;
        }
        for (size_t i = 0; i < count; i++) {
                const struct sns_duplicate_record gone = {.topic = topic, .hash = old[i]};

                TRY(call_delete(call, &sns_duplicate_record_type, &gone));
        }
        *ret_count = count;
        return 0;
}

int sns_drop_duplicates(struct call *call, int64_t topic, size_t most, size_t *ret_count)
{
        return drop(call, OPT_INT(topic), INT64_MAX, most, ret_count);
}

/* "a large, non-consecutive number"; "The length of SequenceNumber is 128 bits." */
static int number_message(struct call *call, const struct sns_topic_record *topic, struct str *ret)
{
        struct sns_tally_record tally;

        TRY(sns_get_tally(call, topic->number.value, &tally));
        tally.sequence = OPT_INT(tally.sequence.value + 1);
        *ret = arena_printf(&call->arena, "1%016lld000", (long long)tally.sequence.value);
        return sns_put_tally(call, &tally);
}

int sns_settle_duplicate(struct call *call, const struct sns_topic_record *topic, struct str text,
                         struct sns_notice_record *notice, bool *ret_is_duplicate)
{
        struct sns_duplicate_record sent = {.topic = topic->number};
        size_t dropped;
        int r;

        if (!str_is_set(notice->dedup_id))
                notice->dedup_id = sha256_text(&call->arena, text);
        sent.hash = key_of(call, topic, notice);
        r = call_get(call, &sns_duplicate_record_type, &sent);
        if (r < 0 && r != -ENOENT)
                return r;
        *ret_is_duplicate = r == 0 && sent.until.value > call->now_ms;
        if (*ret_is_duplicate) {
                notice->message_id = sent.message_id;
                notice->sequence = sent.sequence;
                return 0;
        }
        TRY(number_message(call, topic, &notice->sequence));
        sent.until = OPT_INT(call->now_ms + INTERVAL_MS);
        sent.message_id = notice->message_id;
        sent.sequence = notice->sequence;
        TRY(drop(call, topic->number, call->now_ms, DROPPED, &dropped));
        return call_put(call, &sns_duplicate_record_type, &sent);
}
