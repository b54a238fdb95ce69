#include "services/sns/delivery_policy.h"

#include "services/sns/attribute.h"

#include <jansson.h>
#include <math.h>

#define NO_DELAY         "numNoDelayRetries"
#define MIN_DELAY        "numMinDelayRetries"
#define MAX_DELAY        "numMaxDelayRetries"
#define RETRIES_MAX      100
#define TOTAL_MAX_S      3600 /* "a hard limit" */
#define DELAY_MAX_S      3600
#define SEVERAL_MAX      1000000
#define CONTENT_TYPE     "text/plain; charset=UTF-8"
#define CONTENT_TYPE_MAX 256
#define BACKOFF_SEED     2.0

static void json_done(json_t **json)
{
        json_decref(*json);
}

static int invalid(struct call *call, const char *reason)
{
        return sns_invalid(call, "DeliveryPolicy: %s", reason);
}

/* -- What a policy may say */

static const struct limit {
        const char *name;
        int64_t min, max;
} LIMITS[] = {
        {"minDelayTarget", 1, DELAY_MAX_S},
        {"maxDelayTarget", 1, DELAY_MAX_S},
        {"numRetries", 0, RETRIES_MAX},
        {NO_DELAY, 0, RETRIES_MAX},
        {MIN_DELAY, 0, RETRIES_MAX},
        {MAX_DELAY, 0, RETRIES_MAX},
        {"maxReceivesPerSecond", 1, SEVERAL_MAX},
};

static bool is_backoff(const char *name)
{
        static const struct str NAMES[] = {STR_INIT("linear"), STR_INIT("arithmetic"), STR_INIT("geometric"),
                                           STR_INIT("exponential")};

        for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
                if (str_eq(NAMES[i], str_of(name)))
                        return true;
        return false;
}

static int check_number(struct call *call, const char *name, const json_t *value)
{
        for (size_t i = 0; i < ARRAY_LEN(LIMITS); i++) {
                int64_t number = json_integer_value(value);

                if (!str_eq(str_of(LIMITS[i].name), str_of(name)))
                        continue;
                if (json_is_integer(value) && number >= LIMITS[i].min && number <= LIMITS[i].max)
                        return 0;
                return sns_invalid(call, "DeliveryPolicy: %s must be a number from %lld to %lld", name,
                                   (long long)LIMITS[i].min, (long long)LIMITS[i].max);
        }
        return sns_invalid(call, "DeliveryPolicy: unknown key %.64s", name);
}

static int64_t number_in(const json_t *object, const char *name, int64_t usual)
{
        const json_t *value = json_object_get(object, name);

        return json_is_integer(value) ? json_integer_value(value) : usual;
}

/* A type and a subtype, and what else one line of a header may hold. */
static bool is_content_type(struct str type)
{
        ptrdiff_t slash = str_find_byte(type, '/');

        for (size_t i = 0; i < type.len; i++)
                if (type.ptr[i] < ' ' || type.ptr[i] > '~')
                        return false;
        return slash > 0 && (size_t)slash + 1 < type.len && type.len <= CONTENT_TYPE_MAX;
}

static int check_part(struct call *call, const json_t *part)
{
        const char *name;
        json_t *value;

        if (json_is_null(part))
                return 0;
        if (!json_is_object(part))
                return invalid(call, "a policy must be an object");
        json_object_foreach((json_t *)(uintptr_t)part, name, value)
        {
                bool is_type = str_eq(str_of(name), STR("headerContentType"));

                if (str_eq(str_of(name), STR("backoffFunction")) &&
                    !is_backoff(json_is_string(value) ? json_string_value(value) : ""))
                        return invalid(call, "backoffFunction must be linear, arithmetic, geometric or "
                                             "exponential");
                if (is_type &&
                    !is_content_type(str_of(json_is_string(value) ? json_string_value(value) : "")))
                        return invalid(call, "headerContentType must be a content type");
                if (!is_type && !str_eq(str_of(name), STR("backoffFunction")))
                        TRY(check_number(call, name, value));
        }
        if (number_in(part, "minDelayTarget", 20) > number_in(part, "maxDelayTarget", DELAY_MAX_S))
                return invalid(call, "minDelayTarget must not be greater than maxDelayTarget");
        if (number_in(part, NO_DELAY, 0) + number_in(part, MIN_DELAY, 0) + number_in(part, MAX_DELAY, 0) >
            number_in(part, "numRetries", RETRIES_MAX))
                return invalid(call, "numRetries must not be less than the retries of all phases");
        return 0;
}

static struct sns_retries usual(void)
{
        return (struct sns_retries){
                .min_delay_s = 20,
                .max_delay_s = 20,
                .retries = 3,
                .backoff = STR("linear"),
                .content_type = STR(CONTENT_TYPE),
        };
}

