/* Minutes that are over are judged: whether there was more of something than there usually is. */
#include "base/ids.h"
#include "services/cloudtrail/insight.h"

/* In one transaction, whose memory has to do for rows that somebody made long; what is left is done in the
 * next. */
#define ROWS_MOST   100
#define OPEN_MEMORY ((size_t)1024 * 1024) /* of one */
/* Unusual: more than this, and than the mean of the baseline and six of its standard deviations. */
#define COUNT_LEAST INT64_C(10)
#define DEVIATIONS  6.0
/* It has ended when so many minutes in a row were usual. */
#define QUIET_MINUTES 5
#define GRACE_MS      (2 * MS_PER_S)

struct judging {
        struct call *call;
        struct cloudtrail_insight_desk_record desk;
        int64_t now;   /* the minute that runs */
        int64_t since; /* the first minute that was counted whole */
        struct cloudtrail_insight_minute_record *minutes;
        size_t count;
};

static bool is_unusual(int64_t count, int64_t sum, int64_t squares, int64_t minutes)
{
        double mean = (double)sum / (double)minutes;
        double variance = (double)squares / (double)minutes - mean * mean;
        double over = (double)count - mean;

        return count >= COUNT_LEAST && over > 0 && over * over > DEVIATIONS * DEVIATIONS * variance;
}

/* Rows up to a minute, the oldest first; of the first minute those behind a series. */
static int gather(struct judging *judging, int64_t from, struct str after_series, int64_t until)
{
        struct call *call = judging->call;
        const struct cloudtrail_insight_minute_record like = {.account = judging->desk.account,
                                                              .region = judging->desk.region,
                                                              .minute = OPT_INT(from),
                                                              .series = after_series};
        size_t members = str_is_set(after_series) ? 4 : 3;
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct str after;
        int r = 0;

        judging->count = 0;
        judging->minutes = arena_new_array(&call->arena, struct cloudtrail_insight_minute_record, ROWS_MOST);
        if (!judging->minutes)
                return -ENOMEM;
        TRY(record_scan_token_at(&call->arena, &cloudtrail_insight_minute_record_type, &like, 2, members,
                                 &after));
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &cloudtrail_insight_minute_record_type, NULL,
                              &like, 2, after));
        while (judging->count < ROWS_MOST &&
               (r = record_scan_next(&scan, &judging->minutes[judging->count])) == 0 &&
               judging->minutes[judging->count].minute.value <= until)
                judging->count++;
        return r == -ENOENT ? 0 : r;
}

/* -- The baseline */

static int find_series(struct judging *judging, struct str name, struct cloudtrail_insight_series_record *ret)
{
        int r;

        *ret = (struct cloudtrail_insight_series_record){
                .account = judging->desk.account, .region = judging->desk.region, .series = name};
        r = call_get(judging->call, &cloudtrail_insight_series_record_type, ret);
        return r == -ENOENT ? 0 : r;
}

static int count_in(struct judging *judging, const struct cloudtrail_insight_minute_record *minute,
                    struct cloudtrail_insight_series_record *series, int64_t sign)
{
        struct call *call = judging->call;
        int64_t count = minute->count.value;

        series->sum = OPT_INT(series->sum.value + sign * count);
        series->squares = OPT_INT(series->squares.value + sign * count * count);
        for (size_t i = 0; i < minute->shares.count; i++)
                TRY(insight_share(&call->arena, &series->shares, &minute->shares.items[i], sign));
        if (series->sum.value <= 0)
                return call_delete(call, &cloudtrail_insight_series_record_type, series);
        return call_put(call, &cloudtrail_insight_series_record_type, series);
}

static int expire(struct judging *judging)
{
        int64_t until = judging->now - 1 - INSIGHT_BASELINE_MINUTES;
        struct cloudtrail_insight_series_record series;

        TRY(gather(judging, 0, STR_NONE, until > judging->since - 1 ? until : judging->since - 1));
        for (size_t i = 0; i < judging->count; i++) {
                const struct cloudtrail_insight_minute_record *minute = &judging->minutes[i];

                TRY(find_series(judging, minute->series, &series));
                if (series.sum.is_set)
                        TRY(count_in(judging, minute, &series, -1));
                TRY(call_delete(judging->call, &cloudtrail_insight_minute_record_type, minute));
        }
        return 0;
}

