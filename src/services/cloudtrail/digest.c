#include "services/cloudtrail/digest.h"

#include "base/json_out.h"
#include "services/gzip.h"

#define FILES_MOST 5000
#define JSON_MAX   ((size_t)8 * 1024 * 1024)
/* A timer is some tenths of a second late; the hours are told as they are meant. */
#define PUNCTUAL_MS (60 * MS_PER_S)
#define ALGORITHM   STR("SHA256withRSA")
#define HASH        STR("SHA-256")

/* -- Its files */

struct files {
        struct cloudtrail_delivered_file_record *items;
        size_t count;
        int64_t newest_ms, oldest_ms;
};

static void consider(struct files *files)
{
        const struct cloudtrail_delivered_file_record *file = &files->items[files->count++];

        if (files->count == 1 || file->newest.value > files->newest_ms)
                files->newest_ms = file->newest.value;
        if (files->count == 1 || file->oldest.value < files->oldest_ms)
                files->oldest_ms = file->oldest.value;
}

static int gather(struct call *call, const struct cloudtrail_stream_record *stream, struct files *files)
{
        const struct cloudtrail_delivered_file_record like = {.trail = stream->trail,
                                                              .region = stream->region};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        int r = 0;

        files->items = arena_new_array(&call->arena, struct cloudtrail_delivered_file_record, FILES_MOST);
        if (!files->items)
                return -ENOMEM;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &cloudtrail_delivered_file_record_type, NULL,
                              &like, 2, STR_NONE));
        while (files->count < FILES_MOST && (r = record_scan_next(&scan, &files->items[files->count])) == 0)
                consider(files);
        return r == -ENOENT ? 0 : r;
}

/* -- Its text, in the order of AWS's example */

struct writing {
        struct call *call;
        const struct cloudtrail_stream_record *stream;
        struct json_out out;
};

static void add_time(struct writing *writing, struct str name, bool is_set, int64_t time_ms)
{
        json_pair(&writing->out, name, is_set ? time_iso(&writing->call->arena, time_ms) : STR_NONE);
}

static void add_before(struct writing *writing)
{
        const struct cloudtrail_stream_record *stream = writing->stream;
        struct json_out *out = &writing->out;
        bool is_first = !str_is_set(stream->before_key);

        json_pair(out, STR("previousDigestS3Bucket"), stream->before_bucket);
        json_pair(out, STR("previousDigestS3Object"), stream->before_key);
        json_pair(out, STR("previousDigestHashValue"), stream->before_hash);
        json_pair(out, STR("previousDigestHashAlgorithm"), is_first ? STR_NONE : HASH);
        json_pair(out, STR("previousDigestSignature"), stream->before_sign);
}

static void add_file(struct writing *writing, const struct cloudtrail_delivered_file_record *file)
{
        struct json_out *out = &writing->out;

        json_open(out, '{');
        json_pair(out, STR("s3Bucket"), file->bucket);
        json_pair(out, STR("s3Object"), file->key);
        json_pair(out, STR("hashValue"), file->hash);
        json_pair(out, STR("hashAlgorithm"), HASH);
        add_time(writing, STR("newestEventTime"), true, file->newest.value);
        add_time(writing, STR("oldestEventTime"), true, file->oldest.value);
        json_close(out, '}');
}

static void add_all(struct writing *writing, const struct trail_digest *digest, const struct files *files)
{
        struct json_out *out = &writing->out;

        json_open(out, '{');
        json_pair(out, STR("awsAccountId"), digest->target.account);
        add_time(writing, STR("digestStartTime"), true, digest->begins_ms);
        add_time(writing, STR("digestEndTime"), true, digest->ends_ms);
        json_pair(out, STR("digestS3Bucket"), digest->target.bucket);
        json_pair(out, STR("digestS3Object"), digest->object);
        json_pair(out, STR("digestPublicKeyFingerprint"), digest->key.fingerprint);
        json_pair(out, STR("digestSignatureAlgorithm"), ALGORITHM);
        add_time(writing, STR("newestEventTime"), files->count > 0, files->newest_ms);
        add_time(writing, STR("oldestEventTime"), files->count > 0, files->oldest_ms);
        add_before(writing);
        json_key(out, STR("logFiles"));
        json_open(out, '[');
        for (size_t i = 0; i < files->count; i++)
                add_file(writing, &files->items[i]);
        json_close(out, ']');
        json_close(out, '}');
}

