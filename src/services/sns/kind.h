/* The kinds of subscribers that messages are really delivered to: a row for each protocol. */
#pragma once

#include "services/sns/sign.h"

/* A message for one subscription. */
struct sns_parcel {
        const struct sns_notice_record *notice;
        const struct sns_content_record *content;
        const struct sns_subscription_record *subscription;
        struct str message; /* what content says for this protocol */
};

struct sns_kind {
        struct str protocol;
        bool takes_fifo;  /* subscriptions to FIFO topics */
        bool takes_large; /* messages of more than SNS_SIZE */
        bool takes_raw;   /* RawMessageDelivery */
        /* What Subscribe must refuse: -ECALL. *ret_owner: whose the endpoint is; absent: its owner has to
         * confirm, whoever subscribes it. */
        int (*check)(struct call *call, const struct sns_topic_record *topic, struct str endpoint,
                     struct str *ret_owner);
        /* Sends the message by which a subscription is confirmed. -ECALL: it could not; then the subscription
         * waits all the same. */
        int (*ask)(struct call *call, const struct sns_subscription_record *subscription,
                   const struct sns_asking *asking);

        /* One of these two. Within the transaction. -ECALL: not delivered; the error is the call's. */
        int (*deliver)(struct call *call, const struct sns_parcel *parcel);
        /* Outside of this server: sees that delivery number goes on when the transaction has ended, with a
         * timer of its own that calls sns_delivery_load(), and sns_delivery_end() or sns_delivery_fail(). */
        int (*begin)(struct call *call, const struct sns_delivery_record *delivery);
};

/* NULL: messages are not delivered by such a protocol. */
const struct sns_kind *sns_kind_of(struct str protocol);

/* "RawMessageDelivery" */
bool sns_is_raw(const struct sns_subscription_record *subscription);
/* Is what the transaction writes for it signed? */
bool sns_is_signed(const struct sns_kind *kind, const struct sns_subscription_record *subscription);

/* -- The rows */

extern const struct sns_kind sns_queue_kind;
extern const struct sns_kind sns_http_kind, sns_https_kind;
extern const struct sns_kind sns_email_kind, sns_email_json_kind;
