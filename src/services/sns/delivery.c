/* https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html */
#include "services/sns/delivery.h"

#include "events/timers.h"
#include "services/sns/envelope.h"

#define BEHIND_MS MS_PER_S /* what stands behind another of its group looks again so often */

/* -- When AWS's own services are tried again: "Immediate retry (no delay): 3 times, without delay.
 * Pre-backoff phase: 2 times, 1 second apart. Backoff phase: 10 times, with exponential backoff, from 1
 * second to 20 seconds. Post-backoff phase: 100,000 times, 20 seconds apart." Client errors are not retried.
 */

#define IMMEDIATE    3
#define PRE_BACKOFF  2
#define BACKOFF      10
#define POST_BACKOFF 100000
#define LONGEST_S    20

static bool is_transient(const struct api_error *error)
{
        return !error->is_sender || str_find(error->code, STR("Throttl")) >= 0 ||
               str_eq(error->name, STR("OverLimit"));
}

int64_t sns_managed_pause_ms(const struct api_error *error, int64_t attempts)
{
        int64_t pause_s = 1;

        if (!is_transient(error) || attempts > IMMEDIATE + PRE_BACKOFF + BACKOFF + POST_BACKOFF)
                return -1;
        if (attempts <= IMMEDIATE)
                return 0;
        for (int64_t i = IMMEDIATE + PRE_BACKOFF + 1; i < attempts && pause_s < LONGEST_S; i++)
                pause_s *= 2;
        return (pause_s < LONGEST_S ? pause_s : LONGEST_S) * MS_PER_S;
}

/* -- Rows */

int sns_deliver_at(struct call *call, const struct sns_delivery_record *delivery, int64_t due_ms)
{
        const struct timer timer = {
                .due_ms = due_ms,
                .name = STR("sns.DeliverAgain"),
                .subject = arena_printf(&call->arena, "%019lld", (long long)delivery->number.value),
        };

        return timer_set(call->txn, &timer);
}

int sns_new_delivery(struct call *call, const struct sns_parcel *parcel, struct sns_notice_record *notice,
                     struct sns_delivery_record *ret)
{
        *ret = (struct sns_delivery_record){
                .number = {.is_set = true},
                .notice = notice->number,
                .topic = notice->topic,
                .subscription = parcel->subscription->id,
                .group = str_is_set(notice->group) ? notice->group : STR(""),
                .attempts = OPT_INT(0),
        };
        notice->left = OPT_INT(notice->left.value + 1);
        TRY(sns_next_number(call, STR("delivery"), &ret->number.value));
        return call_insert(call, &sns_delivery_record_type, ret);
}

int sns_group_waits(struct call *call, const struct sns_delivery_record *like, bool *ret)
{
        struct sns_delivery_record first = {
                .topic = like->topic, .subscription = like->subscription, .group = like->group};
        int r = record_find(call->txn, &call->arena, &sns_delivery_record_type, sns_delivery_by_group,
                            &first);

        *ret = r == 0 && (!like->number.is_set || first.number.value < like->number.value);
        return r == -ENOENT ? 0 : r;
}

static int end(struct call *call, struct sns_delivery_record *delivery, struct sns_notice_record *notice)
{
        TRY(call_delete(call, &sns_delivery_record_type, delivery));
        return sns_release_notice(call, notice);
}

int sns_load_job(struct call *call, int64_t number, struct sns_job *ret)
{
        int r;

        *ret = (struct sns_job){.delivery.number = OPT_INT(number)};
        TRY(call_get(call, &sns_delivery_record_type, &ret->delivery));
        TRY(sns_get_notice(call, ret->delivery.notice.value, &ret->notice));
        call->account = ret->notice.account;
        call->region = ret->notice.region;
        r = sns_find_subscription(call, ret->delivery.topic.value, ret->delivery.subscription,
                                  &ret->subscription);
        if (r == -ENOENT && txn_is_write(call->txn))
                TRY(end(call, &ret->delivery, &ret->notice));
        TRY(r);
        TRY(sns_open(call, &ret->notice, &ret->content));
        ret->parcel = (struct sns_parcel){
                .notice = &ret->notice, .content = &ret->content, .subscription = &ret->subscription};
        return sns_text_for(call, &ret->content, ret->subscription.protocol, &ret->parcel.message);
}

int sns_job_done(struct call *call, struct sns_job *job)
{
        return end(call, &job->delivery, &job->notice);
}

int sns_job_failed(struct call *call, struct sns_job *job, struct str code, struct str message,
                   int64_t pause_ms)
{
        struct sns_failures failures = {};

        job->delivery.attempts = OPT_INT(job->delivery.attempts.value + 1);
        job->delivery.error_code = arena_dup(&call->arena, code);
        job->delivery.error_message = arena_dup(&call->arena, message);
        if (pause_ms >= 0) {
                TRY(sns_deliver_at(call, &job->delivery, call->now_ms + pause_ms));
                TRY(call_put(call, &sns_delivery_record_type, &job->delivery));
                return 1;
        }
        TRY(sns_give_up(call, &job->parcel, &job->delivery, &failures));
        TRY(end(call, &job->delivery, &job->notice));
        return sns_tell_failures(call, &job->notice, &failures);
}

/* -- Falling due */

static int deliver(struct call *call, const struct sns_kind *kind, struct sns_job *job)
{
        struct str code, message;
        int64_t pause_ms;
        int r = kind->deliver(call, &job->parcel);

        if (r == 0) {
                TRY(sns_job_done(call, job));
                return 1;
        }
        if (r != -ECALL)
                return r;
        code = call->error->code;
        message = arena_dup(&call->arena, call->error_message);
        pause_ms = sns_managed_pause_ms(call->error, job->delivery.attempts.value + 1);
        call_forgive(call);
        return sns_job_failed(call, job, code, message, pause_ms);
}

int sns_deliver_again_prepare(struct call *call, struct str subject)
{
        struct sns_job job = {};
        int64_t number;
        int r = str_to_i64(subject, &number);

        if (r == 0)
                r = sns_load_job(call, number, &job);
        if (r < 0)
                return r == -ENOENT || r == -EINVAL ? 0 : r;
        if (!sns_is_signed(sns_kind_of(job.subscription.protocol), &job.subscription))
                return 0;
        return sns_sign_notification_ahead(call, &job.parcel);
}

int sns_deliver_again_due(struct call *call, struct str subject)
{
        const struct sns_kind *kind;
        struct sns_job job = {};
        int64_t number;
        bool waits = false;
        int r = str_to_i64(subject, &number);

        if (r == 0)
                r = sns_load_job(call, number, &job);
        if (r < 0)
                return r == -ENOENT || r == -EINVAL ? 1 : r;
        if (job.notice.is_fifo.value)
                TRY(sns_group_waits(call, &job.delivery, &waits));
        if (waits) {
                TRY(sns_deliver_at(call, &job.delivery, call->now_ms + BEHIND_MS));
                return 1;
        }
        kind = sns_kind_of(job.subscription.protocol);
        if (!kind)
                return sns_job_failed(call, &job, STR("InvalidParameter"),
                                      STR("This server does not deliver by this protocol."), -1);
        if (!kind->begin)
                return deliver(call, kind, &job);
        TRY(kind->begin(call, &job.delivery));
        return 1;
}
