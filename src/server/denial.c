#include "server/denial.h"

#include "auth/authorization_message.h"
#include "base/json_out.h"

#define TEXT_MAX    ((size_t)8 * 1024)
#define TRACE_MAX   ((size_t)256 * 1024)
#define MESSAGE_MAX ((size_t)6 * 1024) /* so that the encoded form fits into a header */

/* Keys that say most about who asked from where; those that the request does not have are left out.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html */
static const struct str CONTEXT_KEYS[] = {
        STR_INIT("aws:PrincipalArn"),
        STR_INIT("aws:PrincipalType"),
        STR_INIT("aws:SourceIp"),
        STR_INIT("aws:RequestedRegion"),
        STR_INIT("aws:SecureTransport"),
        STR_INIT("aws:UserAgent"),
        STR_INIT("aws:MultiFactorAuthPresent"),
        STR_INIT("aws:TokenIssueTime"),
        STR_INIT("aws:SourceIdentity"),
        STR_INIT("aws:TagKeys"),
};

static void add_condition(const struct policy_question *question, struct str name, struct json_out *out)
{
        struct policy_key key = {};

        if (!question->find_key(question->find_arg, name, &key))
                return;
        json_open(out, '{');
        json_pair(out, STR("key"), name);
        json_key(out, STR("values"));
        json_open(out, '{');
        json_key(out, STR("items"));
        json_open(out, '[');
        for (size_t i = 0; i < key.count; i++) {
                json_open(out, '{');
                json_pair(out, STR("value"), str_part(key.values[i], 0, 256));
                json_close(out, '}');
        }
        json_close(out, ']');
        json_close(out, '}');
        json_close(out, '}');
}

static void add_context(const struct flight *flight, const struct policy_question *question,
                        struct json_out *out)
{
        json_key(out, STR("context"));
        json_open(out, '{');
        json_key(out, STR("principal"));
        json_open(out, '{');
        json_pair_opt(out, STR("id"), flight->call.principal.id);
        json_pair_opt(out, STR("arn"), question->principal.arn);
        json_close(out, '}');
        json_pair(out, STR("action"), question->action);
        json_pair(out, STR("resource"), question->resource);
        json_key(out, STR("conditions"));
        json_open(out, '{');
        json_key(out, STR("items"));
        json_open(out, '[');
        for (size_t i = 0; i < ARRAY_LEN(CONTEXT_KEYS); i++)
                add_condition(question, CONTEXT_KEYS[i], out);
        json_close(out, ']');
        json_close(out, '}');
        json_close(out, '}');
}

static void add_matched(const struct policy_decision *decision, struct json_out *out)
{
        json_key(out, STR("matchedStatements"));
        json_open(out, '{');
        json_key(out, STR("items"));
        json_open(out, '[');
        if (decision->effect == POLICY_EXPLICIT_DENY && decision->policy) {
                json_open(out, '{');
                json_pair(out, STR("effect"), STR("DENY"));
                json_pair(out, STR("sourcePolicyType"), str_of(policy_type_name(decision->by)));
                json_pair_opt(out, STR("sourcePolicyId"), decision->policy->name);
                json_key(out, STR("statement"));
                json_int(out, decision->statement);
                json_close(out, '}');
        }
        json_close(out, ']');
        json_close(out, '}');
}

static void write_message(const struct flight *flight, const struct policy_question *question,
                          const struct policy_decision *decision, struct buf *json)
{
        struct json_out out = {.buf = json};

        json_open(&out, '{');
        json_key(&out, STR("allowed"));
        json_bool(&out, false);
        json_key(&out, STR("explicitDeny"));
        json_bool(&out, decision->effect == POLICY_EXPLICIT_DENY);
        add_matched(decision, &out);
        json_key(&out, STR("failures"));
        json_raw(&out, STR("{\"items\":[]}"));
        add_context(flight, question, &out);
        json_close(&out, '}');
}

