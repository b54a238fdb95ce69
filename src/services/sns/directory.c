#include "services/sns/directory.h"

#include "wire/wire.h"

#define HEADERS 2

int sns_notify(struct call *call, const struct sns_notice *notice)
{
        const struct sns_publish_in in = {
                .topic_arn = notice->topic,
                .subject = notice->subject,
                .message = notice->message,
                .message_group_id = notice->group,
                .message_deduplication_id = notice->dedup_id,
        };
        struct sns_publish_out out;
        const struct http_header headers[HEADERS] = {
                {STR("Host"), arena_printf(&call->arena, "sns.%.*s.amazonaws.com", STR_ARG(call->region))},
                {STR("User-Agent"), notice->service},
        };
        const struct http_request request = {
                .method = STR("POST"),
                .path = STR("/"),
                .version = STR("HTTP/1.1"),
                .headers = headers,
                .header_count = HEADERS,
                .body = STR(""),
                .source_ip = notice->service,
                .tls_version = STR("TLSv1.3"), /* as AWS's services come, where policies want that */
                .tls_cipher = STR("TLS_AES_256_GCM_SHA384"),
        };
        const struct call_by_service by = {
                .principal = notice->service,
                .source_arn = notice->source_arn,
                .source_account = notice->source_account,
                .request = &request,
        };

        return call->as_service(call, &by, wire_find_operation(&sns_service, STR("Publish")), &in, &out);
}
