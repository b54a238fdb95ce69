/* The rules of a bucket's lifecycle at work: at each midnight all its versions are looked at, then its
 * uploads, a page in a transaction. A record says how far that has come, in the same transaction: what is
 * begun goes on after a crash, and nothing is done twice.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html
 *
 * These are no calls of the API: "Amazon S3 Lifecycle actions aren't captured by AWS CloudTrail object level
 * logging." https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-and-other-bucket-config.html */
#include "events/timers.h"
#include "services/s3/event.h"
#include "services/s3/access_log.h"
#include "services/s3/body.h"
#include "services/s3/lifecycle_page.h"

#define PIECES_MAX ((int64_t)1000) /* of bodies that go */

enum phase {
        PHASE_NONE,
        PHASE_VERSIONS,
        PHASE_UPLOADS,
};

/* -- The timer */

static struct timer timer_of(const struct s3_lifecycle_run_record *run)
{
        return (struct timer){
                .due_ms = run->due.value, .name = STR("s3.RunLifecycle"), .subject = run->bucket};
}

static int go_on(struct call *call, struct s3_lifecycle_run_record *run, int64_t due_ms)
{
        struct timer timer;

        run->due = OPT_INT(due_ms);
        timer = timer_of(run);
        TRY(timer_set(call->txn, &timer));
        return call_put(call, &s3_lifecycle_run_record_type, run);
}

/* Rules that change while they are at work: what is still to be looked at is under the new ones. */
int s3_start_lifecycle(struct call *call, struct str bucket)
{
        struct s3_lifecycle_run_record run = {.bucket = bucket};

        if (record_exists(call->txn, &s3_lifecycle_run_record_type, &run))
                return 0;
        return go_on(call, &run, s3_lifecycle_hour(call->now_ms, 0));
}

int s3_stop_lifecycle(struct call *call, struct str bucket)
{
        struct s3_lifecycle_run_record run = {.bucket = bucket};
        struct timer timer;
        int r = call_get(call, &s3_lifecycle_run_record_type, &run);

        if (r == -ENOENT)
                return 0;
        TRY(r);
        timer = timer_of(&run);
        TRY(timer_take_back(call->txn, &timer));
        return call_delete(call, &s3_lifecycle_run_record_type, &run);
}

/* -- Versions */

/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-and-other-bucket-config.html#lifecycle-general-considerations-logging
 */
static struct str logged_as(const struct s3_lifecycle_page *page, const struct s3_lifecycle_plan *plan)
{
        static const struct {
                struct str storage_class, name;
        } TRANSITIONS[] = {
                {STR_INIT("STANDARD_IA"), STR_INIT("S3.TRANSITION_SIA.OBJECT")},
                {STR_INIT("ONEZONE_IA"), STR_INIT("S3.TRANSITION_ZIA.OBJECT")},
                {STR_INIT("INTELLIGENT_TIERING"), STR_INIT("S3.TRANSITION_INT.OBJECT")},
                {STR_INIT("GLACIER_IR"), STR_INIT("S3.TRANSITION_GIR.OBJECT")},
                {STR_INIT("DEEP_ARCHIVE"), STR_INIT("S3.TRANSITION_GDA.OBJECT")},
        };

        if (plan->action == S3_LIFECYCLE_EXPIRE && s3_is_versioned(page->bucket))
                return STR("S3.CREATE.DELETEMARKER");
        if (plan->action == S3_LIFECYCLE_EXPIRE || plan->action == S3_LIFECYCLE_REMOVE)
                return STR("S3.EXPIRE.OBJECT");
        for (size_t i = 0; i < ARRAY_LEN(TRANSITIONS); i++)
                if (str_eq(plan->storage_class, TRANSITIONS[i].storage_class))
                        return TRANSITIONS[i].name;
        return STR("S3.TRANSITION.OBJECT");
}

static int expire(struct s3_lifecycle_page *page, const struct s3_lifecycle_item *item)
{
        struct s3_deleted deleted = {};

        TRY(s3_delete_newest(page->call, page->bucket, item->key, &deleted));
        if (!deleted.is_done)
                return 0;
        return s3_event(page->call, page->bucket, item->key, &deleted.row,
                        deleted.is_hidden ? S3_LIFECYCLE_EXPIRATION_MARKER : S3_LIFECYCLE_EXPIRATION_DELETE);
}

static int perform(struct s3_lifecycle_page *page, const struct s3_lifecycle_item *item,
                   const struct s3_lifecycle_plan *plan)
{
        struct s3_version version = {.row = item->row};
        enum s3_event_kind kind = S3_LIFECYCLE_TRANSITION;

        if (plan->action == S3_LIFECYCLE_EXPIRE)
                return expire(page, item);
        TRY(s3_place_find(page->call, page->space, item->key, &version.place));
        if (plan->action == S3_LIFECYCLE_REMOVE) {
                TRY(s3_remove_version(page->call, page->bucket, &version));
                kind = S3_LIFECYCLE_EXPIRATION_DELETE;
        } else {
                version.row.storage_class = plan->storage_class;
                TRY(s3_row_put(page->call, &version.place, &version.row));
        }
        return s3_event(page->call, page->bucket, item->key, &version.row, kind);
}

/* What is locked stays, without having been touched, until another midnight. */
static int perform_unlocked(struct s3_lifecycle_page *page, struct s3_lifecycle_item *item,
                            struct s3_lifecycle_plan *plan)
{
        struct call *call = page->call;
        int r = perform(page, item, plan);

        if (r == 0)
                return s3_log_own_action(call, page->bucket, logged_as(page, plan), item->key, &item->row);
        if (r != -ECALL)
                return r;
        call_forgive(call);
        *plan = (struct s3_lifecycle_plan){};
        return 0;
}