static void merge(struct sns_retries *retries, const json_t *policy)
{
        const json_t *backoff = json_object_get(policy, "backoffFunction");

        retries->min_delay_s = number_in(policy, "minDelayTarget", retries->min_delay_s);
        retries->max_delay_s = number_in(policy, "maxDelayTarget", retries->max_delay_s);
        retries->retries = number_in(policy, "numRetries", retries->retries);
        retries->without_delay = number_in(policy, NO_DELAY, retries->without_delay);
        retries->with_min_delay = number_in(policy, MIN_DELAY, retries->with_min_delay);
        retries->with_max_delay = number_in(policy, MAX_DELAY, retries->with_max_delay);
        if (json_is_string(backoff))
                retries->backoff = str_of(json_string_value(backoff));
        if (retries->max_delay_s < retries->min_delay_s)
                retries->max_delay_s = retries->min_delay_s;
}

/* "The total policy retry time for an HTTP/S endpoint cannot be greater than 3,600 seconds." */
static int check_total(struct call *call, const json_t *policy)
{
        struct sns_retries retries = usual();
        int64_t total_ms = 0;

        merge(&retries, policy);
        for (int64_t attempt = 1; attempt <= retries.retries; attempt++)
                total_ms += sns_retry_pause_ms(&retries, attempt);
        return total_ms <= TOTAL_MAX_S * MS_PER_S
                       ? 0
                       : sns_invalid(call, "DeliveryPolicy: the retries must end within %d seconds",
                                     TOTAL_MAX_S);
}

/* names: of its parts; a boolean beside them is for the topic alone. */
static int check_parts(struct call *call, const json_t *object, const char *const names[3])
{
        const char *name;
        json_t *value;

        if (!json_is_object(object))
                return invalid(call, "it must be an object");
        json_object_foreach((json_t *)(uintptr_t)object, name, value)
        {
                bool is_known = false;

                for (size_t i = 0; i < 3; i++)
                        is_known |= str_eq(str_of(names[i]), str_of(name));
                if (is_known)
                        TRY(check_part(call, value));
                else if (!json_is_boolean(value) ||
                         !str_eq(str_of(name), STR("disableSubscriptionOverrides")))
                        return sns_invalid(call, "DeliveryPolicy: unknown key %.64s", name);
        }
        return check_total(call, json_object_get(object, names[0]));
}

static const char *const OF_TOPIC[] = {"defaultHealthyRetryPolicy", "defaultThrottlePolicy",
                                       "defaultRequestPolicy"};
static const char *const OF_SUBSCRIPTION[] = {"healthyRetryPolicy", "throttlePolicy", "requestPolicy"};

static int load(struct call *call, struct str text, json_t **ret)
{
        *ret = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
        return *ret ? 0 : invalid(call, "failed to parse JSON.");
}

int sns_set_topic_delivery_policy(struct call *call, struct str value, struct sns_topic_record *topic)
{
        _cleanup_(json_done) json_t *policy = NULL;

        if (value.len) {
                TRY(load(call, value, &policy));
                if (json_object_size(policy) != 1 || !json_object_get(policy, "http"))
                        return invalid(call, "it must be an object with the key http");
                TRY(check_parts(call, json_object_get(policy, "http"), OF_TOPIC));
        }
        return sns_put_attribute(call, &topic->attributes, STR("DeliveryPolicy"), value);
}

int sns_set_subscription_delivery_policy(struct call *call, struct str value,
                                         struct sns_subscription_record *subscription)
{
        _cleanup_(json_done) json_t *policy = NULL;

        if (!str_starts(subscription->protocol, STR("http")))
                return sns_invalid(call, "DeliveryPolicy: can only be set for HTTP/S subscriptions");
        if (value.len) {
                TRY(load(call, value, &policy));
                TRY(check_parts(call, policy, OF_SUBSCRIPTION));
        }
        return sns_put_attribute(call, &subscription->attributes, STR("DeliveryPolicy"), value);
}

/* -- What counts */

static void merge_all(struct call *call, struct sns_retries *retries, const json_t *policies,
                      const char *const names[3])
{
        const json_t *type = json_object_get(json_object_get(policies, names[2]), "headerContentType");

        merge(retries, json_object_get(policies, names[0]));
        if (json_is_string(type))
                retries->content_type = str_of(json_string_value(type));
        retries->backoff = arena_dup(&call->arena, retries->backoff);
        retries->content_type = arena_dup(&call->arena, retries->content_type);
}

