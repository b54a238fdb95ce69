/* What the files of this folder share. */
#pragma once

#include "api/sns.h"
#include "services/call.h"

#define SNS_PRINCIPAL STR("sns.amazonaws.com")

/* https://docs.aws.amazon.com/general/latest/gr/sns.html */
#define SNS_NAME_MAX            256
#define SNS_SIZE                262144 /* bytes of a message, unless the topic says otherwise */
#define SNS_SIZE_MAX            1048576
#define SNS_SUBJECT_MAX         100
#define SNS_TAGS_MAX            50
#define SNS_PAGE                100
#define SNS_FILTERS_MAX         200 /* filter policies of a topic */
#define SNS_FIFO_SUBSCRIPTIONS  100 /* of a FIFO topic */
#define SNS_LARGE_SUBSCRIPTIONS 100 /* of a topic whose messages may be longer than SNS_SIZE */

/* -- Names: name.c */

struct sns_name {
        struct str account, region, name;
};

struct str sns_arn(struct call *call, const struct sns_name *name);
struct str sns_topic_arn(struct call *call, const struct sns_topic_record *topic);
struct str sns_subscription_topic(struct call *call, const struct sns_subscription_record *subscription);
struct str sns_subscription_arn(struct call *call, const struct sns_subscription_record *subscription);
/* Of the call's region; InvalidParameter of `parameter`. */
must_check int sns_read_topic_arn(struct call *call, struct str arn, const char *parameter,
                                  struct sns_name *ret);
must_check int sns_read_subscription_arn(struct call *call, struct str arn, struct sns_name *ret_topic,
                                         struct str *ret_id);
bool sns_name_is_valid(struct str name);
bool sns_name_is_fifo(struct str name);
/* Like SQS's: -EINVAL. */
must_check int sns_split_arn(struct str arn, struct str pieces[static 6]);
/* One that a queue may have: -EINVAL. There need not be such a queue. */
must_check int sns_read_queue_arn(struct str arn, struct str pieces[static 6]);

/* -- Where this server is, "http://localhost:4566", for who is sent something: origin.c */

/* For the client of this call, as far as its word is taken. */
struct str sns_origin(struct call *call);
/* What stands in messages where that was kept: also by who was believed more than he would be now. */
struct str sns_told_origin(struct call *call, struct str kept);

/* -- Topics: topic.c */

must_check int sns_get_topic(struct call *call, const struct sns_name *name, struct sns_topic_record *ret);
/* By its ARN; NotFound. */
must_check int sns_need_topic(struct call *call, struct str arn, struct sns_topic_record *ret);
must_check int sns_no_topic(struct call *call);
must_check int sns_get_tally(struct call *call, int64_t topic, struct sns_tally_record *ret);
must_check int sns_put_tally(struct call *call, const struct sns_tally_record *tally);
must_check int sns_next_number(struct call *call, struct str of, int64_t *ret);

static inline bool sns_is_fifo(const struct sns_topic_record *topic)
{
        return sns_name_is_fifo(topic->name);
}

/* For permissions: resources.c. The topic need not be there. */
must_check int sns_resource_of(struct call *call, const struct sns_name *name, struct resource *ret);

/* -- Subscriptions: subscription.c */

/* By its ARN; NotFound. */
must_check int sns_need_subscription(struct call *call, struct str arn, struct sns_subscription_record *ret);
must_check int sns_no_subscription(struct call *call);
must_check int sns_find_subscription(struct call *call, int64_t topic, struct str id,
                                     struct sns_subscription_record *ret);
must_check int sns_drop_subscription(struct call *call, const struct sns_subscription_record *subscription);
/* All of them, in pages, later. */
must_check int sns_sweep_subscriptions(struct call *call, int64_t topic);

/* -- Attributes as they were given: attribute.c */

/* Absent: it is not set. */
struct str sns_attribute(const struct str_map *attributes, struct str name);
/* Sets it, or takes it away where the value is empty. */
must_check int sns_put_attribute(struct call *call, struct str_map *attributes, struct str name,
                                 struct str value);
/* Those of a new topic, or a single one: InvalidParameter. */
must_check int sns_set_topic_attribute(struct call *call, struct str name, struct str value, bool is_new,
                                       struct sns_topic_record *topic);
/* Has the topic all of these? */
must_check int sns_has_topic_attributes(struct call *call, const struct str_map *given,
                                        const struct sns_topic_record *topic, bool *ret);
/* Of subscriptions: subscription_attribute.c */
must_check int sns_set_subscription_attribute(struct call *call, struct str name, struct str value,
                                              struct sns_subscription_record *subscription);

/* -- Policies: policy.c */

/* The one that is enforced. */
struct str sns_policy_of(struct call *call, const struct sns_topic_record *topic);

must_check int sns_tell_policy(struct call *call, const struct sns_topic_record *topic, struct str *ret);

/* -- Tags: tag.c */

must_check int sns_check_tags(struct call *call, const struct sns_tag_list *tags);

/* InvalidParameter, "Invalid parameter: ..." */
must_check int sns_invalid(struct call *call, const char *format, ...) _printf_(2, 3);
