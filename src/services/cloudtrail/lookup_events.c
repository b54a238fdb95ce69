#include "base/text.h"
#include "services/call.h"
#include "services/cloudtrail/history.h"

#define PAGE_MAX   50
#define TOKEN_MAC  16
#define SCAN_LIMIT 20000 /* rows that one page may look at */

/* One look-up: what is asked, and what has been found. */
struct lookup {
        struct call *call;
        const struct cloudtrail_lookup_events_in *in;
        struct str key, value; /* the attribute; absent: all events */
        int64_t start_ms, end_ms;
        struct str after; /* where the page before ended */
        size_t page;
        struct cloudtrail_event *events;
        size_t count;
        struct str last; /* token of the last row that was given */
        bool is_cut;     /* there is more */
};

/* -- Tokens: bound to the question, so that none can be used for another
 * ---------------------------------------- */

static struct str token_mac(const struct lookup *lookup, struct str after, uint8_t mac[32])
{
        struct call *call = lookup->call;
        struct str question =
                arena_printf(&call->arena, "lookup-events %.*s %.*s %.*s=%.*s %lld %lld %.*s",
                             STR_ARG(call->account), STR_ARG(call->region), STR_ARG(lookup->key),
                             STR_ARG(lookup->value), (long long)lookup->in->start_time.value,
                             (long long)lookup->in->end_time.value, STR_ARG(after));

        keyring_mac(call->host->keyring, SEAL_MESSAGE, question, mac);
        return str_make(mac, TOKEN_MAC);
}

static struct str make_token(const struct lookup *lookup)
{
        struct arena *arena = &lookup->call->arena;
        uint8_t mac[32];
        struct str head = token_mac(lookup, lookup->last, mac);
        struct str hex = hex_encode(arena, head);

        return arena_printf(arena, "%.*s%.*s", STR_ARG(hex), STR_ARG(hex_encode(arena, lookup->last)));
}

static int read_token(struct lookup *lookup, struct str token)
{
        struct call *call = lookup->call;
        size_t len = token.len / 2;
        char *bytes = arena_alloc(&call->arena, len + 1);
        uint8_t mac[32];
        struct str after;

        if (!bytes)
                return -ENOMEM;
        if (len <= TOKEN_MAC || hex_decode(token, bytes, len) < 0)
                return fail(call, &cloudtrail_invalid_next_token_exception, "Invalid token.");
        after = str_make(bytes + TOKEN_MAC, len - TOKEN_MAC);
        if (!secret_equal(str_make(bytes, TOKEN_MAC), token_mac(lookup, after, mac)))
                return fail(call, &cloudtrail_invalid_next_token_exception, "Invalid token.");
        lookup->after = after;
        return 0;
}

/* -- The question
 * ------------------------------------------------------------------------------------------------- */

static int read_attribute(struct lookup *lookup)
{
        const struct cloudtrail_lookup_attribute_list *list = &lookup->in->lookup_attributes;

        if (list->count > 1)
                return fail(lookup->call, &cloudtrail_invalid_lookup_attributes_exception,
                            "You can only specify one lookup attribute.");
        if (list->count == 1) {
                lookup->key = list->items[0].attribute_key;
                lookup->value = list->items[0].attribute_value;
        }
        return 0;
}

static int read_range(struct lookup *lookup)
{
        const struct cloudtrail_lookup_events_in *in = lookup->in;
        int64_t oldest = lookup->call->now_ms - HISTORY_KEPT_DAYS * MS_PER_DAY;

        lookup->start_ms =
                in->start_time.is_set && in->start_time.value > oldest ? in->start_time.value : oldest;
        lookup->end_ms = in->end_time.is_set ? in->end_time.value : INT64_MAX - 1;
        if (in->start_time.is_set && in->end_time.is_set && in->start_time.value > in->end_time.value)
                return fail(lookup->call, &cloudtrail_invalid_time_range_exception,
                            "Invalid time range: start time must be before end time.");
        return 0;
}

static int read_question(struct lookup *lookup)
{
        const struct cloudtrail_lookup_events_in *in = lookup->in;

        TRY(read_attribute(lookup));
        TRY(read_range(lookup));
        lookup->page = in->max_results.is_set ? (size_t)in->max_results.value : PAGE_MAX;
        if (lookup->page < 1 || lookup->page > PAGE_MAX)
                return fail(lookup->call, &cloudtrail_invalid_max_results_exception,
                            "Max results must be between 1 and %d.", PAGE_MAX);
        return str_is_set(in->next_token) ? read_token(lookup, in->next_token) : 0;
}

/* -- The answer
 * --------------------------------------------------------------------------------------------------- */

static int64_t time_of(const struct cloudtrail_history_event_record *record)
{
        return history_newest_first(record->newest_first.value); /* its own inverse */
}

static void give(struct lookup *lookup, const struct cloudtrail_history_event_record *record)
{
        lookup->events[lookup->count++] = (struct cloudtrail_event){
                .event_id = record->id,
                .event_name = record->name,
                .read_only = record->read_only,
                .access_key_id = record->access_key_id.len ? record->access_key_id : STR_NONE,
                .event_time = OPT_INT(time_of(record) / MS_PER_S * MS_PER_S),
                .event_source = record->source,
                .username = record->username.len ? record->username : STR_NONE,
                .resources = record->resources,
                .cloud_trail_event = record->json,
        };
}