static int write_json(struct call *call, const struct cloudtrail_stream_record *stream,
                      const struct files *files, struct trail_digest *digest, struct buf *json)
{
        struct writing writing = {.call = call, .stream = stream, .out = {.buf = json}};

        add_all(&writing, digest, files);
        TRY(buf_check(json));
        sha256_hex(buf_str(json), digest->hash);
        return gzip_compress(&call->arena, buf_str(json), &digest->body);
}

/* -- Its signature.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html */

static int find_key(struct call *call, struct trail_digest *digest)
{
        int r = signing_key_find(call, digest->ends_ms, &digest->key);

        digest->is_new_key = r == -ENOENT;
        return r == -ENOENT ? signing_key_make(call, digest->ends_ms, &digest->key) : r;
}

static int sign(struct call *call, const struct cloudtrail_stream_record *stream, struct trail_digest *digest)
{
        struct str before = str_is_set(stream->before_sign) ? stream->before_sign : STR("null");
        struct str text = arena_printf(&call->arena, "%.*s\n%.*s/%.*s\n%.*s\n%.*s",
                                       STR_ARG(time_iso(&call->arena, digest->ends_ms)),
                                       STR_ARG(digest->target.bucket), STR_ARG(digest->object),
                                       (int)sizeof(digest->hash), digest->hash, STR_ARG(before));

        return signing_key_sign(call, &digest->key, text, &digest->signature);
}

/* -- All of it */

static struct str key_of(struct call *call, const struct cloudtrail_stream_record *stream,
                         const struct trail_digest *digest)
{
        const struct trail_target *target = &digest->target;
        struct arena *arena = &call->arena;

        return arena_printf(
                arena, "%.*sCloudTrail-Digest/%.*s/%.*s/%.*s_CloudTrail-Digest_%.*s_%.*s_%.*s_%.*s.json.gz",
                STR_ARG(trail_folder(arena, target)), STR_ARG(stream->region),
                STR_ARG(log_file_day(arena, digest->ends_ms)), STR_ARG(target->account),
                STR_ARG(stream->region), STR_ARG(target->name), STR_ARG(target->home),
                STR_ARG(log_file_stamp(arena, digest->ends_ms)));
}

static int list_numbers(struct call *call, const struct files *files, struct trail_digest *digest)
{
        digest->numbers = arena_new_array(&call->arena, int64_t, files->count + 1);
        if (!digest->numbers)
                return -ENOMEM;
        for (size_t i = 0; i < files->count; i++)
                digest->numbers[i] = files->items[i].number.value;
        digest->count = files->count;
        digest->is_all = files->count < FILES_MOST;
        return 0;
}

static int64_t end_of(const struct call *call, const struct cloudtrail_stream_record *stream)
{
        int64_t meant_ms = stream->digest_begins.value + STREAM_HOUR_MS;

        return call->now_ms >= meant_ms && call->now_ms < meant_ms + PUNCTUAL_MS ? meant_ms : call->now_ms;
}

static struct str kept(struct arena *arena, struct str text)
{
        return str_is_set(text) ? arena_dup(arena, text) : STR_NONE;
}

/* It is looked at in the transaction, when the snapshot that it was read in has gone. */
static struct trail_target keep_target(struct arena *arena, const struct trail_target *target)
{
        return (struct trail_target){
                .account = kept(arena, target->account),
                .home = kept(arena, target->home),
                .name = kept(arena, target->name),
                .bucket = kept(arena, target->bucket),
                .prefix = kept(arena, target->prefix),
                .kms_key = kept(arena, target->kms_key),
                .topic = kept(arena, target->topic),
        };
}

int digest_make(struct call *call, const struct cloudtrail_stream_record *stream,
                const struct trail_target *target, struct trail_digest *ret)
{
        _cleanup_(buf_done) struct buf json = {};
        struct files files = {};

        *ret = (struct trail_digest){
                .target = keep_target(&call->arena, target),
                .begins_ms = stream->digest_begins.value,
                .ends_ms = end_of(call, stream),
        };
        buf_init(&json, JSON_MAX);
        ret->object = key_of(call, stream, ret);
        TRY(gather(call, stream, &files));
        TRY(list_numbers(call, &files, ret));
        TRY(find_key(call, ret));
        TRY(write_json(call, stream, &files, ret, &json));
        return sign(call, stream, ret);
}
