/* Queues: made, found, listed, emptied, deleted. */
#include "events/timers.h"
#include "services/marker.h"
#include "services/sqs/lane.h"
#include "services/sqs/sqs.h"

#define PAGE_MAX 1000

int sqs_get_queue(struct call *call, const struct sqs_name *name, struct sqs_queue_record *ret)
{
        *ret = (struct sqs_queue_record){
                .account = name->account, .region = name->region, .name = name->name};
        return call_get(call, &sqs_queue_record_type, ret);
}

int sqs_no_queue(struct call *call)
{
        return fail(call, &sqs_queue_does_not_exist, "The specified queue does not exist.");
}

int sqs_need_queue(struct call *call, struct str url, struct sqs_queue_record *ret)
{
        struct sqs_name name;
        int r = sqs_read_url(call, url, &name);

        *ret = (struct sqs_queue_record){};
        if (r == 0)
                r = sqs_get_queue(call, &name, ret);
        return r == -ENOENT || r == -EINVAL ? sqs_no_queue(call) : r;
}

int sqs_next_number(struct call *call, struct str of, int64_t *ret)
{
        struct sqs_sequence_record sequence = {.name = of};
        int r = call_get(call, &sqs_sequence_record_type, &sequence);

        if (r < 0 && r != -ENOENT)
                return r;
        *ret = sequence.last.value + 1;
        sequence.last = OPT_INT(*ret);
        return call_put(call, &sqs_sequence_record_type, &sequence);
}

/* -- Making */

/* Does CreateQueue, which is given all of them, mean the queue that is there? */
static int settle_existing(struct call *call, const struct sqs_create_queue_in *in,
                           const struct sqs_queue_record *queue)
{
        struct str different;

        TRY(sqs_find_difference(call, &in->attributes, queue, &different));
        if (!str_is_set(different))
                return 0;
        return fail(call, &sqs_queue_name_exists,
                    "A queue already exists with the same name and a different value for attribute %.*s",
                    STR_ARG(different));
}

static int check_deleted(struct call *call, struct str name)
{
        struct sqs_deleted_queue_record deleted = {
                .account = call->account, .region = call->region, .name = name};
        int r = call_get(call, &sqs_deleted_queue_record_type, &deleted);

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        if (deleted.deleted.value + SQS_RECENT_MS <= call->now_ms)
                return call_delete(call, &sqs_deleted_queue_record_type, &deleted);
        return fail(call, &sqs_queue_deleted_recently,
                    "You must wait 60 seconds after deleting a queue before you can create another with the "
                    "same name.");
}

static int check_name(struct call *call, struct str name)
{
        if (sqs_name_is_valid(name))
                return 0;
        return fail(call, &sqs_invalid_parameter_value_exception,
                    "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
}

static int make(struct call *call, const struct sqs_create_queue_in *in, struct sqs_queue_record *queue)
{
        TRY(check_deleted(call, in->queue_name));
        *queue = (struct sqs_queue_record){
                .account = call->account,
                .region = call->region,
                .name = in->queue_name,
                .created = OPT_INT(call->now_ms),
                .modified = OPT_INT(call->now_ms),
                .number = {.is_set = true},
                .tags = in->tags,
        };
        TRY(sqs_check_tags(call, &in->tags));
        TRY(sqs_set_attributes(call, &in->attributes, true, queue));
        TRY(sqs_next_number(call, STR("queue"), &queue->number.value));
        TRY(sqs_new_space(call, queue, 0));
        return call_insert(call, &sqs_queue_record_type, queue);
}

int sqs_create_queue(struct call *call, const struct sqs_create_queue_in *in,
                     struct sqs_create_queue_out *out)
{
        const struct sqs_name name = {call->account, call->region, in->queue_name};
        struct sqs_queue_record queue;
        int r;

        TRY(check_name(call, in->queue_name));
        r = sqs_get_queue(call, &name, &queue);
        if (r == 0)
                TRY(settle_existing(call, in, &queue));
        else
                TRY(r == -ENOENT ? make(call, in, &queue) : r);
        out->queue_url = sqs_url(call, queue.account, queue.name);
        return 0;
}

/* -- Finding */

int sqs_get_queue_url(struct call *call, const struct sqs_get_queue_url_in *in,
                      struct sqs_get_queue_url_out *out)
{
        const struct sqs_name name = {in->queue_owner_aws_account_id.len ? in->queue_owner_aws_account_id
                                                                         : call->account,
                                      call->region, in->queue_name};
        struct sqs_queue_record queue;
        int r = sqs_get_queue(call, &name, &queue);

        if (r == -ENOENT)
                return sqs_no_queue(call);
        TRY(r);
        out->queue_url = sqs_url(call, queue.account, queue.name);
        return 0;
}

/* "if you do not set MaxResults, the response includes a maximum of 1,000 results", and no token. */
static int begin_page(struct call *call, struct opt_int max_results, struct str token, struct str subject,
                      size_t *ret_limit, struct str *ret_after)
{
        *ret_limit = max_results.is_set ? (size_t)max_results.value : PAGE_MAX;
        *ret_after = STR_NONE;
        if (max_results.is_set && (max_results.value < 1 || max_results.value > PAGE_MAX))
                return fail(call, &sqs_invalid_parameter_value_exception,
                            "Value for parameter MaxResults is invalid. Reason: Must be an integer from 1 to "
                            "1000.");
        if (str_is_set(token) && marker_read(call, subject, token, ret_after) < 0)
                return fail(call, &sqs_invalid_parameter_value_exception, "Invalid or expired next token.");
        return 0;
}

/* *ret_after: where the next page begins; absent: there is none. */
static int list_page(struct call *call, struct record_scan *scan, struct str prefix, size_t limit,
                     struct str_list *ret, struct str *ret_after)
{
        struct sqs_queue_record queue = {};
        struct str last = STR_NONE;
        int r;

        *ret = (struct str_list){.items = arena_new_array(&call->arena, struct str, limit)};
        *ret_after = STR_NONE;
        if (!ret->items)
                return -ENOMEM;
        while ((r = record_scan_next(scan, &queue)) == 0 && str_starts(queue.name, prefix)) {
                if (ret->count == limit) {
                        *ret_after = last;
                        break;
                }
                ret->items[ret->count++] = sqs_url(call, queue.account, queue.name);
                queue = (struct sqs_queue_record){};
                if (ret->count == limit)
                        last = record_scan_token(scan, &call->arena);
        }
        ret->is_set = ret->count > 0;
        return r == -ENOENT ? 0 : r;
}

/* Behind every name that comes before the prefix, and before what begins with it: names are letters, digits
 * and two signs. */
static int token_before(struct call *call, struct str prefix, struct str *ret)
{
        char last = (char)(prefix.ptr[prefix.len - 1] - 1);
        const struct sqs_queue_record like = {
                .account = call->account,
                .region = call->region,
                .name = arena_printf(&call->arena, "%.*s%c\x7f", (int)prefix.len - 1, prefix.ptr, last),
        };

        return record_scan_token_at(&call->arena, &sqs_queue_record_type, &like, 2, 3, ret);
}

/* With MaxResults alone: else "the response includes a maximum of 1,000 results", and no token. */
static int tell_next(struct call *call, struct opt_int max_results, struct str subject, struct str after,
                     struct str *ret)
{
        return max_results.is_set && str_is_set(after) ? marker_make(call, subject, after, ret) : 0;
}

int sqs_list_queues(struct call *call, const struct sqs_list_queues_in *in, struct sqs_list_queues_out *out)
{
        const struct sqs_queue_record like = {.account = call->account, .region = call->region};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct str prefix = in->queue_name_prefix.len ? in->queue_name_prefix : STR(""), after;
        size_t limit;

        TRY(begin_page(call, in->max_results, in->next_token, prefix, &limit, &after));
        if (prefix.len > SQS_NAME_MAX)
                return 0;
        if (!str_is_set(after) && prefix.len)
                TRY(token_before(call, prefix, &after));
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &sqs_queue_record_type, NULL, &like, 2, after));
        TRY(list_page(call, &scan, prefix, limit, &out->queue_urls, &after));
        return tell_next(call, in->max_results, prefix, after, &out->next_token);
}

