#include "services/sqs/lane.h"

#include "events/timers.h"

#define PAGE    100   /* brought over in one go */
#define COUNTED 10000 /* rows that a count looks at: it is approximate beyond */

/* -- Spaces and levels */

int sqs_new_space(struct call *call, struct sqs_queue_record *queue, int64_t last)
{
        struct sqs_level_record level = {
                .space = {.is_set = true},
                .last = OPT_INT(last),
                .ready = OPT_INT(0),
                .in_flight = OPT_INT(0),
                .delayed = OPT_INT(0),
        };

        TRY(sqs_next_number(call, STR("space"), &level.space.value));
        queue->space = level.space;
        return call_insert(call, &sqs_level_record_type, &level);
}

int sqs_get_level(struct call *call, const struct sqs_queue_record *queue, struct sqs_level_record *ret)
{
        *ret = (struct sqs_level_record){.space = queue->space};
        return call_get(call, &sqs_level_record_type, ret);
}

int sqs_put_level(struct call *call, const struct sqs_level_record *level)
{
        return call_put(call, &sqs_level_record_type, level);
}

static struct opt_int *count_of(struct sqs_level_record *level, enum sqs_lane lane)
{
        return lane == SQS_READY       ? &level->ready
               : lane == SQS_IN_FLIGHT ? &level->in_flight
                                       : &level->delayed;
}

uint64_t sqs_waited(const struct sqs_queue_record *queue)
{
        return str_hash(STR("sqs queue"), (uint64_t)queue->number.value);
}

/* -- Turns */

static int begin_lane(struct call *call, int64_t space, enum sqs_lane lane, struct record_scan *scan,
                      struct sqs_turn_record *turn)
{
        *turn = (struct sqs_turn_record){.space = OPT_INT(space), .lane = OPT_INT(lane)};
        return record_scan_begin(scan, call->txn, &call->arena, &sqs_turn_record_type, NULL, turn, 2,
                                 STR_NONE);
}

static struct sqs_turn_record turn_of(const struct sqs_message_record *message)
{
        return (struct sqs_turn_record){message->space, message->lane, message->due, message->number};
}

/* Those that are due by now, at most `most`. */
static int list_due(struct call *call, int64_t space, enum sqs_lane lane, int64_t by_ms, size_t most,
                    int64_t *ret, size_t *ret_count)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct sqs_turn_record turn;

        *ret_count = 0;
        TRY(begin_lane(call, space, lane, &scan, &turn));
        while (*ret_count < most) {
                int r = record_scan_next(&scan, &turn);

                if (r == -ENOENT || (r == 0 && turn.at.value > by_ms))
                        return 0;
                TRY(r);
                if (ret)
                        ret[*ret_count] = turn.number.value;
                ++*ret_count;
        }
        return 0;
}

static int first_at(struct call *call, int64_t space, enum sqs_lane lane, int64_t *ret)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct sqs_turn_record turn;
        int r;

        *ret = INT64_MAX;
        TRY(begin_lane(call, space, lane, &scan, &turn));
        r = record_scan_next(&scan, &turn);
        if (r == 0)
                *ret = turn.at.value;
        return r == -ENOENT ? 0 : r;
}

int sqs_next_due(struct call *call, const struct sqs_queue_record *queue, int64_t *ret_ms)
{
        int64_t delayed;

        TRY(first_at(call, queue->space.value, SQS_IN_FLIGHT, ret_ms));
        TRY(first_at(call, queue->space.value, SQS_DELAYED, &delayed));
        if (delayed < *ret_ms)
                *ret_ms = delayed;
        return 0;
}

int sqs_has_ready(struct call *call, const struct sqs_queue_record *queue, bool *ret)
{
        int64_t at;

        TRY(first_at(call, queue->space.value, SQS_READY, &at));
        if (at == INT64_MAX)
                TRY(sqs_next_due(call, queue, &at));
        *ret = at <= call->now_ms; /* groups have numbers there, which are smaller */
        return 0;
}

int sqs_count(struct call *call, const struct sqs_queue_record *queue, int64_t ret[SQS_LANES])
{
        struct sqs_level_record level;

        TRY(sqs_get_level(call, queue, &level));
        for (enum sqs_lane lane = 0; lane < SQS_LANES; lane++)
                ret[lane] = count_of(&level, lane)->value;
        for (enum sqs_lane lane = SQS_IN_FLIGHT; lane < SQS_LANES; lane++) {
                size_t due;

                TRY(list_due(call, queue->space.value, lane, call->now_ms, COUNTED, NULL, &due));
                ret[lane] -= (int64_t)due;
                ret[SQS_READY] += (int64_t)due;
        }
        return 0;
}

/* -- Messages in their lanes */

static int leave(struct call *call, const struct sqs_queue_record *queue,
                 const struct sqs_message_record *message)
{
        const struct sqs_turn_record turn = turn_of(message);

        if (sqs_is_fifo(queue) && message->lane.value == SQS_READY)
                return sqs_group_drop(call, message);
        return call_delete(call, &sqs_turn_record_type, &turn);
}

static int enter(struct call *call, const struct sqs_queue_record *queue,
                 const struct sqs_message_record *message)
{
        const struct sqs_turn_record turn = turn_of(message);

        if (sqs_is_fifo(queue) && message->lane.value == SQS_READY)
                return sqs_group_add(call, message);
        return call_put(call, &sqs_turn_record_type, &turn);
}

int sqs_move(struct call *call, const struct sqs_queue_record *queue, struct sqs_level_record *level,
             struct sqs_message_record *message, enum sqs_lane to, int64_t due_ms)
{
        int64_t in_flight = 0, delayed = 0;

