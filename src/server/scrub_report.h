/* What a scrub found, as lines of its job and as a summary. */
#pragma once

#include "server/job.h"
#include "services/s3/roll.h"

struct scrub_report {
        struct job *job;
        uint64_t bodies, proven, damaged, unproven, gone, orphans;
        uint64_t records; /* that could not be read */
};

/* Of one body, gathered over its pieces. */
struct scrub_verdict {
        const char *fault; /* the first; NULL: there is none */
        int64_t number;    /* of the piece that has it; 0: the body has one piece, or all of it is meant */
        uint64_t more;     /* pieces with faults */
        bool is_unproven, is_gone;
};
void scrub_verdict_fault(struct scrub_verdict *verdict, const char *fault, int64_t number);

void scrub_report_item(struct scrub_report *report, const struct s3_roll_item *item,
                       const struct scrub_verdict *verdict);
void scrub_report_records(struct scrub_report *report, struct str bucket, size_t count);
/* A part of an account's event history, that of up to then. */
void scrub_report_history(struct scrub_report *report, const char *what, struct str account,
                          struct str region, int64_t time_ms);
void scrub_report_orphan(struct scrub_report *report, struct blob_id id);
/* Ends the job. */
void scrub_report_end(struct scrub_report *report, struct job *job, int result);
