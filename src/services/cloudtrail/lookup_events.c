#include "services/cloudtrail/lookup.h"

#include "services/budgets.h"

#define PAGE_MAX   50
#define PAGE_BYTES ((size_t)8 * 1024 * 1024) /* of records: a page of long ones has fewer */

/* -- The question */

static enum history_attribute attribute_of(struct str key)
{
        static const struct {
                struct str key;
                enum history_attribute attribute;
        } NAMES[] = {
                {STR_INIT("EventId"), HISTORY_EVENT_ID},
                {STR_INIT("EventName"), HISTORY_EVENT_NAME},
                {STR_INIT("EventSource"), HISTORY_EVENT_SOURCE},
                {STR_INIT("Username"), HISTORY_USERNAME},
                {STR_INIT("AccessKeyId"), HISTORY_ACCESS_KEY_ID},
                {STR_INIT("ReadOnly"), HISTORY_READ_ONLY},
                {STR_INIT("ResourceName"), HISTORY_RESOURCE_NAME},
                {STR_INIT("ResourceType"), HISTORY_RESOURCE_TYPE},
        };

        for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
                if (str_eq(NAMES[i].key, key))
                        return NAMES[i].attribute;
        return HISTORY_ALL;
}

static int read_attribute(struct lookup *lookup)
{
        const struct cloudtrail_lookup_attribute_list *list = &lookup->in->lookup_attributes;

        if (list->count > 1)
                return fail(lookup->call, &cloudtrail_invalid_lookup_attributes_exception,
                            "You can only specify one lookup attribute.");
        if (list->count == 1) {
                lookup->key = list->items[0].attribute_key;
                lookup->question.attribute = attribute_of(lookup->key);
                lookup->question.value = list->items[0].attribute_value;
        }
        return 0;
}

/* The first whole second that is not before it. Times of events are compared by their seconds. */
static int64_t next_second(int64_t ms)
{
        return ms <= 0                 ? 0
               : ms > HISTORY_TIME_MAX ? HISTORY_TIME_MAX
                                       : (ms + MS_PER_S - 1) / MS_PER_S * MS_PER_S;
}

static int read_range(struct lookup *lookup)
{
        const struct cloudtrail_lookup_events_in *in = lookup->in;
        int64_t oldest = lookup->call->now_ms - HISTORY_KEPT_DAYS * MS_PER_DAY;
        int64_t start =
                in->start_time.is_set && in->start_time.value > oldest ? in->start_time.value : oldest;
        int64_t end = in->end_time.is_set && in->end_time.value < HISTORY_TIME_MAX ? in->end_time.value
                                                                                   : HISTORY_TIME_MAX;

        if (in->start_time.is_set && in->end_time.is_set && in->start_time.value > in->end_time.value)
                return fail(lookup->call, &cloudtrail_invalid_time_range_exception,
                            "Invalid time range: start time must be before end time.");
        lookup->question.until = history_newest_first(next_second(start), 0);
        lookup->question.from = history_newest_first(next_second(end + 1), 0) + 1;
        return 0;
}

static int read_question(struct lookup *lookup)
{
        const struct cloudtrail_lookup_events_in *in = lookup->in;

        lookup->question.account = lookup->call->account;
        lookup->question.region = lookup->call->region;
        TRY(read_attribute(lookup));
        TRY(read_range(lookup));
        lookup->page = in->max_results.is_set ? (size_t)in->max_results.value : PAGE_MAX;
        if (lookup->page < 1 || lookup->page > PAGE_MAX)
                return fail(lookup->call, &cloudtrail_invalid_max_results_exception,
                            "Max results must be between 1 and %d.", PAGE_MAX);
        return str_is_set(in->next_token) ? lookup_read_token(lookup, in->next_token) : 0;
}

/* -- The answer */

/* To the second, as events tell it: the time of an event that was looked up finds it again. */
static int64_t time_of(const struct cloudtrail_history_recent_record *event)
{
        int64_t ms = history_time_ms(event->newest_first.value);

        return ms - ms % MS_PER_S;
}

