/* Messages as subscribers get them that have not asked for them raw.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html */
#pragma once

#include "services/sns/kind.h"

/* "Type": "Notification" */
must_check int sns_write_notification(struct call *call, const struct sns_parcel *parcel, struct str *ret);
/* "Type": "SubscriptionConfirmation" */
must_check int sns_write_confirmation(struct call *call, const struct sns_subscription_record *subscription,
                                      const struct sns_asking *asking, struct str *ret);
/* In prepare functions: so that writing it takes no time. */
must_check int sns_sign_notification_ahead(struct call *call, const struct sns_parcel *parcel);
/* The subscription need not be there yet: its topic and its origin count. */
must_check int sns_sign_confirmation_ahead(struct call *call,
                                           const struct sns_subscription_record *subscription,
                                           const struct sns_asking *asking);
struct str sns_unsubscribe_url(struct call *call, const struct sns_subscription_record *subscription);
struct str sns_subscribe_url(struct call *call, const struct sns_subscription_record *subscription,
                             struct str token);
