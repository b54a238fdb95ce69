#include "services/sns/envelope.h"

#include "base/json_out.h"
#include "base/text.h"

#define SIZE_MAX_BYTES ((size_t)8 * 1024 * 1024) /* every byte of a message may be escaped */

/* Where AWS's own name of the endpoint does not lead here, the version says which service is meant. */
static struct str url_of(struct call *call, const struct sns_subscription_record *subscription,
                         struct str action)
{
        struct str origin = sns_told_origin(call, subscription->origin);
        bool is_aws = str_find(origin, STR(".amazonaws.com")) >= 0;

        return arena_printf(&call->arena, "%.*s/?%sAction=%.*s", STR_ARG(origin),
                            is_aws ? "" : "Version=2010-03-31&", STR_ARG(action));
}

struct str sns_unsubscribe_url(struct call *call, const struct sns_subscription_record *subscription)
{
        return arena_printf(&call->arena, "%.*s&SubscriptionArn=%.*s",
                            STR_ARG(url_of(call, subscription, STR("Unsubscribe"))),
                            STR_ARG(sns_subscription_arn(call, subscription)));
}

struct str sns_subscribe_url(struct call *call, const struct sns_subscription_record *subscription,
                             struct str token)
{
        return arena_printf(&call->arena, "%.*s&TopicArn=%.*s&Token=%.*s",
                            STR_ARG(url_of(call, subscription, STR("ConfirmSubscription"))),
                            STR_ARG(sns_subscription_topic(call, subscription)), STR_ARG(token));
}

/* -- What is signed: names and values in the order of their bytes */

static struct str line(struct call *call, const char *name, struct str value)
{
        return str_is_set(value) ? arena_printf(&call->arena, "%s\n%.*s\n", name, STR_ARG(value)) : STR("");
}

static int join(struct call *call, const struct str *lines, size_t count, struct str *ret)
{
        _cleanup_(buf_done) struct buf text = {};

        buf_init(&text, SIZE_MAX_BYTES);
        for (size_t i = 0; i < count; i++)
                buf_add(&text, lines[i]);
        TRY(buf_check(&text));
        *ret = arena_dup(&call->arena, buf_str(&text));
        return 0;
}

static void write_signature(struct json_out *out, const struct sns_signature *signature)
{
        if (!str_is_set(signature->value))
                return;
        json_pair(out, STR("SignatureVersion"), signature->version);
        json_pair(out, STR("Signature"), signature->value);
        json_pair(out, STR("SigningCertURL"), signature->certificate_url);
}

static int finish(struct call *call, struct buf *json, struct str *ret)
{
        TRY(buf_check(json));
        *ret = arena_dup(&call->arena, buf_str(json));
        return str_is_set(*ret) ? 0 : -ENOMEM;
}

/* -- Notifications */

static void write_attributes(struct call *call, const struct sns_message_attribute_value_map *attributes,
                             struct json_out *out)
{
        if (attributes->count == 0)
                return;
        json_key(out, STR("MessageAttributes"));
        json_open(out, '{');
        for (size_t i = 0; i < attributes->count; i++) {
                const struct sns_message_attribute_value *value = &attributes->items[i].value;

                json_key(out, attributes->items[i].key);
                json_open(out, '{');
                json_pair(out, STR("Type"), value->data_type);
                json_pair(out, STR("Value"),
                          str_is_set(value->string_value) ? value->string_value
                                                          : base64_encode(&call->arena, value->binary_value));
                json_close(out, '}');
        }
        json_close(out, '}');
}

static struct str time_of(struct call *call, const struct sns_parcel *parcel)
{
        return time_iso_ms(&call->arena, parcel->notice->published.value);
}

/* Messages of FIFO topics are not signed. */
static int sign_notification(struct call *call, const struct sns_parcel *parcel, struct sns_signature *ret)
{
        const struct str lines[] = {
                line(call, "Message", parcel->message),
                line(call, "MessageId", parcel->notice->message_id),
                line(call, "Subject", parcel->content->subject),
                line(call, "Timestamp", time_of(call, parcel)),
                line(call, "TopicArn", sns_subscription_topic(call, parcel->subscription)),
                line(call, "Type", STR("Notification")),
        };
        struct str text;

        *ret = (struct sns_signature){};
        if (parcel->notice->is_fifo.value)
                return 0;
        TRY(join(call, lines, ARRAY_LEN(lines), &text));
        return sns_sign(call, parcel->notice->signature_version, parcel->notice->region,
                        parcel->subscription->origin, text, ret);
}

