/* The events of Insights.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-insights-fields-trails.html */
#include "base/ids.h"
#include "base/json_out.h"
#include "services/cloudtrail/history.h"
#include "services/cloudtrail/insight.h"

#define JSON_MAX ((size_t)256 * 1024)
#define TOP      5

struct telling {
        const struct cloudtrail_insight_open_record *open;
        struct insight_series series;
        struct json_out out;
        bool is_end;
        int64_t minutes;
};

/* "0.0000882145": per minute. */
static void add_average(struct json_out *out, int64_t sum, int64_t minutes)
{
        char text[48];
        int len = snprintf(text, sizeof(text), "%.10f", (double)sum / (double)(minutes > 0 ? minutes : 1));

        while (len > 2 && text[len - 1] == '0' && text[len - 2] != '.')
                len--;
        json_key(out, STR("average"));
        json_raw(out, str_make(text, (size_t)len));
}

static void add_rate(struct json_out *out, const char *name, int64_t sum, int64_t minutes)
{
        json_key(out, str_of(name));
        json_open(out, '{');
        add_average(out, sum, minutes);
        json_close(out, '}');
}

/* -- Attributions: "sorted in descending order from highest to lowest" */

static const struct cloudtrail_insight_share *next_of(const struct cloudtrail_insight_share_list *shares,
                                                      struct str attribute,
                                                      const struct cloudtrail_insight_share *before)
{
        const struct cloudtrail_insight_share *best = NULL;

        for (size_t i = 0; i < shares->count; i++) {
                const struct cloudtrail_insight_share *share = &shares->items[i];

                if (!str_eq(share->attribute, attribute))
                        continue;
                if (before && (share->count.value > before->count.value ||
                               (share->count.value == before->count.value && share <= before)))
                        continue;
                if (!best || share->count.value > best->count.value)
                        best = share;
        }
        return best;
}

static void add_top(struct json_out *out, const char *name,
                    const struct cloudtrail_insight_share_list *shares, struct str attribute, int64_t minutes)
{
        const struct cloudtrail_insight_share *share = NULL;

        json_key(out, str_of(name));
        json_open(out, '[');
        for (size_t i = 0; i < TOP && (share = next_of(shares, attribute, share)); i++) {
                json_open(out, '{');
                json_pair(out, STR("value"), share->value);
                add_average(out, share->count.value, minutes);
                json_close(out, '}');
        }
        json_close(out, ']');
}

static void add_attribution(struct telling *telling, struct str attribute)
{
        const struct cloudtrail_insight_open_record *open = telling->open;
        struct json_out *out = &telling->out;

        if (!next_of(&open->shares, attribute, NULL))
                return;
        json_open(out, '{');
        json_pair(out, STR("attribute"), attribute);
        add_top(out, "insight", &open->shares, attribute, telling->minutes);
        add_top(out, "baseline", &open->base_shares, attribute, open->base_minutes.value);
        json_close(out, '}');
}

static void add_context(struct telling *telling)
{
        const struct cloudtrail_insight_open_record *open = telling->open;
        struct json_out *out = &telling->out;

        json_key(out, STR("insightContext"));
        json_open(out, '{');
        json_key(out, STR("statistics"));
        json_open(out, '{');
        add_rate(out, "baseline", open->base_sum.value, open->base_minutes.value);
        add_rate(out, "insight", open->sum.value, telling->minutes);
        json_key(out, STR("insightDuration"));
        json_int(out, telling->minutes);
        json_key(out, STR("baselineDuration"));
        json_int(out, open->base_minutes.value);
        json_close(out, '}');
        json_key(out, STR("attributions"));
        json_open(out, '[');
        add_attribution(telling, STR("userIdentityArn"));
        add_attribution(telling, STR("userAgent"));
        add_attribution(telling, STR("errorCode"));
        add_attribution(telling, STR("resourceArn"));
        json_close(out, ']');
        json_close(out, '}');
}

