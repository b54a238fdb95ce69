#include "services/s3/deliver.h"

#include "base/json_out.h"
#include "base/text.h"
#include "crypto/sums.h"
#include "wire/wire.h"

#define HEADERS      4
#define EVENT_ID_MAX 40
#define CONTEXT_MAX  ((size_t)8 * 1024)

/* Object Lock wants to know that what is to be kept is what was sent. */
static struct str md5_of(struct call *call, struct str body)
{
        uint8_t digest[SUM_MAX];

        sum_of(SUM_MD5, body, digest);
        return base64_encode(&call->arena, str_make(digest, sum_len(SUM_MD5)));
}

/* -- Bodies that have been written before the transaction */

struct written {
        struct body_sink *sink;
        struct str body, md5;       /* lie in the call that prepares */
        char used_by[EVENT_ID_MAX]; /* the call that fires; a transaction may be run again */
        bool is_kept;               /* an object has it */
        struct written *next;
};

/* A sink, so that it goes with the call that has it: nothing is written to it. */
struct bodies {
        struct body_sink sink;
        struct written *first;
};

static void bodies_done(struct body_sink *sink, bool succeeded)
{
        struct bodies *bodies = (struct bodies *)(void *)sink;

        for (struct written *one = bodies->first; one; one = one->next)
                if (one->sink)
                        one->sink->done(one->sink, succeeded && one->is_kept);
        bodies->first = NULL;
}

/* NULL: nothing has been written. */
static struct bodies *bodies_of(struct call *call)
{
        return call->received && call->received->done == bodies_done ? (struct bodies *)(void *)call->received
                                                                     : NULL;
}

static struct written *add_body(struct call *call, struct str body)
{
        struct bodies *bodies = bodies_of(call);
        struct written *one = arena_new(&call->arena, struct written);

        if (!bodies && !call->received) {
                bodies = arena_new(&call->arena, struct bodies);
                if (bodies) {
                        *bodies = (struct bodies){.sink.done = bodies_done};
                        call->received = &bodies->sink;
                }
        }
        if (!bodies || !one)
                return NULL;
        *one = (struct written){.body = body, .md5 = md5_of(call, body), .next = bodies->first};
        bodies->first = one;
        return one;
}

/* One body makes one object. */
static struct written *find_body(struct call *call, struct str body)
{
        struct bodies *bodies = bodies_of(call);

        for (struct written *one = bodies ? bodies->first : NULL; one; one = one->next)
                if (one->sink && !str_eq(str_of(one->used_by), call->event_id) && str_eq(one->body, body))
                        return one;
        return NULL;
}

/* -- A delivery */

/* As the header says it: JSON in base64. */
static struct str context_of(struct call *call, const struct str_map *context)
{
        _cleanup_(buf_done) struct buf json = {};
        struct json_out out = {.buf = &json};

        if (context->count == 0)
                return STR_NONE;
        buf_init(&json, CONTEXT_MAX);
        json_open(&out, '{');
        for (size_t i = 0; i < context->count; i++)
                json_pair(&out, context->items[i].key, context->items[i].value);
        json_close(&out, '}');
        if (json.failed)
                call->arena.failed = true;
        return base64_encode(&call->arena, buf_str(&json));
}

static void fill_input(struct call *call, const struct s3_delivery *delivery, struct str md5,
                       struct s3_put_object_in *in)
{
        *in = (struct s3_put_object_in){
                .bucket = delivery->bucket,
                .key = delivery->key,
                .acl = delivery->acl,
                .grant_full_control = delivery->grant_full_control,
                .grant_read = delivery->grant_read,
                .grant_read_acp = delivery->grant_read_acp,
                .grant_write_acp = delivery->grant_write_acp,
                .content_type = delivery->content_type,
                .content_encoding = delivery->content_encoding,
                .content_length = OPT_INT((int64_t)delivery->body.len),
                .content_md5 = md5,
                .metadata = delivery->metadata,
        };
        if (!str_is_set(delivery->kms_key))
                return;
        in->server_side_encryption = STR("aws:kms");
        in->ssekms_key_id = delivery->kms_key;
        in->ssekms_encryption_context = context_of(call, &delivery->kms_context);
}

/* written: where its body is, or is to be; NULL: in no place but the delivery. */
static int put(struct call *call, const struct s3_delivery *delivery, struct written *written)
{
        _cleanup_(buf_done) struct buf path = {};
        struct s3_put_object_out out;
        struct s3_put_object_in in;

        buf_init(&path, 4 * S3_KEY_MAX);
        buf_addf(&path, "/%.*s/", STR_ARG(delivery->bucket));
        percent_encode(&path, delivery->key, true);
        TRY(buf_check(&path));
        fill_input(call, delivery, written ? written->md5 : md5_of(call, delivery->body), &in);
        const struct http_header headers[HEADERS] = {
                {STR("Host"), arena_printf(&call->arena, "s3.%.*s.amazonaws.com", STR_ARG(call->region))},
                {STR("User-Agent"), delivery->service},
                {STR("Content-MD5"), in.content_md5},
                {STR("Content-Length"), arena_printf(&call->arena, "%zu", delivery->body.len)},
        };
        const struct http_request request = {
                .method = STR("PUT"),
                .path = buf_str(&path),
                .version = STR("HTTP/1.1"),
                .headers = headers,
                .header_count = HEADERS,
                .body = delivery->body,
                .source_ip = delivery->service,
                .tls_version = STR("TLSv1.3"), /* as AWS's services come, where policies want that */
                .tls_cipher = STR("TLS_AES_256_GCM_SHA384"),
        };
        const struct call_by_service by = {
                .principal = delivery->service,
                .source_arn = delivery->source_arn,
                .source_account = delivery->source_account,
                .request = &request,
                .body = delivery->body,
                .received = written ? &written->sink : NULL,
        };

        return call->as_service(call, &by, wire_find_operation(&s3_service, STR("PutObject")), &in, &out);
}

static int write_before(struct call *call, const struct s3_delivery *delivery)
{
        struct written *written = add_body(call, delivery->body);
        int r = written ? put(call, delivery, written) : -ENOMEM;

        if (r != -ECALL)
                return r;
        call_forgive(call);
        return 0;
}

int s3_deliver(struct call *call, const struct s3_delivery *delivery)
{
        struct written *written;
        int r;

        if (!txn_is_write(call->txn))
                return write_before(call, delivery);
        written = find_body(call, delivery->body);
        r = put(call, delivery, written);
        if (!written)
                return r;
        written->is_kept = r == 0;
        (void)snprintf(written->used_by, sizeof(written->used_by), "%.*s", STR_ARG(call->event_id));
        return r;
}

/* -- Who asks for it */

int s3_ask_delivery(struct call *call, const struct s3_delivery *delivery)
{
        struct policy_key *acl = arena_new(&call->arena, struct policy_key);
        struct str *value = arena_new(&call->arena, struct str);
        struct resource resource;

        if (!acl || !value)
                return -ENOMEM;
        *value = delivery->acl;
        *acl = (struct policy_key){.name = STR("s3:x-amz-acl"), .values = value, .count = 1};
        TRY(s3_resource_of(call, delivery->bucket, delivery->key, STR_NONE, &resource));
        if (str_is_set(delivery->acl)) {
                resource.keys = acl;
                resource.key_count = 1;
        }
        return call->authorise(call, STR("s3:PutObject"), &resource);
}
