/* AWS's words for a refusal.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
#include "policy/model.h"

static bool is_trust(const struct policy_question *q, const struct policy_decision *decision)
{
        if (decision->by != POLICY_BY_RESOURCE)
                return false;
        return decision->policy ? decision->policy->policy->kind == POLICY_TRUST
                                : q->resource_policy && q->resource_policy->policy->kind == POLICY_TRUST;
}

struct words {
        struct str implicit; /* "because no ... allows the X action" */
        struct str explicit; /* "with an explicit deny in ..." */
};

static struct words words_of(enum policy_type type, bool trust)
{
        static const struct words WORDS[] = {
                [POLICY_BY_IDENTITY] = {STR_INIT("identity-based policy"),
                                        STR_INIT("an identity-based policy")},
                [POLICY_BY_BOUNDARY] = {STR_INIT("permissions boundary"), STR_INIT("a permissions boundary")},
                [POLICY_BY_SESSION] = {STR_INIT("session policy"), STR_INIT("a session policy")},
                [POLICY_BY_RESOURCE] = {STR_INIT("resource-based policy"),
                                        STR_INIT("a resource-based policy")},
                [POLICY_BY_SCP] = {STR_INIT("service control policy"), STR_INIT("a service control policy")},
                [POLICY_BY_RCP] = {STR_INIT("resource control policy"),
                                   STR_INIT("a resource control policy")},
                [POLICY_BY_ENDPOINT] = {STR_INIT("VPC endpoint policy"), STR_INIT("a VPC endpoint policy")},
        };

        if (trust)
                return (struct words){STR("role trust policy"), STR("the role trust policy")};
        return WORDS[type];
}

static void add_reason(const struct policy_question *q, const struct policy_decision *decision,
                       struct buf *text)
{
        struct words words;

        if (decision->effect == POLICY_ALLOW || decision->by == POLICY_BY_NONE ||
            decision->by == POLICY_BY_ROOT)
                return;
        words = words_of(decision->by, is_trust(q, decision));
        if (decision->effect == POLICY_IMPLICIT_DENY) {
                buf_addf(text, " because no %.*s allows the %.*s action", STR_ARG(words.implicit),
                         STR_ARG(q->action));
                return;
        }
        buf_addf(text, " with an explicit deny in %.*s", STR_ARG(words.explicit));
        /* Managed policies, SCPs and RCPs are named; an inline policy has no ARN to name. */
        if (decision->policy && decision->by != POLICY_BY_RESOURCE &&
            str_starts(decision->policy->name, STR("arn:")))
                buf_addf(text, ": %.*s", STR_ARG(decision->policy->name));
}

void policy_denial_text(const struct policy_question *q, const struct policy_decision *decision,
                        const struct policy_denial_words *words, struct buf *text)
{
        struct str who = q->principal.arn.len > 0 ? q->principal.arn : STR("anonymous");

        buf_addf(text, "User: %.*s is not authorized to perform: %.*s", STR_ARG(who), STR_ARG(q->action));
        if (str_is_set(words->place))
                buf_addf(text, " on %.*s", STR_ARG(words->place));
        if (str_is_set(words->reason))
                buf_addf(text, " because %.*s", STR_ARG(words->reason));
        else
                add_reason(q, decision, text);
}
