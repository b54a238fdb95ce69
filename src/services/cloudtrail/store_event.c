/* The events of event data stores: taken as they come, given up when they are too old, gone with the store.
 */
#include "events/timers.h"
#include "services/cloudtrail/store.h"

#define DROPPED_AT_ONCE 1000
#define DROPPED_BYTES   ((size_t)8 * 1024 * 1024) /* no more are read then */

int store_take(struct txn *txn, int64_t store, const struct event *event)
{
        const struct cloudtrail_store_event_record record = {
                .store = OPT_INT(store),
                .time = OPT_INT(event->time_ms),
                .order = OPT_INT((int64_t)event->number),
                .json = event->json,
        };

        return record_put(txn, &cloudtrail_store_event_record_type, &record);
}

int64_t store_cutoff_ms(const struct call *call, const struct cloudtrail_event_data_store_record *store)
{
        return call->now_ms - store->retention.value * MS_PER_DAY;
}

/* -- What is given up: some rows at a time, which take memory until the transaction ends */

static int find_events(struct call *call, int64_t store, int64_t before_ms,
                       struct cloudtrail_store_event_record *events, size_t *ret_count, bool *ret_is_all)
{
        const struct cloudtrail_store_event_record like = {.store = OPT_INT(store)};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        size_t bytes = 0;
        int r = 0;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &cloudtrail_store_event_record_type, NULL,
                              &like, 1, STR_NONE));
        *ret_is_all = false;
        for (*ret_count = 0; *ret_count < DROPPED_AT_ONCE && bytes < DROPPED_BYTES; ++*ret_count) {
                r = record_scan_next(&scan, &events[*ret_count]);
                *ret_is_all = r == -ENOENT || (r == 0 && events[*ret_count].time.value >= before_ms);
                if (r < 0 || *ret_is_all)
                        break;
                bytes += events[*ret_count].json.len;
                events[*ret_count].json = STR_NONE;
        }
        return r == -ENOENT ? 0 : r;
}

static int drop_events(struct call *call, int64_t store, int64_t before_ms, bool *ret_is_all)
{
        struct cloudtrail_store_event_record *events =
                arena_new_array(&call->arena, struct cloudtrail_store_event_record, DROPPED_AT_ONCE + 1);
        size_t count;

        if (!events)
                return -ENOMEM;
        TRY(find_events(call, store, before_ms, events, &count, ret_is_all));
        for (size_t i = 0; i < count; i++)
                TRY(call_delete(call, &cloudtrail_store_event_record_type, &events[i]));
        return 0;
}

/* -- Timers */

struct str store_subject(struct call *call, const struct cloudtrail_event_data_store_record *store)
{
        return arena_printf(&call->arena, "%.*s %.*s %.*s", STR_ARG(store->account), STR_ARG(store->region),
                            STR_ARG(store->id));
}

static struct timer timer_of(struct call *call, const struct cloudtrail_event_data_store_record *store,
                             const char *name, int64_t due_ms)
{
        return (struct timer){.due_ms = due_ms, .name = str_of(name), .subject = store_subject(call, store)};
}

int store_await(struct call *call, struct cloudtrail_event_data_store_record *store, int64_t due_ms)
{
        struct timer timer = timer_of(call, store, "cloudtrail.ExpireEvents", store->expires.value);

        if (store->expires.is_set)
                TRY(timer_take_back(call->txn, &timer));
        store->expires = OPT_INT(due_ms);
        timer.due_ms = due_ms;
        return timer_set(call->txn, &timer);
}

static int load(struct call *call, struct str subject, struct cloudtrail_event_data_store_record *ret)
{
        *ret = (struct cloudtrail_event_data_store_record){};
        if (!str_cut(&subject, ' ', &ret->account) || !str_cut(&subject, ' ', &ret->region))
                return -EBADMSG;
        ret->id = subject;
        TRY(call_get(call, &cloudtrail_event_data_store_record_type, ret));
        call->account = ret->account;
        call->region = ret->region;
        return 0;
}

/* The first that is left expires next; what is not there yet does so later than what is. */
static int next_expiry(struct call *call, const struct cloudtrail_event_data_store_record *store,
                       int64_t *ret_ms)
{
        const struct cloudtrail_store_event_record like = {.store = store->number};
        struct cloudtrail_store_event_record first = {.time = OPT_INT(call->now_ms)};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        int r;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &cloudtrail_store_event_record_type, NULL,
                              &like, 1, STR_NONE));
        r = record_scan_next(&scan, &first);
        *ret_ms = first.time.value + store->retention.value * MS_PER_DAY + 1;
        return r == -ENOENT ? 0 : r;
}

int cloudtrail_expire_events_due(struct call *call, struct str subject)
{
        struct cloudtrail_event_data_store_record store;
        bool is_all = false;
        int64_t due_ms = call->now_ms + 1;
        int r = load(call, subject, &store);

        if (r < 0)
                return r == -ENOENT ? 1 : r;
        store.expires = (struct opt_int){};
        TRY(drop_events(call, store.number.value, store_cutoff_ms(call, &store), &is_all));
        if (is_all)
                TRY(next_expiry(call, &store, &due_ms));
        TRY(store_await(call, &store, due_ms > call->now_ms ? due_ms : call->now_ms + 1));
        TRY(call_put(call, &cloudtrail_event_data_store_record_type, &store));
        return 1;
}

/* Nobody finds it meanwhile, for its time has come. */
int cloudtrail_drop_store_due(struct call *call, struct str subject)
{
        struct cloudtrail_event_data_store_record store;
        bool is_all = false;
        struct timer timer;
        int r = load(call, subject, &store);

        if (r < 0)
                return r == -ENOENT ? 1 : r;
        if (!store.deletes.is_set)
                return 1;
        TRY(drop_events(call, store.number.value, INT64_MAX, &is_all));
        if (!is_all) {
                timer = timer_of(call, &store, "cloudtrail.DropStore", call->now_ms + 1);
                TRY(timer_set(call->txn, &timer));
                return 1;
        }
        timer = timer_of(call, &store, "cloudtrail.ExpireEvents", store.expires.value);
        TRY(timer_take_back(call->txn, &timer));
        TRY(call_delete(call, &cloudtrail_event_data_store_record_type, &store));
        return 1;
}
