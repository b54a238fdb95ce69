/* Receiving. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html */
#include "services/sqs/attempt.h"
#include "services/sqs/redrive.h"
#include "services/sqs/seal.h"
#include "services/sqs/told.h"

#define ROUNDS 10 /* over messages that are not given out: expired ones, and dead letters */

struct receiving {
        struct call *call;
        const struct sqs_receive_message_in *in;
        struct sqs_queue_record queue;
        struct sqs_level_record level;
        struct sqs_opener opener;
        struct sqs_queue_record dead_letters;
        bool has_dead_letters, has_changed;
        size_t most, size;
        int64_t visible_ms; /* from then on again */
        struct sqs_message_list *out;
        struct sqs_attempt given; /* out, for one who asks again */
};

static void receiving_done(struct receiving *receiving)
{
        sqs_opener_done(&receiving->opener);
}

/* -- What is asked for */

static int check_range(struct call *call, struct opt_int given, const char *parameter, int64_t min,
                       int64_t max, const char *reason)
{
        if (!given.is_set || (given.value >= min && given.value <= max))
                return 0;
        return sqs_bad_value(call, arena_printf(&call->arena, "%lld", (long long)given.value), parameter,
                             reason);
}

static int check(struct call *call, const struct sqs_receive_message_in *in,
                 const struct sqs_queue_record *queue)
{
        TRY(check_range(call, in->max_number_of_messages, "MaxNumberOfMessages", 1, SQS_BATCH_MAX,
                        "Must be between 1 and 10, if provided."));
        TRY(check_range(call, in->visibility_timeout, "VisibilityTimeout", 0, SQS_VISIBILITY_MAX_S,
                        "Must be between 0 and 43200, if provided."));
        TRY(check_range(call, in->wait_time_seconds, "WaitTimeSeconds", 0, SQS_WAIT_MAX_S,
                        "Must be >= 0 and <= 20, if provided."));
        TRY(sqs_check_asked(call, in));
        if (str_is_set(in->receive_request_attempt_id) && !sqs_is_fifo(queue))
                return sqs_bad_value(call, in->receive_request_attempt_id, "ReceiveRequestAttemptId",
                                     "The request include parameter that is not valid for this queue type.");
        return 0;
}

/* -- One message that is next */

static int tell(struct receiving *receiving, const struct sqs_message_record *message,
                const struct sqs_content *content)
{
        TRY(sqs_tell_message(receiving->call, receiving->in, &receiving->queue, message, content,
                             &receiving->out->items[receiving->out->count]));
        receiving->out->count++;
        receiving->out->is_set = true;
        receiving->given.messages[receiving->given.count++] = *message;
        receiving->size += content->body.len;
        return 0;
}

static int give_out(struct receiving *receiving, struct sqs_message_record *message)
{
        struct call *call = receiving->call;
        struct sqs_content content;

        TRY(sqs_open(call, &receiving->queue, &receiving->opener, message, &content));
        TRY(sqs_move(call, &receiving->queue, &receiving->level, message, SQS_IN_FLIGHT,
                     receiving->visible_ms));
        message->receives = OPT_INT(message->receives.value + 1);
        message->received = OPT_INT(call->now_ms);
        if (!message->first_received.is_set)
                message->first_received = OPT_INT(call->now_ms);
        TRY(call_put(call, &sqs_message_record_type, message));
        return tell(receiving, message, &content);
}

static int take(struct receiving *receiving, int64_t number)
{
        struct call *call = receiving->call;
        struct sqs_message_record message;

        TRY(sqs_get_message(call, receiving->level.space.value, number, &message));
        receiving->has_changed = true;
        if (sqs_is_expired(call, &receiving->queue, &message))
                return sqs_remove(call, &receiving->queue, &receiving->level, &message);
        if (!receiving->has_dead_letters || !sqs_is_dead(&receiving->queue, &message))
                return give_out(receiving, &message);
        TRY(sqs_move(call, &receiving->queue, &receiving->level, &message, SQS_NOWHERE, 0));
        return sqs_give_up(call, &receiving->queue, &message, &receiving->dead_letters);
}

static bool is_full(const struct receiving *receiving)
{
        return receiving->out->count >= receiving->most || receiving->size >= SQS_SIZE_MAX ||
               receiving->level.in_flight.value >= SQS_IN_FLIGHT_MAX;
}

/* One round looks at as many as are still wanted. 1: there was nothing. */
static int take_some(struct receiving *receiving)
{
        int64_t numbers[SQS_BATCH_MAX];
        size_t count;

        TRY(sqs_next_ready(receiving->call, &receiving->queue, receiving->most - receiving->out->count,
                           numbers, &count));
        for (size_t i = 0; i < count && !is_full(receiving); i++)
                TRY(take(receiving, numbers[i]));
        return count ? 0 : 1;
}

/* -- The same again */

static int give_again(struct receiving *receiving, struct sqs_message_record *message)
{
        struct call *call = receiving->call;
        struct sqs_content content;

        TRY(sqs_open(call, &receiving->queue, &receiving->opener, message, &content));
        TRY(sqs_move(call, &receiving->queue, &receiving->level, message, SQS_IN_FLIGHT,
                     receiving->visible_ms));
        TRY(call_put(call, &sqs_message_record_type, message));
        return tell(receiving, message, &content);
}

