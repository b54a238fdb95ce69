#include "services/cloudtrail/log_file.h"

#include "base/ids.h"
#include "services/gzip.h"

#define EVENTS_MOST 2000
#define BODY_MAX    ((size_t)2 * 1024 * 1024)
#define EVENT_MAX   ((size_t)1024 * 1024)
#define UNIQUE      STR("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"), 16

/* -- Its events */

static void take(struct log_file *file, const struct cloudtrail_waiting_event_record *event, struct buf *body)
{
        int64_t time_ms = event->time.value;

        if (file->count > 0)
                buf_add_byte(body, ',');
        buf_add(body, event->json);
        if (file->count == 0 || time_ms > file->newest_ms)
                file->newest_ms = time_ms;
        if (file->count == 0 || time_ms < file->oldest_ms)
                file->oldest_ms = time_ms;
        file->times_ms[file->count] = time_ms;
        file->orders[file->count++] = event->order.value;
}

static int gather(struct call *call, const struct cloudtrail_stream_record *stream, struct log_file *file,
                  struct buf *body)
{
        const struct cloudtrail_waiting_event_record like = {.trail = stream->trail,
                                                             .region = stream->region};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        int r = 0;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &cloudtrail_waiting_event_record_type, NULL,
                              &like, 2, STR_NONE));
        while (file->count < EVENTS_MOST && body->len < BODY_MAX) {
                struct cloudtrail_waiting_event_record event = {};

                r = record_scan_next(&scan, &event);
                if (r < 0)
                        break;
                if (file->count == 0)
                        file->is_insight = event.insight.value;
                if (event.insight.value != file->is_insight)
                        break;
                take(file, &event, body);
        }
        return r == -ENOENT ? 0 : r;
}

int log_file_make(struct call *call, const struct cloudtrail_stream_record *stream, struct log_file *ret)
{
        _cleanup_(buf_done) struct buf body = {};

        *ret = (struct log_file){
                .orders = arena_new_array(&call->arena, int64_t, EVENTS_MOST),
                .times_ms = arena_new_array(&call->arena, int64_t, EVENTS_MOST),
        };
        if (!ret->orders || !ret->times_ms)
                return -ENOMEM;
        buf_init(&body, BODY_MAX + EVENT_MAX);
        buf_add(&body, STR("{\"Records\":["));
        TRY(gather(call, stream, ret, &body));
        buf_add(&body, STR("]}"));
        TRY(buf_check(&body));
        sha256_hex(buf_str(&body), ret->hash);
        return ret->count ? gzip_compress(&call->arena, buf_str(&body), &ret->body) : 0;
}

/* -- Its key */

struct str log_file_stamp(struct arena *arena, int64_t time_ms)
{
        struct str iso = time_iso(arena, time_ms);

        return arena_printf(arena, "%.*s%.*s%.*sT%.*s%.*s%.*sZ", STR_ARG(str_part(iso, 0, 4)),
                            STR_ARG(str_part(iso, 5, 2)), STR_ARG(str_part(iso, 8, 2)),
                            STR_ARG(str_part(iso, 11, 2)), STR_ARG(str_part(iso, 14, 2)),
                            STR_ARG(str_part(iso, 17, 2)));
}

struct str log_file_day(struct arena *arena, int64_t time_ms)
{
        struct str iso = time_iso(arena, time_ms);

        return arena_printf(arena, "%.*s/%.*s/%.*s", STR_ARG(str_part(iso, 0, 4)),
                            STR_ARG(str_part(iso, 5, 2)), STR_ARG(str_part(iso, 8, 2)));
}

struct str log_file_key(struct call *call, const struct trail_target *target, struct str region,
                        bool is_insight)
{
        struct arena *arena = &call->arena;
        struct str stamp = log_file_stamp(arena, call->now_ms);
        const char *kind = is_insight ? "CloudTrail-Insight" : "CloudTrail";

        return arena_printf(arena, "%.*s%s/%.*s/%.*s/%.*s_%s_%.*s_%.*sZ_%.*s.json.gz",
                            STR_ARG(trail_folder(arena, target)), kind, STR_ARG(region),
                            STR_ARG(log_file_day(arena, call->now_ms)), STR_ARG(target->account), kind,
                            STR_ARG(region), STR_ARG(str_part(stamp, 0, 13)),
                            STR_ARG(id_from_alphabet(arena, UNIQUE)));
}
