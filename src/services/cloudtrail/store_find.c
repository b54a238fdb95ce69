/* Event data stores by ARN and id; GetEventDataStore, ListEventDataStores. */
#include "services/cloudtrail/store.h"
#include "services/marker.h"

#define STORES_MOST 512
#define ID_LEN      36
#define PAGE_MAX    1000

struct str store_arn(struct call *call, const struct cloudtrail_event_data_store_record *store)
{
        return arena_printf(&call->arena, "arn:%.*s:cloudtrail:%.*s:%.*s:eventdatastore/%.*s",
                            STR_ARG(call->host->partition), STR_ARG(store->region), STR_ARG(store->account),
                            STR_ARG(store->id));
}

struct str store_status(const struct cloudtrail_event_data_store_record *store)
{
        if (store->deletes.is_set)
                return STR("PENDING_DELETION");
        return store->stopped.value ? STR("STOPPED_INGESTION") : STR("ENABLED");
}

/* -- One */

static bool is_id(struct str text)
{
        for (size_t i = 0; i < text.len; i++)
                if (!str_has_byte(STR("0123456789abcdef-"), text.ptr[i]))
                        return false;
        return text.len == ID_LEN;
}

static int read_arn(struct call *call, struct str text, struct cloudtrail_event_data_store_record *ret)
{
        struct str rest = text, part;
        const struct str wanted[] = {STR("arn"), call->host->partition, STR("cloudtrail")};

        for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
                if (!str_cut(&rest, ':', &part) || !str_eq(part, wanted[i]))
                        return -EINVAL;
        if (!str_cut(&rest, ':', &ret->region) || !str_cut(&rest, ':', &ret->account) ||
            !str_cut(&rest, '/', &part) || !str_eq(part, STR("eventdatastore")))
                return -EINVAL;
        ret->id = rest;
        return 0;
}

static int refuse_unknown(struct call *call, struct str given)
{
        return fail(call, &cloudtrail_event_data_store_not_found_exception,
                    "The specified event data store was not found: %.*s", STR_ARG(given));
}

int store_find(struct call *call, struct str arn_or_id, struct cloudtrail_event_data_store_record *ret)
{
        int r = 0;

        *ret = (struct cloudtrail_event_data_store_record){
                .account = call->account, .region = call->region, .id = arn_or_id};
        if (str_starts(arn_or_id, STR("arn:")))
                r = read_arn(call, arn_or_id, ret);
        if (r < 0 || !is_id(ret->id))
                return fail(call, &cloudtrail_event_data_store_arn_invalid_exception,
                            "The specified event data store ARN is not valid: %.*s", STR_ARG(arn_or_id));
        if (!str_eq(ret->account, call->account) || !str_eq(ret->region, call->region))
                return refuse_unknown(call, arn_or_id);
        r = call_get(call, &cloudtrail_event_data_store_record_type, ret);
        if (r == 0 && ret->deletes.is_set && ret->deletes.value <= call->now_ms)
                r = -ENOENT;
        return r == -ENOENT ? refuse_unknown(call, arn_or_id) : r;
}

int store_find_active(struct call *call, struct str arn_or_id, struct cloudtrail_event_data_store_record *ret)
{
        TRY(store_find(call, arn_or_id, ret));
        if (ret->deletes.is_set)
                return fail(call, &cloudtrail_inactive_event_data_store_exception,
                            "The event data store is pending deletion.");
        return 0;
}

int cloudtrail_get_event_data_store(struct call *call, const struct cloudtrail_get_event_data_store_in *in,
                                    struct cloudtrail_get_event_data_store_out *out)
{
        struct cloudtrail_event_data_store_record store;

        TRY(store_find(call, in->event_data_store, &store));
        *out = (struct cloudtrail_get_event_data_store_out){STORE_SHOWN(call, &store)};
        return 0;
}

/* -- All */

int store_list(struct call *call, struct cloudtrail_event_data_store_record **ret, size_t *ret_count)
{
        const struct cloudtrail_event_data_store_record like = {.account = call->account};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        int r = 0;

        *ret_count = 0;
        *ret = arena_new_array(&call->arena, struct cloudtrail_event_data_store_record, STORES_MOST);
        if (!*ret)
                return -ENOMEM;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &cloudtrail_event_data_store_record_type, NULL,
                              &like, 1, STR_NONE));
        while (*ret_count < STORES_MOST && (r = record_scan_next(&scan, &(*ret)[*ret_count])) == 0)
                ++*ret_count;
        return r == -ENOENT ? 0 : r;
}

static int walk(struct call *call, struct record_scan *scan, size_t page,
                struct cloudtrail_list_event_data_stores_out *out)
{
        struct str place = STR_NONE;

        for (;;) {
                struct cloudtrail_event_data_store_record store = {};
                int r = record_scan_next(scan, &store);

                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                if (out->event_data_stores.count == page)
                        return marker_make(call, STR("event-data-stores"), place, &out->next_token);
                out->event_data_stores.items[out->event_data_stores.count++] =
                        (struct cloudtrail_event_data_store){.event_data_store_arn = store_arn(call, &store),
                                                             .name = store.name};
                if (out->event_data_stores.count == page)
                        place = record_scan_token(scan, &call->arena);
        }
}

int cloudtrail_list_event_data_stores(struct call *call,
                                      const struct cloudtrail_list_event_data_stores_in *in,
                                      struct cloudtrail_list_event_data_stores_out *out)
{
        const struct cloudtrail_event_data_store_record like = {.account = call->account,
                                                                .region = call->region};
        size_t page = in->max_results.is_set ? (size_t)in->max_results.value : PAGE_MAX;
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct str after = STR_NONE;

        if (str_is_set(in->next_token) &&
            marker_read(call, STR("event-data-stores"), in->next_token, &after) < 0)
                return fail(call, &cloudtrail_invalid_next_token_exception, "Invalid token.");
        out->event_data_stores.items =
                arena_new_array(&call->arena, struct cloudtrail_event_data_store, page + 1);
        out->event_data_stores.is_set = true;
        if (!out->event_data_stores.items)
                return -ENOMEM;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &cloudtrail_event_data_store_record_type, NULL,
                              &like, 2, after));
        return walk(call, &scan, page, out);
}
