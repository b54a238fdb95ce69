#include "services/cloudtrail/history.h"

#include "base/clock.h"
#include "services/call.h"
#include "services/cloudtrail/insight.h"

/* Rows before a block is made of the oldest of them. Events of reads come some tenths of a second after those
 * of changes, of which there may be as many meanwhile as stay. */
#define RECENT_MOST (2 * HISTORY_BLOCK_EVENTS)
/* Of what an earlier build left, some with every so many events: others want to be kept as well. */
#define EARLY_EVERY 16
/* Whatever is kept makes room for itself: with every so many events more than those. */
#define FORGET_EVERY 8

int64_t history_newest_first(int64_t time_ms, uint64_t order)
{
        int64_t bits = (int64_t)(order & ((1U << HISTORY_ORDER_BITS) - 1));
        int64_t time = time_ms < 0 ? 0 : time_ms > HISTORY_TIME_MAX ? HISTORY_TIME_MAX : time_ms;

        return INT64_MAX - (time * (INT64_C(1) << HISTORY_ORDER_BITS) + bits);
}

int64_t history_time_ms(int64_t newest_first)
{
        return (INT64_MAX - newest_first) >> HISTORY_ORDER_BITS;
}

int64_t history_oldest(const struct event *event)
{
        return history_newest_first(event->time_ms - HISTORY_KEPT_DAYS * MS_PER_DAY - MS_PER_S, 0);
}

int64_t history_place_at(struct str key)
{
        uint64_t place = 0;

        for (size_t i = 0; i < sizeof(place) && key.len >= sizeof(place); i++)
                place = place << 8 | (unsigned char)key.ptr[i];
        return (int64_t)(place ^ UINT64_C(1) << 63); /* as record.h writes it */
}

int64_t history_place_of(const struct record_scan *scan, struct arena *arena)
{
        return history_place_at(record_scan_token(scan, arena));
}

void history_tell(struct damage *damage, const char *what, struct str account, struct str region,
                  int64_t newest_first)
{
        damage_tell(damage, what, account, region, history_time_ms(newest_first));
}

struct str history_last_part(struct str arn)
{
        ptrdiff_t slash = str_find_last_byte(arn, '/');
        ptrdiff_t colon = str_find_last_byte(arn, ':');
        ptrdiff_t at = slash > colon ? slash : colon;

        return str_from(arn, (size_t)(at + 1));
}

static void list_one(struct cloudtrail_resource_list *list, struct str type, struct str name)
{
        list->items[list->count++] = (struct cloudtrail_resource){
                .resource_type = type.len ? type : STR_NONE,
                .resource_name = name,
        };
}

/* A resource of a known type under both of its names, as AWS lists it: "bob", and the ARN. */
static int list_resources(struct arena *arena, const struct event *event,
                          struct cloudtrail_resource_list *ret)
{
        ret->items = arena_new_array(arena, struct cloudtrail_resource, 2 * event->resource_count + 1);
        if (!ret->items)
                return -ENOMEM;
        for (size_t i = 0; i < event->resource_count; i++) {
                const struct event_resource *resource = &event->resources[i];
                struct str name = history_last_part(resource->arn);

                if (resource->type.len && name.len)
                        list_one(ret, resource->type, name);
                list_one(ret, resource->type, resource->arn);
        }
        ret->is_set = true;
        return 0;
}

/* -- The oldest rows become a block */

struct oldest {
        struct cloudtrail_history_recent_record *rows; /* newest first, from rows[BLOCK_EVENTS - count] on */
        size_t count, bytes;
        size_t damaged; /* rows that cannot be read: they stay as they are, behind the border */
};

static struct cloudtrail_history_recent_record *first_of(const struct oldest *oldest)
{
        return oldest->rows + HISTORY_BLOCK_EVENTS - oldest->count;
}

static int read_oldest(struct txn *txn, struct arena *arena, struct damage *damage,
                       const struct cloudtrail_history_state_record *state, struct oldest *oldest)
{
        const struct record_type *type = &cloudtrail_history_recent_record_type;
        struct cloudtrail_history_recent_record like = {
                .account = state->account,
                .region = state->region,
                .newest_first = state->border.is_set ? state->border : OPT_INT(INT64_MAX),
        };
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct str behind;

        TRY(record_scan_token_at(arena, type, &like, 2, 3, &behind));
        TRY(record_scan_begin_down(&scan, txn, arena, type, NULL, &like, 2, behind));
        while (oldest->count < HISTORY_BLOCK_EVENTS && oldest->bytes < HISTORY_BLOCK_BYTES) {
                struct cloudtrail_history_recent_record row = {};
                int r = record_scan_next(&scan, &row);

                if (r == -EBADMSG && scan.is_past_damage) {
                        history_tell(damage, "an event of the history", state->account, state->region,
                                     history_place_of(&scan, arena));
                        oldest->damaged++;
                        continue;
                }
                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                oldest->count++;
                *first_of(oldest) = row;
                oldest->bytes += row.json.len;
        }
        return 0;
}

