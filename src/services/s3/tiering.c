/* When objects of the class INTELLIGENT_TIERING move to its archive tiers; stored and given back.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Tiering.html */
#include "services/s3/filter.h"
#include "services/s3/named.h"

#define ARCHIVE_DAYS_MIN      90
#define DEEP_ARCHIVE_DAYS_MIN 180
#define DAYS_MAX              730

static int check_tier(struct call *call, const struct s3_tiering_list *tiers, size_t which)
{
        const struct s3_tiering *tier = &tiers->items[which];
        bool is_deep = str_eq(tier->access_tier, STR("DEEP_ARCHIVE_ACCESS"));

        for (size_t i = 0; i < which; i++)
                if (str_eq(tiers->items[i].access_tier, tier->access_tier))
                        return s3_malformed(call);
        if (tier->days.value < (is_deep ? DEEP_ARCHIVE_DAYS_MIN : ARCHIVE_DAYS_MIN) ||
            tier->days.value > DAYS_MAX)
                return s3_bad_argument(
                        call, STR("Days"), arena_printf(&call->arena, "%lld", (long long)tier->days.value),
                        "'Days' for AccessTier '%.*s' must be between %d and %d", STR_ARG(tier->access_tier),
                        is_deep ? DEEP_ARCHIVE_DAYS_MIN : ARCHIVE_DAYS_MIN, DAYS_MAX);
        return 0;
}

static int check(struct call *call, const struct s3_intelligent_tiering_configuration *tiering)
{
        if (tiering->filter) {
                struct s3_filter filter = S3_FILTER_OF(tiering->filter);

                TRY(s3_check_filter(call, &filter, false));
        }
        if (tiering->tierings.count == 0)
                return s3_malformed(call);
        for (size_t i = 0; i < tiering->tierings.count; i++)
                TRY(check_tier(call, &tiering->tierings, i));
        return 0;
}

int s3_put_bucket_intelligent_tiering_configuration(
        struct call *call, const struct s3_put_bucket_intelligent_tiering_configuration_in *in,
        struct s3_put_bucket_intelligent_tiering_configuration_out *out)
{
        (void)out;
        TRY(check(call, in->intelligent_tiering_configuration));
        return s3_put_named(call, &s3_bucket_tiering_record_type,
                            &(struct s3_named){in->bucket, in->id, in->intelligent_tiering_configuration},
                            in->intelligent_tiering_configuration->id);
}

int s3_get_bucket_intelligent_tiering_configuration(
        struct call *call, const struct s3_get_bucket_intelligent_tiering_configuration_in *in,
        struct s3_get_bucket_intelligent_tiering_configuration_out *out)
{
        struct s3_named named = {in->bucket, in->id, NULL};

        TRY(s3_get_named(call, &s3_bucket_tiering_record_type, &named));
        out->intelligent_tiering_configuration = named.configuration;
        return 0;
}

int s3_list_bucket_intelligent_tiering_configurations(
        struct call *call, const struct s3_list_bucket_intelligent_tiering_configurations_in *in,
        struct s3_list_bucket_intelligent_tiering_configurations_out *out)
{
        struct s3_named_page page;

        TRY(s3_list_named(call, &s3_bucket_tiering_record_type, in->bucket,
                          sizeof(struct s3_intelligent_tiering_configuration), in->continuation_token,
                          &page));
        out->is_truncated = page.is_truncated;
        out->continuation_token = page.token;
        out->next_continuation_token = page.next;
        out->intelligent_tiering_configuration_list =
                (struct s3_intelligent_tiering_configuration_list){page.items.items, page.items.count, true};
        return 0;
}

int s3_delete_bucket_intelligent_tiering_configuration(
        struct call *call, const struct s3_delete_bucket_intelligent_tiering_configuration_in *in,
        struct s3_delete_bucket_intelligent_tiering_configuration_out *out)
{
        (void)out;
        return s3_delete_named(call, &s3_bucket_tiering_record_type,
                               &(struct s3_named){in->bucket, in->id, NULL});
}
