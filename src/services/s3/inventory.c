/* Inventories of a bucket; stored and given back.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketInventoryConfiguration.html */
#include "services/s3/named.h"

static int check_encryption(struct call *call, const struct s3_inventory_encryption *encryption)
{
        if (encryption && (encryption->sses3 != NULL) == (encryption->ssekms != NULL))
                return s3_malformed(call);
        return 0;
}

static int check_fields(struct call *call, const struct str_list *fields)
{
        for (size_t i = 0; i < fields->count; i++)
                for (size_t k = 0; k < i; k++)
                        if (str_eq(fields->items[i], fields->items[k]))
                                return s3_malformed(call);
        return 0;
}

static int check(struct call *call, const struct s3_inventory_configuration *inventory)
{
        const struct s3_inventory_s3_bucket_destination *destination =
                inventory->destination->s3_bucket_destination;

        TRY(check_encryption(call, destination->encryption));
        TRY(check_fields(call, &inventory->optional_fields));
        return s3_check_report_bucket(call, destination->bucket, destination->account_id);
}

int s3_put_bucket_inventory_configuration(struct call *call,
                                          const struct s3_put_bucket_inventory_configuration_in *in,
                                          struct s3_put_bucket_inventory_configuration_out *out)
{
        (void)out;
        TRY(check(call, in->inventory_configuration));
        return s3_put_named(call, &s3_bucket_inventory_record_type,
                            &(struct s3_named){in->bucket, in->id, in->inventory_configuration},
                            in->inventory_configuration->id);
}

int s3_get_bucket_inventory_configuration(struct call *call,
                                          const struct s3_get_bucket_inventory_configuration_in *in,
                                          struct s3_get_bucket_inventory_configuration_out *out)
{
        struct s3_named named = {in->bucket, in->id, NULL};

        TRY(s3_get_named(call, &s3_bucket_inventory_record_type, &named));
        out->inventory_configuration = named.configuration;
        return 0;
}

int s3_list_bucket_inventory_configurations(struct call *call,
                                            const struct s3_list_bucket_inventory_configurations_in *in,
                                            struct s3_list_bucket_inventory_configurations_out *out)
{
        struct s3_named_page page;

        TRY(s3_list_named(call, &s3_bucket_inventory_record_type, in->bucket,
                          sizeof(struct s3_inventory_configuration), in->continuation_token, &page));
        out->is_truncated = page.is_truncated;
        out->continuation_token = page.token;
        out->next_continuation_token = page.next;
        out->inventory_configuration_list =
                (struct s3_inventory_configuration_list){page.items.items, page.items.count, true};
        return 0;
}

int s3_delete_bucket_inventory_configuration(struct call *call,
                                             const struct s3_delete_bucket_inventory_configuration_in *in,
                                             struct s3_delete_bucket_inventory_configuration_out *out)
{
        (void)out;
        return s3_delete_named(call, &s3_bucket_inventory_record_type,
                               &(struct s3_named){in->bucket, in->id, NULL});
}
