/* Groups of FIFO queues. The messages of a group that are visible wait in its own order; of those the first
 * has a turn among the groups, as long as none of the group is in flight.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
 */
#include "services/sqs/lane.h"

static struct sqs_group_turn_record turn_of(const struct sqs_message_record *message)
{
        return (struct sqs_group_turn_record){message->space, message->group, message->number};
}

int sqs_group_add(struct call *call, const struct sqs_message_record *message)
{
        const struct sqs_group_turn_record turn = turn_of(message);

        return call_put(call, &sqs_group_turn_record_type, &turn);
}

int sqs_group_drop(struct call *call, const struct sqs_message_record *message)
{
        const struct sqs_group_turn_record turn = turn_of(message);

        return call_delete(call, &sqs_group_turn_record_type, &turn);
}

static int list(struct call *call, int64_t space, struct str name, size_t most, int64_t *ret,
                size_t *ret_count)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct sqs_group_turn_record turn = {.space = OPT_INT(space), .group = name};
        int r = 0;

        *ret_count = 0;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &sqs_group_turn_record_type, NULL, &turn, 2,
                              STR_NONE));
        while (*ret_count < most && (r = record_scan_next(&scan, &turn)) == 0)
                ret[(*ret_count)++] = turn.number.value;
        return r == -ENOENT ? 0 : r;
}

static int get(struct call *call, const struct sqs_message_record *message, struct sqs_group_record *ret)
{
        int r;

        *ret = (struct sqs_group_record){.space = message->space, .name = message->group};
        r = call_get(call, &sqs_group_record_type, ret);
        return r == -ENOENT ? 0 : r;
}

static int set_head(struct call *call, struct sqs_group_record *group, struct opt_int head)
{
        const struct sqs_turn_record before = {group->space, OPT_INT(SQS_READY), group->head, group->head},
                                     after = {group->space, OPT_INT(SQS_READY), head, head};

        if (group->head.is_set == head.is_set && group->head.value == head.value)
                return 0;
        if (group->head.is_set)
                TRY(call_delete(call, &sqs_turn_record_type, &before));
        if (head.is_set)
                TRY(call_put(call, &sqs_turn_record_type, &after));
        group->head = head;
        return 0;
}

static int store(struct call *call, const struct sqs_group_record *group)
{
        bool is_empty = group->in_flight.value == 0 && group->delayed.value == 0 && !group->head.is_set;
        int r;

        if (!is_empty)
                return call_put(call, &sqs_group_record_type, group);
        r = call_delete(call, &sqs_group_record_type, group);
        return r == -ENOENT ? 0 : r;
}

int sqs_group_settle(struct call *call, const struct sqs_message_record *message, int64_t in_flight,
                     int64_t delayed)
{
        struct opt_int head = {};
        struct sqs_group_record group;
        size_t count = 0;

        TRY(get(call, message, &group));
        group.in_flight = OPT_INT(group.in_flight.value + in_flight);
        group.delayed = OPT_INT(group.delayed.value + delayed);
        if (group.in_flight.value == 0)
                TRY(list(call, group.space.value, group.name, 1, &head.value, &count));
        head.is_set = count > 0;
        TRY(set_head(call, &group, head));
        return store(call, &group);
}

int sqs_group_due(struct call *call, const struct sqs_message_record *message, int64_t *due_ms,
                  bool *ret_waits)
{
        struct sqs_group_record group;

        TRY(get(call, message, &group));
        *ret_waits = *due_ms > call->now_ms || group.delayed.value > 0;
        if (!*ret_waits)
                return 0;
        if (group.delayed.value > 0 && group.last_due.value > *due_ms)
                *due_ms = group.last_due.value;
        group.last_due = OPT_INT(*due_ms);
        return call_put(call, &sqs_group_record_type, &group);
}

int sqs_group_next(struct call *call, int64_t space, int64_t head, size_t most, int64_t *ret,
                   size_t *ret_count)
{
        struct sqs_message_record message;

        TRY(sqs_get_message(call, space, head, &message));
        return list(call, space, message.group, most, ret, ret_count);
}
