/* Request metrics of a bucket, by filters; stored and given back.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-configurations.html */
#include "services/s3/filter.h"
#include "services/s3/named.h"

static int check(struct call *call, const struct s3_metrics_configuration *metrics)
{
        const struct s3_metrics_filter *given = metrics->filter;
        struct s3_filter filter;

        if (!given)
                return 0;
        filter = S3_FILTER_OF(given);
        filter.more = str_is_set(given->access_point_arn);
        filter.joined_more = given->and &&str_is_set(given->and->access_point_arn);
        return s3_check_filter(call, &filter, false);
}

int s3_put_bucket_metrics_configuration(struct call *call,
                                        const struct s3_put_bucket_metrics_configuration_in *in,
                                        struct s3_put_bucket_metrics_configuration_out *out)
{
        (void)out;
        TRY(check(call, in->metrics_configuration));
        return s3_put_named(call, &s3_bucket_metrics_record_type,
                            &(struct s3_named){in->bucket, in->id, in->metrics_configuration},
                            in->metrics_configuration->id);
}

int s3_get_bucket_metrics_configuration(struct call *call,
                                        const struct s3_get_bucket_metrics_configuration_in *in,
                                        struct s3_get_bucket_metrics_configuration_out *out)
{
        struct s3_named named = {in->bucket, in->id, NULL};

        TRY(s3_get_named(call, &s3_bucket_metrics_record_type, &named));
        out->metrics_configuration = named.configuration;
        return 0;
}

int s3_list_bucket_metrics_configurations(struct call *call,
                                          const struct s3_list_bucket_metrics_configurations_in *in,
                                          struct s3_list_bucket_metrics_configurations_out *out)
{
        struct s3_named_page page;

        TRY(s3_list_named(call, &s3_bucket_metrics_record_type, in->bucket,
                          sizeof(struct s3_metrics_configuration), in->continuation_token, &page));
        out->is_truncated = page.is_truncated;
        out->continuation_token = page.token;
        out->next_continuation_token = page.next;
        out->metrics_configuration_list =
                (struct s3_metrics_configuration_list){page.items.items, page.items.count, true};
        return 0;
}

int s3_delete_bucket_metrics_configuration(struct call *call,
                                           const struct s3_delete_bucket_metrics_configuration_in *in,
                                           struct s3_delete_bucket_metrics_configuration_out *out)
{
        (void)out;
        return s3_delete_named(call, &s3_bucket_metrics_record_type,
                               &(struct s3_named){in->bucket, in->id, NULL});
}