/* -- A minute */

static int begin(struct judging *judging, const struct cloudtrail_insight_minute_record *minute,
                 const struct cloudtrail_insight_series_record *series, int64_t minutes)
{
        struct call *call = judging->call;
        const struct cloudtrail_insight_open_record open = {
                .account = minute->account,
                .region = minute->region,
                .series = minute->series,
                .id = id_uuid(&call->arena),
                .started = minute->minute,
                .last = minute->minute,
                .sum = minute->count,
                .shares = minute->shares,
                .base_minutes = OPT_INT(minutes),
                .base_sum = OPT_INT(series->sum.value),
                .base_squares = OPT_INT(series->squares.value),
                .base_shares = series->shares,
        };

        TRY(insight_tell(call, &open, false));
        return call_insert(call, &cloudtrail_insight_open_record_type, &open);
}

/* What comes between two minutes that were unusual belongs to what is unusual. */
static int go_on(struct judging *judging, const struct cloudtrail_insight_minute_record *minute,
                 struct cloudtrail_insight_open_record *open)
{
        struct call *call = judging->call;

        if (is_unusual(minute->count.value, open->base_sum.value, open->base_squares.value,
                       open->base_minutes.value))
                open->last = minute->minute;
        open->sum = OPT_INT(open->sum.value + minute->count.value);
        for (size_t i = 0; i < minute->shares.count; i++)
                TRY(insight_share(&call->arena, &open->shares, &minute->shares.items[i], 1));
        return call_put(call, &cloudtrail_insight_open_record_type, open);
}

static int end(struct judging *judging, const struct cloudtrail_insight_open_record *open)
{
        TRY(insight_tell(judging->call, open, true));
        return call_delete(judging->call, &cloudtrail_insight_open_record_type, open);
}

static int judge(struct judging *judging, const struct cloudtrail_insight_minute_record *minute)
{
        struct cloudtrail_insight_open_record open = {
                .account = minute->account, .region = minute->region, .series = minute->series};
        struct cloudtrail_insight_series_record series;
        int64_t minutes = minute->minute.value - judging->since;
        int r = call_get(judging->call, &cloudtrail_insight_open_record_type, &open);

        if (r < 0 && r != -ENOENT)
                return r;
        if (r == 0 && minute->minute.value - open.last.value > QUIET_MINUTES) {
                TRY(end(judging, &open));
                r = -ENOENT;
        }
        if (minutes > INSIGHT_BASELINE_MINUTES)
                minutes = INSIGHT_BASELINE_MINUTES;
        TRY(find_series(judging, minute->series, &series));
        if (r == 0)
                TRY(go_on(judging, minute, &open));
        else if (minutes >= INSIGHT_LEARNING_MINUTES &&
                 is_unusual(minute->count.value, series.sum.value, series.squares.value, minutes))
                TRY(begin(judging, minute, &series, minutes));
        return count_in(judging, minute, &series, 1);
}

/* A minute may have more than is done at once: it goes on behind the last. */
static int judge_all(struct judging *judging, bool *ret_is_all)
{
        struct cloudtrail_insight_desk_record *desk = &judging->desk;
        const struct cloudtrail_insight_minute_record *last;

        TRY(gather(judging, desk->judged.value + 1, desk->series, judging->now - 1));
        *ret_is_all = judging->count < ROWS_MOST;
        for (size_t i = 0; i < judging->count; i++)
                TRY(judge(judging, &judging->minutes[i]));
        if (judging->count == 0)
                return 0;
        last = &judging->minutes[judging->count - 1];
        desk->judged = OPT_INT(last->minute.value - 1);
        desk->series = last->series;
        return 0;
}

/* -- What is quiet again */

