#include "services/sns/notice.h"

#include "base/ids.h"
#include "events/timers.h"

/* Timers of one hour fire in the order of their subjects. */
int sns_fan_out_at(struct call *call, const struct sns_notice_record *notice, int64_t due_ms)
{
        const struct timer timer = {
                .due_ms = due_ms,
                .name = STR("sns.Deliver"),
                .subject = arena_printf(&call->arena, "%019lld", (long long)notice->number.value),
        };

        return timer_set(call->txn, &timer);
}

int sns_get_notice(struct call *call, int64_t number, struct sns_notice_record *ret)
{
        *ret = (struct sns_notice_record){.number = OPT_INT(number)};
        return call_get(call, &sns_notice_record_type, ret);
}

int sns_release_notice(struct call *call, struct sns_notice_record *notice)
{
        if (notice->left.value <= 1)
                return call_delete(call, &sns_notice_record_type, notice);
        notice->left = OPT_INT(notice->left.value - 1);
        return call_put(call, &sns_notice_record_type, notice);
}

static struct str signature_version(const struct sns_topic_record *topic)
{
        struct str version = sns_attribute(&topic->attributes, STR("SignatureVersion"));

        return str_is_set(version) ? version : STR("1");
}

static int seal(struct call *call, const struct sns_topic_record *topic, const struct sns_message *message,
                struct sns_notice_record *notice)
{
        const struct sns_content_record content = {
                .notice = notice->number,
                .subject = message->subject,
                .message = message->text,
                .is_json = OPT_BOOL(message->is_json),
                .attributes = *message->attributes,
        };

        return sns_seal(call, topic, &content, notice);
}

static int store(struct call *call, struct sns_notice_record *notice)
{
        struct sns_tally_record tally;

        TRY(sns_get_tally(call, notice->topic.value, &tally));
        notice->subscribed = OPT_INT(tally.subscribed.value);
        TRY(call_insert(call, &sns_notice_record_type, notice));
        return sns_fan_out_at(call, notice, call->now_ms);
}

int sns_publish_message(struct call *call, const struct sns_topic_record *topic,
                        const struct sns_message *message, struct sns_sent *ret)
{
        struct sns_notice_record notice = {
                .number = {.is_set = true},
                .topic = topic->number,
                .account = topic->account,
                .region = topic->region,
                .topic_name = topic->name,
                .message_id = id_uuid(&call->arena),
                .published = OPT_INT(call->now_ms),
                .group = message->group,
                .dedup_id = message->dedup_id,
                .left = OPT_INT(1),
                .signature_version = signature_version(topic),
                .is_fifo = OPT_BOOL(sns_is_fifo(topic)),
        };
        bool is_duplicate = false;

        TRY(sns_check_message(call, topic, message));
        TRY(sns_next_number(call, STR("notice"), &notice.number.value));
        TRY(seal(call, topic, message, &notice)); /* may be refused: before it counts as sent */
        if (sns_is_fifo(topic))
                TRY(sns_settle_duplicate(call, topic, message->text, &notice, &is_duplicate));
        *ret = (struct sns_sent){notice.message_id, notice.sequence};
        return is_duplicate ? 0 : store(call, &notice);
}