static void give(struct lookup *lookup, const struct cloudtrail_history_recent_record *event)
{
        lookup->events[lookup->count++] = (struct cloudtrail_event){
                .event_id = event->id,
                .event_name = event->name,
                .read_only = event->read_only,
                .access_key_id = event->access_key_id.len ? event->access_key_id : STR_NONE,
                .event_time = OPT_INT(time_of(event)),
                .event_source = event->source,
                .username = event->username.len ? event->username : STR_NONE,
                .resources = event->resources,
                .cloud_trail_event = event->json,
        };
        lookup->bytes += event->json.len;
        lookup->last = event->newest_first.value;
        lookup->last_id = event->id;
}

static bool is_full(const struct lookup *lookup)
{
        return lookup->count == lookup->page || lookup->bytes >= PAGE_BYTES;
}

/* Until the page is full and there is more, or so much was looked at, and the client asks on. */
static int fill_page(struct lookup *lookup,
                     int (*next)(void *arg, struct cloudtrail_history_recent_record *ret), void *arg)
{
        struct cloudtrail_history_recent_record event = {};
        int r;

        while ((r = next(arg, &event)) == 0) {
                if (is_full(lookup)) {
                        lookup->is_cut = true;
                        return 0;
                }
                give(lookup, &event);
        }
        if (r == -EAGAIN && !is_full(lookup)) {
                lookup->last = event.newest_first.value;
                lookup->last_id = STR("");
        }
        lookup->is_cut = r == -EAGAIN;
        return r == -EAGAIN || r == -ENOENT ? 0 : r;
}

static int next_of_walk(void *arg, struct cloudtrail_history_recent_record *ret)
{
        return history_walk_next(arg, ret);
}

static int look(struct lookup *lookup)
{
        _cleanup_(history_walk_end) struct history_walk walk = {};
        struct call *call = lookup->call;

        TRY(history_walk_begin(&walk, call->txn, &call->arena, call->host->damage, &lookup->question));
        return fill_page(lookup, next_of_walk, &walk);
}

/* -- Events of Insights are few, and looked through: so many at a time, if somebody made many. */

struct insights {
        const struct lookup *lookup;
        struct record_scan scan;
        size_t looked;
};

static int next_insight(void *arg, struct cloudtrail_history_recent_record *ret)
{
        struct insights *insights = arg;

        while (true) {
                struct cloudtrail_history_insight_record row = {};

                TRY(record_scan_next(&insights->scan, &row));
                *ret = (struct cloudtrail_history_recent_record){
                        .newest_first = row.newest_first,
                        .id = row.id,
                        .name = row.name,
                        .source = row.source,
                        .json = row.json,
                };
                if (row.newest_first.value > insights->lookup->question.until)
                        return -ENOENT;
                if (++insights->looked > HISTORY_LOOK_MOST)
                        return -EAGAIN;
                if (history_is_asked(&insights->lookup->question, ret))
                        return 0;
        }
}

static int look_for_insights(struct lookup *lookup)
{
        const struct record_type *type = &cloudtrail_history_insight_record_type;
        const struct cloudtrail_history_insight_record like = {
                .account = lookup->question.account,
                .region = lookup->question.region,
                .newest_first = OPT_INT(lookup->question.from),
        };
        struct insights insights = {.lookup = lookup};
        struct call *call = lookup->call;
        struct str after;
        int r;

        TRY(record_scan_token_at(&call->arena, type, &like, 2, 3, &after));
        TRY(record_scan_begin(&insights.scan, call->txn, &call->arena, type, NULL, &like, 2, after));
        r = fill_page(lookup, next_insight, &insights);
        record_scan_end(&insights.scan);
        return r;
}

/* AWS's limit is two requests a second; ours is what they cost. */
static int look_within_budget(struct lookup *lookup)
{
        struct call *call = lookup->call;
        int64_t begin_ns = clock_thread_ns();
        int r;

        if (!budgets_may(call->host->lookups, call->account, clock_monotonic_ns()))
                return fail(call, &cloudtrail_throttling_exception, "Rate exceeded");
        r = str_is_set(lookup->in->event_category) ? look_for_insights(lookup) : look(lookup);
        budgets_use(call->host->lookups, call->account, clock_thread_ns() - begin_ns, clock_monotonic_ns());
        return r;
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
        TRY(look_within_budget(&lookup));
        out->events.items = lookup.events;
        out->events.count = lookup.count;
        out->events.is_set = true;
        if (lookup.is_cut)
                return lookup_make_token(&lookup, &out->next_token);
        return 0;
}
