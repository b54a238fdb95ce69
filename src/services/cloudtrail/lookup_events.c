#include "base/text.h"
#include "services/call.h"
#include "services/cloudtrail/history.h"

#define PAGE_MAX     50
#define TOKEN_MAC    16
#define TOKEN_MAX    (TOKEN_MAC + STORE_KEY_MAX)
#define QUESTION_MAX ((size_t)64 * 1024)
#define SCAN_LIMIT   20000 /* rows that one page may look at */

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
        struct str last; /* place of the last row that was looked at */
        bool is_cut;     /* there is more */
};

/* -- Tokens: bound to the question, so that none can be used for another */

/* Every part with its length, since values may hold any byte. */
static void add_part(struct buf *question, struct str part)
{
        buf_addf(question, "%zu ", part.len);
        buf_add(question, part);
}

static int token_mac(const struct lookup *lookup, struct str after, uint8_t mac[32])
{
        const struct call *call = lookup->call;
        const struct cloudtrail_lookup_events_in *in = lookup->in;
        _cleanup_(buf_done) struct buf question = {};

        buf_init(&question, QUESTION_MAX);
        buf_add(&question, STR("lookup-events "));
        add_part(&question, call->account);
        add_part(&question, call->region);
        add_part(&question, in->event_category);
        add_part(&question, lookup->key);
        add_part(&question, lookup->value);
        buf_addf(&question, "%d %lld %d %lld ", in->start_time.is_set, (long long)in->start_time.value,
                 in->end_time.is_set, (long long)in->end_time.value);
        add_part(&question, after);
        TRY(buf_check(&question));
        keyring_mac(call->host->keyring, SEAL_MESSAGE, buf_str(&question), mac);
        return 0;
}

static int make_token(const struct lookup *lookup, struct str *ret)
{
        struct arena *arena = &lookup->call->arena;
        uint8_t mac[32];

        TRY(token_mac(lookup, lookup->last, mac));
        *ret = arena_printf(arena, "%.*s%.*s", STR_ARG(hex_encode(arena, str_make(mac, TOKEN_MAC))),
                            STR_ARG(hex_encode(arena, lookup->last)));
        return 0;
}

static int read_token(struct lookup *lookup, struct str token)
{
        struct call *call = lookup->call;
        size_t len = token.len / 2;
        char *bytes = arena_alloc(&call->arena, len + 1);
        uint8_t mac[32];

        if (!bytes)
                return -ENOMEM;
        if (len <= TOKEN_MAC || len > TOKEN_MAX || hex_decode(token, bytes, len) < 0)
                return fail(call, &cloudtrail_invalid_next_token_exception, "Invalid token.");
        lookup->after = str_make(bytes + TOKEN_MAC, len - TOKEN_MAC);
        TRY(token_mac(lookup, lookup->after, mac));
        if (!secret_equal(str_make(bytes, TOKEN_MAC), str_make(mac, TOKEN_MAC)))
                return fail(call, &cloudtrail_invalid_next_token_exception, "Invalid token.");
        return 0;
}

/* -- The question */

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

/* To the second, as events tell it: the time of an event that was looked up finds it again. */
static int64_t time_of(const struct cloudtrail_history_event_record *record)
{
        int64_t ms = history_time_ms(record->newest_first.value);

        return ms - ms % MS_PER_S;
}

static void give(struct lookup *lookup, const struct cloudtrail_history_event_record *record)
{
        lookup->events[lookup->count++] = (struct cloudtrail_event){
                .event_id = record->id,
                .event_name = record->name,
                .read_only = record->read_only,
                .access_key_id = record->access_key_id.len ? record->access_key_id : STR_NONE,
                .event_time = OPT_INT(time_of(record)),
                .event_source = record->source,
                .username = record->username.len ? record->username : STR_NONE,
                .resources = record->resources,
                .cloud_trail_event = record->json,
        };
}

