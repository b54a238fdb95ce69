/* https://docs.aws.amazon.com/sns/latest/dg/sns-http-https-endpoint-as-subscriber.html */
#include "services/sns/envelope.h"
#include "services/sns/outside.h"

#define TIMEOUT_MS   15000 /* "The connection times out in about 15 seconds." */
#define ANSWER_MAX   1024  /* nobody looks at it */
#define HEADERS_MAX  8
#define ENDPOINT_MAX 2048
#define AGENT        STR("Amazon Simple Notification Service Agent")

/* -- Subscribing */

/* A name that is followed by nothing but what belongs into an URL. A user's password has no place in it:
 * whoever may look at the subscription would see it, and so would the event history. */
static bool is_endpoint(struct str rest)
{
        size_t host = 0;

        while (host < rest.len && !str_has_byte(STR("/?#"), rest.ptr[host]))
                host++;
        for (size_t i = 0; i < rest.len; i++)
                if (rest.ptr[i] <= ' ' || rest.ptr[i] > '~' || (i < host && rest.ptr[i] == '@'))
                        return false;
        return host > 0;
}

static int check(struct call *call, struct str scheme, struct str endpoint)
{
        if (!str_starts(endpoint, scheme))
                return sns_invalid(call, "Endpoint must match the specified protocol");
        if (endpoint.len > ENDPOINT_MAX || !is_endpoint(str_from(endpoint, scheme.len)))
                return sns_invalid(call, "Endpoint");
        return 0;
}

static int check_http(struct call *call, const struct sns_topic_record *topic, struct str endpoint,
                      struct str *ret_owner)
{
        (void)topic, (void)ret_owner;
        return check(call, STR("http://"), endpoint);
}

static int check_https(struct call *call, const struct sns_topic_record *topic, struct str endpoint,
                       struct str *ret_owner)
{
        (void)topic, (void)ret_owner;
        return check(call, STR("https://"), endpoint);
}

static int ask(struct call *call, const struct sns_subscription_record *subscription,
               const struct sns_asking *asking)
{
        struct sns_letter letter = {.type = STR("SubscriptionConfirmation"),
                                    .message_id = asking->message_id};

        TRY(sns_write_confirmation(call, subscription, asking, &letter.body));
        return sns_post_letter(call, subscription, &letter);
}

#define HTTP_KIND(name, checked)                                                                             \
        {                                                                                                    \
                .protocol = STR_INIT(name), .takes_raw = true, .takes_large = true, .check = (checked),      \
                .ask = ask, .begin = sns_begin_outside                                                       \
        }

const struct sns_kind sns_http_kind = HTTP_KIND("http", check_http);
const struct sns_kind sns_https_kind = HTTP_KIND("https", check_https);

/* -- Requests: https://docs.aws.amazon.com/sns/latest/dg/http-header.html */

struct post {
        struct sender_request request;
        struct http_header headers[HEADERS_MAX];
        struct call_sending sending;
};

static void add(struct post *post, struct str name, struct str value)
{
        post->headers[post->request.header_count++] = (struct http_header){name, value};
}

static int begin(struct call *call, struct str endpoint, struct str body, const struct sns_retries *retries,
                 struct post **ret)
{
        struct post *post = arena_new(&call->arena, struct post);

        if (!post)
                return -ENOMEM;
        post->request = (struct sender_request){.method = STR("POST"),
                                                .url = endpoint,
                                                .headers = post->headers,
                                                .body = body,
                                                .timeout_ms = TIMEOUT_MS,
                                                .answer_max = ANSWER_MAX};
        post->sending = (struct call_sending){.request = &post->request};
        call->sending = &post->sending;
        add(post, STR("Content-Type"), retries->content_type);
        add(post, STR("User-Agent"), AGENT);
        *ret = post;
        return 0;
}

static int compose_message(struct call *call, const struct sns_job *job, const struct sns_retries *retries)
{
        bool is_raw = sns_is_raw(&job->subscription);
        struct str body = job->parcel.message;
        struct post *post;

        if (!is_raw)
                TRY(sns_write_notification(call, &job->parcel, &body));
        TRY(begin(call, job->subscription.endpoint, body, retries, &post));
        add(post, STR("x-amz-sns-message-type"), STR("Notification"));
        add(post, STR("x-amz-sns-message-id"), job->notice.message_id);
        add(post, STR("x-amz-sns-topic-arn"), sns_subscription_topic(call, &job->subscription));
        add(post, STR("x-amz-sns-subscription-arn"), sns_subscription_arn(call, &job->subscription));
        if (is_raw)
                add(post, STR("x-amz-sns-rawdelivery"), STR("true"));
        return 0;
}

static int compose_letter(struct call *call, const struct sns_letter_record *letter, struct str body,
                          const struct sns_retries *retries)
{
        const struct sns_name topic = {letter->account, letter->region, letter->topic_name};
        struct post *post;

        TRY(begin(call, letter->endpoint, body, retries, &post));
        add(post, STR("x-amz-sns-message-type"), letter->type);
        add(post, STR("x-amz-sns-message-id"), letter->message_id);
        add(post, STR("x-amz-sns-topic-arn"), sns_arn(call, &topic));
        return 0;
}

/* "Amazon SNS considers all 5XX errors and 429 (too many requests sent) errors as retryable. All other errors
 * are considered as permanent failures". Who does not answer may later. */
static struct sns_verdict judge(struct call *call, const struct sender_answer *answer)
{
        unsigned int status = answer->status;

        if (status >= 200 && status < 300)
                return (struct sns_verdict){.is_delivered = true};
        if (status == 0)
                return (struct sns_verdict){.is_final = answer->was_closed,
                                            .code = answer->was_closed ? STR("EndpointNotAllowed")
                                                                       : STR("EndpointUnreachable"),
                                            .message = answer->problem};
        return (struct sns_verdict){
                .is_final = status < 500 && status != 429,
                .code = arena_printf(&call->arena, "%u", status),
                .message = arena_printf(&call->arena, "The endpoint answered with the status %u.", status),
        };
}

const struct sns_carrier sns_http_carrier = {
        .compose_message = compose_message,
        .compose_letter = compose_letter,
        .judge = judge,
};
