/* Tasks: started, cancelled, listed. */
#include "base/ids.h"
#include "base/json_out.h"
#include "base/text.h"
#include "events/timers.h"
#include "services/sqs/move.h"

#include <jansson.h>

#define KEPT        10 /* tasks of a queue; ListMessageMoveTasks tells no more */
#define HANDLE_MAX  1024
#define SOURCES_MAX 1000

/* -- Handles: {"taskId":"...","sourceArn":"..."} in base64. They give nobody leave to anything. */

int sqs_write_task_handle(struct call *call, const struct sqs_move_task_record *task, struct str *ret)
{
        _cleanup_(buf_done) struct buf text = {};
        struct json_out out = {.buf = &text};

        buf_init(&text, HANDLE_MAX);
        json_open(&out, '{');
        json_pair(&out, STR("taskId"), task->id);
        json_pair(&out, STR("sourceArn"), task->source);
        json_close(&out, '}');
        TRY(buf_check(&text));
        *ret = base64_encode(&call->arena, buf_str(&text));
        return 0;
}

int sqs_read_task_handle(struct call *call, struct str handle, struct str *ret_source, struct str *ret_id)
{
        struct str text = STR_NONE;
        struct sqs_name name;
        json_t *json;
        const char *id, *source;

        if (handle.len > 2 * HANDLE_MAX || base64_decode(&call->arena, handle, &text) < 0)
                return -EINVAL;
        json = json_loadb(text.ptr, text.len, 0, NULL);
        id = json_string_value(json_object_get(json, "taskId"));
        source = json_string_value(json_object_get(json, "sourceArn"));
        *ret_id = arena_dup(&call->arena, str_of(id));
        *ret_source = arena_dup(&call->arena, str_of(source));
        json_decref(json);
        return str_is_set(*ret_id) && str_is_set(*ret_source) ? sqs_read_arn(call, *ret_source, &name)
                                                              : -EINVAL;
}

/* -- Those of a queue, the oldest first */

static int list(struct call *call, struct str source, struct sqs_move_task_record tasks[KEPT + 1],
                size_t *ret_count)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        const struct sqs_move_task_record like = {.source = source};
        int r = 0;

        *ret_count = 0;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &sqs_move_task_record_type, NULL, &like, 1,
                              STR_NONE));
        while (*ret_count <= KEPT && (r = record_scan_next(&scan, &tasks[*ret_count])) == 0)
                ++*ret_count;
        return r == -ENOENT ? 0 : r;
}

static int no_source(struct call *call)
{
        return fail(call, &sqs_resource_not_found_exception,
                    "The resource that you specified for the SourceArn parameter doesn't exist.");
}

/* -- Starting */

static int authorise_on(struct call *call, const struct sqs_name *name, struct str action)
{
        struct resource resource;

        TRY(sqs_resource_of(call, name, &resource));
        return call->authorise(call, action, &resource);
}

/* "To start the redrive ...": what a client that moved them itself would need. */
static int authorise_source(struct call *call, const struct sqs_name *name)
{
        TRY(authorise_on(call, name, STR("sqs:ReceiveMessage")));
        TRY(authorise_on(call, name, STR("sqs:DeleteMessage")));
        return authorise_on(call, name, STR("sqs:GetQueueAttributes"));
}

/* *ret_count: of the queues whose dead letters come here; each must take them back. */
static int authorise_sources_of(struct call *call, const struct sqs_queue_record *queue, bool sends_back,
                                size_t *ret_count)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct sqs_queue_record source = {.dead_letter = sqs_queue_arn(call, queue)};
        int r = 0;

        *ret_count = 0;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &sqs_queue_record_type,
                              sqs_queue_by_dead_letter, &source, 1, STR_NONE));
        while (*ret_count < SOURCES_MAX && (r = record_scan_next(&scan, &source)) == 0) {
                const struct sqs_name name = {source.account, source.region, source.name};

                if (sends_back)
                        TRY(authorise_on(call, &name, STR("sqs:SendMessage")));
                ++*ret_count;
        }
        return r == -ENOENT ? 0 : r;
}