        if (message->lane.is_set) {
                TRY(leave(call, queue, message));
                count_of(level, (enum sqs_lane)message->lane.value)->value--;
                in_flight -= message->lane.value == SQS_IN_FLIGHT;
                delayed -= message->lane.value == SQS_DELAYED;
        }
        if (to != SQS_NOWHERE || sqs_is_fifo(queue))
                call_touch_waited(call, sqs_waited(queue));
        message->lane = to == SQS_NOWHERE ? (struct opt_int){} : OPT_INT(to);
        message->due = OPT_INT(due_ms);
        if (to != SQS_NOWHERE) {
                TRY(enter(call, queue, message));
                count_of(level, to)->value++;
                in_flight += to == SQS_IN_FLIGHT;
                delayed += to == SQS_DELAYED;
        }
        return sqs_is_fifo(queue) ? sqs_group_settle(call, message, in_flight, delayed) : 0;
}

int sqs_get_message(struct call *call, int64_t space, int64_t number, struct sqs_message_record *ret)
{
        *ret = (struct sqs_message_record){.space = OPT_INT(space), .number = OPT_INT(number)};
        return call_get(call, &sqs_message_record_type, ret);
}

int sqs_remove(struct call *call, const struct sqs_queue_record *queue, struct sqs_level_record *level,
               struct sqs_message_record *message)
{
        const struct sqs_body_record body = {.id = sqs_body_id(message)};

        TRY(sqs_move(call, queue, level, message, SQS_NOWHERE, 0));
        if (!str_is_set(message->sealed))
                TRY(call_delete(call, &sqs_body_record_type, &body));
        return call_delete(call, &sqs_message_record_type, message);
}

static int bring_page(struct call *call, const struct sqs_queue_record *queue, struct sqs_level_record *level,
                      enum sqs_lane lane, size_t *ret_count)
{
        int64_t numbers[PAGE];

        TRY(list_due(call, level->space.value, lane, call->now_ms, PAGE, numbers, ret_count));
        for (size_t i = 0; i < *ret_count; i++) {
                struct sqs_message_record message;

                TRY(sqs_get_message(call, level->space.value, numbers[i], &message));
                TRY(sqs_move(call, queue, level, &message, SQS_READY, message.due.value));
                TRY(call_put(call, &sqs_message_record_type, &message));
        }
        return 0;
}

/* One page of each lane is enough for whoever receives; where too many are in flight, all of them. */
int sqs_bring_over(struct call *call, const struct sqs_queue_record *queue, struct sqs_level_record *level)
{
        size_t count;

        TRY(bring_page(call, queue, level, SQS_DELAYED, &count));
        TRY(bring_page(call, queue, level, SQS_IN_FLIGHT, &count));
        while (count == PAGE && level->in_flight.value > SQS_IN_FLIGHT_MAX - PAGE)
                TRY(bring_page(call, queue, level, SQS_IN_FLIGHT, &count));
        return 0;
}

int sqs_next_ready(struct call *call, const struct sqs_queue_record *queue, size_t most, int64_t *ret,
                   size_t *ret_count)
{
        int64_t heads[PAGE];
        size_t count;

        if (!sqs_is_fifo(queue))
                return list_due(call, queue->space.value, SQS_READY, INT64_MAX, most, ret, ret_count);
        *ret_count = 0;
        TRY(list_due(call, queue->space.value, SQS_READY, INT64_MAX, most < PAGE ? most : PAGE, heads,
                     &count));
        for (size_t i = 0; i < count && *ret_count < most; i++) {
                size_t more;

                TRY(sqs_group_next(call, queue->space.value, heads[i], most - *ret_count, ret + *ret_count,
                                   &more));
                *ret_count += more;
        }
        return 0;
}

/* -- New ones */

static struct str subject_of(struct call *call, const struct sqs_queue_record *queue)
{
        return arena_printf(&call->arena, "%.*s %.*s %.*s", STR_ARG(queue->account), STR_ARG(queue->region),
                            STR_ARG(queue->name));
}

static int set_timer(struct call *call, const struct sqs_queue_record *queue, int64_t due_ms)
{
        const struct timer timer = {
                .due_ms = due_ms,
                .name = STR("sqs.ExpireMessages"),
                .subject = subject_of(call, queue),
        };

        return timer_set(call->txn, &timer);
}

int sqs_expire_soon(struct call *call, const struct sqs_queue_record *queue)
{
        return set_timer(call, queue, call->now_ms);
}

bool sqs_is_expired(const struct call *call, const struct sqs_queue_record *queue,
                    const struct sqs_message_record *message)
{
        return message->sent.value + queue->retention_s.value * MS_PER_S <= call->now_ms;
}

int sqs_append(struct call *call, const struct sqs_queue_record *queue, struct sqs_level_record *level,
               struct sqs_message_record *message, int64_t due_ms)
{
        bool waits = due_ms > call->now_ms;

        message->space = level->space;
        message->number = OPT_INT(++level->last.value);
        message->lane = (struct opt_int){};
        if (sqs_is_fifo(queue))
                TRY(sqs_group_due(call, message, &due_ms, &waits));
        if (!level->sweep.is_set) {
                level->sweep = OPT_INT(message->sent.value + queue->retention_s.value * MS_PER_S);
                TRY(set_timer(call, queue, level->sweep.value));
        }
        TRY(sqs_move(call, queue, level, message, waits ? SQS_DELAYED : SQS_READY, due_ms));
        return call_insert(call, &sqs_message_record_type, message);
}
