/* Session policies. https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session */
#include "services/iam/directory.h"
#include "services/sts/session.h"

static int check_document(struct call *call, struct str document)
{
        _cleanup_(policy_freep) struct policy *policy = NULL;
        char problem[POLICY_PROBLEM_MAX];
        int r = policy_compile(document, POLICY_SESSION, &policy, problem);

        if (r == -EINVAL)
                return fail(call, &sts_malformed_policy_document_exception, "%s", problem);
        return r;
}

/* The policy itself is read at each use of the session; here it is only made sure that there is one. */
static int check_arn(struct call *call, struct str account, struct str arn)
{
        struct str document;
        int r = str_is_set(arn) ? iam_policy_document(call->txn, &call->arena, account, arn, &document)
                                : -ENOENT;

        if (r == -ENOENT)
                return fail(call, &sts_validation_error,
                            "The session policy ARN %.*s is not that of a managed policy of the account or "
                            "of AWS.",
                            STR_ARG(arn));
        return r;
}

static int add_arns(struct call *call, struct str account, const struct sts_policy_descriptor_type_list *arns,
                    struct session *session)
{
        struct str *items = arena_new_array(&call->arena, struct str, arns->count);

        if (!items)
                return -ENOMEM;
        for (size_t i = 0; i < arns->count; i++) {
                TRY(check_arn(call, account, arns->items[i].arn));
                items[i] = arns->items[i].arn;
        }
        session->policy_arns = (struct str_list){items, arns->count, true};
        return 0;
}

static int add_document(struct call *call, struct str document, struct session *session)
{
        struct str *slot = arena_new(&call->arena, struct str);

        if (!slot)
                return -ENOMEM;
        TRY(check_document(call, document));
        *slot = document;
        session->policies = (struct str_list){slot, 1, true};
        return 0;
}

int sts_session_policies(struct call *call, struct str account, struct str document,
                         const struct sts_policy_descriptor_type_list *arns, struct session *session)
{
        if (str_is_set(document))
                TRY(add_document(call, document, session));
        if (arns->count)
                TRY(add_arns(call, account, arns, session));
        session->has_policy = session->policies.count + session->policy_arns.count > 0;
        return 0;
}
