/* Lines of server access logs on their way: stored as they come, put together and delivered soon after, by
 * the one clock. A line goes in the transaction that keeps its object, so none is lost to a crash or comes
 * twice. https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html */
#include "base/ids.h"
#include "events/timers.h"
#include "services/s3/access_log.h"
#include "services/s3/log_object.h"

/* What the target does not take is offered again, and given up after a day: a store does not grow for it. */
#define RETRY_MS (3600 * MS_PER_S)

/* -- Its timer */

static struct timer timer_of(struct arena *arena, const struct s3_access_log_stream_record *stream)
{
        return (struct timer){
                .due_ms = stream->due.value,
                .name = STR("s3.DeliverLogs"),
                .subject = arena_printf(arena, "%lld", (long long)stream->number.value),
                .lane = TIMER_SLOW,
        };
}

static int wait_until(struct txn *txn, struct arena *arena, struct s3_access_log_stream_record *stream,
                      int64_t due_ms)
{
        struct timer timer;

        if (stream->due.is_set) {
                timer = timer_of(arena, stream);
                TRY(timer_take_back(txn, &timer));
        }
        stream->due = OPT_INT(due_ms);
        timer = timer_of(arena, stream);
        TRY(timer_set(txn, &timer));
        return record_put(txn, &s3_access_log_stream_record_type, stream);
}

/* -- Lines as they come: "STREAM DELAY LINE" */

struct str s3_log_subject(struct arena *arena, int64_t stream, int64_t delay_ms, struct str line)
{
        return arena_printf(arena, "%lld %lld %.*s", (long long)stream, (long long)delay_ms, STR_ARG(line));
}

static int read_subject(struct str subject, int64_t *ret_stream, int64_t *ret_delay, struct str *ret_line)
{
        struct str number;

        if (!str_cut(&subject, ' ', &number) || str_to_i64(number, ret_stream) < 0 ||
            !str_cut(&subject, ' ', &number) || str_to_i64(number, ret_delay) < 0)
                return -EBADMSG;
        *ret_line = subject;
        return 0;
}

/* In the order of their milliseconds. "Log records appear in no particular order." */
static int put_line(struct txn *txn, int64_t stream, int64_t time_ms, struct str text)
{
        struct s3_access_log_line_record line = {.stream = OPT_INT(stream), .line = text};
        uint16_t start;
        int r;

        random_fill(&start, sizeof(start));
        line.order = OPT_INT((time_ms << S3_LOG_ORDER_BITS) + start);
        while ((r = record_insert(txn, &s3_access_log_line_record_type, &line)) == -EEXIST)
                line.order.value++;
        return r;
}

/* What was refused waits for its hour, whatever comes meanwhile. */
static bool is_due_anyway(const struct s3_access_log_stream_record *stream, int64_t due_ms)
{
        return stream->due.is_set && (stream->is_refused.value || stream->due.value <= due_ms);
}

int s3_access_log_noted(struct txn *txn, struct arena *arena, struct str subject,
                        const struct api_noted *noted)
{
        struct s3_access_log_stream_record stream = {.number = {.is_set = true}};
        int64_t delay;
        struct str line;
        int r;

        TRY(read_subject(subject, &stream.number.value, &delay, &line));
        r = record_get(txn, arena, &s3_access_log_stream_record_type, &stream);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        TRY(put_line(txn, stream.number.value, noted->time_ms, line));
        if (is_due_anyway(&stream, noted->time_ms + delay))
                return 0;
        return wait_until(txn, arena, &stream, noted->time_ms + delay);
}

/* -- The setting */

/* Its last lines are still to be delivered; then it goes. */
static int end_stream(struct call *call, int64_t number)
{
        struct s3_access_log_stream_record stream = {.number = OPT_INT(number)};
        int r = call_get(call, &s3_access_log_stream_record_type, &stream);

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        return wait_until(call->txn, &call->arena, &stream, call->now_ms + S3_LOG_DELAY_MS);
}

int s3_log_change(struct call *call, struct s3_bucket_record *bucket, struct s3_logging_enabled *logging)
{
        struct s3_access_log_stream_record stream = {
                .bucket = bucket->name,
                .account = bucket->account,
                .region = bucket->region,
                .logging = logging,
        };

        if (bucket->log_stream.is_set)
                TRY(end_stream(call, bucket->log_stream.value));
        bucket->log_stream = (struct opt_int){};
        if (!logging)
                return 0;
        TRY(s3_new_space(call, &stream.number.value));
        stream.number.is_set = true;
        bucket->log_stream = stream.number;
        return call_put(call, &s3_access_log_stream_record_type, &stream);
}

static bool is_current(struct call *call, const struct s3_access_log_stream_record *stream)
{
        struct s3_bucket_record bucket = {.name = stream->bucket};

        return call_get(call, &s3_bucket_record_type, &bucket) == 0 &&
               bucket.log_stream.value == stream->number.value;
}

/* -- Their delivery */

static int drop(struct call *call, const struct s3_log_object *object, int64_t before_ms)
{
        for (size_t i = 0; i < object->count; i++) {
                const struct s3_access_log_line_record line = {object->stream->number,
                                                               OPT_INT(object->orders[i]), STR_NONE};

                if (object->orders[i] >> S3_LOG_ORDER_BITS < before_ms)
                        TRY(call_delete(call, &s3_access_log_line_record_type, &line));
        }
        return 0;
}

/* Nothing waits any more. */
static int rest(struct call *call, const struct s3_access_log_stream_record *stream)
{
        return is_current(call, stream) ? 0 : call_delete(call, &s3_access_log_stream_record_type, stream);
}

