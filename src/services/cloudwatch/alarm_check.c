/* What PutMetricAlarm takes.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
#include "services/cloudwatch/alarm_query.h"
#include "services/cloudwatch/metric.h"

#include <math.h>

/* "The 20 structures can include as many as 10 structures that contain a MetricStat parameter ..., and as
 * many as 10 structures that contain the Expression parameter."
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html */
#define METRICS_MAX     10
#define EXPRESSIONS_MAX 10
#define LABEL_MAX       2048 /* as long as an expression: it is in every message about the alarm */
#define DAY_S           86400
#define WEEK_S          604800
#define HOUR_S          3600

/* "Can't contain ASCII control characters." */
int cloudwatch_check_name(struct call *call, struct str name)
{
        for (size_t i = 0; i < name.len; i++)
                if ((unsigned char)name.ptr[i] < ' ' || name.ptr[i] == 0x7F)
                        return call_invalid(call, "AlarmName must not contain control characters.");
        return 0;
}

static int need(struct call *call, bool is_set, const char *name)
{
        return is_set ? 0 : call_invalid(call, "%s must not be null", name);
}

/* -- One metric */

static bool is_valid_period(int64_t period_s)
{
        return period_s == 10 || period_s == 20 || period_s == 30 || (period_s >= 60 && period_s % 60 == 0);
}

static int check_period(struct call *call, int64_t period_s)
{
        return is_valid_period(period_s)
                       ? 0
                       : call_invalid(call, "Period must be 10, 20, 30 or a multiple of 60");
}

static bool is_percentile(struct str statistic)
{
        return str_starts(statistic, STR("p")) && statistic.len > 1;
}

static int check_statistic(struct call *call, const struct cloudwatch_put_metric_alarm_in *in)
{
        bool is_extended = str_is_set(in->extended_statistic);

        if (str_is_set(in->statistic) && is_extended)
                return call_invalid(call, "Statistic and ExtendedStatistic cannot both be set");
        if (!str_is_set(in->statistic) && !is_extended)
                return call_invalid(call, "Either Statistic or ExtendedStatistic must be set");
        if (is_extended && cloudwatch_check_statistic(in->extended_statistic) < 0)
                return call_invalid(call, "The value %.*s for parameter ExtendedStatistic is not supported.",
                                    STR_ARG(in->extended_statistic));
        return 0;
}

static int check_dimensions(struct call *call, const struct cloudwatch_dimension_list *list)
{
        for (size_t i = 0; i < list->count; i++)
                if (!cloudwatch_is_printable(list->items[i].name) ||
                    !cloudwatch_is_printable(list->items[i].value))
                        return call_invalid(call,
                                            "Dimensions must contain only ASCII characters, and at least "
                                            "one that is not a space.");
        return 0;
}

static int check_one(struct call *call, const struct cloudwatch_put_metric_alarm_in *in)
{
        TRY(need(call, str_is_set(in->metric_name), "MetricName"));
        TRY(need(call, str_is_set(in->namespace), "Namespace"));
        TRY(need(call, in->period.is_set, "Period"));
        TRY(check_dimensions(call, &in->dimensions));
        TRY(check_period(call, in->period.value));
        return check_statistic(call, in);
}

/* -- Several queries */

static int check_alone(struct call *call, const struct cloudwatch_put_metric_alarm_in *in)
{
        const struct {
                const char *name;
                bool is_set;
        } others[] = {
                {"MetricName", str_is_set(in->metric_name)},
                {"Namespace", str_is_set(in->namespace)},
                {"Statistic", str_is_set(in->statistic)},
                {"ExtendedStatistic", str_is_set(in->extended_statistic)},
                {"Dimensions", in->dimensions.count > 0},
                {"Period", in->period.is_set},
                {"Unit", str_is_set(in->unit)},
        };

        for (size_t i = 0; i < ARRAY_LEN(others); i++)
                if (others[i].is_set)
                        return call_invalid(call, "%s should not be set if list of Metrics is set.",
                                            others[i].name);
        return 0;
}

static int check_query(struct call *call, const struct cloudwatch_metric_data_query *query)
{
        if (str_is_set(query->account_id) && !str_eq(query->account_id, call->account))
                return call_invalid(call, "This server's alarms watch metrics of their own account alone.");
        if (query->label.len > LABEL_MAX)
                return call_invalid(call, "Label must not have more than %d bytes.", LABEL_MAX);
        if (!query->metric_stat)
                return 0;
        TRY(check_dimensions(call, &query->metric_stat->metric->dimensions));
        return check_period(call, query->metric_stat->period.value);
}

static int check_queries(struct call *call, const struct cloudwatch_put_metric_alarm_in *in)
{
        const struct cloudwatch_metric_data_query *watched = cloudwatch_watched_query(&in->metrics);
        size_t metrics = 0;

        TRY(check_alone(call, in));
        for (size_t i = 0; i < in->metrics.count; i++) {
                TRY(check_query(call, &in->metrics.items[i]));
                metrics += in->metrics.items[i].metric_stat != NULL;
        }
        if (metrics > METRICS_MAX)
                return call_invalid(call, "An alarm can be based on no more than %d metrics.", METRICS_MAX);
        if (in->metrics.count - metrics > EXPRESSIONS_MAX)
                return call_invalid(call, "An alarm can have no more than %d expressions.", EXPRESSIONS_MAX);
        if (!watched)
                return call_invalid(call, "Exactly one element of the metrics list should return data.");
        return cloudwatch_check_queries(call, &in->metrics, watched->id);
}