static bool is_in_range(const struct lookup *lookup, const struct cloudtrail_history_event_record *record)
{
        int64_t time = time_of(record);

        return time >= lookup->start_ms && time <= lookup->end_ms;
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

static int next_event(struct lookup *lookup, struct record_scan *scan)
{
        struct cloudtrail_history_event_record record = {};

        TRY(record_scan_next(scan, &record));
        return consider(lookup, &record, scan->index != cloudtrail_history_event_by_id);
}

/* Rows of resources lead to the events by time and id. */
static int next_resource(struct lookup *lookup, struct record_scan *scan)
{
        struct cloudtrail_history_resource_record row = {};
        struct cloudtrail_history_event_record record = {};

        TRY(record_scan_next(scan, &row));
        if (history_place_read(row.place, &record) < 0)
                return -EBADMSG;
        record.account = row.account;
        record.region = row.region;
        TRY(call_get(lookup->call, &cloudtrail_history_event_record_type, &record));
        return consider(lookup, &record, true);
}

/* Until the page is full or the rows end; or so many rows were looked at, and the client asks on. */
static int walk(struct lookup *lookup, struct record_scan *scan,
                int (*next)(struct lookup *lookup, struct record_scan *scan))
{
        for (size_t i = 1; i <= SCAN_LIMIT; i++) {
                int r = next(lookup, scan);

                if (r != 0)
                        return r == -ENOENT || r > 0 ? 0 : r;
                if (lookup->count == lookup->page || i == SCAN_LIMIT)
                        lookup->last = record_scan_token(scan, &lookup->call->arena);
        }
        lookup->is_cut = true;
        return 0;
}

static int scan_events(struct lookup *lookup, const struct record_index *index,
                       const struct cloudtrail_history_event_record *like, size_t prefix)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct call *call = lookup->call;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &cloudtrail_history_event_record_type, index,
                              like, prefix, lookup->after));
        return walk(lookup, &scan, next_event);
}

static int scan_resources(struct lookup *lookup, struct str what)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct call *call = lookup->call;
        struct cloudtrail_history_resource_record like = {
                .account = call->account, .region = call->region, .what = what};

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &cloudtrail_history_resource_record_type, NULL,
                              &like, 3, lookup->after));
        return walk(lookup, &scan, next_resource);
}

/* The attributes that events of Insights have; no other one finds any. */
static bool has_attribute(const struct lookup *lookup, const struct cloudtrail_history_insight_record *record)
{
        const struct {
                struct str key, value;
        } by[] = {
                {STR("EventId"), record->id},
                {STR("EventName"), record->name},
                {STR("EventSource"), record->source},
        };

        for (size_t i = 0; i < ARRAY_LEN(by); i++)
                if (str_eq(by[i].key, lookup->key))
                        return str_eq(by[i].value, lookup->value);
        return !str_is_set(lookup->key);
}

static int next_insight(struct lookup *lookup, struct record_scan *scan)
{
        struct cloudtrail_history_insight_record row = {};
        struct cloudtrail_history_event_record record = {};

        TRY(record_scan_next(scan, &row));
        if (!has_attribute(lookup, &row))
                return 0;
        record.newest_first = row.newest_first;
        record.id = row.id;
        record.name = row.name;
        record.source = row.source;
        record.json = row.json;
        return consider(lookup, &record, true);
}

static int scan_insights(struct lookup *lookup)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct call *call = lookup->call;
        const struct cloudtrail_history_insight_record like = {.account = call->account,
                                                               .region = call->region};

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &cloudtrail_history_insight_record_type, NULL,
                              &like, 2, lookup->after));
        return walk(lookup, &scan, next_insight);
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
                        *by[i].member = history_key_part(lookup->value);
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
        TRY(str_is_set(in->event_category) ? scan_insights(&lookup) : scan(&lookup));
        out->events.items = lookup.events;
        out->events.count = lookup.count;
        out->events.is_set = true;
        if (lookup.is_cut)
                return make_token(&lookup, &out->next_token);
        return 0;
}
