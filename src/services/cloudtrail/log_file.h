/* A log file: events that wait, put together.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html */
#pragma once

#include "crypto/hash.h"
#include "services/cloudtrail/stream.h"

struct log_file {
        int64_t *orders; /* of its events */
        size_t count;
        int64_t newest_ms, oldest_ms;
        int64_t *times_ms;
        bool is_insight;           /* they are of Insights, all or none */
        char hash[2 * SHA256_LEN]; /* of what is compressed in it */
        struct str body;
};

/* As many as one may hold, the oldest first; compressed. */
must_check int log_file_make(struct call *call, const struct cloudtrail_stream_record *stream,
                             struct log_file *ret);
/* "PREFIX/AWSLogs/ACCOUNT/CloudTrail/REGION/2026/01/31/ACCOUNT_CloudTrail_REGION_20260131T1200Z_0123456789abcdEF.json.gz"
 */
/* Of Insights: "CloudTrail-Insight" in place of "CloudTrail". */
struct str log_file_key(struct call *call, const struct trail_target *target, struct str region,
                        bool is_insight);
/* "20260131T120000Z" of "2026-01-31T12:00:00Z", and "2026/01/31" */
struct str log_file_stamp(struct arena *arena, int64_t time_ms);
struct str log_file_day(struct arena *arena, int64_t time_ms);
