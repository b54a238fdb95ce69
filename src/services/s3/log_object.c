#include "services/s3/log_object.h"

#include "base/ids.h"
#include "services/s3/acl.h"
#include "services/s3/deliver.h"

#define LINES_MAX 10000
#define BODY_MAX  ((size_t)1024 * 1024)
#define UNIQUE    STR("0123456789ABCDEF"), 16

/* -- Its lines */

/* "the logs delivered are for a specific day only": of keys that tell the time of events. */
static bool is_by_event(const struct s3_logging_enabled *logging)
{
        const struct s3_target_object_key_format *format = logging->target_object_key_format;

        return format && format->partitioned_prefix &&
               str_eq(format->partitioned_prefix->partition_date_source, STR("EventTime"));
}

static int64_t time_of(int64_t order)
{
        return order >> S3_LOG_ORDER_BITS;
}

static bool fits(const struct s3_log_object *object, const struct s3_access_log_line_record *line,
                 const struct buf *body)
{
        if (object->count == 0)
                return true;
        if (object->count == LINES_MAX || body->len + line->line.len >= BODY_MAX)
                return false;
        return !is_by_event(object->stream->logging) ||
               time_of(object->orders[0]) / MS_PER_DAY == time_of(line->order.value) / MS_PER_DAY;
}

static int gather(struct record_scan *scan, struct s3_log_object *object, struct buf *body)
{
        struct s3_access_log_line_record line = {};
        int r;

        while ((r = record_scan_next(scan, &line)) == 0 && fits(object, &line, body)) {
                object->orders[object->count++] = line.order.value;
                buf_add(body, line.line);
                buf_add_byte(body, '\n');
                line = (struct s3_access_log_line_record){};
        }
        object->is_all = r == -ENOENT;
        return r == -ENOENT ? 0 : r;
}

int s3_log_object_gather(struct call *call, const struct s3_access_log_stream_record *stream,
                         struct s3_log_object *ret)
{
        const struct s3_access_log_line_record like = {.stream = stream->number};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        _cleanup_(buf_done) struct buf body = {};

        *ret = (struct s3_log_object){.stream = stream,
                                      .orders = arena_new_array(&call->arena, int64_t, LINES_MAX)};
        if (!ret->orders)
                return -ENOMEM;
        buf_init(&body, 2 * BODY_MAX);
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &s3_access_log_line_record_type, NULL, &like, 1,
                              STR_NONE));
        TRY(gather(&scan, ret, &body));
        TRY(buf_check(&body));
        ret->body = arena_dup(&call->arena, buf_str(&body));
        return str_is_set(ret->body) ? 0 : -ENOMEM;
}

/* -- Its key */

/* [prefix][account]/[region]/[bucket]/[YYYY]/[MM]/[DD]/[YYYY]-[MM]-[DD]-[hh]-[mm]-[ss]-[unique], or without
 * what is between the first and the last. */
static struct str key_of(struct call *call, const struct s3_log_object *object)
{
        const struct s3_access_log_stream_record *stream = object->stream;
        const struct s3_target_object_key_format *format = stream->logging->target_object_key_format;
        bool is_by_day = is_by_event(stream->logging);
        int64_t time_ms = is_by_day ? time_of(object->orders[0]) / MS_PER_DAY * MS_PER_DAY : call->now_ms;
        struct str day = time_iso(&call->arena, time_ms), folder = STR(""),
                   prefix = stream->logging->target_prefix;

        if (format && format->partitioned_prefix)
                folder = arena_printf(&call->arena, "%.*s/%.*s/%.*s/%.*s/%.*s/%.*s/",
                                      STR_ARG(stream->account), STR_ARG(stream->region),
                                      STR_ARG(stream->bucket), STR_ARG(str_part(day, 0, 4)),
                                      STR_ARG(str_part(day, 5, 2)), STR_ARG(str_part(day, 8, 2)));
        return arena_printf(&call->arena, "%.*s%.*s%.*s-%.*s-%.*s-%.*s-%.*s", STR_ARG(prefix),
                            STR_ARG(folder), STR_ARG(str_part(day, 0, 10)), STR_ARG(str_part(day, 11, 2)),
                            STR_ARG(str_part(day, 14, 2)), STR_ARG(str_part(day, 17, 2)),
                            STR_ARG(id_from_alphabet(&call->arena, UNIQUE)));
}

/* -- Who may read it, besides the owner of the bucket: where lists have a say */

static void grant(struct call *call, struct str *list, struct str kind, struct str name)
{
        *list = arena_printf(&call->arena, "%.*s%s%.*s=\"%.*s\"", STR_ARG(*list), list->len ? ", " : "",
                             STR_ARG(kind), STR_ARG(name));
}

static void add_grants(struct call *call, const struct s3_target_grant_list *grants,
                       const struct s3_bucket_record *target, struct s3_delivery *delivery)
{
        if (grants->count == 0 || s3_acls_are_disabled(target))
                return;
        grant(call, &delivery->grant_full_control, STR("id"), s3_canonical_id(&call->arena, target->account));
        for (size_t i = 0; i < grants->count; i++) {
                const struct s3_grantee *grantee = grants->items[i].grantee;
                struct str *list = str_eq(grants->items[i].permission, STR("FULL_CONTROL"))
                                           ? &delivery->grant_full_control
                                           : &delivery->grant_read;

                if (str_eq(grants->items[i].permission, STR("WRITE"))) /* means nothing on an object */
                        continue;
                if (grantee->uri.len)
                        grant(call, list, STR("uri"), grantee->uri);
                else
                        grant(call, list, STR("id"), grantee->id);
        }
}

/* -- Its delivery */

int s3_log_object_deliver(struct call *call, const struct s3_log_object *object)
{
        const struct s3_access_log_stream_record *stream = object->stream;
        struct s3_bucket_record target;
        struct s3_delivery delivery = {
                .service = STR("logging.s3.amazonaws.com"),
                .source_arn = s3_bucket_arn(call, stream->bucket),
                .source_account = stream->account,
                .bucket = stream->logging->target_bucket,
                .key = key_of(call, object),
                .body = object->body,
                .content_type = STR("text/plain"),
        };

        TRY(s3_get_bucket(call, delivery.bucket, &target));
        /* Since: the name may be another's by now. "Object Lock blocks server access log delivery." */
        if (!str_eq(target.account, stream->account) || target.has_lock.value)
                return fail(call, &s3_invalid_target_bucket_for_logging, "The target bucket takes no logs");
        add_grants(call, &stream->logging->target_grants, &target, &delivery);
        return s3_deliver(call, &delivery);
}
