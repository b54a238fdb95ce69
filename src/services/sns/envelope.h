/* Messages as subscribers get them that have not asked for them raw.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html */
#pragma once

#include "services/sns/kind.h"

/* "Type": "Notification" */
must_check int sns_write_notification(struct call *call, const struct sns_parcel *parcel, struct str *ret);
/* "Type": "SubscriptionConfirmation" */
must_check int sns_write_confirmation(struct call *call, const struct sns_subscription_record *subscription,
                                      struct str token, struct str *ret_id, struct str *ret);
struct str sns_unsubscribe_url(struct call *call, const struct sns_subscription_record *subscription);
struct str sns_subscribe_url(struct call *call, const struct sns_subscription_record *subscription,
                             struct str token);
