/* Messages on their way: each waits for who delivers it to its kind of receiver, and for a day at the most,
 * so that no store grows for a receiver that never takes any. */
#include "events/timers.h"
#include "services/events/directory.h"
#include "services/s3/directory.h"
#include "services/s3/event.h"
#include "services/sns/directory.h"
#include "services/sqs/directory.h"

#define NUMBER_BITS 20 /* of an event, below its milliseconds */
#define HOUR_MS     (3600 * MS_PER_S)
#define KEPT_HOURS  24
#define RETRY_MS    (60 * MS_PER_S) /* at first; then after as long as it has waited */
#define PAGE        500

/* -- Who delivers: a row for each service that has receivers. It is a call in S3's own name
 * (call->as_service), on behalf of the bucket. -ECALL: not now. */

static int deliver_to_queue(struct call *call, const struct s3_event_message_record *message)
{
        const struct sqs_delivery delivery = {
                .service = STR("s3.amazonaws.com"),
                .source_arn = s3_bucket_arn(call, message->bucket),
                .source_account = message->account,
                .queue = message->receiver,
                .body = message->message,
        };

        return sqs_send(call, &delivery);
}

static int deliver_to_topic(struct call *call, const struct s3_event_message_record *message)
{
        const struct sns_notice notice = {
                .service = STR("s3.amazonaws.com"),
                .source_arn = s3_bucket_arn(call, message->bucket),
                .source_account = message->account,
                .topic = message->receiver,
                .subject = STR("Amazon S3 Notification"),
                .message = message->message,
        };

        return sns_notify(call, &notice);
}

static int deliver_to_bus(struct call *call, const struct s3_event_message_record *message)
{
        return events_put_service_event(call, message->account, message->region, message->message);
}

static const struct {
        struct str service; /* as in the receiver's ARN; S3_EVENT_BRIDGE */
        int (*deliver)(struct call *call, const struct s3_event_message_record *message);
} DELIVERERS[] = {
        {STR_INIT("sns"), deliver_to_topic},
        {STR_INIT("sqs"), deliver_to_queue},
        {STR_INIT("lambda"), NULL}, /* that service is not here */
        {STR_INIT("eventbridge"), deliver_to_bus},
};

/* arn:aws:sqs:... */
static struct str service_of(struct str receiver)
{
        struct str rest = receiver, piece = receiver;

        if (!str_starts(receiver, STR("arn:")))
                return receiver;
        for (size_t i = 0; i < 3; i++)
                (void)str_cut(&rest, ':', &piece);
        return piece;
}

static int (*find_deliverer(struct str receiver))(struct call *, const struct s3_event_message_record *)
{
        for (size_t i = 0; i < ARRAY_LEN(DELIVERERS); i++)
                if (str_eq(DELIVERERS[i].service, service_of(receiver)))
                        return DELIVERERS[i].deliver;
        return NULL;
}

int s3_try_receiver(struct call *call, const struct s3_bucket_record *bucket, struct str receiver,
                    struct str text)
{
        const struct s3_event_message_record message = {
                .receiver = receiver, .bucket = bucket->name, .account = bucket->account, .message = text};
        int (*deliver)(struct call *, const struct s3_event_message_record *) = find_deliverer(receiver);

        return deliver ? deliver(call, &message) : -ENOENT;
}

/* -- Their numbers */

int s3_next_event_number(struct call *call, int64_t *ret)
{
        struct s3_sequence_record sequence = {.name = STR("event")};
        int64_t now = call->now_ms << NUMBER_BITS;
        int r = call_get(call, &s3_sequence_record_type, &sequence);

        if (r < 0 && r != -ENOENT)
                return r;
        *ret = r == 0 && sequence.last.value >= now ? sequence.last.value + 1 : now;
        sequence.last = OPT_INT(*ret);
        return call_put(call, &s3_sequence_record_type, &sequence);
}

/* -- Waiting */

static int64_t hour_of(int64_t number)
{
        return (number >> NUMBER_BITS) / HOUR_MS;
}

/* The same for all of an hour. */
static int set_end(struct call *call, int64_t number)
{
        const struct timer timer = {
                .due_ms = (hour_of(number) + 1 + KEPT_HOURS) * HOUR_MS,
                .name = STR("s3.DropMessages"),
                .subject = arena_printf(&call->arena, "%lld", (long long)hour_of(number)),
        };

        return timer_set(call->txn, &timer);
}

static int deliver_at(struct call *call, int64_t number, int64_t due_ms)
{
        const struct timer timer = {
                .due_ms = due_ms,
                .name = STR("s3.DeliverMessage"),
                .subject = arena_printf(&call->arena, "%lld", (long long)number),
        };

        return timer_set(call->txn, &timer);
}

