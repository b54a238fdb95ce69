/* Each page of rows, and each body's pieces, are read in a snapshot of their own, which is given back before
 * any file is read: no snapshot lives for long. What seems damaged is therefore looked at once more in a new
 * one, with its records as they are then: it may have been deleted, replaced or sealed anew. A file goes only
 * after the transaction in which its record went, so what is still damaged then is. */
#include "server/scrub.h"

#include "server/orphans.h"
#include "server/scrub_report.h"
#include "services/cloudtrail/history_examination.h"
#include "services/s3/examination.h"

#include <sys/resource.h>
#include <unistd.h>

#define LOOK_MEMORY ((size_t)16 * 1024 * 1024)
#define PAGE_MEMORY ((size_t)4 * 1024 * 1024)
#define ITEM_MEMORY                                                                                          \
        ((size_t)64 * 1024 * 1024)    /* pieces of S3_ROLL_PIECES, and twice; or events of 50 blocks */
#define PAUSE_LEAST  INT64_C(5000000) /* ns */
#define BURST_NS     INT64_C(1000000000)
#define NICENESS     10
#define RECORD_FAULT "a record of it cannot be read"
#define LENGTH_FAULT "its parts are not as long, or not as many, as its record says"

struct scrub {
        struct server *server;
        struct job *job;
        struct scrub_report report;

        uint64_t rate; /* bytes a second */
        int64_t since_ns;
        uint64_t read; /* since then */

        struct s3_roll_place place;
        struct s3_roll page;
        struct arena page_arena;

        /* The item that is being examined. */
        struct s3_roll_item *item;
        struct arena arena; /* of its pieces, and of rows of the event history */
        struct history_examination history;
        struct s3_piece_record pieces[S3_ROLL_PIECES], *piece;
        size_t count;
        int64_t behind, size, piece_count, seen;
        struct scrub_verdict verdict;
};

static int in_snapshot(struct scrub *scrub, int (*look)(struct scrub *scrub, struct call *call))
{
        struct call call;
        struct txn *txn;
        int r;

        TRY(store_read_begin(scrub->server->store, &txn));
        call_init(&call, &scrub->server->host, LOOK_MEMORY);
        call_enter(&call, txn);
        r = look(scrub, &call);
        call_done(&call);
        store_read_end(txn);
        return r;
}

/* -- The pace */

static int pause_after(void *arg, size_t bytes)
{
        struct scrub *scrub = arg;
        int64_t now = clock_monotonic_ns(), due;

        scrub->job->bytes += bytes;
        scrub->read += bytes;
        due = scrub->since_ns + (int64_t)((double)scrub->read / (double)scrub->rate * 1e9);
        if (now - due > BURST_NS) { /* what was not read in time is not made up for */
                scrub->since_ns = now;
                scrub->read = 0;
        }
        return job_pause(scrub->job, due - now > PAUSE_LEAST ? (due - now) / 1000000 : 0);
}

/* -- Piece by piece */

static int look_again(struct scrub *scrub, struct call *call)
{
        return s3_roll_again(call, scrub->item, &scrub->page_arena, scrub->piece, &scrub->arena);
}

static int examine_twice(struct scrub *scrub, struct s3_examination *exam)
{
        int r;

        TRY(s3_examine_piece(exam, scrub->item, scrub->piece));
        if (!exam->fault)
                return 0;
        r = in_snapshot(scrub, look_again);
        if (r == 0)
                return s3_examine_piece(exam, scrub->item, scrub->piece);
        exam->fault = r == -EBADMSG ? RECORD_FAULT : NULL;
        return r == -ENOENT || r == -EBADMSG ? 0 : r;
}

static int examine_piece(struct scrub *scrub)
{
        struct s3_examination exam = {
                .host = &scrub->server->host, .arena = &scrub->arena, .pause = pause_after, .arg = scrub};

        TRY(examine_twice(scrub, &exam));
        if (exam.fault)
                scrub_verdict_fault(&scrub->verdict, exam.fault,
                                    scrub->piece_count > 1 ? scrub->piece->number.value : 0);
        if (!exam.is_proven)
                scrub->verdict.is_unproven = true;
        return 0;
}

static int look_at_pieces(struct scrub *scrub, struct call *call)
{
        return s3_roll_pieces(call, scrub->item, scrub->behind, &scrub->arena, scrub->pieces, &scrub->count);
}

static int examine_pieces(struct scrub *scrub)
{
        do {
                arena_reset(&scrub->arena);
                TRY(in_snapshot(scrub, look_at_pieces));
                for (size_t i = 0; i < scrub->count; i++) {
                        scrub->piece = &scrub->pieces[i];
                        scrub->behind = scrub->piece->number.value;
                        scrub->seen++;
                        TRY(examine_piece(scrub));
                }
        } while (scrub->count == S3_ROLL_PIECES);
        return 0;
}

/* -- Body by body */

static int look_at_length(struct scrub *scrub, struct call *call)
{
        return s3_roll_measure(call, scrub->item, &scrub->page_arena, &scrub->size, &scrub->piece_count);
}

