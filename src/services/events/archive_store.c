/* What archives hold: event by event, in the order of the events' time; thinned out by a timer. */
#include "events/timers.h"
#include "services/events/archive.h"

#include <stdlib.h>

#define PIECE          500 /* events that go in one transaction */
#define SCRATCH_MEMORY ((size_t)32 * 1024 * 1024)

/* -- Where it stands */

static int get_state(struct txn *txn, struct arena *arena, int64_t number,
                     struct events_archive_state_record *ret)
{
        int r;

        *ret = (struct events_archive_state_record){.number = OPT_INT(number)};
        r = record_get(txn, arena, &events_archive_state_record_type, ret);
        return r == -ENOENT ? 0 : r;
}

int events_archive_state(struct call *call, int64_t number, struct events_archive_state_record *ret)
{
        return get_state(call->txn, &call->arena, number, ret);
}

static struct timer timer_of(struct arena *arena, const struct events_archive_state_record *state)
{
        return (struct timer){
                .due_ms = state->due.value,
                .name = STR("events.ThinArchive"),
                .subject = arena_printf(arena, "%lld", (long long)state->number.value),
        };
}

static int set_due(struct txn *txn, struct arena *arena, int64_t due_ms,
                   struct events_archive_state_record *state)
{
        struct timer timer;

        if (state->due.is_set) {
                timer = timer_of(arena, state);
                TRY(timer_take_back(txn, &timer));
        }
        state->due = OPT_INT(due_ms);
        timer = timer_of(arena, state);
        return str_is_set(timer.subject) ? timer_set(txn, &timer) : -ENOMEM;
}

/* When an event of this time goes; INT64_MAX: never. */
static int64_t end_of(const struct events_archive_record *archive, int64_t time_ms)
{
        int64_t end_ms;

        if (archive->retention_days.value == 0 ||
            __builtin_mul_overflow(archive->retention_days.value, MS_PER_DAY, &end_ms) ||
            __builtin_add_overflow(end_ms, time_ms, &end_ms))
                return INT64_MAX;
        return end_ms;
}

static int64_t later(int64_t a, int64_t b)
{
        return a > b ? a : b;
}

/* -- One more */

static int64_t time_of(const struct events_desk *desk, const struct events_item *item)
{
        const json_t *time = json_object_get(item->json, "time");
        int64_t ms;

        if (time_parse(str_make(json_string_value(time), json_string_length(time)), &ms) < 0)
                return desk->now_ms;
        return ms;
}

static int seal(const struct events_desk *desk, struct str text, struct events_archived_event_record *event)
{
        struct str packed, bound = record_name(desk->arena, &events_archived_event_record_type, event);

        if (!str_is_set(bound))
                return -ENOMEM;
        TRY(events_pack(desk->arena, text, &packed));
        return keyring_seal(desk->host->keyring, SEAL_RECORD, bound, packed, desk->arena, &event->sealed);
}

int events_archive_open(const struct host *host, struct arena *arena,
                        const struct events_archived_event_record *event, struct str *ret)
{
        _cleanup_(secret_done) struct secret packed = {};
        struct str bound = record_name(arena, &events_archived_event_record_type, event);

        if (!str_is_set(bound))
                return -ENOMEM;
        TRY(keyring_open(host->keyring, SEAL_RECORD, bound, event->sealed, &packed));
        return events_unpack(arena, secret_str(&packed), (size_t)event->size.value, ret);
}

static int count_one(const struct events_desk *desk, const struct events_archive_record *archive,
                     const struct events_archived_event_record *event)
{
        int64_t due_ms = end_of(archive, event->time.value);
        struct events_archive_state_record state;

        TRY(get_state(desk->txn, desk->arena, archive->number.value, &state));
        state.events = OPT_INT(state.events.value + 1);
        state.bytes = OPT_INT(state.bytes.value + event->size.value);
        if (due_ms < INT64_MAX && (!state.due.is_set || due_ms < state.due.value))
                TRY(set_due(desk->txn, desk->arena, later(due_ms, desk->now_ms), &state));
        return record_put(desk->txn, &events_archive_state_record_type, &state);
}

