/* Deliveries that go on after the fan-out: tried again, or outside of this server. */
#pragma once

#include "services/sns/kind.h"
#include "services/sns/notice.h"

/* One delivery, and all that it is about. */
struct sns_job {
        struct sns_delivery_record delivery;
        struct sns_notice_record notice;
        struct sns_content_record content;
        struct sns_subscription_record subscription;
        struct sns_parcel parcel; /* of the above, once loaded */
};

/* By its number; -ENOENT: there is no such delivery any more. Of a subscription that has gone, the delivery
 * goes, too: in a transaction that writes, and -ENOENT. */
must_check int sns_load_job(struct call *call, int64_t number, struct sns_job *ret);
/* The message has been delivered. */
must_check int sns_job_done(struct call *call, struct sns_job *job);
/* It has not: code and message say why. pause_ms: when it is tried again, by the kind's begin() or deliver();
 * -1: never. Then it goes to the dead-letter queue, and is told in the event of the timer: 0 means that the
 * timer has something to tell, 1 that it has not. */
must_check int sns_job_failed(struct call *call, struct sns_job *job, struct str code, struct str message,
                              int64_t pause_ms);

/* -- For the fan-out */

/* Makes one of a parcel, which waits until its timer, or its kind, goes on with it. */
must_check int sns_new_delivery(struct call *call, const struct sns_parcel *parcel,
                                struct sns_notice_record *notice, struct sns_delivery_record *ret);
must_check int sns_deliver_at(struct call *call, const struct sns_delivery_record *delivery, int64_t due_ms);
/* Is there one of the same group and subscription that has not ended? before: of lower numbers alone. */
must_check int sns_group_waits(struct call *call, const struct sns_delivery_record *like, bool *ret);
/* -1: it is refused for good. attempts: that failed. Of AWS's own services. */
int64_t sns_managed_pause_ms(const struct api_error *error, int64_t attempts);

/* -- What could not be delivered is told: told.c */

struct sns_failures {
        struct sns_failure *first;
        size_t count;
};
/* Sends the dead letter, if there is a queue for it. */
must_check int sns_give_up(struct call *call, const struct sns_parcel *parcel,
                           const struct sns_delivery_record *delivery, struct sns_failures *failures);
/* In the event history of the topic's account. */
must_check int sns_tell_failures(struct call *call, const struct sns_notice_record *notice,
                                 const struct sns_failures *failures);
