#include "services/cloudtrail/history.h"

#include "base/clock.h"
#include "base/text.h"
#include "services/cloudtrail/insight.h"
#include "store/record.h"

#define KEY_PART_MAX 128
#define WHAT_MAX     256 /* of a key's part: longer names are found by their beginning */

struct str history_resource_name(struct arena *arena, struct str name)
{
        return arena_printf(arena, "name %.*s", STR_ARG(str_part(name, 0, WHAT_MAX)));
}

struct str history_resource_type(struct arena *arena, struct str type)
{
        return arena_printf(arena, "type %.*s", STR_ARG(str_part(type, 0, WHAT_MAX)));
}

struct str history_key_part(struct str s)
{
        return str_is_set(s) ? str_part(s, 0, KEY_PART_MAX) : STR("");
}

static int64_t newest_first(int64_t time_ms, int64_t order)
{
        return INT64_MAX - (time_ms * (INT64_C(1) << HISTORY_ORDER_BITS) + order);
}

int64_t history_newest_first(const struct event *event)
{
        return newest_first(event->time_ms, (int64_t)(event->number & ((1U << HISTORY_ORDER_BITS) - 1)));
}

int64_t history_oldest(const struct event *event)
{
        return newest_first(event->time_ms - HISTORY_KEPT_DAYS * MS_PER_DAY - MS_PER_S, 0);
}

int64_t history_time_ms(int64_t newest_first)
{
        return (INT64_MAX - newest_first) >> HISTORY_ORDER_BITS;
}

#define PLACE_DIGITS 16

static struct str place_of(struct arena *arena, const struct cloudtrail_history_event_record *record)
{
        return arena_printf(arena, "%0*llx%.*s", PLACE_DIGITS, (unsigned long long)record->newest_first.value,
                            STR_ARG(record->id));
}

struct str history_place(struct arena *arena, const struct event *event)
{
        struct cloudtrail_history_event_record record = {.newest_first = OPT_INT(history_newest_first(event)),
                                                         .id = event->id};

        return place_of(arena, &record);
}

int history_place_read(struct str place, struct cloudtrail_history_event_record *ret)
{
        uint8_t bytes[PLACE_DIGITS / 2];
        uint64_t newest_first = 0;

        if (hex_decode(str_part(place, 0, PLACE_DIGITS), bytes, sizeof(bytes)) < 0)
                return -EBADMSG;
        for (size_t i = 0; i < sizeof(bytes); i++)
                newest_first = newest_first << 8 | bytes[i];
        ret->newest_first = OPT_INT((int64_t)newest_first);
        ret->id = str_from(place, PLACE_DIGITS);
        return 0;
}

/* "bob" of "arn:aws:iam::123456789012:user/dir/bob" */
static struct str last_part(struct str arn)
{
        ptrdiff_t slash = str_find_last_byte(arn, '/');
        ptrdiff_t colon = str_find_last_byte(arn, ':');
        ptrdiff_t at = slash > colon ? slash : colon;

        return str_from(arn, (size_t)(at + 1));
}

static int put_row(struct txn *txn, const struct event *event, struct str what, struct str place)
{
        struct cloudtrail_history_resource_record row = {
                .account = event->account,
                .region = event->region,
                .what = what,
                .place = place,
        };

        return record_put(txn, &cloudtrail_history_resource_record_type, &row);
}

static int put_resource(struct txn *txn, struct arena *arena, const struct event *event,
                        const struct event_resource *resource)
{
        struct str place = history_place(arena, event);
        struct str name = last_part(resource->arn);

        TRY(put_row(txn, event, history_resource_name(arena, resource->arn), place));
        if (name.len)
                TRY(put_row(txn, event, history_resource_name(arena, name), place));
        if (resource->type.len)
                TRY(put_row(txn, event, history_resource_type(arena, resource->type), place));
        return 0;
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
                struct str name = last_part(resource->arn);

                if (resource->type.len && name.len)
                        list_one(ret, resource->type, name);
                list_one(ret, resource->type, resource->arn);
        }
        ret->is_set = true;
        return 0;
}