static int check_destination(struct call *call, struct str arn, const struct sqs_queue_record *queue)
{
        struct sqs_queue_record destination;
        struct sqs_name name;
        int r;

        if (sqs_read_arn(call, arn, &name) < 0 || !str_eq(name.region, call->region) ||
            !str_eq(name.account, queue->account))
                return sqs_bad_value(call, arn, "DestinationArn",
                                     "It must be the ARN of a queue of the same account and Region.");
        TRY(authorise_on(call, &name, STR("sqs:SendMessage")));
        r = sqs_get_queue(call, &name, &destination);
        if (r == -ENOENT)
                return fail(
                        call, &sqs_resource_not_found_exception,
                        "The resource that you specified for the DestinationArn parameter doesn't exist.");
        TRY(r);
        if (str_eq(arn, sqs_queue_arn(call, queue)) || sqs_is_fifo(&destination) != sqs_is_fifo(queue))
                return sqs_bad_value(call, arn, "DestinationArn",
                                     "Source and destination must be different queues of the same type.");
        return 0;
}

static int check(struct call *call, const struct sqs_start_message_move_task_in *in,
                 const struct sqs_queue_record *queue)
{
        const struct opt_int *rate = &in->max_number_of_messages_per_second;
        bool has_destination = in->destination_arn.len > 0;
        size_t count;

        if (rate->is_set && (rate->value < 1 || rate->value > SQS_MOVE_RATE_MAX))
                return sqs_bad_value(call, arena_printf(&call->arena, "%lld", (long long)rate->value),
                                     "MaxNumberOfMessagesPerSecond", "Must be between 1 and 500.");
        TRY(authorise_sources_of(call, queue, !has_destination, &count));
        if (count == 0)
                return fail(call, &sqs_invalid_parameter_value_exception,
                            "Source queue must be configured as a Dead Letter Queue.");
        return has_destination ? check_destination(call, in->destination_arn, queue) : 0;
}

/* Room for one more; one that runs forbids it. */
static int make_room(struct call *call, struct str source)
{
        struct sqs_move_task_record tasks[KEPT + 1] = {};
        size_t count;

        TRY(list(call, source, tasks, &count));
        for (size_t i = 0; i < count; i++)
                if (str_eq(tasks[i].status, SQS_TASK_RUNNING))
                        return fail(call, &sqs_unsupported_operation,
                                    "There is already a task running. Only one active task is allowed for a "
                                    "source queue arn at a given time.");
        return count >= KEPT ? call_delete(call, &sqs_move_task_record_type, &tasks[0]) : 0;
}

static int start(struct call *call, const struct sqs_start_message_move_task_in *in,
                 const struct sqs_queue_record *queue, struct sqs_move_task_record *task)
{
        struct timer timer = {.due_ms = call->now_ms, .name = STR("sqs.MoveMessages")};
        int64_t counts[SQS_LANES];

        TRY(sqs_count(call, queue, counts));
        *task = (struct sqs_move_task_record){
                .source = in->source_arn,
                .number = {.is_set = true},
                .id = id_uuid(&call->arena),
                .destination = in->destination_arn.len ? in->destination_arn : STR_NONE,
                .rate = in->max_number_of_messages_per_second,
                .status = SQS_TASK_RUNNING,
                .moved = OPT_INT(0),
                .to_move = OPT_INT(counts[SQS_READY]),
                .started = OPT_INT(call->now_ms),
        };
        TRY(sqs_next_number(call, STR("task"), &task->number.value));
        timer.subject =
                arena_printf(&call->arena, "%lld %.*s", (long long)task->number.value, STR_ARG(task->source));
        TRY(timer_set(call->txn, &timer));
        return call_insert(call, &sqs_move_task_record_type, task);
}

