/* Publishing. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
#include "services/sns/notice.h"

static int cannot_reach(struct call *call, const char *what)
{
        return sns_invalid(call, "%s Reason: this server does not send messages to phones and mobile apps",
                           what);
}

/* A topic may be named as a target, too. */
static int find_topic(struct call *call, const struct sns_publish_in *in, struct sns_topic_record *ret)
{
        bool has_topic = in->topic_arn.len > 0, has_target = in->target_arn.len > 0;

        if (has_topic + has_target + (in->phone_number.len > 0) != 1)
                return sns_invalid(call, "%s",
                                   has_topic || has_target
                                           ? "TopicArn or TargetArn Reason: only one may be given"
                                           : "TopicArn or TargetArn Reason: no value for required parameter");
        if (in->phone_number.len)
                return cannot_reach(call, "PhoneNumber");
        if (has_target && str_find(in->target_arn, STR(":endpoint/")) >= 0)
                return cannot_reach(call, "TargetArn");
        return sns_need_topic(call, has_topic ? in->topic_arn : in->target_arn, ret);
}

int sns_read_structure(struct call *call, struct str structure, bool *ret_is_json)
{
        *ret_is_json = str_eq(structure, STR("json"));
        if (*ret_is_json || structure.len == 0)
                return 0;
        return sns_invalid(call, "MessageStructure");
}

int sns_publish(struct call *call, const struct sns_publish_in *in, struct sns_publish_out *out)
{
        struct sns_message message = {
                .subject = in->subject,
                .text = in->message,
                .attributes = &in->message_attributes,
                .group = in->message_group_id,
                .dedup_id = in->message_deduplication_id,
        };
        struct sns_topic_record topic;
        struct sns_sent sent;

        TRY(find_topic(call, in, &topic));
        TRY(sns_read_structure(call, in->message_structure, &message.is_json));
        TRY(sns_publish_message(call, &topic, &message, &sent));
        out->message_id = sent.message_id;
        out->sequence_number = sent.sequence;
        return 0;
}
