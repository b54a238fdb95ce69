#include "services/cloudwatch/period.h"

#include "services/cloudwatch/point.h"

bool cloudwatch_is_period(int64_t seconds)
{
        return seconds == 1 || seconds == 5 || seconds == 10 || seconds == 20 || seconds == 30 ||
               (seconds > 0 && seconds % 60 == 0);
}

int64_t cloudwatch_round_start(int64_t start_ms, int64_t period_s, int64_t now_ms)
{
        int64_t age_ms = now_ms - start_ms;

        if (period_s < 60)
                return cloudwatch_floor_ms(start_ms, period_s);
        if (age_ms < cloudwatch_span_kept_ms(60))
                return cloudwatch_floor_ms(start_ms, 60);
        return cloudwatch_floor_ms(start_ms, age_ms < cloudwatch_span_kept_ms(300) ? 300 : 3600);
}