int events_archive_keep(const struct events_desk *desk, struct events_archive_record *archive,
                        const struct events_item *item)
{
        struct events_archived_event_record event = {
                .time = OPT_INT(time_of(desk, item)),
                .number = {.is_set = true},
                .size = OPT_INT((int64_t)item->text.len),
                .is_forwarded = OPT_BOOL(item->is_forwarded),
        };
        int r = record_get(desk->txn, desk->arena, &events_archive_record_type, archive);

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        event.archive = archive->number;
        TRY(events_next_number(desk->txn, desk->arena, &event.number.value));
        TRY(seal(desk, item->text, &event));
        TRY(record_put(desk->txn, &events_archived_event_record_type, &event));
        return count_one(desk, archive, &event);
}

/* -- Fewer */

int events_archive_review(struct call *call, int64_t number)
{
        struct events_archive_state_record state;

        TRY(get_state(call->txn, &call->arena, number, &state));
        if (state.events.value == 0 && !state.due.is_set)
                return 0;
        TRY(set_due(call->txn, &call->arena, call->now_ms, &state));
        return call_put(call, &events_archive_state_record_type, &state);
}

/* What goes, and what comes behind it. */
struct piece {
        struct events_archived_event_record events[PIECE]; /* keys and sizes */
        size_t count;
        int64_t next_ms; /* the time of the first that stays; INT64_MAX: none does */
};

/* An archive that has gone keeps nothing. */
static bool has_ended(const struct call *call, const struct events_archive_record *archive, int64_t time_ms)
{
        return !archive || end_of(archive, time_ms) <= call->now_ms;
}

static int find_piece(struct call *call, const struct events_archive_record *archive, int64_t number,
                      struct piece *piece)
{
        const struct events_archived_event_record like = {.archive = OPT_INT(number)};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        _cleanup_(arena_done) struct arena scratch = {};

        arena_init(&scratch, SCRATCH_MEMORY);
        TRY(record_scan_begin(&scan, call->txn, &scratch, &events_archived_event_record_type, NULL, &like, 1,
                              STR_NONE));
        for (;; arena_reset(&scratch)) {
                struct events_archived_event_record event = {};
                int r = record_scan_next(&scan, &event);

                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                if (piece->count == PIECE || !has_ended(call, archive, event.time.value)) {
                        piece->next_ms = event.time.value;
                        return 0;
                }
                event.sealed = STR_NONE;
                piece->events[piece->count++] = event;
        }
}

static int drop_piece(struct call *call, const struct piece *piece, struct events_archive_state_record *state)
{
        for (size_t i = 0; i < piece->count; i++) {
                TRY(call_delete(call, &events_archived_event_record_type, &piece->events[i]));
                state->bytes = OPT_INT(state->bytes.value - piece->events[i].size.value);
        }
        state->events = OPT_INT(state->events.value - (int64_t)piece->count);
        return 0;
}

static int thin(struct call *call, const struct events_archive_record *archive,
                struct events_archive_state_record *state)
{
        struct piece *piece = arena_new(&call->arena, struct piece);
        int64_t due_ms;

        if (!piece)
                return -ENOMEM;
        piece->next_ms = INT64_MAX;
        TRY(find_piece(call, archive, state->number.value, piece));
        TRY(drop_piece(call, piece, state));
        if (!archive && piece->next_ms == INT64_MAX)
                return call_delete(call, &events_archive_state_record_type, state);
        due_ms = archive && piece->next_ms < INT64_MAX ? end_of(archive, piece->next_ms) : call->now_ms;
        state->due = (struct opt_int){}; /* it has fallen due */
        if (piece->next_ms < INT64_MAX && due_ms < INT64_MAX)
                TRY(set_due(call->txn, &call->arena, later(due_ms, call->now_ms), state));
        return call_put(call, &events_archive_state_record_type, state);
}

int events_thin_archive_due(struct call *call, struct str subject)
{
        struct events_archive_record archive = {.number = {.is_set = true}};
        struct events_archive_state_record state;
        int r;

        if (str_to_i64(subject, &archive.number.value) < 0)
                return 1;
        state = (struct events_archive_state_record){.number = archive.number};
        r = call_get(call, &events_archive_state_record_type, &state);
        if (r < 0)
                return r == -ENOENT ? 1 : r;
        r = record_find(call->txn, &call->arena, &events_archive_record_type, events_archive_by_number,
                        &archive);
        if (r < 0 && r != -ENOENT)
                return r;
        TRY(thin(call, r == 0 ? &archive : NULL, &state));
        return 1;
}