/* -- How it is judged */

static bool is_one_of(struct str value, const char *const *words, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (str_eq(value, str_of(words[i])))
                        return true;
        return false;
}

static int check_words(struct call *call, const struct cloudwatch_put_metric_alarm_in *in)
{
        static const char *const TREATMENTS[] = {"breaching", "notBreaching", "ignore", "missing"};
        static const char *const SAMPLES[] = {"evaluate", "ignore"};

        if (str_is_set(in->treat_missing_data) &&
            !is_one_of(in->treat_missing_data, TREATMENTS, ARRAY_LEN(TREATMENTS)))
                return call_invalid(
                        call,
                        "The value %.*s is not supported for TreatMissingData parameter. Supported "
                        "values are [breaching, notBreaching, ignore, missing].",
                        STR_ARG(in->treat_missing_data));
        if (!str_is_set(in->evaluate_low_sample_count_percentile))
                return 0;
        if (!is_one_of(in->evaluate_low_sample_count_percentile, SAMPLES, ARRAY_LEN(SAMPLES)))
                return call_invalid(
                        call,
                        "Option %.*s is not supported for EvaluateLowSampleCountPercentile parameter. "
                        "Supported options for parameter are [evaluate, ignore].",
                        STR_ARG(in->evaluate_low_sample_count_percentile));
        return is_percentile(in->extended_statistic)
                       ? 0
                       : call_invalid(call,
                                      "EvaluateLowSampleCountPercentile can only be set for percentiles.");
}

/* There are no models here that could tell what is an anomaly. */
static int check_threshold(struct call *call, const struct cloudwatch_put_metric_alarm_in *in)
{
        bool ignored;

        if (in->threshold.is_set && str_is_set(in->threshold_metric_id))
                return call_invalid(call, "Threshold and ThresholdMetricId cannot both be set");
        if (str_is_set(in->threshold_metric_id) ||
            !cloudwatch_compare(in->comparison_operator, 0, 0, &ignored))
                return call_invalid(call, "This server has no anomaly detection models for alarms.");
        TRY(need(call, in->threshold.is_set, "Threshold"));
        return isfinite(in->threshold.value) ? 0 : call_invalid(call, "Threshold must be a finite number");
}

static int check_span(struct call *call, const struct cloudwatch_put_metric_alarm_in *in)
{
        const struct cloudwatch_metric_alarm metric = {
                .metric_name = in->metric_name, .period = in->period, .metrics = in->metrics};
        int64_t period_s = 0, span_s;

        TRY(cloudwatch_alarm_period(call, &metric, &period_s));
        TRY(check_period(call, period_s));
        span_s = period_s * in->evaluation_periods.value;
        if (period_s < HOUR_S && span_s > DAY_S)
                return call_invalid(call,
                                    "Metrics cannot be checked across more than a day (EvaluationPeriods * "
                                    "Period must be <= 86400) for alarms using period < 3600");
        if (span_s > WEEK_S)
                return call_invalid(call,
                                    "Metrics cannot be checked across more than a week (EvaluationPeriods * "
                                    "Period must be <= 604800) for alarms using period >= 3600");
        return 0;
}

static int check_judgement(struct call *call, const struct cloudwatch_put_metric_alarm_in *in)
{
        TRY(need(call, in->evaluation_periods.is_set, "EvaluationPeriods"));
        TRY(need(call, str_is_set(in->comparison_operator), "ComparisonOperator"));
        TRY(check_threshold(call, in));
        if (in->datapoints_to_alarm.is_set && in->datapoints_to_alarm.value > in->evaluation_periods.value)
                return call_invalid(call,
                                    "DatapointsToAlarm must be less than or equal to EvaluationPeriods");
        TRY(check_words(call, in));
        return check_span(call, in);
}

static int check_new_kinds(struct call *call, const struct cloudwatch_put_metric_alarm_in *in)
{
        if (in->evaluation_criteria)
                return call_invalid(call, "This server has no PromQL queries for alarms.");
        if (in->evaluation_interval.is_set)
                return call_invalid(call,
                                    "EvaluationInterval can only be set together with EvaluationCriteria.");
        if (in->evaluation_window && in->evaluation_window->wall_clock_window)
                return call_invalid(call, "This server evaluates alarms over sliding windows alone.");
        return 0;
}

int cloudwatch_check_metric_alarm(struct call *call, const struct cloudwatch_put_metric_alarm_in *in)
{
        TRY(cloudwatch_check_name(call, in->alarm_name));
        TRY(check_new_kinds(call, in));
        if (in->metrics.count > 0)
                TRY(check_queries(call, in));
        else
                TRY(check_one(call, in));
        TRY(check_judgement(call, in));
        TRY(cloudwatch_check_actions(call, CLOUDWATCH_METRIC_ALARM, &in->ok_actions));
        TRY(cloudwatch_check_actions(call, CLOUDWATCH_METRIC_ALARM, &in->alarm_actions));
        return cloudwatch_check_actions(call, CLOUDWATCH_METRIC_ALARM, &in->insufficient_data_actions);
}
