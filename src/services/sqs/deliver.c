#include "services/sqs/directory.h"

#include "services/service_request.h"
#include "services/sqs/sqs.h"
#include "wire/wire.h"

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
        struct call_by_service by = {
                .principal = delivery->service,
                .source_arn = delivery->source_arn,
                .source_account = delivery->source_account,
        };
        struct sqs_send_message_out out;
        struct sqs_name name;

        if (sqs_read_arn(call, delivery->queue, &name) < 0 || !str_eq(name.region, call->region))
                return invalid_queue(call, delivery->queue);
        in.queue_url = url_of(call, &name);
        TRY(service_request(call, delivery->service, "sqs", &by.request));
        return call->as_service(call, &by, wire_find_operation(&sqs_service, STR("SendMessage")), &in, &out);
}
