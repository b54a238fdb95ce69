#include "base/json_out.h"
#include "base/text.h"
#include "services/s3/event.h"
#include "services/s3/version.h"

/* -- What both kinds of messages say */

struct str s3_event_etag(const struct s3_event *event)
{
        return s3_is_marker(event->row) ? S3_EMPTY_ETAG : event->row->etag;
}

/* Of one length, so that they compare as they stand. */
struct str s3_event_sequencer(struct call *call, const struct s3_event *event)
{
        return arena_printf(&call->arena, "%018llX", (unsigned long long)event->number);
}

/* -- Who did it: S3 itself, or whoever called */

static struct str principal(struct call *call)
{
        const struct principal *who = &call->principal;

        if (who->kind == ANONYMOUS)
                return STR("Anonymous");
        if (who->kind == AWS_SERVICE)
                return who->name;
        return arena_printf(&call->arena, "AWS:%.*s", STR_ARG(who->id));
}

static struct str source_address(const struct call *call)
{
        if (str_is_set(call->acting_service))
                return call->acting_service;
        return call->principal.kind == AWS_SERVICE ? call->principal.name : call->request->source_ip;
}

static void add_pairs(struct json_out *out, struct str name, const struct str_pair *pairs, size_t count)
{
        json_key(out, name);
        json_open(out, '{');
        for (size_t i = 0; i < count; i++)
                json_pair_opt(out, pairs[i].key, pairs[i].value);
        json_close(out, '}');
}

/* -- What it was done to */

/* "This ID value is no longer used and is maintained only for backward compatibility": one that stays. */
static struct str retail_id(struct call *call, struct str account)
{
        struct str id = s3_canonical_id(&call->arena, account);
        char out[14] = "A";

        for (size_t i = 0; i + 1 < sizeof(out); i++)
                out[i + 1] = (char)(id.ptr[i] >= 'a' ? id.ptr[i] - 'a' + 'A' : id.ptr[i]);
        return arena_dup_bytes(&call->arena, out, sizeof(out));
}

static void add_bucket(struct call *call, const struct s3_bucket_record *bucket, struct json_out *out)
{
        const struct str_pair owner = {STR("principalId"), retail_id(call, bucket->account)};

        json_key(out, STR("bucket"));
        json_open(out, '{');
        json_pair(out, STR("name"), bucket->name);
        add_pairs(out, STR("ownerIdentity"), &owner, 1);
        json_pair(out, STR("arn"), s3_bucket_arn(call, bucket->name));
        json_close(out, '}');
}

/* "red flower.jpg becomes red+flower.jpg" */
static struct str form_encoded(struct call *call, struct str key)
{
        _cleanup_(buf_done) struct buf encoded = {};
        struct str rest = key, piece;

        buf_init(&encoded, 4 * S3_KEY_MAX);
        for (bool is_first = true; str_cut(&rest, ' ', &piece); is_first = false) {
                if (!is_first)
                        buf_add_byte(&encoded, '+');
                percent_encode(&encoded, piece, true);
        }
        return arena_dup(&call->arena, buf_str(&encoded));
}

static void add_object(struct call *call, const struct s3_event *event, struct json_out *out)
{
        const struct s3_event_kind_row *kind = s3_event_kind_of(event->kind);

        json_key(out, STR("object"));
        json_open(out, '{');
        json_pair(out, STR("key"), form_encoded(call, event->key));
        if (kind->has_size && event->row->size.is_set) {
                json_key(out, STR("size"));
                json_int(out, event->row->size.value);
        }
        if (kind->has_etag)
                json_pair_opt(out, STR("eTag"), s3_event_etag(event));
        json_pair_opt(out, STR("versionId"), s3_told_version(event->bucket, event->row));
        if (kind->has_sequencer)
                json_pair(out, STR("sequencer"), s3_event_sequencer(call, event));
        json_close(out, '}');
}

/* -- What some kinds say besides */

static void add_restore(struct call *call, const struct s3_event *event, struct json_out *out)
{
        const struct str_pair pairs[] = {
                {STR("lifecycleRestorationExpiryTime"),
                 time_iso_ms(&call->arena, event->row->restored_until.value)},
                {STR("lifecycleRestoreStorageClass"), event->row->storage_class},
        };

        json_key(out, STR("glacierEventData"));
        json_open(out, '{');
        add_pairs(out, STR("restoreEventData"), pairs, ARRAY_LEN(pairs));
        json_close(out, '}');
}

static void add_transition(const struct s3_event *event, struct json_out *out)
{
        const struct str_pair pair = {STR("destinationStorageClass"), event->row->storage_class};

        json_key(out, STR("lifecycleEventData"));
        json_open(out, '{');
        add_pairs(out, STR("transitionEventData"), &pair, 1);
        json_close(out, '}');
}

static void add_replication(struct call *call, const struct s3_replication_event *said, struct json_out *out)
{
        const struct str_pair pairs[] = {
                {STR("replicationRuleId"), said->rule},
                {STR("destinationBucket"), said->destination},
                {STR("s3Operation"), said->operation},
                {STR("requestTime"), time_iso_ms(&call->arena, said->requested_ms)},
                {STR("failureReason"), said->failure},
        };

        add_pairs(out, STR("replicationEventData"), pairs, ARRAY_LEN(pairs));
}

static void add_special(struct call *call, const struct s3_event *event, struct json_out *out)
{
        if (event->kind == S3_OBJECT_RESTORE_COMPLETED)
                add_restore(call, event, out);
        if (event->kind == S3_LIFECYCLE_TRANSITION)
                add_transition(event, out);
        if (event->replication)
                add_replication(call, event->replication, out);
}

/* -- The message */

static void add_record(struct call *call, const struct s3_event *event, struct str configuration,
                       struct json_out *out)
{
        const struct str_pair identity = {STR("principalId"), principal(call)};
        const struct str_pair request = {STR("sourceIPAddress"), source_address(call)};
        const struct str_pair response[] = {{STR("x-amz-request-id"), call->request_id},
                                            {STR("x-amz-id-2"), call->request_id}};

        json_open(out, '{');
        json_pair(out, STR("eventVersion"), STR("2.6"));
        json_pair(out, STR("eventSource"), STR("aws:s3"));
        json_pair(out, STR("awsRegion"), event->bucket->region);
        json_pair(out, STR("eventTime"), time_iso_ms(&call->arena, call->now_ms));
        json_pair(out, STR("eventName"), s3_event_kind_of(event->kind)->name);
        add_pairs(out, STR("userIdentity"), &identity, 1);
        add_pairs(out, STR("requestParameters"), &request, 1);
        add_pairs(out, STR("responseElements"), response, ARRAY_LEN(response));
        json_key(out, STR("s3"));
        json_open(out, '{');
        json_pair(out, STR("s3SchemaVersion"), STR("1.0"));
        json_pair(out, STR("configurationId"), configuration);
        add_bucket(call, event->bucket, out);
        add_object(call, event, out);
        json_close(out, '}');
        add_special(call, event, out);
        json_close(out, '}');
}

void s3_write_event(struct call *call, const struct s3_event *event, struct str configuration,
                    struct buf *json)
{
        struct json_out out = {.buf = json};

        json_open(&out, '{');
        json_key(&out, STR("Records"));
        json_open(&out, '[');
        add_record(call, event, configuration, &out);
        json_close(&out, ']');
        json_close(&out, '}');
}
