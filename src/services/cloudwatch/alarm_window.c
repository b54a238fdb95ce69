#include "services/cloudwatch/alarm_window.h"

bool cloudwatch_compare(struct str operator, double value, double threshold, bool *ret_breaching)
{
        if (str_eq(operator, STR("GreaterThanOrEqualToThreshold")))
                *ret_breaching = value >= threshold;
        else if (str_eq(operator, STR("GreaterThanThreshold")))
                *ret_breaching = value > threshold;
        else if (str_eq(operator, STR("LessThanThreshold")))
                *ret_breaching = value < threshold;
        else if (str_eq(operator, STR("LessThanOrEqualToThreshold")))
                *ret_breaching = value <= threshold;
        else
                return false;
        return true;
}

/* -- Which points count */

static size_t count_real(const struct cloudwatch_window *window)
{
        size_t count = 0;

        for (size_t i = 0; i < window->count; i++)
                count += window->points[i].is_there;
        return count;
}

/* The most recent real points; and where those of the whole range are too few, all of them and the most
 * recent of the missing ones: "CloudWatch uses missing data points only as few times as possible". */
static void choose(const struct cloudwatch_window *window, struct cloudwatch_verdict *ret)
{
        size_t real = count_real(window), chosen = 0;
        size_t missing = real < window->periods ? window->periods - real : 0;

        ret->filled = missing;
        for (size_t i = window->count; i-- > 0 && chosen < window->periods;) {
                const struct cloudwatch_point *point = &window->points[i];

                if (!point->is_there && missing == 0)
                        continue;
                missing -= !point->is_there;
                ret->breaching += point->is_there && point->is_breaching;
                ret->fine += point->is_there && !point->is_breaching;
                ret->judged[chosen++] = *point;
        }
}

/* -- What they say */

/* "Alarms are designed to always go into ALARM state when the oldest available breaching datapoint during the
 * Evaluation Periods number of data points is at least as old as the value of Datapoints to Alarm, and all
 * other more recent data points are breaching or missing." Every real point is breaching here. */
static bool is_old_enough(const struct cloudwatch_window *window)
{
        for (size_t i = 0; i < window->count; i++)
                if (window->points[i].is_there)
                        return window->count - i >= window->to_alarm;
        return false;
}

static enum cloudwatch_outcome judge_few(const struct cloudwatch_window *window,
                                         const struct cloudwatch_verdict *verdict)
{
        if (verdict->fine > 0)
                return CLOUDWATCH_OK;
        if (window->treatment == CLOUDWATCH_IGNORE)
                return CLOUDWATCH_KEEP;
        return is_old_enough(window) ? CLOUDWATCH_ALARM : CLOUDWATCH_UNKNOWN;
}

void cloudwatch_judge(const struct cloudwatch_window *window, struct cloudwatch_verdict *ret)
{
        size_t breaching;

        *ret = (struct cloudwatch_verdict){.judged = ret->judged};
        choose(window, ret);
        breaching = ret->breaching + (window->treatment == CLOUDWATCH_BREACHING ? ret->filled : 0);
        if (breaching >= window->to_alarm)
                ret->outcome = CLOUDWATCH_ALARM;
        else if (ret->filled == 0 || window->treatment == CLOUDWATCH_BREACHING ||
                 window->treatment == CLOUDWATCH_NOT_BREACHING)
                ret->outcome = CLOUDWATCH_OK;
        else
                ret->outcome = judge_few(window, ret);
}