int sns_effective_retries(struct call *call, const struct sns_topic_record *topic,
                          const struct sns_subscription_record *subscription, struct sns_retries *ret)
{
        struct str of_topic = sns_attribute(&topic->attributes, STR("DeliveryPolicy"));
        struct str own =
                subscription ? sns_attribute(&subscription->attributes, STR("DeliveryPolicy")) : STR_NONE;
        _cleanup_(json_done) json_t *topics = NULL;
        _cleanup_(json_done) json_t *owns = NULL;
        const json_t *http;

        *ret = usual();
        if (str_is_set(of_topic))
                TRY(load(call, of_topic, &topics));
        if (str_is_set(own))
                TRY(load(call, own, &owns));
        http = json_object_get(topics, "http");
        merge_all(call, ret, http, OF_TOPIC);
        if (!json_is_true(json_object_get(http, "disableSubscriptionOverrides")))
                merge_all(call, ret, owns, OF_SUBSCRIPTION);
        return 0;
}

/* -- Told */

static struct str told_retries(struct call *call, const struct sns_retries *retries)
{
        return arena_printf(
                &call->arena,
                "{\"minDelayTarget\":%lld,\"maxDelayTarget\":%lld,\"numRetries\":%lld,"
                "\"numMaxDelayRetries\":%lld,\"numNoDelayRetries\":%lld,\"numMinDelayRetries\":%lld,"
                "\"backoffFunction\":\"%.*s\"}",
                (long long)retries->min_delay_s, (long long)retries->max_delay_s, (long long)retries->retries,
                (long long)retries->with_max_delay, (long long)retries->without_delay,
                (long long)retries->with_min_delay, STR_ARG(retries->backoff));
}

static struct str told_request(struct call *call, const struct sns_retries *retries)
{
        _cleanup_(json_done) json_t *object = json_object();
        char *text;
        struct str told;

        json_object_set_new(object, "headerContentType",
                            json_stringn(retries->content_type.ptr, retries->content_type.len));
        text = json_dumps(object, JSON_COMPACT);
        told = arena_dup(&call->arena, text ? str_of(text) : STR("{}"));
        free(text);
        return told;
}

int sns_effective_topic_policy(struct call *call, const struct sns_topic_record *topic, struct str *ret)
{
        struct str given = sns_attribute(&topic->attributes, STR("DeliveryPolicy"));
        _cleanup_(json_done) json_t *policy = NULL;
        struct sns_retries retries;
        bool is_fixed;

        TRY(sns_effective_retries(call, topic, NULL, &retries));
        if (str_is_set(given))
                TRY(load(call, given, &policy));
        is_fixed = json_is_true(
                json_object_get(json_object_get(policy, "http"), "disableSubscriptionOverrides"));
        *ret = arena_printf(
                &call->arena,
                "{\"http\":{\"defaultHealthyRetryPolicy\":%.*s,\"disableSubscriptionOverrides\":%s,"
                "\"defaultRequestPolicy\":%.*s}}",
                STR_ARG(told_retries(call, &retries)), is_fixed ? "true" : "false",
                STR_ARG(told_request(call, &retries)));
        return 0;
}

int sns_effective_subscription_policy(struct call *call, const struct sns_topic_record *topic,
                                      const struct sns_subscription_record *subscription, struct str *ret)
{
        struct sns_retries retries;

        TRY(sns_effective_retries(call, topic, subscription, &retries));
        *ret = arena_printf(&call->arena,
                            "{\"healthyRetryPolicy\":%.*s,\"sicklyRetryPolicy\":null,\"throttlePolicy\":null,"
                            "\"requestPolicy\":%.*s,\"guaranteed\":false}",
                            STR_ARG(told_retries(call, &retries)), STR_ARG(told_request(call, &retries)));
        return 0;
}

/* -- Its four phases: without delay, with the least, backing off, with the most. */

/* From the least to the most delay in so many steps. */
static double back_off(const struct sns_retries *retries, int64_t step, int64_t steps)
{
        double low = (double)retries->min_delay_s, high = (double)retries->max_delay_s;
        double part = steps > 1 ? (double)(step - 1) / (double)(steps - 1) : 1;

        if (str_eq(retries->backoff, STR("arithmetic")))
                part = part * (part + 1) / 2;
        else if (str_eq(retries->backoff, STR("geometric")))
                return low * pow(high / low, part);
        else if (str_eq(retries->backoff, STR("exponential")))
                part = (pow(BACKOFF_SEED, part * 10) - 1) / (pow(BACKOFF_SEED, 10) - 1);
        return low + (high - low) * part;
}

int64_t sns_retry_pause_ms(const struct sns_retries *retries, int64_t attempt)
{
        int64_t backing_off =
                retries->retries - retries->without_delay - retries->with_min_delay - retries->with_max_delay;
        int64_t n = attempt;

        if (n > retries->retries)
                return -1;
        if (n <= retries->without_delay)
                return 0;
        n -= retries->without_delay;
        if (n <= retries->with_min_delay)
                return retries->min_delay_s * MS_PER_S;
        n -= retries->with_min_delay;
        if (n > backing_off)
                return retries->max_delay_s * MS_PER_S;
        return (int64_t)(back_off(retries, n, backing_off) * (double)MS_PER_S);
}