int s3_queue_message(struct call *call, const struct s3_bucket_record *bucket, struct str receiver,
                     struct str event, struct str text)
{
        struct s3_event_message_record message = {
                .number = {.is_set = true},
                .receiver = receiver,
                .bucket = bucket->name,
                .account = bucket->account,
                .region = bucket->region,
                .event = event,
                .made = OPT_INT(call->now_ms),
                .message = text,
        };

        TRY(s3_next_event_number(call, &message.number.value));
        TRY(set_end(call, message.number.value));
        if (find_deliverer(receiver))
                TRY(deliver_at(call, message.number.value, call->now_ms));
        return call_put(call, &s3_event_message_record_type, &message);
}

/* -- What falls due */

static int64_t next_try(const struct call *call, const struct s3_event_message_record *message)
{
        int64_t waited_ms = call->now_ms - message->made.value;

        return call->now_ms + (waited_ms > RETRY_MS ? waited_ms : RETRY_MS);
}

int s3_deliver_message_due(struct call *call, struct str subject)
{
        struct s3_event_message_record message = {.number = {.is_set = true}};
        int r = str_to_i64(subject, &message.number.value);

        if (r == 0)
                r = call_get(call, &s3_event_message_record_type, &message);
        if (r < 0 || !find_deliverer(message.receiver))
                return r == 0 || r == -ENOENT ? 1 : r;
        call->account = message.account;
        call->region = message.region;
        r = find_deliverer(message.receiver)(call, &message);
        if (r == 0)
                r = call_delete(call, &s3_event_message_record_type, &message);
        else if (r == -ECALL)
                r = deliver_at(call, message.number.value, next_try(call, &message));
        return r < 0 ? r : 1;
}

/* With nothing but their numbers and buckets. */
static int gather_old(struct call *call, int64_t hour, struct s3_event_message_record old[PAGE],
                      size_t *ret_count)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct s3_event_message_record message = {};

        *ret_count = 0;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &s3_event_message_record_type, NULL, &message,
                              0, STR_NONE));
        while (*ret_count < PAGE) {
                int r = record_scan_next(&scan, &message);

                if (r == -ENOENT || (r == 0 && hour_of(message.number.value) > hour))
                        return 0;
                TRY(r);
                old[*ret_count].account = message.account;
                old[*ret_count].bucket = message.bucket;
                old[(*ret_count)++].number = message.number;
                message = (struct s3_event_message_record){};
        }
        return 0;
}

/* Those of a bucket that stand together. */
static void lose(struct call *call, const struct s3_event_message_record *old, size_t count)
{
        for (size_t i = 0, from = 0; i < count; i++) {
                if (i + 1 < count && str_eq(old[i].bucket, old[i + 1].bucket))
                        continue;
                call->account = old[i].account;
                call_lose(call, LOSS_BUCKET_NOTIFICATIONS, i + 1 - from,
                          "notifications of a bucket were taken by nobody and are given up", old[i].bucket);
                from = i + 1;
        }
}

/* subject: an hour, whose messages nobody has taken for a day. */
int s3_drop_messages_due(struct call *call, struct str subject)
{
        struct s3_event_message_record *old =
                arena_new_array(&call->arena, struct s3_event_message_record, PAGE);
        const struct timer again = {
                .due_ms = call->now_ms, .name = STR("s3.DropMessages"), .subject = subject};
        int64_t hour;
        size_t count;

        if (!old || str_to_i64(subject, &hour) < 0)
                return old ? 1 : -ENOMEM;
        TRY(gather_old(call, hour, old, &count));
        for (size_t i = 0; i < count; i++)
                TRY(call_delete(call, &s3_event_message_record_type, &old[i]));
        lose(call, old, count);
        if (count == PAGE)
                TRY(timer_set(call->txn, &again));
        return 1;
}

/* -- For the operator */

int s3_list_messages(struct txn *txn, struct arena *arena, int64_t after, size_t most,
                     struct s3_event_message_record **ret, size_t *ret_count)
{
        const struct s3_event_message_record like = {.number = OPT_INT(after)};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct str token;
        int r = 0;

        *ret_count = 0;
        *ret = arena_new_array(arena, struct s3_event_message_record, most);
        if (!*ret)
                return -ENOMEM;
        TRY(record_scan_token_at(arena, &s3_event_message_record_type, &like, 0, 1, &token));
        TRY(record_scan_begin(&scan, txn, arena, &s3_event_message_record_type, NULL, &like, 0, token));
        while (*ret_count < most && (r = record_scan_next(&scan, &(*ret)[*ret_count])) == 0)
                ++*ret_count;
        return r == -ENOENT ? 0 : r;
}
