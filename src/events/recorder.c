#include "events/recorder.h"

#include "base/log.h"

#include <pthread.h>

#define WAIT_FOR_ROOM_MS 2000

/* Two buffers: one being filled, one being written. */
struct recorder {
        struct recorder_options options;
        pthread_mutex_t lock;
        pthread_cond_t changed;
        struct buf filling; /* 4 bytes of length, then the event, over and over */
        struct buf writing;
        bool is_writing;
        bool wants_at_once; /* a flush waits */
        int last_error;
        uint64_t added, written; /* events ever */
        uint64_t writing_count, filling_count;
        uint64_t failures;
        struct store_job job;
};

static struct recorder *of_job(struct store_job *job)
{
        return (struct recorder *)(void *)((char *)job - offsetof(struct recorder, job));
}

/* Takes the next length-prefixed event off the front of a buffer that this file filled. */
static struct str next_event(struct str *rest)
{
        uint32_t len;
        struct str event;

        memcpy(&len, rest->ptr, sizeof(len));
        event = str_part(*rest, sizeof(len), len);
        *rest = str_from(*rest, sizeof(len) + len);
        return event;
}

static void note(struct recorder *recorder, struct txn *txn, struct str encoded)
{
        struct event event;
        int r;

        if (!recorder->options.note || event_decode(encoded, &event) < 0 ||
            (event.use.len == 0 && event.trace.len == 0))
                return;
        r = recorder->options.note(txn, &event);
        if (r < 0) {
                losses_add(store_losses(recorder->options.store), LOSS_NOTES, 1);
                log_errno(LOG_WARNING, r, "what follows from an event was not noted", NULL);
        }
}

/* Encoded as events are, without a name. */
static bool is_note_alone(struct str encoded)
{
        struct event event;

        return event_decode(encoded, &event) == 0 && event.name.len == 0;
}

static int write_batch(struct store_job *job, struct txn *txn)
{
        struct recorder *recorder = of_job(job);

        for (struct str rest = buf_str(&recorder->writing); rest.len;) {
                struct str event = next_event(&rest);

                if (!is_note_alone(event))
                        TRY(outbox_append(txn, event));
                note(recorder, txn, event);
        }
        return 0;
}

/* With the lock held: hands what was gathered to the store. */
static void start_write(struct recorder *recorder)
{
        struct buf empty = recorder->writing;

        if (recorder->writing_count == 0) { /* else: a batch that failed is tried again as it is */
                buf_clear(&empty);
                recorder->writing = recorder->filling;
                recorder->writing_count = recorder->filling_count;
                recorder->filling = empty;
                recorder->filling_count = 0;
        }
        recorder->is_writing = true;
        recorder->job.is_lazy = !recorder->wants_at_once;
        store_submit(recorder->options.store, &recorder->job);
}

static void batch_done(struct store_job *job, int result)
{
        struct recorder *recorder = of_job(job);

        pthread_mutex_lock(&recorder->lock);
        recorder->is_writing = false;
        recorder->last_error = result;
        if (result < 0) {
                recorder->failures++;
        } else {
                recorder->written += recorder->writing_count;
                recorder->writing_count = 0;
        }
        /* After a failure the next event or flush tries again: no busy loop on a full disk. */
        if (result == 0 && recorder->filling_count > 0)
                start_write(recorder);
        pthread_cond_broadcast(&recorder->changed);
        pthread_mutex_unlock(&recorder->lock);
        if (result < 0)
                log_errno(LOG_ERROR, result, "events could not be recorded; they are kept and tried again",
                          NULL);
}

int recorder_new(const struct recorder_options *options, struct recorder **ret)
{
        struct recorder *recorder = calloc(1, sizeof(*recorder));
        pthread_condattr_t monotonic;

        if (!recorder)
                return -ENOMEM;
        recorder->options = *options;
        pthread_mutex_init(&recorder->lock, NULL);
        pthread_condattr_init(&monotonic);
        pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
        pthread_cond_init(&recorder->changed, &monotonic);
        pthread_condattr_destroy(&monotonic);
        buf_init(&recorder->filling, options->max_bytes);
        buf_init(&recorder->writing, options->max_bytes);
        recorder->job = (struct store_job){.run = write_batch, .done = batch_done};
        *ret = recorder;
        return 0;
}