/* -- Forgetting: whatever is kept makes room for itself, by taking out more than one of what is too old to be
 * shown. */

#define FORGOTTEN_AT_ONCE 4

static int drop_row(struct txn *txn, const struct cloudtrail_history_event_record *record, struct str what,
                    struct str place)
{
        struct cloudtrail_history_resource_record row = {
                .account = record->account, .region = record->region, .what = what, .place = place};
        int r = record_delete(txn, &cloudtrail_history_resource_record_type, &row);

        return r == -ENOENT ? 0 : r; /* two resources of one type, or of one name */
}

static int forget(struct txn *txn, struct arena *arena, const struct cloudtrail_history_event_record *record)
{
        struct str place = place_of(arena, record);

        for (size_t i = 0; i < record->resources.count; i++) {
                const struct cloudtrail_resource *resource = &record->resources.items[i];
                struct str type = resource->resource_type, name = resource->resource_name;

                TRY(drop_row(txn, record, history_resource_name(arena, name), place));
                TRY(drop_row(txn, record, history_resource_name(arena, last_part(name)), place));
                if (type.len)
                        TRY(drop_row(txn, record, history_resource_type(arena, type), place));
        }
        return record_delete(txn, &cloudtrail_history_event_record_type, record);
}

static int find_old(struct txn *txn, struct arena *arena, const struct event *event,
                    struct cloudtrail_history_event_record ret[FORGOTTEN_AT_ONCE], size_t *ret_count)
{
        const struct cloudtrail_history_event_record like = {
                .account = event->account,
                .region = event->region,
                .newest_first = OPT_INT(history_oldest(event)),
        };
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct str after;
        int r = 0;

        *ret_count = 0;
        TRY(record_scan_token_at(arena, &cloudtrail_history_event_record_type, &like, 2, 3, &after));
        TRY(record_scan_begin(&scan, txn, arena, &cloudtrail_history_event_record_type, NULL, &like, 2,
                              after));
        while (*ret_count < FORGOTTEN_AT_ONCE && (r = record_scan_next(&scan, &ret[*ret_count])) == 0)
                ++*ret_count;
        return r == -ENOENT ? 0 : r;
}

static int forget_old(struct txn *txn, struct arena *arena, const struct event *event)
{
        struct cloudtrail_history_event_record old[FORGOTTEN_AT_ONCE] = {};
        size_t count;

        TRY(find_old(txn, arena, event, old, &count));
        for (size_t i = 0; i < count; i++)
                TRY(forget(txn, arena, &old[i]));
        return 0;
}

/* Management events alone:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html What strangers send
 * is of no account: nobody could look it up, and it would fill the disk. */
static bool is_history(const struct event *event)
{
        return event->account.len > 0 && !event->is_data;
}

static int keep(const void *arg, struct txn *txn, struct arena *arena, const struct event *event)
{
        struct cloudtrail_history_event_record record = {
                .account = event->account,
                .region = event->region,
                .newest_first = OPT_INT(history_newest_first(event)),
                .id = event->id,
                .name = history_key_part(event->name),
                .source = history_key_part(event->source),
                .username = history_key_part(event->username),
                .access_key_id = history_key_part(event->access_key_id),
                .read_only = event->is_read_only ? STR("true") : STR("false"),
                .json = event->json,
        };

        (void)arg;
        if (event->is_insight)
                return insight_remember(txn, arena, event);
        if (!is_history(event))
                return 0;
        TRY(forget_old(txn, arena, event));
        TRY(list_resources(arena, event, &record.resources));
        TRY(record_put(txn, &cloudtrail_history_event_record_type, &record));
        for (size_t i = 0; i < event->resource_count; i++)
                TRY(put_resource(txn, arena, event, &event->resources[i]));
        return arena->failed ? -ENOMEM : 0;
}

const struct subscriber cloudtrail_history = {.name = "cloudtrail-history", .handle = keep};
