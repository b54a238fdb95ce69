/* https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html */
#include "base/ids.h"
#include "services/sns/envelope.h"
#include "services/sns/mail.h"
#include "services/sns/outside.h"

#define TIMEOUT_MS 30000

/* -- Subscribing */

static int check(struct call *call, const struct sns_topic_record *topic, struct str endpoint,
                 struct str *ret_owner)
{
        (void)topic, (void)ret_owner;
        if (!sns_mail_address_is_valid(endpoint))
                return sns_invalid(call, "Email address");
        if (!str_is_set(call->host->mail_server))
                return sns_invalid(call,
                                   "Protocol Reason: this server was started without a mail server (--smtp)");
        return 0;
}

static bool is_json(struct str protocol)
{
        return str_eq(protocol, STR("email-json"));
}

static int write_request(struct call *call, const struct sns_subscription_record *subscription,
                         struct str token, struct str *ret)
{
        struct str topic = sns_subscription_topic(call, subscription);
        struct str url = sns_subscribe_url(call, subscription, token);

        *ret = arena_printf(
                &call->arena,
                "You have chosen to subscribe to the topic:\n%.*s\n\nTo confirm this subscription, "
                "visit the link below (If this was in error no action is necessary):\n%.*s\n",
                STR_ARG(topic), STR_ARG(url));
        return 0;
}

static int ask(struct call *call, const struct sns_subscription_record *subscription,
               const struct sns_asking *asking)
{
        struct sns_mail mail = {.to = subscription->endpoint,
                                .subject = STR("AWS Notification - Subscription Confirmation"),
                                .is_json = is_json(subscription->protocol)};
        struct sns_letter letter = {.type = STR("SubscriptionConfirmation"),
                                    .message_id = asking->message_id};

        if (mail.is_json)
                TRY(sns_write_confirmation(call, subscription, asking, &mail.text));
        else
                TRY(write_request(call, subscription, asking->token, &mail.text));
        TRY(sns_write_mail(call, &mail, &letter.body));
        return sns_post_letter(call, subscription, &letter);
}

#define MAIL_KIND(name)                                                                                      \
        {                                                                                                    \
                .protocol = STR_INIT(name), .check = check, .ask = ask, .begin = sns_begin_outside           \
        }

const struct sns_kind sns_email_kind = MAIL_KIND("email");
const struct sns_kind sns_email_json_kind = MAIL_KIND("email-json");

/* -- Mails */

struct post {
        struct sender_mail mail;
        struct call_sending sending;
};

/* A server that is no longer given one has nobody to ask. */
static int send(struct call *call, struct str to, struct str text)
{
        struct post *post = arena_new(&call->arena, struct post);

        if (!post)
                return -ENOMEM;
        post->mail = (struct sender_mail){.server = call->host->mail_server,
                                          .from = call->host->mail_from,
                                          .to = to,
                                          .text = text,
                                          .timeout_ms = TIMEOUT_MS};
        if (!str_is_set(post->mail.server))
                post->mail.server = STR("");
        post->sending = (struct call_sending){.mail = &post->mail};
        call->sending = &post->sending;
        return 0;
}

static int compose_message(struct call *call, const struct sns_job *job, const struct sns_retries *retries)
{
        const struct sns_subscription_record *subscription = &job->subscription;
        struct sns_mail mail = {.to = subscription->endpoint,
                                .subject = job->content.subject,
                                .is_json = is_json(subscription->protocol)};
        struct str text;

        (void)retries;
        if (!mail.subject.len)
                mail.subject = STR("AWS Notification Message");
        if (mail.is_json)
                TRY(sns_write_notification(call, &job->parcel, &mail.text));
        else
                mail.text = arena_printf(
                        &call->arena,
                        "%.*s\n\n--\nIf you wish to stop receiving notifications from this topic, "
                        "please visit the link below to unsubscribe:\n%.*s\n",
                        STR_ARG(job->parcel.message), STR_ARG(sns_unsubscribe_url(call, subscription)));
        TRY(sns_write_mail(call, &mail, &text));
        return send(call, subscription->endpoint, text);
}

static int compose_letter(struct call *call, const struct sns_letter_record *letter, struct str body,
                          const struct sns_retries *retries)
{
        (void)retries;
        return send(call, letter->endpoint, body);
}

/* RFC 5321, 4.2.1: 5yz is for good. */
static struct sns_verdict judge(struct call *call, const struct sender_answer *answer)
{
        (void)call;
        if (!str_is_set(answer->problem))
                return (struct sns_verdict){.is_delivered = true};
        return (struct sns_verdict){
                .is_final = answer->status >= 500,
                .code = STR("MailNotAccepted"),
                .message = answer->problem,
        };
}

/* "Customer managed endpoints: SMTP: 2 times, 10 seconds apart; 10 times, with exponential backoff, from 10
 * seconds to 600 seconds; 38 times, 600 seconds apart" */
static const struct sns_retries RETRIES = {
        .min_delay_s = 10,
        .max_delay_s = 600,
        .retries = 50,
        .with_min_delay = 2,
        .with_max_delay = 38,
        .backoff = STR_INIT("exponential"),
};

const struct sns_carrier sns_mail_carrier = {
        .compose_message = compose_message,
        .compose_letter = compose_letter,
        .judge = judge,
        .retries = &RETRIES,
};
