#include "base/text.h"
#include "services/s3/notification.h"
#include "services/s3/settings.h"

#define VALUE_MAX     1024
#define FILTER_MEMORY ((size_t)16 * 1024) /* a receiver's filter, decoded */

/* -- Where it is */

/* arn:PARTITION:SERVICE:REGION:ACCOUNT:NAME */
struct arn {
        struct str service, region, account, name;
};

static bool parse_arn(struct str text, struct arn *ret)
{
        struct str rest = text, arn, partition;

        return str_cut(&rest, ':', &arn) && str_eq(arn, STR("arn")) && str_cut(&rest, ':', &partition) &&
               partition.len > 0 && str_cut(&rest, ':', &ret->service) && str_cut(&rest, ':', &ret->region) &&
               str_cut(&rest, ':', &ret->account) && s3_is_account(ret->account) && str_is_set(rest) &&
               (ret->name = rest).len > 0;
}

static int check_arn(struct call *call, struct str text, struct str service,
                     const struct s3_bucket_record *bucket)
{
        struct arn arn;

        if (!parse_arn(text, &arn) || !str_eq(arn.service, service))
                return s3_bad_argument(call, STR("ARN"), text, "The ARN is not well formed");
        if (!str_eq(arn.region, bucket->region))
                return s3_bad_argument(
                        call, STR("ARN"), text,
                        "The notification destination service region is not valid for the bucket "
                        "location constraint");
        if (str_ends(arn.name, STR(".fifo"))) /* neither queues nor topics of this kind */
                return s3_bad_argument(call, STR("ARN"), text,
                                       "Unable to validate the following destination configurations");
        return 0;
}

/* -- Of which keys it is told */

struct names {
        struct str prefix, suffix; /* absent: any */
};

static const struct s3_filter_rule_list *rules_of(const struct s3_receiver *receiver)
{
        static const struct s3_filter_rule_list NONE;

        return receiver->filter && receiver->filter->key ? &receiver->filter->key->filter_rules : &NONE;
}

static int add_rule(struct call *call, const struct s3_filter_rule *rule, struct names *names)
{
        bool is_prefix = str_eq_nocase(rule->name, STR("prefix"));
        struct str *place = is_prefix ? &names->prefix : &names->suffix;

        if (!is_prefix && !str_eq_nocase(rule->name, STR("suffix")))
                return s3_bad_argument(call, STR("FilterRule.Name"), rule->name,
                                       "filter rule name must be either prefix or suffix");
        if (str_is_set(*place))
                return s3_bad_argument(call, STR("FilterRule.Name"), rule->name,
                                       "Cannot specify more than one %s rule in a filter.",
                                       is_prefix ? "prefix" : "suffix");
        if (rule->value.len > VALUE_MAX)
                return s3_bad_argument(call, STR("FilterRule.Value"), rule->value,
                                       "Size of filter rule value cannot exceed %d bytes in UTF-8 "
                                       "representation",
                                       VALUE_MAX);
        *place = str_is_set(rule->value) ? rule->value : STR("");
        return 0;
}

static int read_names(struct call *call, const struct s3_receiver *receiver, struct names *ret)
{
        const struct s3_filter_rule_list *rules = rules_of(receiver);

        *ret = (struct names){};
        for (size_t i = 0; i < rules->count; i++)
                TRY(add_rule(call, &rules->items[i], ret));
        return 0;
}

int s3_check_receiver(struct call *call, const struct s3_receiver *receiver, struct str service,
                      const struct s3_bucket_record *bucket)
{
        struct names names;

        /* There are no more events; said twice, they would only cost. */
        if (receiver->events.count == 0 || receiver->events.count > s3_event_type.value_count)
                return s3_malformed(call);
        TRY(check_arn(call, receiver->arn, service, bucket));
        return read_names(call, receiver, &names);
}

/* -- Two of them */

/* "s3:ObjectCreated:*" and "s3:ObjectCreated:Put". */
static bool covers(struct str event, struct str other)
{
        return str_ends(event, STR(":*")) ? str_starts(other, str_part(event, 0, event.len - 1))
                                          : str_eq(event, other);
}

static bool share_event(const struct s3_receiver *a, const struct s3_receiver *b, struct str *ret_a,
                        struct str *ret_b)
{
        for (size_t i = 0; i < a->events.count; i++)
                for (size_t k = 0; k < b->events.count; k++) {
                        *ret_a = a->events.items[i];
                        *ret_b = b->events.items[k];
                        if (covers(*ret_a, *ret_b) || covers(*ret_b, *ret_a))
                                return true;
                }
        return false;
}

/* A key can have both.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html */
static bool share_names(const struct names *a, const struct names *b)
{
        return (str_starts(a->prefix, b->prefix) || str_starts(b->prefix, a->prefix)) &&
               (str_ends(a->suffix, b->suffix) || str_ends(b->suffix, a->suffix));
}

static int check_pair(struct call *call, const struct s3_receiver *a, const struct s3_receiver *b)
{
        struct str event_a, event_b;
        struct names names_a, names_b;

        if (!share_event(a, b, &event_a, &event_b))
                return 0;
        TRY(read_names(call, a, &names_a));
        TRY(read_names(call, b, &names_b));
        if (!share_names(&names_a, &names_b))
                return 0;
        if (rules_of(a)->count == 0 && rules_of(b)->count == 0)
                return s3_bad_argument(
                        call, STR("Event"),
                        arena_printf(&call->arena, "%.*s, %.*s", STR_ARG(event_a), STR_ARG(event_b)),
                        "Configurations overlap. Configurations on the same bucket cannot share a common "
                        "event "
                        "type.");
        return fail(
                call, &s3_invalid_argument,
                "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the "
                "prefixes are overlapping for the same event type.");
}

/* -- At work */

/* "If your prefix or suffix contains a space, you must replace it with the "+" character. If you use any
 * other special characters [...] you must enter them in URL-encoded (percent-encoded) format" */
static struct str plain(struct arena *arena, struct str value)
{
        struct str decoded;

        return percent_decode(arena, value, true, &decoded) == 0 ? decoded : value;
}

/* In memory of its own: a call may ask of a hundred receivers for each of a thousand keys. */
static bool covers_key(const struct s3_receiver *receiver, struct str key)
{
        const struct s3_filter_rule_list *rules = rules_of(receiver);
        _cleanup_(arena_done) struct arena arena = {};

        arena_init(&arena, FILTER_MEMORY);

        for (size_t i = 0; i < rules->count; i++) {
                struct str value =
                        plain(&arena, str_is_set(rules->items[i].value) ? rules->items[i].value : STR(""));

                if (!(str_eq_nocase(rules->items[i].name, STR("prefix")) ? str_starts(key, value)
                                                                         : str_ends(key, value)))
                        return false;
        }
        return true;
}

bool s3_receiver_wants(const struct s3_receiver *receiver, struct str event, struct str key)
{
        for (size_t i = 0; i < receiver->events.count; i++)
                if (covers(receiver->events.items[i], event))
                        return covers_key(receiver, key);
        return false;
}

int s3_check_receivers(struct call *call, const struct s3_receivers *all)
{
        for (size_t i = 0; i < all->count; i++)
                for (size_t k = 0; k < i; k++)
                        TRY(check_pair(call, &all->items[k], &all->items[i]));
        return 0;
}
