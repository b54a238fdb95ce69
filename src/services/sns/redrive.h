/* Dead-letter queues of subscriptions. */
#pragma once

#include "services/sns/sns.h"

must_check int sns_set_redrive_policy(struct call *call, struct str value,
                                      struct sns_subscription_record *subscription);