int sqs_list_dead_letter_source_queues(struct call *call,
                                       const struct sqs_list_dead_letter_source_queues_in *in,
                                       struct sqs_list_dead_letter_source_queues_out *out)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct sqs_queue_record queue, like = {};
        struct str after;
        size_t limit;

        TRY(sqs_need_queue(call, in->queue_url, &queue));
        like.dead_letter = sqs_queue_arn(call, &queue);
        TRY(begin_page(call, in->max_results, in->next_token, like.dead_letter, &limit, &after));
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &sqs_queue_record_type,
                              sqs_queue_by_dead_letter, &like, 1, after));
        TRY(list_page(call, &scan, STR(""), limit, &out->queue_urls, &after));
        out->queue_urls.is_set = true;
        return tell_next(call, in->max_results, like.dead_letter, after, &out->next_token);
}

/* -- Emptying and deleting: the messages go later, in pages. */

static int sweep(struct call *call, int64_t space)
{
        const struct timer timer = {
                .due_ms = call->now_ms,
                .name = STR("sqs.SweepMessages"),
                .subject = arena_printf(&call->arena, "%lld", (long long)space),
        };

        return timer_set(call->txn, &timer);
}

int sqs_purge_queue(struct call *call, const struct sqs_purge_queue_in *in, struct sqs_purge_queue_out *out)
{
        struct sqs_queue_record queue;
        struct sqs_level_record level;

        (void)out;
        TRY(sqs_need_queue(call, in->queue_url, &queue));
        if (queue.purged.is_set && queue.purged.value + SQS_RECENT_MS > call->now_ms)
                return fail(call, &sqs_purge_queue_in_progress,
                            "Only one PurgeQueue operation on %.*s is allowed every 60 seconds.",
                            STR_ARG(queue.name));
        TRY(sqs_get_level(call, &queue, &level));
        TRY(sweep(call, queue.space.value));
        TRY(sqs_new_space(call, &queue, level.last.value));
        queue.purged = OPT_INT(call->now_ms);
        return call_put(call, &sqs_queue_record_type, &queue);
}

int sqs_delete_queue(struct call *call, const struct sqs_delete_queue_in *in,
                     struct sqs_delete_queue_out *out)
{
        struct sqs_deleted_queue_record deleted = {.deleted = OPT_INT(call->now_ms)};
        struct sqs_queue_record queue;

        (void)out;
        TRY(sqs_need_queue(call, in->queue_url, &queue));
        deleted.account = queue.account;
        deleted.region = queue.region;
        deleted.name = queue.name;
        TRY(sweep(call, queue.space.value));
        TRY(call_put(call, &sqs_deleted_queue_record_type, &deleted));
        return call_delete(call, &sqs_queue_record_type, &queue);
}
