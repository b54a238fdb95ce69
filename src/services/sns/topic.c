/* Topics: made, listed, deleted, their attributes.
 * https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html */
#include "services/sns/signing_key.h"
#include "services/sns/page.h"

int sns_get_topic(struct call *call, const struct sns_name *name, struct sns_topic_record *ret)
{
        *ret = (struct sns_topic_record){
                .account = name->account, .region = name->region, .name = name->name};
        return call_get(call, &sns_topic_record_type, ret);
}

int sns_no_topic(struct call *call)
{
        return fail(call, &sns_not_found_exception, "Topic does not exist");
}

int sns_need_topic(struct call *call, struct str arn, struct sns_topic_record *ret)
{
        struct sns_name name;
        int r;

        TRY(sns_read_topic_arn(call, arn, "TopicArn", &name));
        r = sns_get_topic(call, &name, ret);
        return r == -ENOENT ? sns_no_topic(call) : r;
}

int sns_get_tally(struct call *call, int64_t topic, struct sns_tally_record *ret)
{
        *ret = (struct sns_tally_record){.topic = OPT_INT(topic)};
        return call_get(call, &sns_tally_record_type, ret);
}

int sns_put_tally(struct call *call, const struct sns_tally_record *tally)
{
        return call_put(call, &sns_tally_record_type, tally);
}

int sns_next_number(struct call *call, struct str of, int64_t *ret)
{
        struct sns_sequence_record sequence = {.name = of};
        int r = call_get(call, &sns_sequence_record_type, &sequence);

        if (r < 0 && r != -ENOENT)
                return r;
        *ret = sequence.last.value + 1;
        sequence.last = OPT_INT(*ret);
        return call_put(call, &sns_sequence_record_type, &sequence);
}

/* -- Making */

static bool has_same_tags(const struct sns_tag_list *a, const struct sns_tag_list *b)
{
        size_t found = 0;

        for (size_t i = 0; i < a->count; i++)
                for (size_t k = 0; k < b->count; k++)
                        found += str_eq(a->items[i].key, b->items[k].key) &&
                                 str_eq(a->items[i].value, b->items[k].value);
        return a->count == b->count && found == a->count;
}

/* "This action is idempotent, so if the requester already owns a topic with the specified name, that topic's
 * ARN is returned without creating a new topic." */
static int settle_existing(struct call *call, const struct sns_create_topic_in *in,
                           const struct sns_topic_record *topic)
{
        bool is_same;

        TRY(sns_has_topic_attributes(call, &in->attributes, topic, &is_same));
        if (!is_same)
                return sns_invalid(call, "Attributes Reason: Topic already exists with different attributes");
        if (in->tags.count && !has_same_tags(&in->tags, &topic->tags))
                return sns_invalid(call, "Tags Reason: Topic already exists with different tags");
        return 0;
}

static int set_all(struct call *call, const struct str_map *given, struct sns_topic_record *topic)
{
        for (size_t i = 0; i < given->count; i++)
                TRY(sns_set_topic_attribute(call, given->items[i].key, given->items[i].value, true, topic));
        if (sns_is_fifo(topic) && !str_eq(sns_attribute(&topic->attributes, STR("FifoTopic")), STR("true")))
                return sns_invalid(call, "Topic Name");
        return 0;
}

static int make(struct call *call, const struct sns_create_topic_in *in, struct sns_topic_record *topic)
{
        struct sns_tally_record tally = {.topic = {.is_set = true}};

        *topic = (struct sns_topic_record){
                .account = call->account,
                .region = call->region,
                .name = in->name,
                .created = OPT_INT(call->now_ms),
                .number = {.is_set = true},
                .tags = in->tags,
        };
        if (in->data_protection_policy.len)
                return sns_invalid(call, "DataProtectionPolicy Reason: this server does not protect data in "
                                         "messages");
        TRY(sns_check_tags(call, &in->tags));
        TRY(set_all(call, &in->attributes, topic));
        TRY(sns_next_number(call, STR("topic"), &topic->number.value));
        tally.topic = topic->number;
        TRY(sns_put_tally(call, &tally));
        return call_insert(call, &sns_topic_record_type, topic);
}

int sns_create_topic(struct call *call, const struct sns_create_topic_in *in,
                     struct sns_create_topic_out *out)
{
        const struct sns_name name = {call->account, call->region, in->name};
        struct sns_topic_record topic;
        int r;

        if (!sns_name_is_valid(in->name))
                return sns_invalid(call, "Topic Name");
        r = sns_get_topic(call, &name, &topic);
        if (r == 0)
                TRY(settle_existing(call, in, &topic));
        else
                TRY(r == -ENOENT ? make(call, in, &topic) : r);
        out->topic_arn = sns_topic_arn(call, &topic);
        return sns_want_signing_key(call);
}

/* -- Deleting: "Deletes a topic and all its subscriptions." "This action is idempotent, so deleting a topic
 * that does not exist does not result in an error." */
int sns_delete_topic(struct call *call, const struct sns_delete_topic_in *in,
                     struct sns_delete_topic_out *out)
{
        struct sns_topic_record topic;
        struct sns_tally_record tally;
        struct sns_name name;
        int r;

        (void)out;
        TRY(sns_read_topic_arn(call, in->topic_arn, "TopicArn", &name));
        r = sns_get_topic(call, &name, &topic);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        TRY(sns_get_tally(call, topic.number.value, &tally));
        TRY(sns_sweep_subscriptions(call, topic.number.value));
        TRY(call_delete(call, &sns_tally_record_type, &tally));
        return call_delete(call, &sns_topic_record_type, &topic);
}

/* -- Listing */

int sns_list_topics(struct call *call, const struct sns_list_topics_in *in, struct sns_list_topics_out *out)
{
        const struct sns_topic_record like = {.account = call->account, .region = call->region};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct sns_topic_record topic = {};
        struct str after, last = STR_NONE;
        int r;

        TRY(sns_page_begin(call, in->next_token, STR("topics"), &after));
        out->topics = (struct sns_topic_list){
                .items = arena_new_array(&call->arena, struct sns_topic, SNS_PAGE), .is_set = true};
        if (!out->topics.items)
                return -ENOMEM;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &sns_topic_record_type, NULL, &like, 2, after));
        while ((r = record_scan_next(&scan, &topic)) == 0) {
                if (out->topics.count == SNS_PAGE)
                        return sns_page_end(call, last, STR("topics"), &out->next_token);
                out->topics.items[out->topics.count++].topic_arn = sns_topic_arn(call, &topic);
                last = record_scan_token(&scan, &call->arena);
                topic = (struct sns_topic_record){};
        }
        return r == -ENOENT ? 0 : r;
}
