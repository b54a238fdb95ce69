#include "services/cloudtrail/stream.h"

#include "events/timers.h"

#define REGIONS_MOST   64
#define RETRY_FIRST_MS (5 * 60 * MS_PER_S)

/* -- Timers */

static struct timer timer_of(struct arena *arena, const struct cloudtrail_stream_record *stream,
                             struct str name, int64_t due_ms)
{
        return (struct timer){
                .due_ms = due_ms,
                .name = name,
                .subject = arena_printf(arena, "%lld %.*s", (long long)stream->trail.value,
                                        STR_ARG(stream->region)),
                .lane = TIMER_SLOW,
        };
}

static int set(struct txn *txn, struct arena *arena, const struct cloudtrail_stream_record *stream,
               struct str name, struct opt_int *due, int64_t due_ms)
{
        struct timer timer;

        if (due->is_set) {
                timer = timer_of(arena, stream, name, due->value);
                TRY(timer_take_back(txn, &timer));
        }
        *due = OPT_INT(due_ms);
        timer = timer_of(arena, stream, name, due_ms);
        return timer_set(txn, &timer);
}

int stream_wait(struct txn *txn, struct arena *arena, struct cloudtrail_stream_record *stream, int64_t due_ms)
{
        return set(txn, arena, stream, STR("cloudtrail.DeliverLogs"), &stream->due, due_ms);
}

int stream_wait_for_digest(struct txn *txn, struct arena *arena, struct cloudtrail_stream_record *stream,
                           int64_t due_ms)
{
        return set(txn, arena, stream, STR("cloudtrail.DeliverDigest"), &stream->digest_due, due_ms);
}

int stream_begin_digests(struct txn *txn, struct arena *arena, struct cloudtrail_stream_record *stream,
                         int64_t now_ms)
{
        stream->digest_begins = OPT_INT(now_ms);
        stream->breaks = (struct opt_bool){};
        stream->before_bucket = stream->before_key = stream->before_hash = stream->before_sign = STR_NONE;
        return stream_wait_for_digest(txn, arena, stream, now_ms + STREAM_HOUR_MS);
}

/* After five minutes, then ten, and at last every hour. */
int64_t stream_refused(struct call *call, struct str *failed, struct opt_int *failures)
{
        int64_t wait_ms = RETRY_FIRST_MS;

        *failed = arena_dup(&call->arena, call->error->code);
        *failures = OPT_INT(failures->value + 1);
        call_forgive(call);
        for (int64_t i = 1; i < failures->value && wait_ms < STREAM_HOUR_MS; i++)
                wait_ms *= 2;
        return call->now_ms + (wait_ms < STREAM_HOUR_MS ? wait_ms : STREAM_HOUR_MS);
}

/* -- One of them */

static int find(struct call *call, struct str subject, struct cloudtrail_stream_record *ret)
{
        struct str number;

        *ret = (struct cloudtrail_stream_record){.trail = {.is_set = true}};
        if (!str_cut(&subject, ' ', &number) || str_to_i64(number, &ret->trail.value) < 0)
                return -EBADMSG;
        ret->region = subject;
        TRY(call_get(call, &cloudtrail_stream_record_type, ret));
        call->account = ret->account;
        call->region = ret->region;
        return 0;
}

int stream_trail(struct txn *txn, struct arena *arena, const struct cloudtrail_stream_record *stream,
                 struct cloudtrail_trail_record *ret)
{
        *ret = (struct cloudtrail_trail_record){
                .account = stream->account, .region = stream->home, .name = stream->name};
        TRY(record_get(txn, arena, &cloudtrail_trail_record_type, ret));
        return ret->number.value == stream->trail.value ? 0 : -ENOENT; /* another one of this name */
}

static int find_target(struct call *call, const struct cloudtrail_stream_record *stream,
                       struct trail_target *ret)
{
        struct cloudtrail_trail_record trail;
        int r = stream_trail(call->txn, &call->arena, stream, &trail);

        if (r == 0) {
                *ret = trail_target_of(&trail);
                ret->topic = trail_topic_arn(call, &trail);
        }
        if (r != -ENOENT || !stream->is_last.value)
                return r;
        *ret = (struct trail_target){
                .account = stream->account,
                .home = stream->home,
                .name = stream->name,
                .bucket = stream->bucket,
                .prefix = stream->prefix,
                .kms_key = stream->kms_key,
        };
        return 0;
}

int stream_open(struct call *call, struct str subject, struct cloudtrail_stream_record *ret,
                struct trail_target *ret_target)
{
        TRY(find(call, subject, ret));
        return find_target(call, ret, ret_target);
}

int stream_keep(struct call *call, const struct cloudtrail_stream_record *stream)
{
        if (stream->is_last.value && !stream->due.is_set && !stream->digest_due.is_set)
                return call_delete(call, &cloudtrail_stream_record_type, stream);
        return call_put(call, &cloudtrail_stream_record_type, stream);
}

