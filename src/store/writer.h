/* The writer thread: takes the jobs that wait, runs each in a transaction nested in one, commits that once,
 * and then reports each. */
#pragma once

#include "store/engine.h"

/* Jobs of one commit at most: bounds how long the first of them waits and what a failed commit throws back.
 */
#define WRITER_BATCH_MAX 256

struct writer;

struct writer_counts {
        uint64_t commits, jobs, failed_commits, queue_length;
};

must_check int writer_start(struct engine *engine, struct writer **ret);
void writer_stop(struct writer *writer); /* runs what is queued, ends the thread, frees */
void writer_submit(struct writer *writer, struct store_job *job);
bool writer_is_this_thread(const struct writer *writer);
/* For store_turn() and its kin. */
uint64_t writer_turn(struct writer *writer);
void writer_nudge(struct writer *writer);
void writer_await_turn(struct writer *writer, uint64_t seen, int64_t ms);
void writer_count(struct writer *writer, struct writer_counts *ret);