/* Without one when it would be too long: the trace has it all. */
static void keep_message(struct flight *flight, const struct policy_question *question,
                         const struct policy_decision *decision)
{
        _cleanup_(buf_done) struct buf json = {};
        struct call *call = &flight->call;

        buf_init(&json, MESSAGE_MAX);
        write_message(flight, question, decision, &json);
        if (buf_check(&json) < 0 ||
            authorization_message_encode(call->host->keyring, call->principal.account, buf_str(&json),
                                         &call->arena, &flight->encoded_message) < 0)
                flight->encoded_message = STR_NONE;
}

void denial_trace(struct flight *flight, const struct policy_question *question)
{
        buf_done(&flight->trace);
        buf_init(&flight->trace, TRACE_MAX);
        if (policy_explain(question, &flight->trace) < 0)
                buf_clear(&flight->trace);
}

/* Nobody is told that it is so, and no more; S3 tells its reasons within an account alone.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html */
static bool is_told_no_reason(const struct flight *flight, const struct policy_question *question)
{
        struct str asking = question->principal.account;

        if (flight->service->takes_anonymous && asking.len == 0)
                return true;
        return flight->service->has_bare_errors && !str_eq(asking, question->resource_account);
}

/* "SNS:Publish", "sqs:sendmessage": as the service's own texts have it. */
static struct str told_action(struct flight *flight, struct str action)
{
        const struct api_service *service = flight->service;
        struct str rest = action, prefix = STR_NONE;

        if (!str_is_set(service->told_actions) || !str_cut(&rest, ':', &prefix) ||
            !str_eq(prefix, service->name))
                return action;
        if (str_eq(service->told_actions, STR("lowercase")))
                return arena_lower(&flight->call.arena, action);
        return arena_printf(&flight->call.arena, "%.*s:%.*s", STR_ARG(service->told_actions), STR_ARG(rest));
}

/* As the service's own texts name resources: S3 in quotation marks, and none where the action has none.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html */
static struct str named_place(struct flight *flight, struct str resource)
{
        if (!flight->service->quotes_resources)
                return arena_printf(&flight->call.arena, "resource: %.*s", STR_ARG(resource));
        if (str_eq(resource, STR("*")))
                return STR_NONE;
        return arena_printf(&flight->call.arena, "resource: \"%.*s\"", STR_ARG(resource));
}

static struct policy_denial_words words_on(struct flight *flight, const struct policy_question *question,
                                           const struct policy_decision *decision,
                                           const struct resource *resource)
{
        struct policy_denial_words words = {.place = resource->told_place};

        if (decision->by == POLICY_BY_RESOURCE)
                words.reason = resource->told_reason;
        if (str_is_set(words.place))
                return words;
        words.place =
                str_is_set(words.reason) ? STR("this resource") : named_place(flight, question->resource);
        return words;
}

/* Here the text itself has the message that DecodeAuthorizationMessage opens.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/query-api-troubleshooting.html#unauthorized-operation
 */
static int refuse_as_ec2(struct flight *flight, struct str text)
{
        static const char OWN[] = "You are not authorized to perform this operation. ";

        if (!str_is_set(flight->encoded_message))
                return flight_refuse(flight, WIRE_ERROR_ACCESS_DENIED, "%s%.*s", OWN, STR_ARG(text));
        return flight_refuse(flight, WIRE_ERROR_ACCESS_DENIED,
                             "%s%.*s. Encoded authorization failure message: %.*s", OWN, STR_ARG(text),
                             STR_ARG(flight->encoded_message));
}

int denial_tell(struct flight *flight, const struct policy_question *question,
                const struct policy_decision *decision, const struct resource *resource)
{
        const struct policy_denial_words words = words_on(flight, question, decision, resource);
        struct policy_question told = *question;
        _cleanup_(buf_done) struct buf text = {};

        if (is_told_no_reason(flight, question))
                return flight_refuse(flight, WIRE_ERROR_ACCESS_DENIED, "Access Denied");
        buf_init(&text, TEXT_MAX);
        told.action = told_action(flight, question->action);
        policy_denial_text(&told, decision, &words, &text);
        keep_message(flight, question, decision);
        if (flight->call.protocol == API_EC2)
                return refuse_as_ec2(flight, buf_str(&text));
        return flight_refuse(flight, WIRE_ERROR_ACCESS_DENIED, "%.*s", STR_ARG(buf_str(&text)));
}
