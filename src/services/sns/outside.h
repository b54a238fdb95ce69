/* Deliveries to who is outside of this server: composed in a snapshot, sent by a courier, settled in the
 * transaction that follows (events/couriers.h).
 * https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html */
#pragma once

#include "services/sns/delivery.h"
#include "services/sns/delivery_policy.h"
#include "services/sns/letter.h"

/* How it went, of what was sent. */
struct sns_verdict {
        bool is_delivered;
        bool is_final; /* it is not tried again */
        struct str code, message;
};

/* What differs between the protocols. */
struct sns_carrier {
        /* Each leaves in call->sending what is to be sent. */
        int (*compose_message)(struct call *call, const struct sns_job *job,
                               const struct sns_retries *retries);
        int (*compose_letter)(struct call *call, const struct sns_letter_record *letter, struct str body,
                              const struct sns_retries *retries);
        struct sns_verdict (*judge)(struct call *call, const struct sender_answer *answer);
        /* Absent: the delivery policies of the subscription and its topic. */
        const struct sns_retries *retries;
};
extern const struct sns_carrier sns_http_carrier, sns_mail_carrier;

/* For kinds: sees that a delivery is sent, now. */
must_check int sns_begin_outside(struct call *call, const struct sns_delivery_record *delivery);
/* Is sent at that hour, by a timer of this name. */
must_check int sns_send_outside(struct call *call, const char *timer, struct str account, struct str endpoint,
                                int64_t number, int64_t due_ms);
/* The number behind the recipient and the sender. */
must_check int sns_read_outside(struct str subject, int64_t *ret_number);
const struct sns_carrier *sns_carrier_of(struct str protocol);
must_check int sns_carrier_retries(struct call *call, const struct sns_carrier *carrier,
                                   const struct sns_name *topic,
                                   const struct sns_subscription_record *subscription,
                                   struct sns_retries *ret);
