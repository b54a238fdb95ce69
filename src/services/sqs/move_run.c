/* A move task at work: some messages at each hour that falls due, as the rate lets it. */
#include "base/ids.h"
#include "events/timers.h"
#include "services/sqs/move.h"
#include "services/sqs/seal.h"

#define STEP 50 /* messages at a time */

struct moving {
        struct call *call;
        struct sqs_move_task_record task;
        struct sqs_queue_record source, destination;
        struct sqs_level_record level;
        struct sqs_level_record to; /* of the destination */
        bool has_destination;
};

static int find_destination(struct moving *moving, struct str arn)
{
        struct call *call = moving->call;
        struct sqs_name name;

        if (moving->has_destination && str_eq(arn, sqs_queue_arn(call, &moving->destination)))
                return 0;
        if (moving->has_destination)
                TRY(sqs_put_level(call, &moving->to));
        moving->has_destination = false;
        if (sqs_read_arn(call, arn, &name) < 0)
                return -ENOENT;
        TRY(sqs_get_queue(call, &name, &moving->destination));
        TRY(sqs_get_level(call, &moving->destination, &moving->to));
        moving->has_destination = true;
        return 0;
}

/* "Redriven messages are considered new messages with a new messageID and enqueueTime." */
static int move_one(struct moving *moving, struct sqs_message_record *message)
{
        struct call *call = moving->call;

        TRY(sqs_move(call, &moving->source, &moving->level, message, SQS_NOWHERE, 0));
        TRY(call_delete(call, &sqs_message_record_type, message));
        message->body_id = sqs_body_id(message);
        message->id = id_uuid(&call->arena);
        message->sent = OPT_INT(call->now_ms);
        TRY(sqs_keep_key(call, message));
        message->receives = OPT_INT(0);
        message->received = message->first_received = message->receives_before = (struct opt_int){};
        message->source = STR_NONE;
        TRY(sqs_append(call, &moving->destination, &moving->to, message, call->now_ms));
        moving->task.moved.value++;
        return 0;
}

static void end(struct moving *moving, struct str status, struct str failure)
{
        moving->task.status = status;
        moving->task.failure = failure;
}

/* Whoever started it was asked about the queues whose dead letters come here, and about no other. */
static bool is_let_go(const struct moving *moving)
{
        return str_is_set(moving->task.destination) ||
               str_eq(moving->destination.dead_letter, moving->task.source);
}

static int step(struct moving *moving, int64_t number)
{
        struct sqs_message_record message;
        struct str arn = moving->task.destination;
        int r;

        TRY(sqs_get_message(moving->call, moving->level.space.value, number, &message));
        if (sqs_is_expired(moving->call, &moving->source, &message))
                return sqs_remove(moving->call, &moving->source, &moving->level, &message);
        if (!str_is_set(arn))
                arn = message.source;
        if (!str_is_set(arn)) {
                end(moving, SQS_TASK_FAILED, STR("CouldNotDetermineMessageSource"));
                return 0;
        }
        r = find_destination(moving, arn);
        if (r == -ENOENT) {
                end(moving, SQS_TASK_FAILED, STR("AWS.SimpleQueueService.NonExistentQueue"));
                return 0;
        }
        TRY(r);
        if (is_let_go(moving))
                return move_one(moving, &message);
        end(moving, SQS_TASK_FAILED, STR("CouldNotDetermineMessageSource"));
        return 0;
}

static int64_t rate_of(const struct moving *moving)
{
        return moving->task.rate.is_set ? moving->task.rate.value : SQS_MOVE_RATE_MAX;
}

static bool runs(const struct moving *moving)
{
        return str_eq(moving->task.status, SQS_TASK_RUNNING);
}

static int run(struct moving *moving, size_t *ret_count)
{
        struct call *call = moving->call;
        size_t most = rate_of(moving) < STEP ? (size_t)rate_of(moving) : STEP;
        int64_t numbers[STEP];

        TRY(sqs_get_level(call, &moving->source, &moving->level));
        TRY(sqs_bring_over(call, &moving->source, &moving->level));
        TRY(sqs_next_ready(call, &moving->source, most, numbers, ret_count));
        for (size_t i = 0; i < *ret_count && runs(moving); i++)
                TRY(step(moving, numbers[i]));
        if (*ret_count == 0)
                end(moving, SQS_TASK_COMPLETED, STR_NONE);
        if (moving->has_destination)
                TRY(sqs_put_level(call, &moving->to));
        return sqs_put_level(call, &moving->level);
}

static int find_task(struct moving *moving, struct str subject)
{
        struct call *call = moving->call;
        struct str rest = subject, number;
        struct sqs_name name;

        moving->task.number.is_set = true;
        if (!str_cut(&rest, ' ', &number) || str_to_i64(number, &moving->task.number.value) < 0 ||
            sqs_read_arn(call, rest, &name) < 0)
                return -ENOENT;
        call->account = name.account;
        call->region = name.region;
        moving->task.source = rest;
        TRY(call_get(call, &sqs_move_task_record_type, &moving->task));
        return sqs_get_queue(call, &name, &moving->source);
}

static int end_without_queue(struct moving *moving)
{
        end(moving, SQS_TASK_FAILED, STR("AWS.SimpleQueueService.NonExistentQueue"));
        TRY(call_put(moving->call, &sqs_move_task_record_type, &moving->task));
        return 1;
}

/* subject: the task's number, and the ARN of its queue. */
int sqs_move_messages_due(struct call *call, struct str subject)
{
        struct moving moving = {.call = call};
        struct timer again = {.name = STR("sqs.MoveMessages"), .subject = subject};
        int r = find_task(&moving, subject);
        size_t count;

        if (r < 0 && r != -ENOENT)
                return r;
        if (!runs(&moving)) /* or it is gone */
                return 1;
        if (r == -ENOENT)
                return end_without_queue(&moving);
        TRY(run(&moving, &count));
        again.due_ms = call->now_ms + (int64_t)count * MS_PER_S / rate_of(&moving);
        if (runs(&moving))
                TRY(timer_set(call->txn, &again));
        TRY(call_put(call, &sqs_move_task_record_type, &moving.task));
        return 1;
}
