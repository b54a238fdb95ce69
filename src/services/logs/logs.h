/* What the files of this folder share: groups and streams by their names, and what is said of those that are
 * not there. */
#pragma once

#include "api/logs.h"
#include "services/call.h"
#include "store/record.h"

/* An upload, counted as AWS counts: "plus 26 bytes for each log event". */
#define LOGS_BATCH_BYTES    INT64_C(1048576)
#define LOGS_BATCH_EVENTS   10000
#define LOGS_EVENT_OVERHEAD INT64_C(26)

/* What is meant by a name or an ARN. */
struct logs_name {
        struct str account, region, group;
        bool is_arn;
};

/* A name, or "arn:aws:logs:REGION:ACCOUNT:log-group:NAME" with or without ":*". -EINVAL: an ARN of something
 * else. */
must_check int logs_read_name(struct call *call, struct str text, struct logs_name *ret);
/* Of an operation that takes either. -ECALL: none is given, or both. */
must_check int logs_read_either(struct call *call, struct str name, struct str identifier,
                                struct logs_name *ret);

/* "arn:aws:logs:us-east-1:111122223333:log-group:NAME" */
struct str logs_group_arn(struct call *call, const struct logs_log_group_record *group);
struct str logs_arn(struct call *call, struct str account, struct str region, struct str resource);

/* -ENOENT */
must_check int logs_find_group(struct call *call, const struct logs_name *name,
                               struct logs_log_group_record *ret);
/* ResourceNotFoundException */
must_check int logs_need_group(struct call *call, struct str name, struct logs_log_group_record *ret);
must_check int logs_need_either(struct call *call, struct str name, struct str identifier,
                                struct logs_log_group_record *ret);
must_check int logs_find_stream(struct call *call, int64_t group, struct str name,
                                struct logs_log_stream_record *ret);
must_check int logs_need_stream(struct call *call, int64_t group, struct str name,
                                struct logs_log_stream_record *ret);
must_check int logs_no_group(struct call *call);

/* Classes of groups. "Log classes":
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html */
#define LOGS_STANDARD   STR("STANDARD")
#define LOGS_INFREQUENT STR("INFREQUENT_ACCESS")
#define LOGS_DELIVERY   STR("DELIVERY")

/* The class of the group does not have this operation. */
must_check int logs_refuse_class(struct call *call, const struct logs_log_group_record *group,
                                 const struct api_error *error);
/* Of a group that is there; zeroes when nothing has come yet. */
must_check int logs_get_tally(struct call *call, int64_t group, struct logs_tally_record *ret);

/* A number that was never given before, of "groups", "streams", "keys". */
must_check int logs_next_number(struct call *call, struct str of, int64_t *ret);

/* Where a list goes on. -ECALL: not a token of this list. */
must_check int logs_read_token(struct call *call, struct str subject, struct str token,
                               struct str *ret_place);

/* Checks tags, and adds them to those of the group. too_many: what the operation says of more than a group
 * can have; TooManyTagsException is not known to all of them. */
must_check int logs_add_tags(struct call *call, const struct str_map *given, const struct api_error *too_many,
                             struct str_map *tags);

/* Timers. */
must_check int logs_set_timer(struct call *call, struct str name, int64_t due_ms, int64_t number);

/* -- Retention */

/* Events before this have expired; INT64_MIN: none has. */
int64_t logs_cutoff_ms(const struct call *call, const struct logs_log_group_record *group);
/* Sees to it that the timer of a group whose events expire is set; last: of what has just come. *tally is
 * changed, not stored. */
must_check int logs_await_expiry(struct call *call, const struct logs_log_group_record *group,
                                 int64_t last_ms, struct logs_tally_record *tally);
