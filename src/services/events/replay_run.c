/* A replay goes on piece by piece, each in one transaction with what it sets out and how far it has come:
 * every event once, in the order of the events' time, through crashes too. */
#include "events/timers.h"
#include "services/events/event.h"
#include "services/events/replay.h"

#include <stdlib.h>

#define PIECE          50                         /* events of a transaction, */
#define PIECE_BYTES    ((int64_t)1 << 20)         /* or as many as have so much text, and one more */
#define FORGET_MS      (90 * MS_PER_DAY)          /* "EventBridge deletes replays after 90 days." */
#define SCRATCH_MEMORY ((size_t)32 * 1024 * 1024) /* of one event */

int events_replay_set_timer(struct call *call, const struct events_replay_record *replay, int64_t due_ms)
{
        const struct timer timer = {
                .due_ms = due_ms,
                .name = STR("events.RunReplay"),
                .subject = arena_printf(&call->arena, "%.*s %.*s %.*s %lld", STR_ARG(replay->account),
                                        STR_ARG(replay->region), STR_ARG(replay->name),
                                        (long long)replay->started.value),
        };

        return str_is_set(timer.subject) ? timer_set(call->txn, &timer) : -ENOMEM;
}

/* -- One event */

static void text_done(char **text)
{
        free(*text);
}

/* "it adds a metadata field to the event, replay-name" */
static int name_replay(struct arena *arena, const struct events_replay_record *replay, json_t *event,
                       struct str *ret_text)
{
        _cleanup_(text_done) char *text = NULL;

        if (json_object_set_new(event, "replay-name", json_stringn(replay->name.ptr, replay->name.len)) < 0)
                return -ENOMEM;
        text = json_dumps(event, JSON_COMPACT);
        if (!text)
                return -ENOMEM;
        *ret_text = arena_dup(arena, str_of(text));
        return str_is_set(*ret_text) ? 0 : -ENOMEM;
}

/* -E2BIG: the rules have become more since it came, and it takes too long to match them. */
static int put_back(struct call *call, struct arena *arena, const struct events_replay_record *replay,
                    const struct events_archived_event_record *archived)
{
        const struct events_desk desk = {call->txn, arena, call->host, call->now_ms};
        const struct events_bus bus = events_bus_named(call, replay->bus);
        struct events_item item = {.is_forwarded = archived->is_forwarded.value,
                                   .is_foreign = true,
                                   .rules = replay->rules.count ? &replay->rules : NULL};
        _cleanup_(events_json_done) json_t *event = NULL;
        struct str text;

        TRY(events_archive_open(call->host, arena, archived, &text));
        item.json = event = events_json_load(text);
        if (!event)
                return -EBADMSG;
        TRY(name_replay(arena, replay, event, &item.text));
        TRY(events_route(&desk, &bus, &item));
        return events_item_keep(&desk, &item);
}

/* -- A piece */

struct piece {
        struct events_archived_event_record events[PIECE];
        size_t count, done;
        bool is_last;
};

static int begin(struct call *call, struct arena *arena, const struct events_replay_record *replay,
                 struct record_scan *scan)
{
        const struct events_archived_event_record after = {
                .archive = replay->archive_number,
                .time = replay->last_replayed.is_set ? replay->last_replayed : replay->event_start,
                .number = replay->last_number,
        };
        struct str token;

        TRY(record_scan_token_at(arena, &events_archived_event_record_type, &after, 1,
                                 replay->last_replayed.is_set ? 3 : 2, &token));
        return record_scan_begin(scan, call->txn, arena, &events_archived_event_record_type, NULL, &after, 1,
                                 token);
}

/* All are found first: what is written moves the store's pages under a scan. */
static int find_piece(struct call *call, struct arena *arena, const struct events_replay_record *replay,
                      struct piece *piece)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};

        TRY(begin(call, arena, replay, &scan));
        for (int64_t bytes = 0; piece->count < PIECE && bytes < PIECE_BYTES;) {
                struct events_archived_event_record *event = &piece->events[piece->count];
                int r = record_scan_next(&scan, event);

                piece->is_last = r == -ENOENT || (r == 0 && event->time.value > replay->event_end.value);
                if (r < 0 || piece->is_last)
                        return r == -ENOENT ? 0 : r;
                bytes += event->size.value;
                piece->count++;
        }
        return 0;
}

static int end(struct call *call, struct events_replay_record *replay, struct str state, struct str reason)
{
        replay->state = state;
        replay->reason = reason;
        replay->ended = OPT_INT(call->now_ms);
        TRY(events_replay_count(call, replay, -1));
        return events_replay_set_timer(call, replay, call->now_ms + FORGET_MS);
}