static int64_t kept_from(const struct call *call)
{
        return call->now_ms - MS_PER_DAY;
}

/* All of it is older than a day, and it is not all: however much comes, what is given up goes before what is
 * offered. Of what has not been offered, nothing is given up. */
static bool is_given_up(const struct call *call, const struct s3_log_object *object)
{
        return object->stream->is_refused.value && !object->is_all &&
               object->orders[object->count - 1] >> S3_LOG_ORDER_BITS < kept_from(call);
}

static void lose(struct call *call, const struct s3_log_object *object, int64_t before_ms)
{
        uint64_t count = 0;

        for (size_t i = 0; i < object->count; i++)
                count += object->orders[i] >> S3_LOG_ORDER_BITS < before_ms;
        call_lose(call, LOSS_ACCESS_LOG_LINES, count,
                  "lines of a bucket's access log were not taken and are given up", object->stream->bucket);
}

static int give_up(struct call *call, struct s3_access_log_stream_record *stream,
                   const struct s3_log_object *object)
{
        TRY(drop(call, object, INT64_MAX));
        lose(call, object, INT64_MAX);
        return wait_until(call->txn, &call->arena, stream, call->now_ms);
}

static int retry(struct call *call, struct s3_access_log_stream_record *stream,
                 const struct s3_log_object *object)
{
        call->error = NULL;
        call->error_message = STR_NONE;
        call->error_details = (struct str_map){};
        stream->is_refused = OPT_BOOL(true);
        TRY(drop(call, object, kept_from(call)));
        lose(call, object, kept_from(call));
        return wait_until(call->txn, &call->arena, stream, call->now_ms + RETRY_MS);
}

/* Lines that came after the object was gathered. One of the delivery itself waits for an hour of its own. */
static int has_late_lines(struct call *call, const struct s3_access_log_stream_record *stream, bool *ret)
{
        const struct s3_access_log_line_record like = {.stream = stream->number};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        size_t own = stream->due.is_set ? 1 : 0, count = 0;
        int r = 0;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &s3_access_log_line_record_type, NULL, &like, 1,
                              STR_NONE));
        while (count <= own) {
                struct s3_access_log_line_record line = {};

                r = record_scan_next(&scan, &line);
                if (r < 0)
                        break;
                count++;
        }
        *ret = count > own;
        return r == -ENOENT ? 0 : r;
}

static int go_on(struct call *call, struct s3_access_log_stream_record *stream,
                 const struct s3_log_object *object)
{
        bool is_late;

        TRY(drop(call, object, INT64_MAX));
        stream->is_refused = (struct opt_bool){};
        if (!object->is_all)
                return wait_until(call->txn, &call->arena, stream, call->now_ms);
        TRY(has_late_lines(call, stream, &is_late));
        if (is_late)
                return wait_until(call->txn, &call->arena, stream, call->now_ms + S3_LOG_DELAY_MS);
        TRY(call_put(call, &s3_access_log_stream_record_type, stream));
        return stream->due.is_set ? 0 : rest(call, stream);
}

static int find(struct call *call, struct str subject, struct s3_access_log_stream_record *ret)
{
        *ret = (struct s3_access_log_stream_record){.number = {.is_set = true}};
        if (str_to_i64(subject, &ret->number.value) < 0)
                return -ENOENT;
        TRY(call_get(call, &s3_access_log_stream_record_type, ret));
        call->account = ret->account;
        call->region = ret->region;
        return 0;
}

/* The lines are gathered, and written, on a thread that may wait; what comes of them is settled in the
 * transaction, of these very lines. */
int s3_deliver_logs_prepare(struct call *call, struct str subject)
{
        struct s3_log_object *object = arena_new(&call->arena, struct s3_log_object);
        struct s3_access_log_stream_record stream;
        int r;

        if (!object)
                return -ENOMEM;
        r = find(call, subject, &stream);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        TRY(s3_log_object_gather(call, &stream, object));
        if (object->count == 0)
                return 0;
        call->prepared = object;
        if (is_given_up(call, object))
                return 0;
        r = s3_log_object_deliver(call, object);
        return r == -ECALL ? 0 : r;
}

/* Those that were prepared; of a timer that an earlier build set, which had nothing to prepare, all. */
static int gather(struct call *call, const struct s3_access_log_stream_record *stream,
                  struct s3_log_object *ret)
{
        if (!call->prepared)
                return s3_log_object_gather(call, stream, ret);
        *ret = *(const struct s3_log_object *)call->prepared;
        ret->stream = stream;
        return 0;
}

static int deliver(struct call *call, struct s3_access_log_stream_record *stream)
{
        struct s3_log_object object;
        int r;

        stream->due = (struct opt_int){};
        TRY(call_put(call, &s3_access_log_stream_record_type, stream));
        TRY(gather(call, stream, &object));
        if (object.count == 0)
                return rest(call, stream);
        if (is_given_up(call, &object))
                return give_up(call, stream, &object);
        r = s3_log_object_deliver(call, &object);
        if (r < 0 && r != -ECALL)
                return r;
        /* The delivery itself may have been logged here. */
        TRY(call_get(call, &s3_access_log_stream_record_type, stream));
        return r < 0 ? retry(call, stream, &object) : go_on(call, stream, &object);
}

int s3_deliver_logs_due(struct call *call, struct str subject)
{
        struct s3_access_log_stream_record stream;
        int r = find(call, subject, &stream);

        if (r < 0)
                return r == -ENOENT ? 1 : r;
        TRY(deliver(call, &stream));
        return call->arena.failed ? -ENOMEM : 1;
}