struct quiet {
        struct str series[ROWS_MOST];
        size_t count, open; /* what is left of these */
};

static int find_quiet(struct judging *judging, struct quiet *quiet)
{
        struct call *call = judging->call;
        const struct cloudtrail_insight_open_record like = {.account = judging->desk.account,
                                                            .region = judging->desk.region};
        _cleanup_(arena_done) struct arena arena = {};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        int r;

        arena_init(&arena, OPEN_MEMORY);
        TRY(record_scan_begin(&scan, call->txn, &arena, &cloudtrail_insight_open_record_type, NULL, &like, 2,
                              STR_NONE));
        for (;; arena_reset(&arena)) {
                struct cloudtrail_insight_open_record open = {};

                r = record_scan_next(&scan, &open);
                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                if (judging->now - 1 - open.last.value >= QUIET_MINUTES && quiet->count < ROWS_MOST)
                        quiet->series[quiet->count++] = arena_dup(&call->arena, open.series);
                else
                        quiet->open++;
        }
}

static int end_quiet(struct judging *judging, size_t *ret_open)
{
        struct quiet quiet = {};

        TRY(find_quiet(judging, &quiet));
        for (size_t i = 0; i < quiet.count; i++) {
                struct cloudtrail_insight_open_record open = {.account = judging->desk.account,
                                                              .region = judging->desk.region,
                                                              .series = quiet.series[i]};

                TRY(call_get(judging->call, &cloudtrail_insight_open_record_type, &open));
                TRY(end(judging, &open));
        }
        *ret_open = quiet.open;
        return 0;
}

/* -- When the minute is over */

static int settle(struct judging *judging, size_t open)
{
        struct call *call = judging->call;
        struct cloudtrail_insight_desk_record *desk = &judging->desk;

        desk->judged = OPT_INT(judging->now - 1);
        desk->series = STR_NONE;
        if (open)
                return insight_wait(call->txn, &call->arena, desk,
                                    (judging->now + 1) * INSIGHT_MINUTE_MS + GRACE_MS);
        TRY(gather(judging, 0, STR_NONE, INT64_MAX - 1));
        if (judging->count)
                return insight_wait(call->txn, &call->arena, desk,
                                    (judging->minutes[0].minute.value + INSIGHT_BASELINE_MINUTES + 2) *
                                            INSIGHT_MINUTE_MS);
        return call_delete(call, &cloudtrail_insight_desk_record_type, desk);
}

/* More than fits into one transaction. */
static int do_rest(struct judging *judging)
{
        return insight_wait(judging->call->txn, &judging->call->arena, &judging->desk, judging->call->now_ms);
}

static int do_all(struct judging *judging)
{
        size_t open;
        bool is_all;

        TRY(expire(judging));
        if (judging->count == ROWS_MOST)
                return do_rest(judging);
        TRY(judge_all(judging, &is_all));
        if (!is_all)
                return do_rest(judging);
        TRY(end_quiet(judging, &open));
        return settle(judging, open);
}

static int read_subject(struct call *call, struct str subject, struct judging *ret)
{
        struct cloudtrail_insight_base_record base = {};

        *ret = (struct judging){.call = call, .now = call->now_ms / INSIGHT_MINUTE_MS};
        if (!str_cut(&subject, ' ', &ret->desk.account))
                return -EBADMSG;
        ret->desk.region = subject;
        TRY(call_get(call, &cloudtrail_insight_desk_record_type, &ret->desk));
        call->account = base.account = ret->desk.account;
        call->region = ret->desk.region;
        TRY(call_get(call, &cloudtrail_insight_base_record_type, &base));
        ret->since = base.since.value / INSIGHT_MINUTE_MS + 1;
        return 0;
}

int cloudtrail_judge_insights_due(struct call *call, struct str subject)
{
        struct judging judging;
        int r = read_subject(call, subject, &judging);

        if (r < 0)
                return r == -ENOENT ? 1 : r;
        judging.desk.due = (struct opt_int){};
        TRY(do_all(&judging));
        return call->arena.failed ? -ENOMEM : 1;
}