int sns_sign_notification_ahead(struct call *call, const struct sns_parcel *parcel)
{
        struct sns_signature signature;
        int r = sign_notification(call, parcel, &signature);

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        return sns_keep_signature(call, NULL);
}

int sns_write_notification(struct call *call, const struct sns_parcel *parcel, struct str *ret)
{
        _cleanup_(buf_done) struct buf json = {};
        struct json_out out = {.buf = &json};
        struct sns_signature signature;

        TRY(sign_notification(call, parcel, &signature));
        buf_init(&json, SIZE_MAX_BYTES);
        json_open(&out, '{');
        json_pair(&out, STR("Type"), STR("Notification"));
        json_pair(&out, STR("MessageId"), parcel->notice->message_id);
        json_pair_opt(&out, STR("SequenceNumber"), parcel->notice->sequence);
        json_pair(&out, STR("TopicArn"), sns_subscription_topic(call, parcel->subscription));
        json_pair_opt(&out, STR("Subject"), parcel->content->subject);
        json_pair(&out, STR("Message"), parcel->message);
        json_pair(&out, STR("Timestamp"), time_of(call, parcel));
        write_signature(&out, &signature);
        json_pair(&out, STR("UnsubscribeURL"), sns_unsubscribe_url(call, parcel->subscription));
        write_attributes(call, &parcel->content->attributes, &out);
        json_close(&out, '}');
        return finish(call, &json, ret);
}

/* -- Confirmations */

struct confirmation {
        struct str topic, message, url, time;
        struct sns_signature signature;
};

static struct str invitation(struct call *call, struct str topic)
{
        return arena_printf(&call->arena,
                            "You have chosen to subscribe to the topic %.*s.\nTo confirm the subscription, "
                            "visit the SubscribeURL included in this message.",
                            STR_ARG(topic));
}

static int compose(struct call *call, const struct sns_subscription_record *subscription,
                   const struct sns_asking *asking, struct confirmation *ret)
{
        struct str text;

        *ret = (struct confirmation){
                .topic = sns_subscription_topic(call, subscription),
                .url = sns_subscribe_url(call, subscription, asking->token),
                .time = time_iso_ms(&call->arena, call->now_ms),
        };
        ret->message = invitation(call, ret->topic);
        const struct str lines[] = {
                line(call, "Message", ret->message),
                line(call, "MessageId", asking->message_id),
                line(call, "SubscribeURL", ret->url),
                line(call, "Timestamp", ret->time),
                line(call, "Token", asking->token),
                line(call, "TopicArn", ret->topic),
                line(call, "Type", STR("SubscriptionConfirmation")),
        };

        TRY(join(call, lines, ARRAY_LEN(lines), &text));
        return sns_sign(call, STR("1"), subscription->region, subscription->origin, text, &ret->signature);
}

int sns_sign_confirmation_ahead(struct call *call, const struct sns_subscription_record *subscription,
                                const struct sns_asking *asking)
{
        struct confirmation confirmation;
        int r = compose(call, subscription, asking, &confirmation);

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        return sns_keep_signature(call, asking);
}

int sns_write_confirmation(struct call *call, const struct sns_subscription_record *subscription,
                           const struct sns_asking *asking, struct str *ret)
{
        _cleanup_(buf_done) struct buf json = {};
        struct json_out out = {.buf = &json};
        struct confirmation confirmation;

        TRY(compose(call, subscription, asking, &confirmation));
        buf_init(&json, SIZE_MAX_BYTES);
        json_open(&out, '{');
        json_pair(&out, STR("Type"), STR("SubscriptionConfirmation"));
        json_pair(&out, STR("MessageId"), asking->message_id);
        json_pair(&out, STR("Token"), asking->token);
        json_pair(&out, STR("TopicArn"), confirmation.topic);
        json_pair(&out, STR("Message"), confirmation.message);
        json_pair(&out, STR("SubscribeURL"), confirmation.url);
        json_pair(&out, STR("Timestamp"), confirmation.time);
        write_signature(&out, &confirmation.signature);
        json_close(&out, '}');
        return finish(call, &json, ret);
}
