/* How topics and subscriptions are named.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html */
#include "services/regions.h"
#include "services/sns/sns.h"

#include <stdarg.h>

#define FIFO           STR(".fifo")
#define PIECES         6
#define QUEUE_NAME_MAX 80
#define QUEUE_ARN_MAX  256

int sns_invalid(struct call *call, const char *format, ...)
{
        struct str text;
        va_list args;

        va_start(args, format);
        text = arena_vprintf(&call->arena, format, args);
        va_end(args);
        return fail(call, &sns_invalid_parameter_exception, "Invalid parameter: %.*s", STR_ARG(text));
}

struct str sns_arn(struct call *call, const struct sns_name *name)
{
        return arena_printf(&call->arena, "arn:%.*s:sns:%.*s:%.*s:%.*s", STR_ARG(call->host->partition),
                            STR_ARG(name->region), STR_ARG(name->account), STR_ARG(name->name));
}

struct str sns_topic_arn(struct call *call, const struct sns_topic_record *topic)
{
        const struct sns_name name = {topic->account, topic->region, topic->name};

        return sns_arn(call, &name);
}

struct str sns_subscription_topic(struct call *call, const struct sns_subscription_record *subscription)
{
        const struct sns_name name = {subscription->account, subscription->region, subscription->topic_name};

        return sns_arn(call, &name);
}

struct str sns_subscription_arn(struct call *call, const struct sns_subscription_record *subscription)
{
        return arena_printf(&call->arena, "%.*s:%.*s", STR_ARG(sns_subscription_topic(call, subscription)),
                            STR_ARG(subscription->id));
}

int sns_split_arn(struct str arn, struct str pieces[static PIECES])
{
        struct str rest = arn;

        for (size_t i = 0; i < PIECES - 1; i++)
                if (!str_cut(&rest, ':', &pieces[i]))
                        return -EINVAL;
        pieces[PIECES - 1] = rest;
        return str_is_set(rest) && str_eq(pieces[0], STR("arn")) ? 0 : -EINVAL;
}

static bool is_account(struct str text)
{
        uint64_t number;

        return text.len == 12 && str_to_u64(text, &number) == 0;
}

int sns_read_queue_arn(struct str arn, struct str pieces[static PIECES])
{
        struct str name;

        if (arn.len > QUEUE_ARN_MAX || sns_split_arn(arn, pieces) < 0 || !str_eq(pieces[2], STR("sqs")) ||
            !region_is_known(pieces[3]) || !is_account(pieces[4]))
                return -EINVAL;
        name = pieces[5];
        return name.len <= QUEUE_NAME_MAX && sns_name_is_valid(name) ? 0 : -EINVAL;
}

static size_t count_pieces(struct str arn)
{
        size_t count = 0;

        for (struct str rest = arn, piece; str_cut(&rest, ':', &piece);)
                count++;
        return count;
}

/* *ret_rest: what stands behind the name of the topic; absent: nothing does. */
static int read_arn(struct call *call, struct str arn, const char *parameter, struct sns_name *ret,
                    struct str *ret_rest)
{
        struct str pieces[PIECES] = {};

        *ret = (struct sns_name){};
        *ret_rest = STR_NONE;
        if (count_pieces(arn) < PIECES)
                return sns_invalid(call, "%s Reason: An ARN must have at least 6 elements, not %zu",
                                   parameter, count_pieces(arn));
        if (sns_split_arn(arn, pieces) < 0 || !str_eq(pieces[1], call->host->partition) ||
            !str_eq(pieces[2], STR("sns")) || !str_eq(pieces[3], call->region) || !is_account(pieces[4]))
                return sns_invalid(call, "%s", parameter);
        *ret = (struct sns_name){.region = pieces[3], .account = pieces[4]};
        *ret_rest = pieces[5];
        (void)str_cut(ret_rest, ':', &ret->name);
        return sns_name_is_valid(ret->name) ? 0 : sns_invalid(call, "%s", parameter);
}

int sns_read_topic_arn(struct call *call, struct str arn, const char *parameter, struct sns_name *ret)
{
        struct str rest;

        TRY(read_arn(call, arn, parameter, ret, &rest));
        return str_is_set(rest) ? sns_invalid(call, "%s", parameter) : 0;
}

int sns_read_subscription_arn(struct call *call, struct str arn, struct sns_name *ret_topic,
                              struct str *ret_id)
{
        TRY(read_arn(call, arn, "SubscriptionArn", ret_topic, ret_id));
        return ret_id->len ? 0 : sns_invalid(call, "SubscriptionId");
}

bool sns_name_is_fifo(struct str name)
{
        return str_ends(name, FIFO);
}

/* "Topic names must be made up of only uppercase and lowercase ASCII letters, numbers, underscores, and
 * hyphens, and must be between 1 and 256 characters long. For a FIFO topic, the name must end with the .fifo
 * suffix." */
bool sns_name_is_valid(struct str name)
{
        size_t len = sns_name_is_fifo(name) ? name.len - FIFO.len : name.len;

        if (len == 0 || name.len > SNS_NAME_MAX)
                return false;
        for (size_t i = 0; i < len; i++) {
                char c = name.ptr[i];

                if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_'))
                        return false;
        }
        return true;
}