static bool is_in_range(const struct lookup *lookup, const struct cloudtrail_history_event_record *record)
{
        int64_t time = time_of(record);

        return time >= lookup->start_ms && time <= lookup->end_ms && !record->is_data.value;
}

/* 1: the scan is over. Rows come newest first, so the first that is too old ends it. */
static int consider(struct lookup *lookup, const struct cloudtrail_history_event_record *record,
                    bool is_ordered)
{
        if (is_ordered && time_of(record) < lookup->start_ms)
                return 1;
        if (!is_in_range(lookup, record))
                return 0;
        if (lookup->count == lookup->page) {
                lookup->is_cut = true;
                return 1;
        }
        give(lookup, record);
        return 0;
}

/* A page that has looked at all it may ends where it stands, full or not: "there may be more" is not "none".
 */
static void end_page(struct lookup *lookup, const struct record_scan *scan)
{
        lookup->last = record_scan_token(scan, &lookup->call->arena);
        lookup->is_cut = true;
}

static int scan_events(struct lookup *lookup, const struct record_index *index,
                       const struct cloudtrail_history_event_record *like, size_t prefix)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct call *call = lookup->call;
        int r = 0;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &cloudtrail_history_event_record_type, index,
                              like, prefix, lookup->after));
        for (size_t i = 0; i < SCAN_LIMIT; i++) {
                struct cloudtrail_history_event_record record = {};
                size_t before = lookup->count;

                r = record_scan_next(&scan, &record);
                if (r < 0)
                        break;
                r = consider(lookup, &record, index != cloudtrail_history_event_by_id);
                if (r != 0)
                        break;
                if (lookup->count > before)
                        lookup->last = record_scan_token(&scan, &call->arena);
        }
        if (r == 0)
                end_page(lookup, &scan);
        return r == -ENOENT || r > 0 ? 0 : r;
}

/* Rows of resources lead to the events by time and id. */
static int consider_resource(struct lookup *lookup, const struct cloudtrail_history_resource_record *row)
{
        struct call *call = lookup->call;
        struct cloudtrail_history_event_record record = {
                .account = row->account,
                .region = row->region,
                .id = str_from(row->place, 16),
        };
        uint64_t newest_first = 0;

        for (size_t i = 0; i < 16 && i < row->place.len; i++) {
                char c = row->place.ptr[i];

                newest_first = newest_first << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
        }
        record.newest_first = OPT_INT((int64_t)newest_first);
        TRY(call_get(call, &cloudtrail_history_event_record_type, &record));
        return consider(lookup, &record, true);
}

static int scan_resources(struct lookup *lookup, struct str what)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct call *call = lookup->call;
        struct cloudtrail_history_resource_record like = {
                .account = call->account, .region = call->region, .what = what};
        int r = 0;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &cloudtrail_history_resource_record_type, NULL,
                              &like, 3, lookup->after));
        for (size_t i = 0; i < SCAN_LIMIT; i++) {
                struct cloudtrail_history_resource_record row = {};
                size_t before = lookup->count;

                r = record_scan_next(&scan, &row);
                if (r < 0)
                        break;
                r = consider_resource(lookup, &row);
                if (r != 0)
                        break;
                if (lookup->count > before)
                        lookup->last = record_scan_token(&scan, &call->arena);
        }
        if (r == 0)
                end_page(lookup, &scan);
        return r == -ENOENT || r > 0 ? 0 : r;
}

static int scan(struct lookup *lookup)
{
        struct call *call = lookup->call;
        struct cloudtrail_history_event_record like = {.account = call->account, .region = call->region};
        const struct {
                struct str key;
                const struct record_index *index;
                struct str *member;
        } by[] = {
                {STR("EventId"), cloudtrail_history_event_by_id, &like.id},
                {STR("EventName"), cloudtrail_history_event_by_name, &like.name},
                {STR("EventSource"), cloudtrail_history_event_by_source, &like.source},
                {STR("Username"), cloudtrail_history_event_by_username, &like.username},
                {STR("AccessKeyId"), cloudtrail_history_event_by_access_key_id, &like.access_key_id},
                {STR("ReadOnly"), cloudtrail_history_event_by_read_only, &like.read_only},
        };

        if (!str_is_set(lookup->key))
                return scan_events(lookup, NULL, &like, 2);
        for (size_t i = 0; i < ARRAY_LEN(by); i++)
                if (str_eq(by[i].key, lookup->key)) {
                        *by[i].member = lookup->value;
                        return scan_events(lookup, by[i].index, &like, 3);
                }
        if (str_eq(lookup->key, STR("ResourceName")))
                return scan_resources(lookup, history_resource_name(&call->arena, lookup->value));
        return scan_resources(lookup, history_resource_type(&call->arena, lookup->value));
}

/* LookupEvents: management events of the last 90 days, newest first, by at most one attribute.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html */
int cloudtrail_lookup_events(struct call *call, const struct cloudtrail_lookup_events_in *in,
                             struct cloudtrail_lookup_events_out *out)
{
        struct lookup lookup = {.call = call, .in = in};

        TRY(read_question(&lookup));
        lookup.events = arena_new_array(&call->arena, struct cloudtrail_event, PAGE_MAX);
        if (!lookup.events)
                return -ENOMEM;
        /* Insights events arise from trails that watch for them, of which there are none. */
        if (!str_is_set(in->event_category))
                TRY(scan(&lookup));
        out->events.items = lookup.events;
        out->events.count = lookup.count;
        out->events.is_set = true;
        if (lookup.is_cut)
                out->next_token = make_token(&lookup);
        return 0;
}
