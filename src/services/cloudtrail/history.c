#include "services/cloudtrail/history.h"

#include "base/text.h"
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

int64_t history_newest_first(const struct event *event)
{
        int64_t order = (int64_t)(event->number & ((1U << HISTORY_ORDER_BITS) - 1));

        return INT64_MAX - (event->time_ms * (INT64_C(1) << HISTORY_ORDER_BITS) + order);
}

int64_t history_time_ms(int64_t newest_first)
{
        return (INT64_MAX - newest_first) >> HISTORY_ORDER_BITS;
}

#define PLACE_DIGITS 16

struct str history_place(struct arena *arena, const struct event *event)
{
        return arena_printf(arena, "%0*llx%.*s", PLACE_DIGITS,
                            (unsigned long long)history_newest_first(event), STR_ARG(event->id));
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

static int keep(struct txn *txn, struct arena *arena, const struct event *event)
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
                .is_data = OPT_BOOL(event->is_data),
                .json = event->json,
        };

        TRY(list_resources(arena, event, &record.resources));
        TRY(record_put(txn, &cloudtrail_history_event_record_type, &record));
        for (size_t i = 0; i < event->resource_count; i++)
                TRY(put_resource(txn, arena, event, &event->resources[i]));
        return arena->failed ? -ENOMEM : 0;
}

const struct subscriber cloudtrail_history = {.name = "cloudtrail-history", .handle = keep};
