/* Subscriptions, for the files that make and change them. */
#pragma once

#include "services/sns/sns.h"

/* In the counts of its topic: 1 when it is there, -1 when it goes or becomes another. */
must_check int sns_count_subscription(struct call *call, const struct sns_subscription_record *subscription,
                                      int64_t by);
/* When its token has ended. */
must_check int sns_forget_unconfirmed(struct call *call, const struct sns_subscription_record *subscription);
/* It belongs to the call's account, which has confirmed it. */
must_check int sns_hand_over(struct call *call, struct sns_subscription_record *subscription);
/* Is the call its owner's, or its topic's? */
bool sns_may_manage(const struct call *call, const struct sns_subscription_record *subscription);
/* By its ARN, for these two alone: NotFound, AuthorizationError. */
must_check int sns_need_managed(struct call *call, struct str arn, struct sns_subscription_record *ret);
/* As GetSubscriptionAttributes tells it. */
must_check int sns_tell_subscription(struct call *call, const struct sns_subscription_record *subscription,
                                     struct str_map *ret);