void recorder_free(struct recorder *recorder)
{
        int r;

        if (!recorder)
                return;
        r = recorder_flush(recorder);
        if (r < 0)
                log_errno(LOG_ERROR, r, "events were lost at the stop", NULL);
        pthread_cond_destroy(&recorder->changed);
        pthread_mutex_destroy(&recorder->lock);
        buf_done(&recorder->filling);
        buf_done(&recorder->writing);
        free(recorder);
}

static bool is_full(const struct recorder *recorder)
{
        return recorder->filling.len >= recorder->options.max_bytes / 2;
}

static struct timespec in_ms(long ms)
{
        struct timespec until;

        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += ms % 1000 * 1000000L;
        until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        return until;
}

bool recorder_has_room(struct recorder *recorder)
{
        struct timespec until;
        bool has_room;
        int r = 0;

        pthread_mutex_lock(&recorder->lock);
        if (is_full(recorder)) {
                until = in_ms(WAIT_FOR_ROOM_MS);
                while (is_full(recorder) && recorder->is_writing && recorder->last_error == 0 && r == 0)
                        r = pthread_cond_timedwait(&recorder->changed, &recorder->lock, &until);
        }
        has_room = !is_full(recorder);
        pthread_mutex_unlock(&recorder->lock);
        return has_room;
}

int recorder_add(struct recorder *recorder, struct str encoded)
{
        uint32_t len = (uint32_t)encoded.len;
        size_t before;
        int r = 0;

        pthread_mutex_lock(&recorder->lock);
        before = recorder->filling.len;
        buf_add_bytes(&recorder->filling, &len, sizeof(len));
        buf_add(&recorder->filling, encoded);
        if (encoded.len > UINT32_MAX || recorder->filling.failed) {
                recorder->filling.len = before;
                recorder->filling.failed = false;
                r = -ENOSPC;
        } else {
                recorder->filling_count++;
                recorder->added++;
        }
        if (!recorder->is_writing && recorder->written < recorder->added)
                start_write(recorder);
        pthread_mutex_unlock(&recorder->lock);
        return r;
}

int recorder_add_note(struct recorder *recorder, int64_t time_ms, struct str text)
{
        const struct event event = {.time_ms = time_ms, .use = text};
        _cleanup_(buf_done) struct buf encoded = {};

        buf_init(&encoded, recorder->options.max_bytes);
        event_encode(&event, &encoded);
        TRY(buf_check(&encoded));
        return recorder_add(recorder, buf_str(&encoded));
}

int recorder_flush(struct recorder *recorder)
{
        uint64_t target;
        bool has_tried = false;
        int r = 0;

        pthread_mutex_lock(&recorder->lock);
        target = recorder->added;
        recorder->wants_at_once = true;
        while (recorder->written < target) {
                if (!recorder->is_writing) {
                        if (has_tried && recorder->last_error < 0) {
                                r = recorder->last_error;
                                break;
                        }
                        start_write(recorder);
                        has_tried = true;
                }
                pthread_cond_wait(&recorder->changed, &recorder->lock);
        }
        recorder->wants_at_once = false;
        pthread_mutex_unlock(&recorder->lock);
        return r;
}

void recorder_get_stats(struct recorder *recorder, struct recorder_stats *ret)
{
        pthread_mutex_lock(&recorder->lock);
        *ret = (struct recorder_stats){
                .waiting_bytes =
                        recorder->filling.len + (recorder->writing_count ? recorder->writing.len : 0),
                .recorded = recorder->written,
                .failures = recorder->failures,
        };
        pthread_mutex_unlock(&recorder->lock);
}