/* The others are replayed all the same. */
static void leave_out(struct call *call, struct events_replay_record *replay)
{
        replay->left_out = OPT_INT(replay->left_out.value + 1);
        call_lose(call, LOSS_REPLAYED_EVENTS, 1,
                  "a replay leaves out an event: it takes too long to match it with rules",
                  events_replay_arn(call, replay));
}

/* One that takes long ends the piece: others wait for the transaction. */
static int put_back_all(struct call *call, struct events_replay_record *replay, struct piece *piece)
{
        _cleanup_(arena_done) struct arena scratch = {};
        int r = 0;

        arena_init(&scratch, SCRATCH_MEMORY);
        for (; piece->done < piece->count && r == 0; arena_reset(&scratch)) {
                const struct events_archived_event_record *event = &piece->events[piece->done++];

                r = put_back(call, &scratch, replay, event);
                if (r == -EBADMSG)
                        return end(call, replay, STR("FAILED"), STR("An archived event is damaged."));
                if (r == -E2BIG)
                        leave_out(call, replay);
                else
                        TRY(r);
                replay->last_replayed = event->time;
                replay->last_number = event->number;
        }
        return 0;
}

/* AWS has no such failure. One that says COMPLETED would say that every event was there. */
static int complete(struct call *call, struct events_replay_record *replay)
{
        long long left_out = replay->left_out.value;

        if (left_out == 0)
                return end(call, replay, STR("COMPLETED"), STR_NONE);
        return end(
                call, replay, STR("FAILED"),
                arena_printf(
                        &call->arena,
                        "%lld of the archived events took too long to match with the rules of the event bus, "
                        "and were left out. All others were replayed.",
                        left_out));
}

static int go_on(struct call *call, struct events_replay_record *replay)
{
        _cleanup_(arena_done) struct arena found = {};
        struct piece *piece = arena_new(&call->arena, struct piece);

        if (!piece)
                return -ENOMEM;
        arena_init(&found, SCRATCH_MEMORY);
        replay->state = EVENTS_RUNNING;
        TRY(find_piece(call, &found, replay, piece));
        TRY(put_back_all(call, replay, piece));
        if (!events_replay_is_active(replay))
                return 0;
        return piece->is_last && piece->done == piece->count
                       ? complete(call, replay)
                       : events_replay_set_timer(call, replay, call->now_ms);
}

/* -- Falling due */

/* What it needs may have gone in the meantime. */
static int step(struct call *call, struct events_replay_record *replay)
{
        struct events_archive_record archive = {.number = replay->archive_number};
        const struct events_bus bus = events_bus_named(call, replay->bus);
        struct events_bus_record record;
        int r;

        if (str_eq(replay->state, EVENTS_CANCELLING))
                return end(call, replay, STR("CANCELLED"), STR_NONE);
        r = record_find(call->txn, &call->arena, &events_archive_record_type, events_archive_by_number,
                        &archive);
        if (r == -ENOENT)
                return end(call, replay, STR("FAILED"), STR("The archive has been deleted."));
        TRY(r);
        r = events_get_bus(call, &bus, &record);
        if (r == -ENOENT)
                return end(call, replay, STR("FAILED"), STR("The event bus has been deleted."));
        TRY(r);
        return go_on(call, replay);
}

static int load(struct call *call, struct str subject, struct events_replay_record *ret)
{
        struct str rest = subject;
        int64_t started_ms;

        *ret = (struct events_replay_record){};
        if (!str_cut(&rest, ' ', &ret->account) || !str_cut(&rest, ' ', &ret->region) ||
            !str_cut(&rest, ' ', &ret->name) || str_to_i64(rest, &started_ms) < 0)
                return -ENOENT;
        TRY(call_get(call, &events_replay_record_type, ret));
        return ret->started.value == started_ms ? 0 : -ENOENT;
}

int events_run_replay_due(struct call *call, struct str subject)
{
        struct events_replay_record replay;
        int r = load(call, subject, &replay);

        if (r < 0)
                return r == -ENOENT ? 1 : r;
        call->account = replay.account;
        call->region = replay.region;
        if (!events_replay_is_active(&replay)) {
                TRY(call_delete(call, &events_replay_record_type, &replay));
                return 1;
        }
        TRY(step(call, &replay));
        TRY(call_put(call, &events_replay_record_type, &replay));
        return 1;
}