static void add_details(struct telling *telling)
{
        struct json_out *out = &telling->out;

        json_key(out, STR("insightDetails"));
        json_open(out, '{');
        json_pair(out, STR("state"), telling->is_end ? STR("End") : STR("Start"));
        json_pair(out, STR("eventSource"), telling->series.source);
        json_pair(out, STR("eventName"), telling->series.name);
        json_pair(out, STR("insightType"), telling->series.type);
        if (telling->series.error.len)
                json_pair(out, STR("errorCode"), telling->series.error);
        add_context(telling);
        json_close(out, '}');
}

static void add_all(struct telling *telling, struct arena *arena, const struct event *event)
{
        struct json_out *out = &telling->out;

        json_open(out, '{');
        json_pair(out, STR("eventVersion"), STR("1.08"));
        json_pair(out, STR("eventTime"), time_iso(arena, event->time_ms));
        json_pair(out, STR("awsRegion"), event->region);
        json_pair(out, STR("eventID"), event->id);
        json_pair(out, STR("eventType"), STR("AwsCloudTrailInsight"));
        json_pair(out, STR("recipientAccountId"), event->account);
        json_pair(out, STR("sharedEventID"), telling->open->id);
        add_details(telling);
        json_pair(out, STR("eventCategory"), STR("Insight"));
        json_close(out, '}');
}

static int append(struct call *call, const struct event *event)
{
        _cleanup_(buf_done) struct buf encoded = {};

        buf_init(&encoded, 2 * JSON_MAX);
        event_encode(event, &encoded);
        TRY(buf_check(&encoded));
        return outbox_append(call->txn, buf_str(&encoded));
}

int insight_tell(struct call *call, const struct cloudtrail_insight_open_record *open, bool is_end)
{
        _cleanup_(buf_done) struct buf json = {};
        struct telling telling = {
                .open = open,
                .out = {.buf = &json},
                .is_end = is_end,
                .minutes = open->last.value - open->started.value + 1,
        };
        struct event event = {
                .time_ms = (is_end ? open->last.value + 1 : open->started.value) * INSIGHT_MINUTE_MS,
                .id = id_uuid(&call->arena),
                .account = open->account,
                .region = open->region,
                .is_insight = true,
                .resource_count = 1,
        };

        insight_read_series(open->series, &telling.series);
        event.name = telling.series.name;
        event.source = telling.series.source;
        event.is_data = str_eq(telling.series.category, STR("Data"));
        event.resources[0].type = telling.series.type;
        buf_init(&json, JSON_MAX);
        add_all(&telling, &call->arena, &event);
        TRY(buf_check(&json));
        event.json = buf_str(&json);
        return append(call, &event);
}

/* One that is too old to be shown makes room for each that comes. */
static int forget_old(struct txn *txn, struct arena *arena, const struct event *event)
{
        const struct cloudtrail_history_insight_record like = {
                .account = event->account,
                .region = event->region,
                .newest_first = OPT_INT(history_oldest(event)),
        };
        struct cloudtrail_history_insight_record old = {};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct str after;
        int r;

        TRY(record_scan_token_at(arena, &cloudtrail_history_insight_record_type, &like, 2, 3, &after));
        TRY(record_scan_begin(&scan, txn, arena, &cloudtrail_history_insight_record_type, NULL, &like, 2,
                              after));
        r = record_scan_next(&scan, &old);
        record_scan_end(&scan); /* before this transaction writes again */
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        return record_delete(txn, &cloudtrail_history_insight_record_type, &old);
}

int insight_remember(struct txn *txn, struct arena *arena, const struct event *event)
{
        const struct cloudtrail_history_insight_record record = {
                .account = event->account,
                .region = event->region,
                .newest_first = OPT_INT(history_newest_first(event->time_ms, event->number)),
                .id = event->id,
                .name = event->name,
                .source = event->source,
                .json = event->json,
        };

        TRY(forget_old(txn, arena, event));
        return record_put(txn, &cloudtrail_history_insight_record_type, &record);
}
