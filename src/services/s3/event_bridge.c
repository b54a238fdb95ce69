/* Events as EventBridge gets them.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
#include "base/ids.h"
#include "base/json_out.h"
#include "services/s3/event.h"
#include "services/s3/version.h"

static struct str requester(const struct call *call)
{
        if (call->principal.kind == ANONYMOUS)
                return STR("anonymous");
        return call->principal.kind == AWS_SERVICE ? call->principal.name : call->principal.account;
}

static void add_object(struct call *call, const struct s3_event *event, struct json_out *out)
{
        const struct s3_event_kind_row *kind = s3_event_kind_of(event->kind);

        json_key(out, STR("object"));
        json_open(out, '{');
        json_pair(out, STR("key"), event->key);
        if (kind->has_size && event->row->size.is_set) {
                json_key(out, STR("size"));
                json_int(out, event->row->size.value);
        }
        if (kind->has_etag)
                json_pair_opt(out, STR("etag"), s3_event_etag(event));
        json_pair_opt(out, STR("version-id"), s3_told_version(event->bucket, event->row));
        if (kind->has_sequencer)
                json_pair(out, STR("sequencer"), s3_event_sequencer(call, event));
        json_close(out, '}');
}

static void add_retention(struct call *call, const struct s3_object_record *row, struct json_out *out)
{
        json_key(out, STR("object-retention-event-data"));
        json_open(out, '{');
        json_pair_opt(out, STR("mode"), row->lock_mode);
        if (row->lock_until.is_set)
                json_pair(out, STR("retain-until-date"), time_iso(&call->arena, row->lock_until.value));
        json_close(out, '}');
}

static void add_special(struct call *call, const struct s3_event *event, struct json_out *out)
{
        const struct s3_object_record *row = event->row;

        if (event->kind == S3_OBJECT_RESTORE_COMPLETED)
                json_pair(out, STR("restore-expiry-time"), time_iso(&call->arena, row->restored_until.value));
        if (event->kind == S3_OBJECT_RESTORE_COMPLETED || event->kind == S3_OBJECT_RESTORE_POST)
                json_pair(out, STR("source-storage-class"), row->storage_class);
        if (event->kind == S3_LIFECYCLE_TRANSITION)
                json_pair(out, STR("destination-storage-class"), row->storage_class);
        if (event->kind == S3_OBJECT_RETENTION_PUT)
                add_retention(call, row, out);
}

static void add_detail(struct call *call, const struct s3_event *event, struct json_out *out)
{
        const struct s3_event_kind_row *kind = s3_event_kind_of(event->kind);

        json_key(out, STR("detail"));
        json_open(out, '{');
        json_pair(out, STR("version"), STR("0"));
        json_pair(out, STR("event-version"), STR("1.2"));
        json_key(out, STR("bucket"));
        json_open(out, '{');
        json_pair(out, STR("name"), event->bucket->name);
        json_close(out, '}');
        add_object(call, event, out);
        json_pair(out, STR("request-id"), call->request_id);
        json_pair(out, STR("requester"), requester(call));
        if (call->principal.kind != AWS_SERVICE && call->request->source_ip.len)
                json_pair(out, STR("source-ip-address"), call->request->source_ip);
        json_pair_opt(out, STR("reason"), kind->reason);
        json_pair_opt(out, STR("deletion-type"), kind->deletion);
        add_special(call, event, out);
        json_close(out, '}');
}

void s3_write_bridge_event(struct call *call, const struct s3_event *event, struct buf *json)
{
        struct json_out out = {.buf = json};

        json_open(&out, '{');
        json_pair(&out, STR("version"), STR("0"));
        json_pair(&out, STR("id"), id_uuid(&call->arena));
        json_pair(&out, STR("detail-type"), s3_event_kind_of(event->kind)->detail);
        json_pair(&out, STR("source"), STR("aws.s3"));
        json_pair(&out, STR("account"), event->bucket->account);
        json_pair(&out, STR("time"), time_iso(&call->arena, call->now_ms));
        json_pair(&out, STR("region"), event->bucket->region);
        json_key(&out, STR("resources"));
        json_open(&out, '[');
        json_str(&out, s3_bucket_arn(call, event->bucket->name));
        json_close(&out, ']');
        add_detail(call, event, &out);
        json_close(&out, '}');
}