/* "If a retry occurs within the deduplication interval, it resets the visibility timeout." -ENOENT: it is
 * none. */
static int repeat(struct receiving *receiving)
{
        struct sqs_attempt before;
        struct str id = receiving->in->receive_request_attempt_id;

        if (!str_is_set(id))
                return -ENOENT;
        TRY(sqs_find_attempt(receiving->call, &receiving->queue, id, &before));
        if (before.count > receiving->most)
                return -ENOENT;
        for (size_t i = 0; i < before.count; i++)
                TRY(give_again(receiving, &before.messages[i]));
        receiving->has_changed = true;
        return 0;
}

static bool is_repeated(struct receiving *receiving)
{
        struct sqs_attempt before;
        struct str id = receiving->in->receive_request_attempt_id;

        return str_is_set(id) && sqs_find_attempt(receiving->call, &receiving->queue, id, &before) == 0;
}

/* -- The whole */

static int begin(struct receiving *receiving, const struct sqs_receive_message_in *in)
{
        struct call *call = receiving->call;
        int64_t visibility_s = in->visibility_timeout.is_set ? in->visibility_timeout.value
                                                             : receiving->queue.visibility_s.value;
        int64_t ready;
        int r;

        receiving->visible_ms = call->now_ms + visibility_s * MS_PER_S;
        receiving->most = in->max_number_of_messages.is_set ? (size_t)in->max_number_of_messages.value : 1;
        receiving->out->items = arena_new_array(&call->arena, struct sqs_message, receiving->most);
        if (!receiving->out->items)
                return -ENOMEM;
        r = sqs_find_dead_letter(call, &receiving->queue, &receiving->dead_letters);
        if (r < 0 && r != -ENOENT)
                return r;
        receiving->has_dead_letters = r == 0;
        TRY(sqs_get_level(call, &receiving->queue, &receiving->level));
        ready = receiving->level.ready.value;
        TRY(sqs_bring_over(call, &receiving->queue, &receiving->level));
        receiving->has_changed = receiving->level.ready.value != ready;
        return 0;
}

/* "If you reach this quota ... Amazon SQS returns the OverLimit error message"; "for FIFO queues ... no
 * error". */
static int check_in_flight(struct receiving *receiving)
{
        if (sqs_is_fifo(&receiving->queue) || receiving->level.in_flight.value < SQS_IN_FLIGHT_MAX)
                return 0;
        return fail(receiving->call, &sqs_over_limit,
                    "Too many messages in flight. The maximum number of in flight messages is %d.",
                    SQS_IN_FLIGHT_MAX);
}

/* "When the wait time for the ReceiveMessage API action is greater than 0, long polling is in effect."
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
 */
static int wait_for_some(struct receiving *receiving)
{
        uint64_t what = sqs_waited(&receiving->queue);
        const struct sqs_receive_message_in *in = receiving->in;
        int64_t wait_s =
                in->wait_time_seconds.is_set ? in->wait_time_seconds.value : receiving->queue.wait_s.value;
        int64_t due_ms;

        TRY(sqs_next_due(receiving->call, &receiving->queue, &due_ms));
        return receiving->has_changed
                       ? call_wait_after_commit(receiving->call, what, due_ms, wait_s * MS_PER_S)
                       : call_wait(receiving->call, what, due_ms, wait_s * MS_PER_S);
}

static int take_new(struct receiving *receiving)
{
        int r = check_in_flight(receiving);

        for (size_t i = 0; i < ROUNDS && r == 0 && !is_full(receiving); i++)
                r = take_some(receiving);
        return r < 0 ? r : 0;
}

static int receive(struct receiving *receiving)
{
        struct str id = receiving->in->receive_request_attempt_id;
        int r;

        TRY(begin(receiving, receiving->in));
        r = repeat(receiving);
        if (r == -ENOENT)
                r = take_new(receiving);
        TRY(r);
        if (!receiving->has_changed) /* somebody was faster */
                return wait_for_some(receiving);
        if (str_is_set(id) && receiving->given.count)
                TRY(sqs_remember_attempt(receiving->call, &receiving->queue, id, &receiving->given));
        TRY(sqs_put_level(receiving->call, &receiving->level));
        return receiving->out->count ? 0
                                     : wait_for_some(receiving); /* they had expired, or were dead letters */
}

int sqs_receive_message(struct call *call, const struct sqs_receive_message_in *in,
                        struct sqs_receive_message_out *out)
{
        _cleanup_(receiving_done) struct receiving receiving = {
                .call = call, .in = in, .out = &out->messages};
        bool has_ready;

        TRY(sqs_need_queue(call, in->queue_url, &receiving.queue));
        TRY(check(call, in, &receiving.queue));
        TRY(sqs_has_ready(call, &receiving.queue, &has_ready));
        if (!has_ready && !is_repeated(&receiving))
                return wait_for_some(&receiving);
        TRY(call_need_write(call));
        return receive(&receiving);
}