static int64_t pieces_of(const struct s3_lifecycle_item *item)
{
        return item->row.part_count.is_set ? item->row.part_count.value : 1;
}

static int do_version(struct s3_lifecycle_page *page, struct s3_lifecycle_item *item, int64_t *pieces)
{
        struct s3_lifecycle_run_record *run = page->run;
        const struct s3_aged aged = {
                .key = item->key,
                .row = &item->row,
                .is_current = item->is_first,
                .is_only = item->is_first && item->is_last,
                .since = item->is_first ? 0 : run->since.value,
                .newer = item->is_first ? 0 : run->newer.value,
        };
        struct s3_lifecycle_plan plan =
                s3_plan_lifecycle(page->lifecycle, page->bucket, &aged, page->call->now_ms);

        if (plan.action != S3_LIFECYCLE_STAY)
                TRY(perform_unlocked(page, item, &plan));
        if (plan.action == S3_LIFECYCLE_REMOVE || plan.action == S3_LIFECYCLE_EXPIRE)
                *pieces += pieces_of(item);
        run->since = item->row.modified;
        run->newer = OPT_INT(aged.newer + (!aged.is_current && plan.action != S3_LIFECYCLE_REMOVE));
        return 0;
}

static int do_versions(struct s3_lifecycle_page *page)
{
        int64_t pieces = 0;

        while (page->done < page->count && pieces < PIECES_MAX)
                TRY(do_version(page, &page->items[page->done++], &pieces));
        return 0;
}

/* -- Uploads: one that goes in a transaction, for it may have many parts */

static int drop_upload(struct s3_lifecycle_page *page, const struct s3_lifecycle_item *item)
{
        struct s3_place place;

        TRY(s3_place_find(page->call, page->space, item->key, &place));
        TRY(s3_drop_body(page->call, item->row.body.value));
        TRY(s3_row_delete(page->call, &place, item->row.order.value));
        return s3_log_own_action(page->call, page->bucket, STR("S3.DELETE.UPLOAD"), item->key, &item->row);
}

static int do_uploads(struct s3_lifecycle_page *page)
{
        int64_t hour;

        while (page->done < page->count) {
                const struct s3_lifecycle_item *item = &page->items[page->done++];

                if (s3_find_abort(&page->lifecycle->rules, item->key, &item->row, &hour) &&
                    hour <= page->call->now_ms)
                        return drop_upload(page, item);
        }
        return 0;
}

/* -- One piece of the work */

static void note_place(struct s3_lifecycle_page *page)
{
        const struct s3_lifecycle_item *last = &page->items[page->done - 1];

        page->run->key = last->key;
        page->run->order = last->row.order;
}

static int do_page(struct s3_lifecycle_page *page, bool *ret_is_end)
{
        bool is_of_uploads = page->run->phase.value == PHASE_UPLOADS;

        page->space = is_of_uploads ? page->bucket->uploads.value : page->bucket->space.value;
        page->range = s3_lifecycle_range(&page->lifecycle->rules, is_of_uploads);
        *ret_is_end = true;
        if (!str_is_set(page->range))
                return 0;
        TRY(s3_lifecycle_gather(page));
        TRY(is_of_uploads ? do_uploads(page) : do_versions(page));
        if (page->done > 0)
                note_place(page);
        *ret_is_end = page->is_end && page->done == page->count;
        return 0;
}

/* That there is something to do in. */
static enum phase phase_behind(const struct s3_lifecycle_page *page, enum phase phase)
{
        while (++phase <= PHASE_UPLOADS)
                if (str_is_set(s3_lifecycle_range(&page->lifecycle->rules, phase == PHASE_UPLOADS)))
                        return phase;
        return PHASE_NONE;
}

static int do_piece(struct s3_lifecycle_page *page)
{
        struct s3_lifecycle_run_record *run = page->run;
        int64_t now_ms = page->call->now_ms;
        enum phase phase = (enum phase)run->phase.value;
        bool is_end;

        if (phase == PHASE_NONE)
                phase = phase_behind(page, PHASE_NONE);
        run->phase = OPT_INT(phase);
        TRY(do_page(page, &is_end));
        if (!is_end)
                return go_on(page->call, run, now_ms);
        phase = phase_behind(page, phase);
        *run = (struct s3_lifecycle_run_record){.bucket = run->bucket, .phase = OPT_INT(phase)};
        return go_on(page->call, run, phase == PHASE_NONE ? s3_lifecycle_hour(now_ms, 0) : now_ms);
}

/* The end of a restore is not waited for: hours are compared when an object is read. */
int s3_run_lifecycle_due(struct call *call, struct str subject)
{
        struct s3_lifecycle_run_record run = {.bucket = subject};
        struct s3_bucket_record bucket = {.name = subject};
        struct s3_bucket_lifecycle_record lifecycle = {.bucket = subject};
        struct s3_lifecycle_page *page = arena_new(&call->arena, struct s3_lifecycle_page);
        int r;

        if (!page)
                return -ENOMEM;
        r = call_get(call, &s3_lifecycle_run_record_type, &run);
        if (r == 0)
                r = call_get(call, &s3_bucket_record_type, &bucket);
        if (r == 0)
                r = call_get(call, &s3_bucket_lifecycle_record_type, &lifecycle);
        if (r < 0)
                return r == -ENOENT ? 1 : r;
        page->call = call;
        page->bucket = &bucket;
        page->lifecycle = &lifecycle;
        page->run = &run;
        call->account = bucket.account;
        call->region = bucket.region;
        TRY(do_piece(page));
        return call->arena.failed ? -ENOMEM : 1;
}
