/* Subscribing, confirming and unsubscribing.
 * https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html */
#include "base/ids.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "services/sns/envelope.h"
#include "services/sns/filter.h"
#include "services/sns/subscription.h"

#define TOKEN_BYTES   64
#define TOKEN_LIFE_MS (2 * MS_PER_DAY) /* "Confirmation tokens are valid for two days." */

/* Requests to confirm one subscription: whoever may subscribe somebody does not fill his mailbox. */
#define ASKED_MAX     10
#define ASKED_SPAN_MS INT64_C(3600000)

/* -- What may be subscribed */

static bool is_protocol(struct str protocol)
{
        static const struct str NAMES[] = {
                STR_INIT("http"),        STR_INIT("https"),  STR_INIT("email"),
                STR_INIT("email-json"),  STR_INIT("sms"),    STR_INIT("sqs"),
                STR_INIT("application"), STR_INIT("lambda"), STR_INIT("firehose"),
        };

        for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
                if (str_eq(NAMES[i], protocol))
                        return true;
        return false;
}

static int find_kind(struct call *call, struct str protocol, const struct sns_kind **ret)
{
        *ret = sns_kind_of(protocol);
        if (*ret)
                return 0;
        if (!is_protocol(protocol))
                return sns_invalid(call, "Amazon SNS does not support this protocol string: %.*s",
                                   STR_ARG(protocol));
        return sns_invalid(call, "Protocol Reason: this server does not deliver to %.*s", STR_ARG(protocol));
}

static int check_kind(struct call *call, const struct sns_kind *kind, const struct sns_topic_record *topic,
                      const struct sns_tally_record *tally)
{
        int64_t size = SNS_SIZE;

        if (sns_is_fifo(topic) && !kind->takes_fifo)
                return sns_invalid(call, "Invalid parameter: Invalid protocol type: %.*s",
                                   STR_ARG(kind->protocol));
        if (sns_is_fifo(topic) && tally->confirmed.value + tally->pending.value >= SNS_FIFO_SUBSCRIPTIONS)
                return fail(call, &sns_subscription_limit_exceeded_exception,
                            "A FIFO topic can have up to %d subscriptions", SNS_FIFO_SUBSCRIPTIONS);
        if (str_to_i64(sns_attribute(&topic->attributes, STR("MaximumMessageSize")), &size) < 0 ||
            size <= SNS_SIZE)
                return 0;
        if (!kind->takes_large)
                return sns_invalid(call, "Protocol Reason: the topic's messages may be too large for it");
        if (tally->confirmed.value + tally->pending.value < SNS_LARGE_SUBSCRIPTIONS)
                return 0;
        return fail(call, &sns_subscription_limit_exceeded_exception,
                    "A topic with a MaximumMessageSize above 256 KiB can have up to %d subscriptions",
                    SNS_LARGE_SUBSCRIPTIONS);
}

/* -- Tokens */

static struct sns_asking new_asking(struct call *call)
{
        uint8_t bytes[TOKEN_BYTES];

        random_fill(bytes, sizeof(bytes));
        return (struct sns_asking){.token = hex_encode(&call->arena, str_make(bytes, sizeof(bytes))),
                                   .message_id = id_uuid(&call->arena)};
}

static struct sns_asking prepared_asking(struct call *call)
{
        const struct sns_prepared *prepared = call->prepared;

        return prepared && str_is_set(prepared->asking.token) ? prepared->asking : new_asking(call);
}

static bool may_ask(const struct call *call, struct sns_subscription_record *subscription)
{
        if (!subscription->asked_since.is_set ||
            subscription->asked_since.value + ASKED_SPAN_MS <= call->now_ms) {
                subscription->asked_since = OPT_INT(call->now_ms);
                subscription->asked = OPT_INT(0);
        }
        if (subscription->asked.value >= ASKED_MAX)
                return false;
        subscription->asked.value++;
        return true;
}

/* Who has been asked often enough may confirm by what he got before. */
static int begin_confirmation(struct call *call, const struct sns_kind *kind,
                              struct sns_subscription_record *subscription)
{
        const struct sns_asking asking = prepared_asking(call);
        int r;

        if (!may_ask(call, subscription))
                return 0;
        subscription->token_hash = sha256_text(&call->arena, asking.token);
        subscription->token_end = OPT_INT(call->now_ms + TOKEN_LIFE_MS);
        TRY(sns_forget_unconfirmed(call, subscription));
        r = kind->ask(call, subscription, &asking);
        if (r == -ECALL) { /* as with AWS, which asks when the call has been answered */
                call_forgive(call);
                r = 0;
        }
        return r;
}

