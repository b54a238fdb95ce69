/* What is sent to the endpoint of a subscription that is no message of its topic: what confirms it. */
#pragma once

#include "services/sns/sns.h"

struct sns_letter {
        struct str type; /* "SubscriptionConfirmation" */
        struct str message_id, body;
};

/* Sends it when the transaction has ended; it is kept sealed until then. */
must_check int sns_post_letter(struct call *call, const struct sns_subscription_record *subscription,
                               const struct sns_letter *letter);
