/* How often, and when, a delivery outside of this server is tried again.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html */
#pragma once

#include "services/sns/sns.h"

struct sns_retries {
        int64_t min_delay_s, max_delay_s;
        int64_t retries, without_delay, with_min_delay, with_max_delay;
        struct str backoff;      /* "linear" and its kin */
        struct str content_type; /* "text/plain; charset=UTF-8" */
};

/* What counts for a subscription: its own policy, its topic's, the default. */
must_check int sns_effective_retries(struct call *call, const struct sns_topic_record *topic,
                                     const struct sns_subscription_record *subscription,
                                     struct sns_retries *ret);
/* -1: that was all. attempt: that failed, from 1 on. */
int64_t sns_retry_pause_ms(const struct sns_retries *retries, int64_t attempt);

/* -- Attributes */

must_check int sns_set_subscription_delivery_policy(struct call *call, struct str value,
                                                    struct sns_subscription_record *subscription);
must_check int sns_effective_subscription_policy(struct call *call, const struct sns_topic_record *topic,
                                                 const struct sns_subscription_record *subscription,
                                                 struct str *ret);