/* -- Subscribe */

static int find_existing(struct call *call, const struct sns_subscribe_in *in,
                         const struct sns_topic_record *topic, struct sns_subscription_record *ret)
{
        *ret = (struct sns_subscription_record){
                .topic = topic->number, .protocol = in->protocol, .endpoint = in->endpoint};
        return record_find(call->txn, &call->arena, &sns_subscription_record_type,
                           sns_subscription_by_endpoint, ret);
}

static int check_same(struct call *call, const struct sns_subscribe_in *in,
                      const struct sns_subscription_record *subscription)
{
        struct str_map told;

        TRY(sns_tell_subscription(call, subscription, &told));
        for (size_t i = 0; i < in->attributes.count; i++)
                if (!str_eq(sns_attribute(&told, in->attributes.items[i].key), in->attributes.items[i].value))
                        return sns_invalid(call, "Attributes Reason: Subscription already exists with "
                                                 "different attributes");
        return 0;
}

static int make(struct call *call, const struct sns_subscribe_in *in, const struct sns_topic_record *topic,
                struct sns_tally_record *tally, struct sns_subscription_record *ret)
{
        *ret = (struct sns_subscription_record){
                .topic = topic->number,
                .id = id_uuid(&call->arena),
                .number = OPT_INT(tally->subscribed.value + 1),
                .owner = call->account,
                .principal = call->principal.arn,
                .account = topic->account,
                .region = topic->region,
                .topic_name = topic->name,
                .protocol = in->protocol,
                .endpoint = in->endpoint,
                .created = OPT_INT(call->now_ms),
                .is_confirmed = OPT_BOOL(false),
                .was_authenticated = OPT_BOOL(false),
                .needs_signature = OPT_BOOL(false),
                .origin = sns_origin(call),
        };
        for (size_t i = 0; i < in->attributes.count; i++)
                TRY(sns_set_subscription_attribute(call, in->attributes.items[i].key,
                                                   in->attributes.items[i].value, ret));
        TRY(sns_check_filter(call, ret));
        tally->subscribed = ret->number;
        return sns_put_tally(call, tally);
}

/* At once where the endpoint is the caller's own; its owner is asked otherwise. */
static bool has_to_confirm(const struct call *call, struct str endpoint_owner)
{
        return !str_is_set(endpoint_owner) || !str_eq(endpoint_owner, call->account);
}

static int begin(struct call *call, const struct sns_kind *kind, struct str endpoint_owner,
                 struct sns_subscription_record *subscription)
{
        if (has_to_confirm(call, endpoint_owner))
                return begin_confirmation(call, kind, subscription);
        TRY(sns_hand_over(call, subscription));
        subscription->is_confirmed = subscription->was_authenticated = subscription->needs_signature =
                OPT_BOOL(true);
        return 0;
}

/* Who waits to be confirmed is asked again. */
static int begin_again(struct call *call, const struct sns_kind *kind, struct str endpoint_owner,
                       struct sns_subscription_record *subscription)
{
        if (subscription->is_confirmed.value)
                return 0;
        subscription->origin = sns_origin(call); /* the URL is for who asks now */
        subscription->principal = call->principal.arn;
        TRY(sns_count_subscription(call, subscription, -1));
        TRY(begin(call, kind, endpoint_owner, subscription));
        TRY(sns_count_subscription(call, subscription, 1));
        return call_put(call, &sns_subscription_record_type, subscription);
}

static int subscribe(struct call *call, const struct sns_subscribe_in *in,
                     const struct sns_topic_record *topic, struct sns_subscription_record *ret)
{
        struct sns_tally_record tally;
        const struct sns_kind *kind;
        struct str owner = STR_NONE;
        int r;

        TRY(find_kind(call, in->protocol, &kind));
        TRY(kind->check(call, topic, in->endpoint, &owner));
        r = find_existing(call, in, topic, ret);
        if (r == 0) {
                TRY(check_same(call, in, ret));
                return begin_again(call, kind, owner, ret);
        }
        TRY(r == -ENOENT ? 0 : r);
        TRY(sns_get_tally(call, topic->number.value, &tally));
        TRY(check_kind(call, kind, topic, &tally));
        TRY(make(call, in, topic, &tally, ret));
        TRY(begin(call, kind, owner, ret));
        TRY(sns_count_subscription(call, ret, 1));
        return call_insert(call, &sns_subscription_record_type, ret);
}

