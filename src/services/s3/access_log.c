#include "services/s3/access_log.h"

#include "base/text.h"
#include "services/s3/access_point.h"
#include "services/s3/copy_source.h"
#include "services/s3/log_line.h"
#include "services/s3/website.h"
#include "wire/value.h"

#define LINE_MAX      ((size_t)48 * 1024)
#define LOG_PRINCIPAL STR("logging.s3.amazonaws.com")

/* -- On the way */

static struct s3_accessed *find(const struct call *call, struct str bucket)
{
        for (struct s3_accessed *one = call->accessed; one; one = one->next)
                if (str_eq(one->bucket, bucket))
                        return one;
        return NULL;
}

void s3_access_bucket(struct call *call, const struct s3_bucket_record *bucket)
{
        struct s3_accessed *one;

        if (!bucket->log_stream.is_set || find(call, bucket->name))
                return;
        one = arena_new(&call->arena, struct s3_accessed);
        if (!one)
                return; /* the arena has failed, and so will the call */
        *one = (struct s3_accessed){
                .bucket = arena_dup(&call->arena, bucket->name),
                .account = arena_dup(&call->arena, bucket->account),
                .space = bucket->space.value,
                .stream = bucket->log_stream.value,
                .next = call->accessed,
        };
        call->accessed = one;
}

void s3_access_object(struct call *call, int64_t space, const struct s3_object_record *row)
{
        for (struct s3_accessed *one = call->accessed; one; one = one->next)
                if (one->space == space)
                        one->size = row->size;
}

void s3_access_deletion(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                        struct str version_id, const struct api_error *error)
{
        struct s3_accessed *one = find(call, bucket->name);
        struct s3_accessed_object *object = one ? arena_new(&call->arena, struct s3_accessed_object) : NULL;

        if (!object)
                return;
        *object = (struct s3_accessed_object){key, version_id, error, one->size, one->objects};
        one->objects = object;
        one->size = (struct opt_int){};
}

/* -- Who asks, and how that was proven */

static struct str requester(struct call *call)
{
        const struct principal *principal = &call->principal;

        if (call->auth->problem != AUTH_OK) /* who it claims to be */
                return STR_NONE;
        switch (principal->kind) {
        case ANONYMOUS:
                return STR_NONE;
        case ROOT_USER:
                return s3_canonical_id(&call->arena, principal->account);
        case AWS_SERVICE:
                return arena_printf(&call->arena, "svc:%.*s", STR_ARG(principal->name));
        default:
                return principal->arn;
        }
}

static struct str request_line(struct call *call, const struct http_request *request)
{
        struct str uri = request->path;

        if (str_is_set(request->query))
                uri = s3_log_hide(&call->arena, arena_printf(&call->arena, "%.*s?%.*s", STR_ARG(uri),
                                                             STR_ARG(request->query)));
        return arena_printf(&call->arena, "%.*s %.*s %.*s", STR_ARG(request->method), STR_ARG(uri),
                            STR_ARG(request->version));
}

/* -- What was asked for */

static struct str member(const struct call *call, struct str name)
{
        const struct wire_member *found =
                call->operation && call->in ? wire_find_member(call->operation->input, name) : NULL;

        return found && found->type->kind == WIRE_STRING ? *(const struct str *)wire_at(found, call->in)
                                                         : STR_NONE;
}

/* What was refused before it was decoded is still somebody's to know. */
static void read_path(struct call *call, const struct api_access *access, struct str *bucket, struct str *key)
{
        struct str rest = str_starts(access->path, STR("/")) ? str_from(access->path, 1) : STR_NONE;

        *bucket = member(call, STR("Bucket"));
        *key = call->website && call->website->is_document ? call->website->page_key
                                                           : member(call, STR("Key"));
        if (str_is_set(*bucket) || !str_is_set(rest))
                return;
        (void)str_cut(&rest, '/', bucket);
        if (percent_decode(&call->arena, rest, false, key) < 0)
                *key = rest;
}

static struct s3_accessed *find_asked(struct call *call, struct str bucket)
{
        struct s3_bucket_record record = {.name = bucket};

        if (!call->accessed && call->txn && bucket.len &&
            call_get(call, &s3_bucket_record_type, &record) == 0)
                s3_access_bucket(call, &record);
        return find(call, bucket);
}

/* What S3 does in the name of a role came over no wire: it is what it would be if it had. */
static struct str method_of(const struct call *call, const struct http_request *request)
{
        return request->method.len || !call->operation ? request->method : call->operation->http_method;
}

static void describe(struct call *call, const struct api_access *access, const struct s3_accessed *accessed,
                     struct s3_log_entry *entry)
{
        const struct http_request *request = access->request;

