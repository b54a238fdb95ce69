/* ListMetrics. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html */
#include "services/cloudwatch/point.h"
#include "services/marker.h"

#define PAGE      500
#define LOOKED_AT 5000
#define RECENT_MS (3 * INT64_C(3600000))

struct listing {
        struct call *call;
        const struct cloudwatch_list_metrics_in *in;
        struct cloudwatch_list_metrics_out *out;
        struct str subject; /* of its markers: what is asked */
        struct str place;   /* behind the last metric that was looked at */
};

/* -- Filters */

static bool has_dimension(const struct cloudwatch_metric_record *metric,
                          const struct cloudwatch_dimension_filter *filter)
{
        for (size_t i = 0; i < metric->dimensions.count; i++) {
                const struct cloudwatch_dimension *one = &metric->dimensions.items[i];

                if (str_eq(one->name, filter->name) &&
                    (!str_is_set(filter->value) || str_eq(one->value, filter->value)))
                        return true;
        }
        return false;
}

/* Metrics that "haven't reported data in the past two weeks" are not listed. */
static int is_active(const struct listing *listing, const struct cloudwatch_metric_record *metric, bool *ret)
{
        struct call *call = listing->call;
        struct cloudwatch_metric_use_record use = {.metric = metric->id};
        int64_t since_ms = str_is_set(listing->in->recently_active) ? RECENT_MS : CLOUDWATCH_PAST_MS;
        int r = call_get(call, &cloudwatch_metric_use_record_type, &use);

        *ret = r == 0 && use.active.value > call->now_ms - since_ms;
        return r == -ENOENT ? 0 : r;
}

static int is_wanted(const struct listing *listing, const struct cloudwatch_metric_record *metric, bool *ret)
{
        const struct cloudwatch_list_metrics_in *in = listing->in;

        *ret = !str_is_set(in->metric_name) || str_eq(in->metric_name, metric->name);
        for (size_t i = 0; *ret && i < in->dimensions.count; i++)
                *ret = has_dimension(metric, &in->dimensions.items[i]);
        return *ret ? is_active(listing, metric, ret) : 0;
}

/* -- The page */

static int add(struct listing *listing, const struct cloudwatch_metric_record *metric)
{
        struct cloudwatch_list_metrics_out *out = listing->out;

        out->metrics.items[out->metrics.count] = (struct cloudwatch_metric){
                .namespace = metric->namespace,
                .metric_name = metric->name,
                .dimensions = metric->dimensions,
        };
        out->metrics.items[out->metrics.count++].dimensions.is_set = true;
        if (listing->in->include_linked_accounts.value)
                out->owning_accounts.items[out->owning_accounts.count++] = listing->call->account;
        return 0;
}

/* Not longer than memory allows, either: dimensions may be long. */
static bool is_full(const struct listing *listing)
{
        const struct arena *arena = &listing->call->arena;

        return listing->out->metrics.count == PAGE || arena->used > arena->limit / 2;
}

static int fill(struct listing *listing, struct record_scan *scan)
{
        struct call *call = listing->call;
        int r;

        for (size_t seen = 0;; seen++) {
                struct cloudwatch_metric_record metric = {};
                bool is_in;

                r = record_scan_next(scan, &metric);
                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                if (seen == LOOKED_AT || is_full(listing))
                        return marker_make(call, listing->subject, listing->place, &listing->out->next_token);
                TRY(is_wanted(listing, &metric, &is_in));
                if (is_in)
                        TRY(add(listing, &metric));
                listing->place = record_scan_token(scan, &call->arena);
        }
}

static int list(struct listing *listing, struct str after)
{
        const struct cloudwatch_list_metrics_in *in = listing->in;
        struct call *call = listing->call;
        const struct cloudwatch_metric_record like = {
                .account = call->account,
                .region = call->region,
                .namespace = in->namespace,
                .name = in->metric_name,
        };
        _cleanup_(record_scan_end) struct record_scan scan = {};
        size_t members = !str_is_set(in->namespace) ? 2 : !str_is_set(in->metric_name) ? 3 : 4;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &cloudwatch_metric_record_type,
                              cloudwatch_metric_by_name, &like, members, after));
        return fill(listing, &scan);
}

static int make_room(struct listing *listing)
{
        struct cloudwatch_list_metrics_out *out = listing->out;
        struct arena *arena = &listing->call->arena;

        out->metrics.items = arena_new_array(arena, struct cloudwatch_metric, PAGE);
        out->metrics.is_set = true;
        out->owning_accounts.items = arena_new_array(arena, struct str, PAGE);
        out->owning_accounts.is_set = listing->in->include_linked_accounts.value;
        return out->metrics.items && out->owning_accounts.items ? 0 : -ENOMEM;
}

int cloudwatch_list_metrics(struct call *call, const struct cloudwatch_list_metrics_in *in,
                            struct cloudwatch_list_metrics_out *out)
{
        struct listing listing = {.call = call, .in = in, .out = out};
        struct str after = STR_NONE;

        listing.subject = arena_printf(&call->arena, "metrics %.*s\n%.*s", STR_ARG(in->namespace),
                                       STR_ARG(in->metric_name));
        if (str_is_set(in->next_token) && marker_read(call, listing.subject, in->next_token, &after) < 0)
                return fail(call, &cloudwatch_invalid_parameter_value_exception,
                            "The value for parameter NextToken is invalid.");
        TRY(make_room(&listing));
        /* There are no links to other accounts: what they have is not there. */
        if (str_is_set(in->owning_account) && !str_eq(in->owning_account, call->account))
                return 0;
        return list(&listing, after);
}
