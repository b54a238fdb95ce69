#include "services/cloudwatch/metrics.h"

int cloudwatch_check_queries(struct call *call, const struct cloudwatch_metric_data_query_list *queries)
{
        (void)queries;
        return call_invalid(call, "No metric math yet.");
}
int cloudwatch_read_query(struct call *call, const struct cloudwatch_metric_data_query_list *queries, struct str id,
                          const struct cloudwatch_time_range *range, struct cloudwatch_series *ret)
{
        (void)call, (void)queries, (void)id, (void)range, (void)ret;
        return -ENOSYS;
}
int cloudwatch_query_period(struct call *call, const struct cloudwatch_metric_data_query_list *queries, struct str id,
                            int64_t *ret_s)
{
        (void)call, (void)queries, (void)id, (void)ret_s;
        return -ENOSYS;
}