int sqs_start_message_move_task(struct call *call, const struct sqs_start_message_move_task_in *in,
                                struct sqs_start_message_move_task_out *out)
{
        struct sqs_queue_record queue;
        struct sqs_move_task_record task;
        struct sqs_name name;
        int r = sqs_read_arn(call, in->source_arn, &name);

        if (r == 0)
                r = sqs_get_queue(call, &name, &queue);
        if (r == -ENOENT || r == -EINVAL)
                return no_source(call);
        TRY(r);
        TRY(authorise_source(call, &name));
        TRY(check(call, in, &queue));
        TRY(make_room(call, in->source_arn));
        TRY(start(call, in, &queue, &task));
        return sqs_write_task_handle(call, &task, &out->task_handle);
}

/* -- Ending */

static int find_running(struct call *call, struct str source, struct str id, struct sqs_move_task_record *ret)
{
        struct sqs_move_task_record tasks[KEPT + 1] = {};
        size_t count;

        TRY(list(call, source, tasks, &count));
        for (size_t i = 0; i < count; i++)
                if (str_eq(tasks[i].id, id) && str_eq(tasks[i].status, SQS_TASK_RUNNING)) {
                        *ret = tasks[i];
                        return 0;
                }
        return fail(call, &sqs_resource_not_found_exception, "Task does not exist.");
}

int sqs_cancel_message_move_task(struct call *call, const struct sqs_cancel_message_move_task_in *in,
                                 struct sqs_cancel_message_move_task_out *out)
{
        struct sqs_move_task_record task;
        struct str source, id;

        if (sqs_read_task_handle(call, in->task_handle, &source, &id) < 0)
                return sqs_bad_value(call, in->task_handle, "TaskHandle", "It is not a handle of a task.");
        TRY(find_running(call, source, id, &task));
        task.status = SQS_TASK_CANCELLED;
        out->approximate_number_of_messages_moved = task.moved;
        return call_put(call, &sqs_move_task_record_type, &task);
}

/* -- Listing: the youngest first. "TaskHandle is only populated if the status is RUNNING". */

static int tell(struct call *call, const struct sqs_move_task_record *task,
                struct sqs_list_message_move_tasks_result_entry *ret)
{
        *ret = (struct sqs_list_message_move_tasks_result_entry){
                .status = task->status,
                .source_arn = task->source,
                .destination_arn = task->destination,
                .max_number_of_messages_per_second = task->rate,
                .approximate_number_of_messages_moved = task->moved,
                .approximate_number_of_messages_to_move = task->to_move,
                .failure_reason = task->failure,
                .started_timestamp = task->started,
        };
        if (!str_eq(task->status, SQS_TASK_RUNNING))
                return 0;
        return sqs_write_task_handle(call, task, &ret->task_handle);
}

int sqs_list_message_move_tasks(struct call *call, const struct sqs_list_message_move_tasks_in *in,
                                struct sqs_list_message_move_tasks_out *out)
{
        int64_t most = in->max_results.is_set ? in->max_results.value : 1;
        struct sqs_move_task_record tasks[KEPT + 1] = {};
        struct sqs_queue_record queue;
        struct sqs_name name;
        size_t count;
        int r = sqs_read_arn(call, in->source_arn, &name);

        if (most < 1 || most > KEPT)
                return sqs_bad_value(call, arena_printf(&call->arena, "%lld", (long long)most), "MaxResults",
                                     "Must be between 1 and 10.");
        if (r == 0)
                r = sqs_get_queue(call, &name, &queue);
        if (r == -ENOENT || r == -EINVAL)
                return no_source(call);
        TRY(r);
        TRY(list(call, in->source_arn, tasks, &count));
        out->results.items =
                arena_new_array(&call->arena, struct sqs_list_message_move_tasks_result_entry, count + 1);
        if (!out->results.items)
                return -ENOMEM;
        while (count > 0 && out->results.count < (size_t)most)
                TRY(tell(call, &tasks[--count], &out->results.items[out->results.count++]));
        out->results.is_set = true;
        return 0;
}
