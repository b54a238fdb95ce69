/* How queues are named: by URL, ARN and name.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
 */
#include "services/sqs/sqs.h"

#define FIFO STR(".fifo")

struct str sqs_arn(struct call *call, const struct sqs_name *name)
{
        return arena_printf(&call->arena, "arn:%.*s:sqs:%.*s:%.*s:%.*s", STR_ARG(call->host->partition),
                            STR_ARG(name->region), STR_ARG(name->account), STR_ARG(name->name));
}

struct str sqs_queue_arn(struct call *call, const struct sqs_queue_record *queue)
{
        const struct sqs_name name = {queue->account, queue->region, queue->name};

        return sqs_arn(call, &name);
}

/* "Don't compose queue URLs yourself": clients take the host from it, so it is the one that they can reach.
 */
struct str sqs_url(struct call *call, struct str account, struct str name)
{
        struct str host = http_header_value(call->request, STR("Host"));
        const char *scheme = str_is_set(call->request->tls_version) ? "https" : "http";

        if (!host.len)
                host = arena_printf(&call->arena, "sqs.%.*s.amazonaws.com", STR_ARG(call->region));
        return arena_printf(&call->arena, "%s://%.*s/%.*s/%.*s", scheme, STR_ARG(host), STR_ARG(account),
                            STR_ARG(name));
}

static bool is_account(struct str text)
{
        uint64_t number;

        return text.len == 12 && str_to_u64(text, &number) == 0;
}

/* Of every host that one may be reached by; the region is that of the endpoint. */
int sqs_read_url(struct call *call, struct str url, struct sqs_name *ret)
{
        ptrdiff_t scheme = str_find(url, STR("://")), slash;
        struct str path = scheme >= 0 ? str_from(url, (size_t)scheme + 3) : url;

        slash = str_find_byte(path, '/');
        if (slash < 0)
                return -EINVAL;
        path = str_from(path, (size_t)slash + 1);
        if (str_ends(path, STR("/")))
                path.len--;
        slash = str_find_byte(path, '/');
        if (slash < 0)
                return -EINVAL;
        ret->account = str_part(path, 0, (size_t)slash);
        ret->region = call->region;
        ret->name = str_from(path, (size_t)slash + 1);
        return is_account(ret->account) && sqs_name_is_valid(ret->name) ? 0 : -EINVAL;
}

int sqs_read_arn(struct call *call, struct str arn, struct sqs_name *ret)
{
        struct str pieces[6] = {}, rest = arn;

        for (size_t i = 0; i < ARRAY_LEN(pieces); i++)
                if (!str_cut(&rest, ':', &pieces[i]))
                        return -EINVAL;
        if (str_is_set(rest) || !str_eq(pieces[0], STR("arn")) || !str_eq(pieces[1], call->host->partition) ||
            !str_eq(pieces[2], STR("sqs")))
                return -EINVAL;
        *ret = (struct sqs_name){.region = pieces[3], .account = pieces[4], .name = pieces[5]};
        return ret->region.len && is_account(ret->account) && sqs_name_is_valid(ret->name) ? 0 : -EINVAL;
}

bool sqs_name_is_fifo(struct str name)
{
        return str_ends(name, FIFO);
}

static bool is_name_byte(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_';
}

/* "A queue name can have up to 80 characters. Valid values: alphanumeric characters, hyphens (-), and
 * underscores (_). A FIFO queue name must end with the .fifo suffix." */
bool sqs_name_is_valid(struct str name)
{
        size_t len = sqs_name_is_fifo(name) ? name.len - FIFO.len : name.len;

        if (len == 0 || name.len > SQS_NAME_MAX)
                return false;
        for (size_t i = 0; i < len; i++)
                if (!is_name_byte(name.ptr[i]))
                        return false;
        return true;
}