static bool has_right_length(const struct scrub *scrub)
{
        const struct s3_object_record *row = &scrub->item->row;

        return scrub->item->is_upload ||
               (scrub->size == row->size.value &&
                scrub->piece_count == (row->part_count.is_set ? row->part_count.value : 1));
}

/* -ENOENT: it went. */
static int examine_body(struct scrub *scrub)
{
        scrub->verdict = (struct scrub_verdict){};
        scrub->behind = scrub->seen = scrub->piece_count = 0;
        TRY(in_snapshot(scrub, look_at_length));
        if (!has_right_length(scrub))
                scrub_verdict_fault(&scrub->verdict, LENGTH_FAULT, 0);
        TRY(examine_pieces(scrub));
        return scrub->seen < scrub->piece_count && !scrub->verdict.fault ? in_snapshot(scrub, look_at_length)
                                                                         : 0;
}

static int examine_item(struct scrub *scrub, struct s3_roll_item *item)
{
        int r;

        scrub->item = item;
        r = examine_body(scrub);
        if (r == -EBADMSG)
                scrub_verdict_fault(&scrub->verdict, RECORD_FAULT, 0);
        else if (r == -ENOENT && !scrub->verdict.fault)
                scrub->verdict.is_gone = true;
        else if (r < 0 && r != -ENOENT)
                return r;
        scrub_report_item(&scrub->report, item, &scrub->verdict);
        scrub->job->things++;
        return 0;
}

/* -- Page by page */

static int look_at_page(struct scrub *scrub, struct call *call)
{
        return s3_roll_next(call, &scrub->place, &scrub->page_arena, &scrub->page);
}

static int count_page(struct scrub *scrub, struct call *call)
{
        TRY(look_at_page(scrub, call));
        for (size_t i = 0; i < scrub->page.count; i++) {
                scrub->item = &scrub->page.items[i];
                scrub->size = scrub->item->row.size.value;
                if (scrub->item->is_upload && look_at_length(scrub, call) < 0)
                        continue;
                scrub->job->bytes_total += (uint64_t)scrub->size;
        }
        scrub->job->things_total += scrub->page.count;
        return 0;
}

static int examine_page(struct scrub *scrub)
{
        if (scrub->page.damaged)
                scrub_report_records(&scrub->report, scrub->page.bucket, scrub->page.damaged);
        for (size_t i = 0; i < scrub->page.count; i++)
                TRY(examine_item(scrub, &scrub->page.items[i]));
        return 0;
}

static int walk(struct scrub *scrub, int (*look)(struct scrub *scrub, struct call *call),
                int (*work)(struct scrub *scrub))
{
        scrub->place = (struct s3_roll_place){};
        while (!scrub->place.is_end) {
                arena_reset(&scrub->page_arena);
                TRY(in_snapshot(scrub, look));
                TRY(job_pause(scrub->job, 0));
                if (work)
                        TRY(work(scrub));
        }
        return 0;
}

static int found_orphan(void *arg, struct blob_id id)
{
        struct scrub *scrub = arg;

        scrub_report_orphan(&scrub->report, id);
        return job_pause(scrub->job, 0);
}

/* -- The event history */

static void found_damage(void *arg, const char *what, struct str account, struct str region, int64_t time_ms)
{
        struct scrub *scrub = arg;

        scrub_report_history(&scrub->report, what, account, region, time_ms);
}

static int look_at_history(struct scrub *scrub, struct call *call)
{
        return history_examine(&scrub->history, call->txn, &scrub->arena);
}

static int walk_history(struct scrub *scrub)
{
        scrub->history = (struct history_examination){.damaged = found_damage, .arg = scrub};
        while (!scrub->history.is_end) {
                arena_reset(&scrub->arena);
                TRY(in_snapshot(scrub, look_at_history));
                TRY(job_pause(scrub->job, 0));
        }
        return 0;
}

static int scrub_all(struct scrub *scrub)
{
        TRY(walk(scrub, count_page, NULL));
        scrub->since_ns = clock_monotonic_ns();
        TRY(walk(scrub, look_at_page, examine_page));
        TRY(walk_history(scrub));
        return orphans_each(scrub->server, found_orphan, scrub);
}

static void work(struct job *job, void *arg)
{
        struct scrub *scrub = arg;
        int r;

        (void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICENESS);
        arena_init(&scrub->page_arena, PAGE_MEMORY);
        arena_init(&scrub->arena, ITEM_MEMORY);
        r = scrub_all(scrub);
        arena_done(&scrub->arena);
        arena_done(&scrub->page_arena);
        scrub_report_end(&scrub->report, job, r);
        free(scrub);
}

int scrub_begin(struct server *server, uint64_t bytes_a_second)
{
        struct scrub *scrub = calloc(1, sizeof(*scrub));
        int r;

        if (!scrub)
                return -ENOMEM;
        scrub->server = server;
        scrub->job = scrub->report.job = &server->scrub;
        scrub->rate = bytes_a_second < SCRUB_RATE_LEAST ? SCRUB_RATE_LEAST : bytes_a_second;
        r = job_begin(&server->scrub, work, scrub);
        if (r < 0)
                free(scrub);
        return r;
}
