/* Receivers of event notifications.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html */
#pragma once

#include "services/s3/s3.h"

/* Topics, queues and functions are configured alike. */
struct s3_receiver {
        struct str id, arn;
        struct str_list events;
        struct s3_notification_configuration_filter *filter;
};

struct s3_receivers {
        struct s3_receiver *items;
        size_t count;
};

/* By itself (receiver.c). service: that it has to be of, "sqs". */
must_check int s3_check_receiver(struct call *call, const struct s3_receiver *receiver, struct str service,
                                 const struct s3_bucket_record *bucket);
/* Whether it is to be told of an event, "s3:ObjectCreated:Put", on a key. */
bool s3_receiver_wants(const struct s3_receiver *receiver, struct str event, struct str key);
/* No two of them may be meant by one event. */
must_check int s3_check_receivers(struct call *call, const struct s3_receivers *all);
