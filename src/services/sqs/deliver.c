#include "services/sqs/directory.h"

#include "services/sqs/sqs.h"
#include "wire/wire.h"

#define HEADERS 2

static struct str url_of(struct call *call, const struct sqs_name *name)
{
        return arena_printf(&call->arena, "https://sqs.%.*s.amazonaws.com/%.*s/%.*s", STR_ARG(name->region),
                            STR_ARG(name->account), STR_ARG(name->name));
}

static int invalid_queue(struct call *call, struct str arn)
{
        return fail(call, &sqs_invalid_address, "The ARN %.*s is not valid for this endpoint.", STR_ARG(arn));
}

int sqs_send(struct call *call, const struct sqs_delivery *delivery)
{
        struct sqs_send_message_in in = {
                .message_body = delivery->body,
                .message_attributes = delivery->attributes,
                .message_group_id = delivery->group,
                .message_deduplication_id = delivery->dedup_id,
        };
        struct sqs_send_message_out out;
        struct sqs_name name;

        if (sqs_read_arn(call, delivery->queue, &name) < 0 || !str_eq(name.region, call->region))
                return invalid_queue(call, delivery->queue);
        in.queue_url = url_of(call, &name);
        const struct http_header headers[HEADERS] = {
                {STR("Host"), arena_printf(&call->arena, "sqs.%.*s.amazonaws.com", STR_ARG(call->region))},
                {STR("User-Agent"), delivery->service},
        };
        const struct http_request request = {
                .method = STR("POST"),
                .path = STR("/"),
                .version = STR("HTTP/1.1"),
                .headers = headers,
                .header_count = HEADERS,
                .body = STR(""),
                .source_ip = delivery->service,
                .tls_version = STR("TLSv1.3"), /* as AWS's services come, where policies want that */
                .tls_cipher = STR("TLS_AES_256_GCM_SHA384"),
        };
        const struct call_by_service by = {
                .principal = delivery->service,
                .source_arn = delivery->source_arn,
                .source_account = delivery->source_account,
                .request = &request,
        };

        return call->as_service(call, &by, wire_find_operation(&sqs_service, STR("SendMessage")), &in, &out);
}