/* Signs what the endpoint's owner will be asked. */
int sns_subscribe_prepare(struct call *call, const struct sns_subscribe_in *in)
{
        struct sns_subscription_record subscription;
        const struct sns_asking asking = new_asking(call);
        struct sns_topic_record topic;
        const struct sns_kind *kind;
        struct str owner = STR_NONE;
        int r;

        TRY(sns_need_topic(call, in->topic_arn, &topic));
        TRY(find_kind(call, in->protocol, &kind));
        TRY(kind->check(call, &topic, in->endpoint, &owner));
        r = find_existing(call, in, &topic, &subscription);
        if (r < 0 && r != -ENOENT)
                return r;
        if (!has_to_confirm(call, owner) || (r == 0 && subscription.is_confirmed.value))
                return 0;
        subscription = (struct sns_subscription_record){
                .account = topic.account,
                .region = topic.region,
                .topic_name = topic.name,
                .origin = sns_origin(call),
        };
        return sns_sign_confirmation_ahead(call, &subscription, &asking);
}

int sns_subscribe(struct call *call, const struct sns_subscribe_in *in, struct sns_subscribe_out *out)
{
        struct sns_subscription_record subscription;
        struct sns_topic_record topic;

        TRY(sns_need_topic(call, in->topic_arn, &topic));
        TRY(subscribe(call, in, &topic, &subscription));
        out->subscription_arn = subscription.is_confirmed.value || in->return_subscription_arn.value
                                        ? sns_subscription_arn(call, &subscription)
                                        : STR("pending confirmation");
        return 0;
}

/* -- ConfirmSubscription */

static int find_by_token(struct call *call, const struct sns_topic_record *topic, struct str token,
                         struct sns_subscription_record *ret)
{
        struct sns_subscription_record like = {.topic = topic->number,
                                               .token_hash = sha256_text(&call->arena, token)};
        int r;

        *ret = like;
        r = record_find(call->txn, &call->arena, &sns_subscription_record_type, sns_subscription_by_token,
                        ret);
        if (r == -ENOENT || (r == 0 && ret->token_end.value <= call->now_ms))
                return sns_invalid(call, "Token");
        return r;
}

static int read_flag(struct call *call, struct str value, bool *ret)
{
        *ret = str_eq_nocase(value, STR("true"));
        return *ret || value.len == 0 || str_eq_nocase(value, STR("false"))
                       ? 0
                       : sns_invalid(call, "AuthenticateOnUnsubscribe");
}

/* "This call requires an AWS signature only when the AuthenticateOnUnsubscribe flag is set to "true"." */
int sns_confirm_subscription(struct call *call, const struct sns_confirm_subscription_in *in,
                             struct sns_confirm_subscription_out *out)
{
        bool is_signed = call->principal.kind != ANONYMOUS, needs_signature;
        struct sns_subscription_record subscription;
        struct sns_topic_record topic;

        TRY(read_flag(call, in->authenticate_on_unsubscribe, &needs_signature));
        if (needs_signature && !is_signed)
                return call_denied(call, "AuthenticateOnUnsubscribe requires a signed request.");
        TRY(sns_need_topic(call, in->topic_arn, &topic));
        TRY(find_by_token(call, &topic, in->token, &subscription));
        out->subscription_arn = sns_subscription_arn(call, &subscription);
        if (subscription.is_confirmed.value)
                return 0;
        TRY(sns_count_subscription(call, &subscription, -1));
        subscription.is_confirmed = OPT_BOOL(true);
        subscription.was_authenticated = OPT_BOOL(is_signed);
        subscription.needs_signature = OPT_BOOL(needs_signature);
        if (is_signed)
                TRY(sns_hand_over(call, &subscription));
        TRY(sns_count_subscription(call, &subscription, 1));
        return call_put(call, &sns_subscription_record_type, &subscription);
}

/* -- Unsubscribe */

/* "only the subscription owner or topic owner can unsubscribe" where a signature is needed; what was
 * confirmed without a token is of an account, and needs one. */
int sns_unsubscribe(struct call *call, const struct sns_unsubscribe_in *in, struct sns_unsubscribe_out *out)
{
        struct sns_subscription_record subscription;
        bool is_signed = call->principal.kind != ANONYMOUS;

        (void)out;
        TRY(sns_need_subscription(call, in->subscription_arn, &subscription));
        if (is_signed ? !sns_may_manage(call, &subscription) : subscription.needs_signature.value)
                return call_denied(call,
                                   "Only the owner of the subscription or of the topic may unsubscribe.");
        if (!subscription.is_confirmed.value)
                return sns_invalid(call, "SubscriptionArn Reason: the subscription is not confirmed");
        return sns_drop_subscription(call, &subscription);
}
