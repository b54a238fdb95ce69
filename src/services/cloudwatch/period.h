/* Periods, and where the first one of a question begins. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* "1, 5, 10, 20, 30, 60, or any multiple of 60" */
bool cloudwatch_is_period(int64_t seconds);
#define CLOUDWATCH_PERIOD_TEXT "The parameter %s must be one of 1, 5, 10, 20, 30 or a multiple of 60."

/* "CloudWatch rounds the specified time stamp".
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html */
int64_t cloudwatch_round_start(int64_t start_ms, int64_t period_s, int64_t now_ms);
