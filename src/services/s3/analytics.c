/* Storage class analysis of a bucket; stored and given back.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAnalyticsConfiguration.html */
#include "services/s3/filter.h"
#include "services/s3/named.h"

static int check(struct call *call, const struct s3_analytics_configuration *analytics)
{
        const struct s3_storage_class_analysis_data_export *export =
                analytics->storage_class_analysis->data_export;

        if (analytics->filter) {
                struct s3_filter filter = S3_FILTER_OF(analytics->filter);

                TRY(s3_check_filter(call, &filter, false));
        }
        if (!export)
                return 0;
        return s3_check_report_bucket(call, export->destination->s3_bucket_destination->bucket,
                                      export->destination->s3_bucket_destination->bucket_account_id);
}

int s3_put_bucket_analytics_configuration(struct call *call,
                                          const struct s3_put_bucket_analytics_configuration_in *in,
                                          struct s3_put_bucket_analytics_configuration_out *out)
{
        (void)out;
        TRY(check(call, in->analytics_configuration));
        return s3_put_named(call, &s3_bucket_analytics_record_type,
                            &(struct s3_named){in->bucket, in->id, in->analytics_configuration},
                            in->analytics_configuration->id);
}

int s3_get_bucket_analytics_configuration(struct call *call,
                                          const struct s3_get_bucket_analytics_configuration_in *in,
                                          struct s3_get_bucket_analytics_configuration_out *out)
{
        struct s3_named named = {in->bucket, in->id, NULL};

        TRY(s3_get_named(call, &s3_bucket_analytics_record_type, &named));
        out->analytics_configuration = named.configuration;
        return 0;
}

int s3_list_bucket_analytics_configurations(struct call *call,
                                            const struct s3_list_bucket_analytics_configurations_in *in,
                                            struct s3_list_bucket_analytics_configurations_out *out)
{
        struct s3_named_page page;

        TRY(s3_list_named(call, &s3_bucket_analytics_record_type, in->bucket,
                          sizeof(struct s3_analytics_configuration), in->continuation_token, &page));
        out->is_truncated = page.is_truncated;
        out->continuation_token = page.token;
        out->next_continuation_token = page.next;
        out->analytics_configuration_list =
                (struct s3_analytics_configuration_list){page.items.items, page.items.count, true};
        return 0;
}

int s3_delete_bucket_analytics_configuration(struct call *call,
                                             const struct s3_delete_bucket_analytics_configuration_in *in,
                                             struct s3_delete_bucket_analytics_configuration_out *out)
{
        (void)out;
        return s3_delete_named(call, &s3_bucket_analytics_record_type,
                               &(struct s3_named){in->bucket, in->id, NULL});
}
