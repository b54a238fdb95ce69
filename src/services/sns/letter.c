#include "services/sns/letter.h"

#include "base/json_out.h"
#include "services/sns/outside.h"

#define DETAILS_MAX ((size_t)16 * 1024)

/* -- Rows */

static struct str bound_of(struct call *call, const struct sns_letter_record *letter)
{
        return record_name(&call->arena, &sns_letter_record_type, letter);
}

static int post(struct call *call, const struct sns_letter_record *letter, int64_t due_ms)
{
        return sns_send_outside(call, "sns.PostLetter", letter->account, letter->endpoint,
                                letter->number.value, due_ms);
}

int sns_post_letter(struct call *call, const struct sns_subscription_record *subscription,
                    const struct sns_letter *letter)
{
        struct sns_letter_record record = {
                .number = {.is_set = true},
                .topic = subscription->topic,
                .subscription = subscription->id,
                .account = subscription->account,
                .region = subscription->region,
                .topic_name = subscription->topic_name,
                .protocol = subscription->protocol,
                .endpoint = subscription->endpoint,
                .type = letter->type,
                .message_id = letter->message_id,
                .attempts = OPT_INT(0),
        };

        TRY(sns_next_number(call, STR("letter"), &record.number.value));
        TRY(call_seal(call, bound_of(call, &record), letter->body, &record.sealed));
        TRY(call_insert(call, &sns_letter_record_type, &record));
        return post(call, &record, call->now_ms);
}

static struct sns_name topic_of(const struct sns_letter_record *letter)
{
        return (struct sns_name){letter->account, letter->region, letter->topic_name};
}

/* -ENOENT: it has gone, or there is nobody any more whom it is for. */
static int load(struct call *call, struct str subject, struct sns_letter_record *ret,
                struct sns_subscription_record *ret_subscription)
{
        int64_t number;

        if (sns_read_outside(subject, &number) < 0)
                return -ENOENT;
        *ret = (struct sns_letter_record){.number = OPT_INT(number)};
        TRY(call_get(call, &sns_letter_record_type, ret));
        call->account = ret->account;
        call->region = ret->region;
        return sns_find_subscription(call, ret->topic.value, ret->subscription, ret_subscription);
}

static int read_retries(struct call *call, const struct sns_letter_record *letter,
                        const struct sns_subscription_record *subscription, struct sns_retries *ret)
{
        const struct sns_name name = topic_of(letter);

        return sns_carrier_retries(call, sns_carrier_of(letter->protocol), &name, subscription, ret);
}

/* -- Sending */

static int compose(struct call *call, struct str subject)
{
        _cleanup_(secret_done) struct secret clear = {};
        struct sns_subscription_record subscription;
        struct sns_letter_record letter;
        struct sns_retries retries;
        struct str body;

        TRY(load(call, subject, &letter, &subscription));
        if (subscription.is_confirmed.value)
                return -ENOENT;
        TRY(read_retries(call, &letter, &subscription, &retries));
        TRY(call_open(call, bound_of(call, &letter), letter.sealed, &clear));
        body = arena_dup(&call->arena, secret_str(&clear));
        return sns_carrier_of(letter.protocol)->compose_letter(call, &letter, body, &retries);
}

int sns_post_letter_prepare(struct call *call, struct str subject)
{
        int r = compose(call, subject);

        if (r == -ENOENT)
                call->sending = NULL;
        return r == -ENOENT ? 0 : r;
}

/* In the event history of the topic's account. */
static int tell(struct call *call, const struct sns_letter_record *letter,
                const struct sns_subscription_record *subscription, const struct sns_verdict *verdict)
{
        const struct sns_name name = topic_of(letter);
        _cleanup_(buf_done) struct buf json = {};
        struct json_out out = {.buf = &json};

        buf_init(&json, DETAILS_MAX);
        json_open(&out, '{');
        json_pair(&out, STR("type"), letter->type);
        json_pair(&out, STR("subscriptionArn"), sns_subscription_arn(call, subscription));
        json_pair(&out, STR("endpoint"), letter->endpoint);
        json_pair(&out, STR("errorCode"), verdict->code);
        json_pair(&out, STR("errorMessage"), verdict->message);
        json_key(&out, STR("attempts"));
        json_int(&out, letter->attempts.value);
        json_close(&out, '}');
        TRY(buf_check(&json));
        call->service_event_details = arena_dup(&call->arena, buf_str(&json));
        call_touch(call, sns_arn(call, &name), STR("AWS::SNS::Topic"));
        return 0;
}

static int fail_letter(struct call *call, struct sns_letter_record *letter,
                       const struct sns_subscription_record *subscription, const struct sns_verdict *verdict)
{
        int64_t pause_ms = -1;
        struct sns_retries retries;

        letter->attempts = OPT_INT(letter->attempts.value + 1);
        TRY(read_retries(call, letter, subscription, &retries));
        if (!verdict->is_final)
                pause_ms = sns_retry_pause_ms(&retries, letter->attempts.value);
        if (pause_ms < 0) {
                TRY(call_delete(call, &sns_letter_record_type, letter));
                return tell(call, letter, subscription, verdict);
        }
        TRY(call_put(call, &sns_letter_record_type, letter));
        TRY(post(call, letter, call->now_ms + pause_ms));
        return 1;
}

/* What is not sent has become needless. */
static int settle(struct call *call, struct sns_letter_record *letter,
                  const struct sns_subscription_record *subscription)
{
        struct sns_verdict verdict = {.is_delivered = true};

        if (call->sent)
                verdict = sns_carrier_of(letter->protocol)->judge(call, call->sent);
        if (!verdict.is_delivered)
                return fail_letter(call, letter, subscription, &verdict);
        TRY(call_delete(call, &sns_letter_record_type, letter));
        return 1;
}

int sns_post_letter_due(struct call *call, struct str subject)
{
        struct sns_subscription_record subscription;
        struct sns_letter_record letter = {};
        int r = load(call, subject, &letter, &subscription);

        if (r == 0)
                return settle(call, &letter, &subscription);
        if (r == -ENOENT && str_is_set(letter.sealed)) /* its subscription has gone */
                r = call_delete(call, &sns_letter_record_type, &letter);
        return r < 0 && r != -ENOENT ? r : 1;
}
