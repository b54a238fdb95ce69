#include "services/sns/directory.h"

#include "services/service_request.h"
#include "wire/wire.h"

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
        struct call_by_service by = {
                .principal = notice->service,
                .source_arn = notice->source_arn,
                .source_account = notice->source_account,
        };

        TRY(service_request(call, notice->service, "sns", &by.request));
        return call->as_service(call, &by, wire_find_operation(&sns_service, STR("Publish")), &in, &out);
}
