/* DescribeExportTasks.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeExportTasks.html */
#include "services/logs/export.h"
#include "services/marker.h"

#define PAGE 50

static int show(struct call *call, const struct logs_export_task_record *task, struct logs_export_task *ret)
{
        struct logs_export_task_status *status = arena_new(&call->arena, struct logs_export_task_status);
        struct logs_export_task_execution_info *info =
                arena_new(&call->arena, struct logs_export_task_execution_info);

        if (!status || !info)
                return -ENOMEM;
        *status = (struct logs_export_task_status){.code = task->status, .message = task->message};
        *info = (struct logs_export_task_execution_info){.creation_time = task->created,
                                                         .completion_time = task->completed};
        *ret = (struct logs_export_task){
                .task_id = task->id,
                .task_name = task->name,
                .log_group_name = task->group_name,
                .from = task->from_ms,
                .to = task->to_ms,
                .destination = task->bucket,
                .destination_prefix = task->prefix,
                .status = status,
                .execution_info = info,
        };
        return 0;
}

static bool is_wanted(const struct logs_describe_export_tasks_in *in,
                      const struct logs_export_task_record *task)
{
        if (str_is_set(in->task_id) && !str_eq(in->task_id, task->id))
                return false;
        return !str_is_set(in->status_code) || str_eq(in->status_code, task->status);
}

/* The newest first. */
int logs_describe_export_tasks(struct call *call, const struct logs_describe_export_tasks_in *in,
                               struct logs_describe_export_tasks_out *out)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        const struct logs_export_task_record like = {.account = call->account, .region = call->region};
        size_t limit = in->limit.is_set ? (size_t)in->limit.value : PAGE;
        struct logs_export_task_record task = {};
        struct str after, place = STR_NONE;
        int r;

        TRY(logs_read_token(call, STR("export tasks"), in->next_token, &after));
        out->export_tasks.is_set = true;
        out->export_tasks.items = arena_new_array(&call->arena, struct logs_export_task, PAGE);
        if (!out->export_tasks.items)
                return -ENOMEM;
        TRY(record_scan_begin_down(&scan, call->txn, &call->arena, &logs_export_task_record_type,
                                   logs_export_task_by_created, &like, 2, after));
        while ((r = record_scan_next(&scan, &task)) == 0) {
                if (is_wanted(in, &task)) {
                        if (out->export_tasks.count == limit)
                                return marker_make(call, STR("export tasks"), place, &out->next_token);
                        TRY(show(call, &task, &out->export_tasks.items[out->export_tasks.count++]));
                }
                place = record_scan_token(&scan, &call->arena);
                task = (struct logs_export_task_record){};
        }
        return r == -ENOENT ? 0 : r;
}