static int pack(struct txn *txn, struct arena *arena, struct damage *damage,
                struct cloudtrail_history_state_record *state)
{
        struct oldest oldest = {.rows = arena_new_array(arena, struct cloudtrail_history_recent_record,
                                                        HISTORY_BLOCK_EVENTS)};

        if (!oldest.rows)
                return -ENOMEM;
        TRY(read_oldest(txn, arena, damage, state, &oldest));
        if (oldest.count > 0)
                TRY(history_block_make(txn, arena, state, first_of(&oldest), oldest.count));
        for (size_t i = 0; i < oldest.count; i++)
                TRY(record_delete(txn, &cloudtrail_history_recent_record_type, first_of(&oldest) + i));
        state->recent.value -= (int64_t)(oldest.count + oldest.damaged);
        if (oldest.count == 0 || state->recent.value < 0)
                state->recent = OPT_INT(0);
        return history_volume_make(txn, arena, damage, state);
}

static int make_room(struct txn *txn, struct arena *arena, struct damage *damage, const struct event *event,
                     struct cloudtrail_history_state_record *state)
{
        int64_t recent = state->recent.value;

        if (!state->early_gone.value) {
                if (recent % EARLY_EVERY == 1)
                        TRY(history_move_early(txn, arena, damage, state, history_oldest(event)));
        } else if (recent >= RECENT_MOST) {
                TRY(pack(txn, arena, damage, state));
        }
        return recent % FORGET_EVERY == 0 ? history_forget(txn, arena, damage, state, history_oldest(event))
                                          : 0;
}

/* -- The subscriber */

/* Management events alone:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html What strangers send
 * is of no account: nobody could look it up, and it would fill the disk. */
static bool is_history(const struct event *event)
{
        return event->account.len > 0 && !event->is_data;
}

static int count_words(struct txn *txn, struct arena *arena, struct cloudtrail_history_state_record *state)
{
        const struct record_type *type = &cloudtrail_history_words_record_type;
        const struct cloudtrail_history_words_record like = {.account = state->account,
                                                             .region = state->region};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        int r = 0;

        state->blocks = state->words = OPT_INT(0);
        TRY(record_scan_begin(&scan, txn, arena, type, NULL, &like, 2, STR_NONE));
        while (r == 0 || scan.is_past_damage) {
                struct cloudtrail_history_words_record words = {};

                r = record_scan_next(&scan, &words);
                state->blocks.value += r == 0 || scan.is_past_damage;
                state->words.value += (int64_t)(words.words.len / HISTORY_WORD_LEN);
        }
        return r == -ENOENT ? 0 : r;
}

/* When it cannot be read: what is there is counted again, and all rows stay rows, for where the blocks end is
 * not known. */
static int make_state_anew(struct txn *txn, struct arena *arena, struct damage *damage,
                           const struct event *event, struct cloudtrail_history_state_record *state)
{
        int64_t now = history_newest_first(event->time_ms, event->number);

        history_tell(damage, "where the history ends", event->account, event->region, now);
        *state = (struct cloudtrail_history_state_record){
                .account = event->account, .region = event->region, .border = OPT_INT(now)};
        return count_words(txn, arena, state);
}

static int read_state(struct txn *txn, struct arena *arena, struct damage *damage, const struct event *event,
                      struct cloudtrail_history_state_record *state)
{
        int r = record_get(txn, arena, &cloudtrail_history_state_record_type, state);

        if (r == -EBADMSG)
                return make_state_anew(txn, arena, damage, event, state);
        return r == -ENOENT ? 0 : r;
}

static int keep_row(struct txn *txn, struct arena *arena, const struct event *event)
{
        struct cloudtrail_history_recent_record row = {
                .account = event->account,
                .region = event->region,
                .newest_first = OPT_INT(history_newest_first(event->time_ms, event->number)),
                .id = event->id,
                .name = event->name,
                .source = event->source,
                .username = event->username,
                .access_key_id = event->access_key_id,
                .read_only = event->is_read_only ? STR("true") : STR("false"),
                .json = event->json,
        };

        TRY(list_resources(arena, event, &row.resources));
        return record_put(txn, &cloudtrail_history_recent_record_type, &row);
}

static int keep(const void *arg, struct txn *txn, struct arena *arena, const struct event *event)
{
        struct cloudtrail_history_state_record state = {.account = event->account, .region = event->region};
        int64_t newest_first = history_newest_first(event->time_ms, event->number);
        const struct host *host = arg;
        struct damage *damage = host ? host->damage : NULL;

        if (event->is_insight)
                return insight_remember(txn, arena, event);
        if (!is_history(event))
                return 0;
        TRY(read_state(txn, arena, damage, event, &state));
        TRY(keep_row(txn, arena, event));
        if (!state.border.is_set || newest_first < state.border.value) /* one that comes late stays a row */
                state.recent = OPT_INT(state.recent.value + 1);
        TRY(make_room(txn, arena, damage, event, &state));
        TRY(record_put(txn, &cloudtrail_history_state_record_type, &state));
        return arena->failed ? -ENOMEM : 0;
}

const struct subscriber cloudtrail_history = {.name = "cloudtrail-history", .handle = keep};
