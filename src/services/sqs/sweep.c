/* What falls due: messages whose retention has ended, and what is left of queues that are gone. */
#include "events/timers.h"
#include "services/sqs/lane.h"

#define PAGE 200

static int again(struct call *call, const char *name, struct str subject, int64_t due_ms)
{
        const struct timer timer = {.due_ms = due_ms, .name = str_of(name), .subject = subject};

        return timer_set(call->txn, &timer);
}

/* The first of a space. */
static int list_messages(struct call *call, int64_t space, struct sqs_message_record messages[PAGE],
                         size_t *ret_count)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        const struct sqs_message_record like = {.space = OPT_INT(space)};
        int r = 0;

        *ret_count = 0;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &sqs_message_record_type, NULL, &like, 1,
                              STR_NONE));
        while (*ret_count < PAGE && (r = record_scan_next(&scan, &messages[*ret_count])) == 0)
                ++*ret_count;
        return r == -ENOENT ? 0 : r;
}

/* -- Retention */

static int queue_of(struct call *call, struct str subject, struct sqs_queue_record *ret)
{
        struct sqs_name name;
        struct str rest = subject;

        if (!str_cut(&rest, ' ', &name.account) || !str_cut(&rest, ' ', &name.region))
                return -ENOENT;
        name.name = rest;
        call->account = name.account;
        call->region = name.region;
        return sqs_get_queue(call, &name, ret);
}

/* Those that are next in order; the first that stays says when to look again. What came as a dead letter may
 * be older than it: nobody receives that, and it goes then. */
static int expire(struct call *call, struct sqs_queue_record *queue, struct sqs_level_record *level,
                  int64_t *ret_next_ms)
{
        struct sqs_message_record *messages = arena_new_array(&call->arena, struct sqs_message_record, PAGE);
        size_t count;

        *ret_next_ms = 0;
        if (!messages)
                return -ENOMEM;
        TRY(list_messages(call, level->space.value, messages, &count));
        for (size_t i = 0; i < count; i++) {
                if (sqs_is_expired(call, queue, &messages[i]))
                        TRY(sqs_remove(call, queue, level, &messages[i]));
                else if (*ret_next_ms == 0)
                        *ret_next_ms = messages[i].sent.value + queue->retention_s.value * MS_PER_S;
        }
        if (*ret_next_ms == 0 && count == PAGE)
                *ret_next_ms = call->now_ms;
        return 0;
}

int sqs_expire_messages_due(struct call *call, struct str subject)
{
        struct sqs_queue_record queue;
        struct sqs_level_record level;
        int64_t next_ms;
        int r = queue_of(call, subject, &queue);

        if (r < 0)
                return r == -ENOENT ? 1 : r;
        TRY(sqs_get_level(call, &queue, &level));
        TRY(expire(call, &queue, &level, &next_ms));
        level.sweep = next_ms ? OPT_INT(next_ms) : (struct opt_int){};
        if (next_ms)
                TRY(again(call, "sqs.ExpireMessages", subject, next_ms));
        TRY(sqs_put_level(call, &level));
        return 1;
}

/* -- Spaces that nobody reads any more */

static int sweep_messages(struct call *call, int64_t space, size_t *ret_count)
{
        struct sqs_message_record *messages = arena_new_array(&call->arena, struct sqs_message_record, PAGE);

        if (!messages)
                return -ENOMEM;
        TRY(list_messages(call, space, messages, ret_count));
        for (size_t i = 0; i < *ret_count; i++) {
                const struct sqs_body_record body = {.id = sqs_body_id(&messages[i])};

                if (!str_is_set(messages[i].sealed))
                        TRY(call_delete(call, &sqs_body_record_type, &body));
                TRY(call_delete(call, &sqs_message_record_type, &messages[i]));
        }
        return 0;
}

/* Of a type whose records begin with the space; `size` bytes each. */
static int sweep_records(struct call *call, const struct record_type *type, size_t size, int64_t space,
                         size_t *ret_count)
{
        char *rows = arena_alloc_array(&call->arena, PAGE, size);
        size_t count = 0;
        int r = 0;

        if (!rows)
                return -ENOMEM;
        {
                _cleanup_(record_scan_end) struct record_scan scan = {};

                *(struct opt_int *)(void *)rows = OPT_INT(space);
                TRY(record_scan_begin(&scan, call->txn, &call->arena, type, NULL, rows, 1, STR_NONE));
                while (count < PAGE && (r = record_scan_next(&scan, rows + count * size)) == 0)
                        count++;
        }
        for (size_t i = 0; i < count; i++)
                TRY(call_delete(call, type, rows + i * size));
        *ret_count = count;
        return r == -ENOENT ? 0 : r;
}

int sqs_sweep_messages_due(struct call *call, struct str subject)
{
        static const struct {
                const struct record_type *type;
                size_t size;
        } TYPES[] = {
                {&sqs_turn_record_type, sizeof(struct sqs_turn_record)},
                {&sqs_group_record_type, sizeof(struct sqs_group_record)},
                {&sqs_group_turn_record_type, sizeof(struct sqs_group_turn_record)},
                {&sqs_duplicate_record_type, sizeof(struct sqs_duplicate_record)},
                {&sqs_attempt_record_type, sizeof(struct sqs_attempt_record)},
                {&sqs_level_record_type, sizeof(struct sqs_level_record)},
        };
        size_t count;
        int64_t space;

        if (str_to_i64(subject, &space) < 0)
                return 1;
        TRY(sweep_messages(call, space, &count));
        for (size_t i = 0; i < ARRAY_LEN(TYPES) && count == 0; i++)
                TRY(sweep_records(call, TYPES[i].type, TYPES[i].size, space, &count));
        if (count)
                TRY(again(call, "sqs.SweepMessages", subject, call->now_ms));
        return 1;
}
