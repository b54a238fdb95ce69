#include "services/sns/outside.h"

#include "events/timers.h"
#include "services/sns/signing_key.h"

#define AGAIN_MS 250 /* while there is nothing yet to sign with */
#define HOST_MAX 256

const struct sns_carrier *sns_carrier_of(struct str protocol)
{
        return str_starts(protocol, STR("http")) ? &sns_http_carrier : &sns_mail_carrier;
}

/* -- On its way: "RECIPIENT SENDER NUMBER", the host that is asked and the account that asks */

static struct str recipient_of(struct call *call, struct str endpoint)
{
        ptrdiff_t slashes = str_find(endpoint, STR("://"));
        struct str host = str_from(endpoint, (size_t)slashes + 3);
        size_t len = 0;

        if (slashes < 0)
                return STR("@mail"); /* which no host is called */
        while (len < host.len && len < HOST_MAX && !str_has_byte(STR("/?#"), host.ptr[len]))
                len++;
        return arena_lower(&call->arena, str_part(host, 0, len));
}

int sns_send_outside(struct call *call, const char *timer, struct str account, struct str endpoint,
                     int64_t number, int64_t due_ms)
{
        const struct timer row = {
                .due_ms = due_ms,
                .name = str_of(timer),
                .subject =
                        arena_printf(&call->arena, "%.*s %.*s %019lld", STR_ARG(recipient_of(call, endpoint)),
                                     STR_ARG(account), (long long)number),
                .lane = TIMER_OUT,
        };

        return timer_set(call->txn, &row);
}

int sns_read_outside(struct str subject, int64_t *ret_number)
{
        ptrdiff_t space = str_find_last_byte(subject, ' ');

        return space < 0 ? -EINVAL : str_to_i64(str_from(subject, (size_t)space + 1), ret_number);
}

int sns_carrier_retries(struct call *call, const struct sns_carrier *carrier, const struct sns_name *name,
                        const struct sns_subscription_record *subscription, struct sns_retries *ret)
{
        struct sns_topic_record topic;

        if (carrier->retries) {
                *ret = *carrier->retries;
                return 0;
        }
        TRY(sns_get_topic(call, name, &topic));
        return sns_effective_retries(call, &topic, subscription, ret);
}

/* -- Messages */

static int post(struct call *call, const struct sns_job *job, int64_t due_ms)
{
        return sns_send_outside(call, "sns.PostMessage", job->notice.account, job->subscription.endpoint,
                                job->delivery.number.value, due_ms);
}

int sns_begin_outside(struct call *call, const struct sns_delivery_record *delivery)
{
        struct sns_subscription_record subscription;

        TRY(sns_find_subscription(call, delivery->topic.value, delivery->subscription, &subscription));
        return sns_send_outside(call, "sns.PostMessage", subscription.account, subscription.endpoint,
                                delivery->number.value, call->now_ms);
}

static int read_retries(struct call *call, const struct sns_job *job, struct sns_retries *ret)
{
        const struct sns_name name = {job->notice.account, job->notice.region, job->notice.topic_name};

        return sns_carrier_retries(call, sns_carrier_of(job->subscription.protocol), &name,
                                   &job->subscription, ret);
}

static int load(struct call *call, struct str subject, struct sns_job *ret)
{
        int64_t number;

        if (sns_read_outside(subject, &number) < 0)
                return -ENOENT;
        return sns_load_job(call, number, ret);
}

static int compose(struct call *call, struct str subject)
{
        struct sns_job job;
        struct sns_retries retries;

        TRY(load(call, subject, &job));
        TRY(read_retries(call, &job, &retries));
        TRY(sns_carrier_of(job.subscription.protocol)->compose_message(call, &job, &retries));
        return sns_keep_signature(call, NULL); /* for a dead letter */
}

/* -ENOENT: it has gone, or its topic, or there is nothing yet to sign with. */
int sns_post_message_prepare(struct call *call, struct str subject)
{
        int r = compose(call, subject);

        if (r == -ENOENT)
                call->sending = NULL;
        return r == -ENOENT ? 0 : r;
}

static int wait_for_key(struct call *call, const struct sns_job *job)
{
        TRY(sns_want_signing_key(call));
        TRY(post(call, job, call->now_ms + AGAIN_MS));
        return 1;
}

static int settle(struct call *call, struct sns_job *job)
{
        struct sns_verdict verdict = sns_carrier_of(job->subscription.protocol)->judge(call, call->sent);
        int64_t pause_ms = -1;
        struct sns_retries retries;
        int r;

        if (verdict.is_delivered) {
                TRY(sns_job_done(call, job));
                return 1;
        }
        r = read_retries(call, job, &retries);
        if (r < 0 && r != -ENOENT)
                return r;
        if (r == 0 && !verdict.is_final)
                pause_ms = sns_retry_pause_ms(&retries, job->delivery.attempts.value + 1);
        return sns_job_failed(call, job, verdict.code, verdict.message, pause_ms);
}

int sns_post_message_due(struct call *call, struct str subject)
{
        struct sns_job job;
        int r = load(call, subject, &job);

        if (r < 0)
                return r == -ENOENT ? 1 : r;
        return call->sent ? settle(call, &job) : wait_for_key(call, &job);
}
