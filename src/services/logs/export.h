/* Export tasks: the events of a group in files of a bucket.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3Export.html */
#pragma once

#include "services/logs/logs.h"

#define EXPORT_PENDING   STR("PENDING")
#define EXPORT_RUNNING   STR("RUNNING")
#define EXPORT_COMPLETED STR("COMPLETED")
#define EXPORT_CANCELLED STR("CANCELLED")
#define EXPORT_FAILED    STR("FAILED")

must_check int export_set_timer(struct call *call, struct str id);
/* One that was active is so no more. */
must_check int export_end(struct call *call, struct logs_export_task_record *task, struct str status,
                          struct str message);
struct str export_service(struct call *call, struct str region); /* "logs.us-east-1.amazonaws.com" */
struct str export_source(struct call *call, const struct logs_export_task_record *task); /* the group's ARN */
/* "aws-logs-write-test" in front of what is exported: by it is found out whether the bucket takes anything.
 */
struct str export_proof_key(struct call *call, const struct logs_export_task_record *task);
#define EXPORT_ACL STR("bucket-owner-full-control")

/* A file, and where the task stands behind it. */
struct export_file {
        struct str key, body;
        struct logs_export_task_record after;
        bool is_last; /* nothing follows; without a body: there is not even this file */
};
must_check int export_make_file(struct call *call, const struct logs_export_task_record *task,
                                struct export_file *ret);
