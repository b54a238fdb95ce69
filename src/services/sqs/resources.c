/* What permissions are asked on: the finders of api/sqs.api. A queue that is not there has an ARN all the
 * same, so that only who may use such a queue is told that there is none. */
#include "services/sqs/move.h"
#include "services/sqs/sqs.h"

#define QUEUE_TYPE STR("AWS::SQS::Queue")

int sqs_resource_of(struct call *call, const struct sqs_name *name, struct resource *ret)
{
        struct sqs_queue_record queue;
        int r = sqs_get_queue(call, name, &queue);

        if (r < 0 && r != -ENOENT)
                return r;
        *ret = (struct resource){
                .arn = sqs_arn(call, name),
                .account = name->account,
                .type = QUEUE_TYPE,
                .policy_kind = POLICY_RESOURCE,
        };
        if (r == -ENOENT)
                return 0;
        ret->policy = queue.policy;
        ret->policy_name = STR("queue policy");
        ret->tags = queue.tags;
        return 0;
}

static int invalid_address(struct call *call, struct str given, const char *what)
{
        return fail(call, &sqs_invalid_address, "The %s %.*s is not valid for this endpoint.", what,
                    STR_ARG(given));
}

int sqs_queue_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct sqs_name name;

        if (sqs_read_url(call, args[0], &name) < 0)
                return invalid_address(call, args[0], "address");
        return sqs_resource_of(call, &name, ret);
}

/* "Cross-account permissions don't apply to this action."
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-limitations-of-custom-policies.html
 */
static void keep_to_account(struct call *call, struct resource *resource)
{
        if (str_eq(resource->account, call->account))
                return;
        resource->policy = STR_NONE;
        resource->policy_required = true;
}

int sqs_own_queue_resource(struct call *call, const struct str *args, struct resource *ret)
{
        TRY(sqs_queue_resource(call, args, ret));
        keep_to_account(call, ret);
        return 0;
}

/* Who is of another account is not told whether there is one. */
int sqs_named_queue_resource(struct call *call, const struct str *args, struct resource *ret)
{
        const struct sqs_name name = {
                .account = args[1].len ? args[1] : call->account, .region = call->region, .name = args[0]};

        TRY(sqs_resource_of(call, &name, ret));
        if (str_eq(name.account, call->account))
                return 0;
        ret->denied_as = &sqs_queue_does_not_exist;
        ret->denied_text = "The specified queue does not exist or you do not have access to it.";
        return 0;
}

/* Of one that is there already, which only its owner makes, its policy has no say. */
int sqs_new_queue_resource(struct call *call, const struct str *args, struct resource *ret)
{
        const struct sqs_name name = {.account = call->account, .region = call->region, .name = args[0]};

        *ret = (struct resource){
                .arn = sqs_arn(call, &name),
                .account = call->account,
                .type = QUEUE_TYPE,
                .policy_kind = POLICY_RESOURCE,
        };
        return 0;
}

int sqs_source_queue_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct sqs_name name;

        if (sqs_read_arn(call, args[0], &name) < 0 || !str_eq(name.region, call->region))
                return invalid_address(call, args[0], "ARN");
        TRY(sqs_resource_of(call, &name, ret));
        keep_to_account(call, ret);
        return 0;
}

/* A handle that is none is told so by the handler, to who may cancel tasks at all. */
int sqs_task_queue_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct str source, id;

        if (sqs_read_task_handle(call, args[0], &source, &id) == 0)
                return sqs_source_queue_resource(call, &source, ret);
        *ret = (struct resource){.arn = STR("*"), .account = call->account, .policy_kind = POLICY_RESOURCE};
        return 0;
}