/* -- All of a trail */

static int list(struct call *call, const struct cloudtrail_trail_record *trail,
                struct cloudtrail_stream_record **ret, size_t *ret_count)
{
        const struct cloudtrail_stream_record like = {.trail = trail->number};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        int r = 0;

        *ret_count = 0;
        *ret = arena_new_array(&call->arena, struct cloudtrail_stream_record, REGIONS_MOST);
        if (!*ret)
                return -ENOMEM;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &cloudtrail_stream_record_type, NULL, &like, 1,
                              STR_NONE));
        while (*ret_count < REGIONS_MOST && (r = record_scan_next(&scan, &(*ret)[*ret_count])) == 0)
                ++*ret_count;
        return r == -ENOENT ? 0 : r;
}

int stream_offer_again(struct call *call, const struct cloudtrail_trail_record *trail)
{
        struct cloudtrail_stream_record *streams;
        size_t count;

        TRY(list(call, trail, &streams, &count));
        for (size_t i = 0; i < count; i++) {
                if (!streams[i].failures.value || !streams[i].due.is_set)
                        continue;
                TRY(stream_wait(call->txn, &call->arena, &streams[i], call->now_ms));
                TRY(call_put(call, &cloudtrail_stream_record_type, &streams[i]));
        }
        return 0;
}

static int change_digests(struct call *call, const struct cloudtrail_trail_record *trail,
                          struct cloudtrail_stream_record *stream)
{
        bool wants = stream_wants_digests(stream, trail);

        if (stream->digest_begins.is_set)
                stream->breaks = OPT_BOOL(!wants || stream->breaks.value);
        else if (wants)
                TRY(stream_begin_digests(call->txn, &call->arena, stream, call->now_ms));
        return call_put(call, &cloudtrail_stream_record_type, stream);
}

static struct cloudtrail_stream_record at_home(const struct cloudtrail_trail_record *trail)
{
        return (struct cloudtrail_stream_record){
                .trail = trail->number,
                .region = trail->region,
                .account = trail->account,
                .home = trail->region,
                .name = trail->name,
        };
}

/* Digests come from the home region even if nothing ever happens there. */
static int begin_at_home(struct call *call, const struct cloudtrail_trail_record *trail)
{
        struct cloudtrail_stream_record stream = at_home(trail);

        if (!stream_wants_digests(&stream, trail) ||
            record_exists(call->txn, &cloudtrail_stream_record_type, &stream))
                return 0;
        TRY(stream_begin_digests(call->txn, &call->arena, &stream, call->now_ms));
        return call_insert(call, &cloudtrail_stream_record_type, &stream);
}

int stream_change_digests(struct call *call, const struct cloudtrail_trail_record *trail)
{
        struct cloudtrail_stream_record *streams;
        size_t count;

        TRY(list(call, trail, &streams, &count));
        for (size_t i = 0; i < count; i++)
                TRY(change_digests(call, trail, &streams[i]));
        return begin_at_home(call, trail);
}

static void leave(struct cloudtrail_stream_record *stream, const struct cloudtrail_trail_record *trail)
{
        stream->is_last = OPT_BOOL(true);
        stream->bucket = trail->bucket;
        stream->prefix = trail->prefix;
        stream->kms_key = trail->kms_key;
        if (stream->digest_begins.is_set)
                stream->breaks = OPT_BOOL(true);
}

/* What waits is delivered to where the trail would have had it. Events that are still on their way to it are
 * those of calls before this one: those of a region that it had none from find by its stream at home where it
 * put them, so there is one. */
int stream_leave(struct call *call, const struct cloudtrail_trail_record *trail)
{
        struct cloudtrail_stream_record *streams, home = at_home(trail);
        size_t count;

        if (!record_exists(call->txn, &cloudtrail_stream_record_type, &home))
                TRY(call_insert(call, &cloudtrail_stream_record_type, &home));
        TRY(list(call, trail, &streams, &count));
        for (size_t i = 0; i < count; i++) {
                leave(&streams[i], trail);
                if (!streams[i].due.is_set)
                        TRY(stream_wait(call->txn, &call->arena, &streams[i],
                                        call->now_ms + call->host->trail_delay_ms));
                TRY(call_put(call, &cloudtrail_stream_record_type, &streams[i]));
        }
        return 0;
}

int stream_follow(struct txn *txn, struct arena *arena, struct cloudtrail_stream_record *stream)
{
        struct cloudtrail_stream_record home = {.trail = stream->trail, .region = stream->home};

        TRY(record_get(txn, arena, &cloudtrail_stream_record_type, &home));
        if (!home.is_last.value)
                return -ENOENT;
        stream->is_last = home.is_last;
        stream->bucket = home.bucket;
        stream->prefix = home.prefix;
        stream->kms_key = home.kms_key;
        return 0;
}
