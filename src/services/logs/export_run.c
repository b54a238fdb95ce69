/* Export tasks at work: a file at a time, written before the transaction in which it counts. */
#include "services/logs/export.h"
#include "services/s3/directory.h"

struct exporting {
        struct export_file file;
        bool is_made, is_refused; /* KMS, or the group is gone */
};

static int find_task(struct call *call, struct str id, struct logs_export_task_record *ret)
{
        *ret = (struct logs_export_task_record){.id = arena_dup(&call->arena, id)};
        TRY(call_get(call, &logs_export_task_record_type, ret));
        ret->account = call->account = arena_dup(&call->arena, ret->account);
        ret->region = call->region = arena_dup(&call->arena, ret->region);
        ret->bucket = arena_dup(&call->arena, ret->bucket);
        ret->prefix = arena_dup(&call->arena, ret->prefix);
        ret->group_name = arena_dup(&call->arena, ret->group_name);
        ret->stream = arena_dup(&call->arena, ret->stream);
        return 0;
}

/* The rest of what was read in the snapshot is gone with it. */
static void go_on_behind(struct logs_export_task_record *task, const struct logs_export_task_record *after)
{
        task->stream = after->stream;
        task->stream_done = after->stream_done;
        task->part = after->part;
        task->next_ms = after->next_ms;
        task->next_sequence = after->next_sequence;
}

static int deliver(struct call *call, const struct logs_export_task_record *task, struct str key,
                   struct str body)
{
        const struct s3_delivery delivery = {
                .service = export_service(call, task->region),
                .source_arn = export_source(call, task),
                .source_account = task->account,
                .bucket = task->bucket,
                .key = key,
                .body = body,
                .acl = EXPORT_ACL,
        };

        return s3_deliver(call, &delivery);
}

int logs_export_events_prepare(struct call *call, struct str subject)
{
        struct exporting *exporting = arena_new(&call->arena, struct exporting);
        struct logs_export_task_record task;
        int r = find_task(call, subject, &task);

        if (!exporting)
                return -ENOMEM;
        call->prepared = exporting;
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        if (!str_eq(task.status, EXPORT_RUNNING))
                return 0;
        r = export_make_file(call, &task, &exporting->file);
        exporting->is_refused = r == -ECALL || r == -ENOENT;
        exporting->is_made = r == 0;
        if (r == 0 && exporting->file.body.len)
                r = deliver(call, &task, exporting->file.key, exporting->file.body);
        if (r == -ECALL)
                call_forgive(call);
        return r == -ECALL || r == -ENOENT ? 0 : r;
}

/* -- In the transaction */

static int give_up(struct call *call, struct logs_export_task_record *task, const char *what)
{
        call_forgive(call);
        TRY(export_end(call, task, EXPORT_FAILED,
                       arena_printf(&call->arena,
                                    "%s failed. Please check if CloudWatch Logs has been granted "
                                    "permission to perform this operation.",
                                    what)));
        return 1;
}

/* What AWS leaves in the bucket when it has proved that it may write. */
static int prove(struct call *call, struct logs_export_task_record *task)
{
        int r = deliver(call, task, export_proof_key(call, task), STR("Permission Check Successful"));

        if (r == -ECALL)
                return give_up(call, task, "PutObject call on the given bucket");
        TRY(r);
        task->status = EXPORT_RUNNING;
        TRY(export_set_timer(call, task->id));
        TRY(call_put(call, &logs_export_task_record_type, task));
        return 1;
}

static int step(struct call *call, struct logs_export_task_record *task, const struct exporting *exporting)
{
        int r = 0;

        if (exporting->is_refused)
                return give_up(call, task, "Reading of the log group");
        if (!exporting->is_made) /* it was not running when it was looked at */
                return -EAGAIN;
        if (exporting->file.body.len)
                r = deliver(call, task, exporting->file.key, exporting->file.body);
        if (r == -ECALL)
                return give_up(call, task, "PutObject call on the given bucket");
        TRY(r);
        go_on_behind(task, &exporting->file.after);
        if (exporting->file.is_last)
                TRY(export_end(call, task, EXPORT_COMPLETED, STR("Completed successfully")));
        else {
                TRY(export_set_timer(call, task->id));
                TRY(call_put(call, &logs_export_task_record_type, task));
        }
        return 1;
}

int logs_export_events_due(struct call *call, struct str subject)
{
        const struct exporting *exporting = call->prepared;
        struct logs_export_task_record task;
        int r = find_task(call, subject, &task);

        if (r < 0)
                return r == -ENOENT ? 1 : r;
        if (str_eq(task.status, EXPORT_PENDING))
                return prove(call, &task);
        return str_eq(task.status, EXPORT_RUNNING) ? step(call, &task, exporting) : 1;
}