        *entry = (struct s3_log_entry){
                .owner = s3_canonical_id(&call->arena, accessed->account),
                .bucket = accessed->bucket,
                .time_ms = call->now_ms,
                .address = call->principal.kind == AWS_SERVICE ? STR_NONE : request->source_ip,
                .requester = requester(call),
                .request_id = call->request_id,
                .operation = s3_log_operation(call, method_of(call, request)),
                .is_request = request->method.len > 0,
                .request_line = request_line(call, request),
                .status = access->status,
                .error = access->status == 304 ? STR_NONE : access->error,
                .sent = access->sent,
                .size = accessed->size,
                .total_ms = OPT_INT(access->total_ms),
                .turn_around_ms = OPT_INT(access->turn_around_ms),
                .referer = s3_log_hide(&call->arena, http_header_value(request, STR("Referer"))),
                .user_agent = http_header_value(request, STR("User-Agent")),
                .version_id = member(call, STR("VersionId")),
                .host_id = call->request_id,
                .signature_version = auth_told_version(call->auth),
                .cipher = request->tls_cipher,
                .authentication = auth_told_method(call->auth),
                .host = http_header_value(request, STR("Host")),
                .tls = request->tls_version,
                .access_point = s3_addressed_arn(call),
                .is_acl_required = call->is_allowed_by_grant,
        };
}

/* -- Lines */

static int add_line(struct call *call, int64_t stream, const struct s3_log_entry *entry)
{
        bool is_own = call->principal.kind == AWS_SERVICE && str_eq(call->principal.name, LOG_PRINCIPAL);
        _cleanup_(buf_done) struct buf line = {};

        buf_init(&line, LINE_MAX);
        s3_write_log_line(entry, &line);
        TRY(buf_check(&line));
        return call_log(call, STR("s3.AccessLog"),
                        s3_log_subject(&call->arena, stream, is_own ? S3_LOG_OWN_DELAY_MS : S3_LOG_DELAY_MS,
                                       buf_str(&line)));
}

/* "A copy operation involves a GET and a PUT. For that reason, we log two records" */
static int add_copied(struct call *call, const struct api_access *access)
{
        struct str header = member(call, STR("CopySource")), key = s3_copy_source_name(call, header), bucket;
        struct s3_accessed *source;
        struct s3_log_entry entry;
        ptrdiff_t version = str_find(header, STR("?versionId="));

        if (!str_is_set(header) || !str_is_set(key))
                return 0;
        (void)str_cut(&key, '/', &bucket);
        source = find(call, bucket);
        if (!source)
                return 0;
        describe(call, access, source, &entry);
        entry.operation = arena_printf(&call->arena, "%.*s_GET", STR_ARG(entry.operation));
        entry.key = key;
        entry.sent = 0;
        entry.version_id = version < 0 ? STR_NONE : str_from(header, (size_t)version + strlen("?versionId="));
        return add_line(call, source->stream, &entry);
}

static int add_batch(struct call *call, const struct s3_accessed *accessed, const struct s3_log_entry *whole)
{
        for (const struct s3_accessed_object *one = accessed->objects; one; one = one->next) {
                struct s3_log_entry entry = *whole;

                entry.operation = STR("BATCH.DELETE.OBJECT");
                entry.is_request = false;
                entry.key = one->key;
                entry.version_id = one->version_id;
                entry.status = one->error ? one->error->status : 204;
                entry.error = one->error ? one->error->code : STR_NONE;
                entry.size = one->size;
                entry.sent = 0;
                entry.total_ms = entry.turn_around_ms = (struct opt_int){};
                TRY(add_line(call, accessed->stream, &entry));
        }
        return 0;
}

int s3_log_access(struct call *call, const struct api_access *access)
{
        struct s3_accessed *accessed;
        struct s3_log_entry entry;
        struct str bucket, key;

        read_path(call, access, &bucket, &key);
        accessed = find_asked(call, bucket);
        TRY(add_copied(call, access));
        if (!accessed)
                return 0;
        describe(call, access, accessed, &entry);
        entry.key = key;
        if (!access->error.ptr)
                TRY(add_batch(call, accessed, &entry));
        return add_line(call, accessed->stream, &entry);
}

/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-and-other-bucket-config.html */
int s3_log_own_action(struct call *call, const struct s3_bucket_record *bucket, struct str operation,
                      struct str key, const struct s3_object_record *row)
{
        const struct s3_log_entry entry = {
                .owner =
                        bucket->log_stream.is_set ? s3_canonical_id(&call->arena, bucket->account) : STR_NONE,
                .bucket = bucket->name,
                .time_ms = call->now_ms,
                .requester = STR("AmazonS3"),
                .request_id = call->request_id,
                .operation = operation,
                .key = key,
                .size = row->size,
                .version_id = s3_told_version(bucket, row),
                .host_id = call->request_id,
        };
        const struct api_noted noted = {.time_ms = call->now_ms};
        _cleanup_(buf_done) struct buf line = {};

        if (!bucket->log_stream.is_set)
                return 0;
        buf_init(&line, LINE_MAX);
        s3_write_log_line(&entry, &line);
        TRY(buf_check(&line));
        return s3_access_log_noted(
                call->txn, &call->arena,
                s3_log_subject(&call->arena, bucket->log_stream.value, S3_LOG_DELAY_MS, buf_str(&line)),
                &noted);
}
