/* Who is told of events of a bucket.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html */
#include "services/s3/notification.h"

#include "services/s3/event.h"
#include "services/s3/settings.h"

#define CONFIGURATIONS_MAX 100
#define ID_MAX             255

#define IS_RECEIVER(record, member)                                                                          \
        _Static_assert(sizeof(struct record) == sizeof(struct s3_receiver) &&                                \
                               offsetof(struct record, id) == offsetof(struct s3_receiver, id) &&            \
                               offsetof(struct record, member) == offsetof(struct s3_receiver, arn) &&       \
                               offsetof(struct record, events) == offsetof(struct s3_receiver, events) &&    \
                               offsetof(struct record, filter) == offsetof(struct s3_receiver, filter),      \
                       "a receiver as the others")
IS_RECEIVER(s3_topic_configuration, topic_arn);
IS_RECEIVER(s3_queue_configuration, queue_arn);
IS_RECEIVER(s3_lambda_function_configuration, lambda_function_arn);

/* -- Receivers of all three kinds, in one array that is the document's own to be */

struct kind {
        struct str service; /* of its ARNs */
        const void *given;
        size_t count;
};

static int check_ids(struct call *call, const struct s3_receivers *all)
{
        for (size_t i = 0; i < all->count; i++) {
                struct str id = all->items[i].id;

                if (id.len > ID_MAX)
                        return s3_bad_argument(call, STR("Id"), id,
                                               "ID length should not exceed allowed limit of %d", ID_MAX);
                for (size_t k = 0; k < i; k++)
                        if (str_eq(all->items[k].id, id))
                                return s3_bad_argument(
                                        call, STR("Id"), id,
                                        "Same ID used for multiple configurations. IDs must be unique");
        }
        return 0;
}

static int add_kind(struct call *call, const struct kind *kind, const struct s3_bucket_record *bucket,
                    struct s3_receivers *all)
{
        const struct s3_receiver *given = kind->given;

        for (size_t i = 0; i < kind->count; i++) {
                struct s3_receiver *receiver = &all->items[all->count++];

                *receiver = given[i];
                TRY(s3_check_receiver(call, receiver, kind->service, bucket));
                if (receiver->id.len == 0)
                        receiver->id = s3_new_setting_id(call);
        }
        return 0;
}

static int gather(struct call *call, const struct s3_notification_configuration *given,
                  const struct s3_bucket_record *bucket, struct s3_receivers *ret)
{
        const struct kind kinds[] = {
                {STR("sns"), given->topic_configurations.items, given->topic_configurations.count},
                {STR("sqs"), given->queue_configurations.items, given->queue_configurations.count},
                {STR("lambda"), given->lambda_function_configurations.items,
                 given->lambda_function_configurations.count},
        };
        size_t count = kinds[0].count + kinds[1].count + kinds[2].count;

        if (count > CONFIGURATIONS_MAX)
                return fail(call, &s3_too_many_configurations,
                            "A bucket can have up to %d event notification configurations.",
                            CONFIGURATIONS_MAX);
        *ret = (struct s3_receivers){.items = arena_new_array(&call->arena, struct s3_receiver, count + 1)};
        if (!ret->items)
                return -ENOMEM;
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
                TRY(add_kind(call, &kinds[i], bucket, ret));
        TRY(check_ids(call, ret));
        return s3_check_receivers(call, ret);
}

/* With the ids that they have by now. */
static struct s3_notification_configuration named(const struct s3_notification_configuration *given,
                                                  const struct s3_receivers *all)
{
        struct s3_notification_configuration result = *given;
        size_t topics = given->topic_configurations.count, queues = given->queue_configurations.count;

        result.topic_configurations.items = (void *)all->items;
        result.queue_configurations.items = (void *)(all->items + topics);
        result.lambda_function_configurations.items = (void *)(all->items + topics + queues);
        return result;
}

/* "it first verifies that any ... destination exists, and that the bucket owner has permission to publish to
 * it by sending a test notification": to topics and queues; EventBridge gets none. */
static int tell_tests(struct call *call, const struct s3_bucket_record *bucket,
                      const struct s3_notification_configuration *given, const struct s3_receivers *all)
{
        size_t count = given->topic_configurations.count + given->queue_configurations.count;

        for (size_t i = 0; i < count && i < all->count; i++)
                TRY(s3_tell_test(call, bucket, all->items[i].arn));
        return 0;
}

static bool is_empty(const struct s3_notification_configuration *given, const struct s3_receivers *all)
{
        return all->count == 0 && !given->event_bridge_configuration;
}

/* -- Operations */

int s3_put_bucket_notification_configuration(struct call *call,
                                             const struct s3_put_bucket_notification_configuration_in *in,
                                             struct s3_put_bucket_notification_configuration_out *out)
{
        struct s3_bucket_notification_record record = {.bucket = in->bucket};
        struct s3_notification_configuration notification;
        struct s3_bucket_record bucket;
        struct s3_receivers all = {};

        (void)out;
        TRY(s3_get_bucket(call, in->bucket, &bucket));
        TRY(gather(call, in->notification_configuration, &bucket, &all));
        notification = named(in->notification_configuration, &all);
        record.notification = &notification;
        if (!in->skip_destination_validation.value)
                TRY(tell_tests(call, &bucket, &notification, &all));
        bucket.notifies = OPT_BOOL(!is_empty(&notification, &all));
        TRY(call_put(call, &s3_bucket_record_type, &bucket));
        return call_put(call, &s3_bucket_notification_record_type, &record);
}

int s3_get_bucket_notification_configuration(struct call *call,
                                             const struct s3_get_bucket_notification_configuration_in *in,
                                             struct s3_get_bucket_notification_configuration_out *out)
{
        struct s3_bucket_notification_record record = {.bucket = in->bucket};
        struct s3_bucket_record bucket;
        int r;

        TRY(s3_get_bucket(call, in->bucket, &bucket));
        r = call_get(call, &s3_bucket_notification_record_type, &record);
        if (r == -ENOENT)
                return 0;
        TRY(r);
        out->topic_configurations = record.notification->topic_configurations;
        out->queue_configurations = record.notification->queue_configurations;
        out->lambda_function_configurations = record.notification->lambda_function_configurations;
        out->event_bridge_configuration = record.notification->event_bridge_configuration;
        return 0;
}
