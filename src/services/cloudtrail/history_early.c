/* What earlier builds kept: a record an event with six indexes, and a row for each name and type of a
 * resource. They become blocks, from the oldest on, before newer rows do. */
#include "services/cloudtrail/history.h"

#define WHAT_MAX 256 /* of a key's part: longer names stood there by their beginning */

struct cloudtrail_history_recent_record history_of_early(const struct cloudtrail_history_event_record *event)
{
        return (struct cloudtrail_history_recent_record){
                .account = event->account,
                .region = event->region,
                .newest_first = event->newest_first,
                .id = event->id,
                .name = event->name,
                .source = event->source,
                .username = event->username,
                .access_key_id = event->access_key_id,
                .read_only = event->read_only,
                .resources = event->resources,
                .json = event->json,
        };
}

/* -- Taking one out */

static int drop_row(struct txn *txn, struct arena *arena, const struct cloudtrail_history_event_record *event,
                    const char *kind, struct str value)
{
        struct cloudtrail_history_resource_record row = {
                .account = event->account,
                .region = event->region,
                .what = arena_printf(arena, "%s %.*s", kind, STR_ARG(str_part(value, 0, WHAT_MAX))),
                .place = arena_printf(arena, "%016llx%.*s", (unsigned long long)event->newest_first.value,
                                      STR_ARG(event->id)),
        };
        int r = record_delete(txn, &cloudtrail_history_resource_record_type, &row);

        return r == -ENOENT ? 0 : r; /* two resources of one type, or of one name */
}

static int drop(struct txn *txn, struct arena *arena, const struct cloudtrail_history_event_record *event)
{
        for (size_t i = 0; i < event->resources.count; i++) {
                const struct cloudtrail_resource *resource = &event->resources.items[i];

                TRY(drop_row(txn, arena, event, "name", resource->resource_name));
                TRY(drop_row(txn, arena, event, "name", history_last_part(resource->resource_name)));
                if (resource->resource_type.len)
                        TRY(drop_row(txn, arena, event, "type", resource->resource_type));
        }
        return record_delete(txn, &cloudtrail_history_event_record_type, event);
}

/* -- The oldest */

struct early {
        struct cloudtrail_history_event_record *events; /* oldest first */
        size_t count, bytes;
};

static int read_oldest(struct txn *txn, struct arena *arena,
                       const struct cloudtrail_history_state_record *state, struct early *early)
{
        const struct cloudtrail_history_event_record like = {.account = state->account,
                                                             .region = state->region};
        _cleanup_(record_scan_end) struct record_scan scan = {};

        TRY(record_scan_begin_down(&scan, txn, arena, &cloudtrail_history_event_record_type, NULL, &like, 2,
                                   STR_NONE));
        while (early->count < HISTORY_BLOCK_EVENTS && early->bytes < HISTORY_BLOCK_BYTES) {
                struct cloudtrail_history_event_record event = {};
                int r = record_scan_next(&scan, &event);

                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                early->bytes += event.json.len;
                early->events[early->count++] = event;
        }
        return 0;
}

static int make_block(struct txn *txn, struct arena *arena, struct cloudtrail_history_state_record *state,
                      const struct early *early, int64_t before)
{
        struct cloudtrail_history_recent_record *events =
                arena_new_array(arena, struct cloudtrail_history_recent_record, early->count);
        size_t count = 0;

        if (!events)
                return -ENOMEM;
        for (size_t i = early->count; i-- > 0;)
                if (early->events[i].newest_first.value < before)
                        events[count++] = history_of_early(&early->events[i]);
        return count ? history_block_make(txn, arena, state, events, count) : 0;
}

int history_move_early(struct txn *txn, struct arena *arena, struct damage *damage,
                       struct cloudtrail_history_state_record *state, int64_t before)
{
        struct early early = {.events = arena_new_array(arena, struct cloudtrail_history_event_record,
                                                        HISTORY_BLOCK_EVENTS)};

        if (!early.events)
                return -ENOMEM;
        TRY(read_oldest(txn, arena, state, &early));
        if (early.count == 0) {
                state->early_gone = OPT_BOOL(true);
                return 0;
        }
        TRY(make_block(txn, arena, state, &early, before));
        for (size_t i = 0; i < early.count; i++)
                TRY(drop(txn, arena, &early.events[i]));
        return history_volume_make(txn, arena, damage, state);
}
