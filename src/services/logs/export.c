#include "services/logs/export.h"

#include "base/ids.h"
#include "events/timers.h"
#include "services/logs/data_key.h"
#include "services/s3/directory.h"
#include "wire/wire.h"

#define KEPT_MS    (30 * MS_PER_DAY)
#define PREFIX_MAX 512

int export_set_timer(struct call *call, struct str id)
{
        const struct timer timer = {.due_ms = call->now_ms,
                                    .name = STR("logs.ExportEvents"),
                                    .subject = id,
                                    .lane = TIMER_LONG,
                                    .owner = call->account};

        return timer_set(call->txn, &timer);
}

struct str export_service(struct call *call, struct str region)
{
        return arena_printf(&call->arena, "logs.%.*s.amazonaws.com", STR_ARG(region));
}

struct str export_source(struct call *call, const struct logs_export_task_record *task)
{
        return logs_arn(call, task->account, task->region,
                        arena_printf(&call->arena, "log-group:%.*s", STR_ARG(task->group_name)));
}

struct str export_proof_key(struct call *call, const struct logs_export_task_record *task)
{
        return arena_printf(&call->arena, "%.*s/aws-logs-write-test", STR_ARG(task->prefix));
}

int export_end(struct call *call, struct logs_export_task_record *task, struct str status, struct str message)
{
        const struct logs_active_export_record active = {.account = task->account, .region = task->region};
        const struct timer drop = {
                .due_ms = call->now_ms + KEPT_MS, .name = STR("logs.DropExport"), .subject = task->id};
        int r = call_delete(call, &logs_active_export_record_type, &active);

        if (r < 0 && r != -ENOENT)
                return r;
        task->status = status;
        task->message = message;
        task->completed = OPT_INT(call->now_ms);
        TRY(timer_set(call->txn, &drop));
        return call_put(call, &logs_export_task_record_type, task);
}

/* -- Whether the bucket lets it in */

static int ask_acl(struct call *call, const struct logs_export_task_record *task)
{
        const struct s3_get_bucket_acl_in in = {.bucket = task->bucket};
        struct str service = export_service(call, task->region);
        const struct http_request request = {.source_ip = service,
                                             .tls_version = STR("TLSv1.3"),
                                             .tls_cipher = STR("TLS_AES_256_GCM_SHA384")};
        const struct call_by_service by = {
                .principal = service,
                .source_arn = export_source(call, task),
                .source_account = task->account,
                .request = &request,
        };
        struct s3_get_bucket_acl_out out;

        return call->as_service(call, &by, wire_find_operation(&s3_service, STR("GetBucketAcl")), &in, &out);
}

/* AWS's words, of a service's permission and the client's alike. */
static int not_granted(struct call *call, const char *what)
{
        call_forgive(call);
        return call_invalid(call,
                            "%s call on the given bucket failed. Please check if CloudWatch Logs has been "
                            "granted permission to perform this operation.",
                            what);
}

/* "You must use credentials that have permission to write to the S3 bucket that you specify as the
 * destination": else whoever may export could write into any bucket that takes exports of the account. */
static int ask_caller(struct call *call, const struct logs_export_task_record *task)
{
        const struct s3_delivery delivery = {
                .bucket = task->bucket, .key = export_proof_key(call, task), .acl = EXPORT_ACL};
        int r = s3_ask_delivery(call, &delivery);

        return r == -ECALL ? not_granted(call, "PutObject") : r;
}

/* "The bucket must be in the same AWS Region." */
static int check_bucket(struct call *call, const struct logs_export_task_record *task)
{
        struct str region, owner;
        int r = s3_find_bucket(call->txn, &call->arena, task->bucket, &region, &owner);

        if (r == -ENOENT)
                return call_invalid(call, "The given bucket does not exist. Please check the destination.");
        TRY(r);
        if (!str_eq(region, task->region))
                return call_invalid(call, "The given bucket is in another region than the log group.");
        r = ask_acl(call, task);
        if (r == -ECALL)
                return not_granted(call, "GetBucketAcl");
        TRY(r);
        return ask_caller(call, task);
}

/* -- The operations */

static int check_times(struct call *call, const struct logs_create_export_task_in *in,
                       const struct logs_log_group_record *group)
{
        if (in->from.value > in->to.value)
                return call_invalid(call, "The to parameter must not be earlier than from.");
        if (in->to.value < group->created.value)
                return call_invalid(
                        call, "You must specify a time that is not earlier than when this log group was "
                              "created.");
        return in->destination_prefix.len > PREFIX_MAX
                       ? call_invalid(call, "The destinationPrefix is too long.")
                       : 0;
}

/* "Each account can only have one active (RUNNING or PENDING) export task at a time." */
static int begin(struct call *call, const struct logs_export_task_record *task)
{
        const struct logs_active_export_record active = {
                .account = task->account, .region = task->region, .task = task->id};
        int r = call_insert(call, &logs_active_export_record_type, &active);

        if (r == -EEXIST)
                return fail(call, &logs_limit_exceeded_exception, "Resource limit exceeded.");
        TRY(r);
        TRY(export_set_timer(call, task->id));
        return call_insert(call, &logs_export_task_record_type, task);
}

int logs_create_export_task(struct call *call, const struct logs_create_export_task_in *in,
                            struct logs_create_export_task_out *out)
{
        struct logs_export_task_record task = {
                .id = id_uuid(&call->arena),
                .account = call->account,
                .region = call->region,
                .name = in->task_name,
                .group_name = in->log_group_name,
                .stream_prefix = in->log_stream_name_prefix,
                .from_ms = in->from,
                .to_ms = in->to,
                .bucket = in->destination,
                .prefix = in->destination_prefix.len ? in->destination_prefix : STR("exportedlogs"),
                .status = EXPORT_PENDING,
                .keys_asked = OPT_BOOL(true),
                .created = OPT_INT(call->now_ms),
        };
        struct logs_log_group_record group;

        TRY(logs_need_group(call, in->log_group_name, &group));
        TRY(check_times(call, in, &group));
        TRY(logs_ask_keys(call, &group, &task.keys));
        TRY(check_bucket(call, &task));
        task.group = group.number;
        out->task_id = task.id;
        return begin(call, &task);
}

int logs_cancel_export_task(struct call *call, const struct logs_cancel_export_task_in *in,
                            struct logs_cancel_export_task_out *out)
{
        struct logs_export_task_record task = {.id = in->task_id};
        int r = call_get(call, &logs_export_task_record_type, &task);

        (void)out;
        if (r == -ENOENT ||
            (r == 0 && (!str_eq(task.account, call->account) || !str_eq(task.region, call->region))))
                return fail(call, &logs_resource_not_found_exception,
                            "The specified export task does not exist.");
        TRY(r);
        if (!str_eq(task.status, EXPORT_PENDING) && !str_eq(task.status, EXPORT_RUNNING))
                return fail(call, &logs_invalid_operation_exception,
                            "The specified export task has already finished");
        return export_end(call, &task, EXPORT_CANCELLED, STR("Cancelled by user"));
}

int logs_drop_export_due(struct call *call, struct str subject)
{
        const struct logs_export_task_record task = {.id = subject};
        int r = call_delete(call, &logs_export_task_record_type, &task);

        return r < 0 && r != -ENOENT ? r : 1;
}
