/* Tags of queues.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-tags.html */
#include "base/text.h"
#include "services/sqs/sqs.h"

#define KEY_MAX   128
#define VALUE_MAX 256

int sqs_check_tags(struct call *call, const struct str_map *tags)
{
        if (tags->count > SQS_TAGS_MAX)
                return fail(call, &sqs_invalid_parameter_value_exception,
                            "Too many tags added for queue. Maximum number of tags allowed is 50.");
        for (size_t i = 0; i < tags->count; i++) {
                const struct str_pair *tag = &tags->items[i];

                if (tag->key.len == 0 || utf8_length(tag->key) > KEY_MAX ||
                    str_starts_nocase(tag->key, STR("aws:")))
                        return sqs_bad_value(call, tag->key, "Tag.Key",
                                             "Tag keys must be between 1 and 128 characters in length and "
                                             "must not begin with aws:.");
                if (utf8_length(tag->value) > VALUE_MAX)
                        return sqs_bad_value(call, tag->value, "Tag.Value",
                                             "Tag values must be at most 256 characters in length.");
        }
        return 0;
}

static struct str_pair *find(const struct str_map *tags, struct str key)
{
        for (size_t i = 0; i < tags->count; i++)
                if (str_eq(tags->items[i].key, key))
                        return &tags->items[i];
        return NULL;
}

/* "A new tag with a key identical to that of an existing tag overwrites the existing tag." */
static int merge(struct call *call, const struct str_map *given, struct str_map *tags)
{
        struct str_map merged = {
                .items = arena_new_array(&call->arena, struct str_pair, tags->count + given->count + 1),
                .count = tags->count,
                .is_set = true};

        if (!merged.items)
                return -ENOMEM;
        if (tags->count)
                memcpy(merged.items, tags->items, tags->count * sizeof(*tags->items));
        for (size_t i = 0; i < given->count; i++) {
                struct str_pair *there = find(&merged, given->items[i].key);

                if (there)
                        there->value = given->items[i].value;
                else
                        merged.items[merged.count++] = given->items[i];
        }
        *tags = merged;
        return 0;
}

int sqs_tag_queue(struct call *call, const struct sqs_tag_queue_in *in, struct sqs_tag_queue_out *out)
{
        struct sqs_queue_record queue;

        (void)out;
        if (in->tags.count == 0)
                return sqs_missing(call, "Tags");
        TRY(sqs_need_queue(call, in->queue_url, &queue));
        TRY(merge(call, &in->tags, &queue.tags));
        TRY(sqs_check_tags(call, &queue.tags));
        return call_put(call, &sqs_queue_record_type, &queue);
}

static bool is_listed(const struct str_list *list, struct str key)
{
        for (size_t i = 0; i < list->count; i++)
                if (str_eq(list->items[i], key))
                        return true;
        return false;
}

int sqs_untag_queue(struct call *call, const struct sqs_untag_queue_in *in, struct sqs_untag_queue_out *out)
{
        struct sqs_queue_record queue;
        size_t kept = 0;

        (void)out;
        TRY(sqs_need_queue(call, in->queue_url, &queue));
        for (size_t i = 0; i < queue.tags.count; i++)
                if (!is_listed(&in->tag_keys, queue.tags.items[i].key))
                        queue.tags.items[kept++] = queue.tags.items[i];
        queue.tags.count = kept;
        return call_put(call, &sqs_queue_record_type, &queue);
}

int sqs_list_queue_tags(struct call *call, const struct sqs_list_queue_tags_in *in,
                        struct sqs_list_queue_tags_out *out)
{
        struct sqs_queue_record queue;

        TRY(sqs_need_queue(call, in->queue_url, &queue));
        out->tags = queue.tags;
        out->tags.is_set = queue.tags.count > 0;
        return 0;
}
