#include "server/sign_in_event.h"

const struct principal *sign_in_event_who(const struct flight *flight)
{
        return flight->call.sign_in ? &flight->call.sign_in->who : &flight->call.principal;
}

struct str sign_in_event_account(const struct flight *flight, struct str usual)
{
        return flight->call.sign_in ? flight->call.sign_in->account : usual;
}

struct str sign_in_event_name(const struct flight *flight)
{
        const struct call *call = &flight->call;

        return call->sign_in && str_is_set(call->sign_in->event) ? call->sign_in->event
                                                                 : call->operation->event_name;
}

static bool has_failed(const struct call *call)
{
        return call->error || (call->sign_in ? str_is_set(call->sign_in->problem) : call->status >= 400);
}

/* A user has an ARN there when it has signed in, and an empty key id when it has not; a root user has both
 * always, a session its own. */
void sign_in_event_identity(const struct flight *flight, struct json_out *out)
{
        const struct call_sign_in *sign_in = flight->call.sign_in;
        const struct principal *who = &sign_in->who;
        bool is_in = !has_failed(&flight->call) && !str_is_set(sign_in->event);

        json_pair_opt(out, STR("principalId"), who->id);
        if (who->kind != IAM_USER || is_in)
                json_pair_opt(out, STR("arn"), who->arn);
        json_pair_opt(out, STR("accountId"), sign_in->account);
        if (who->is_temporary || who->kind == ROOT_USER || !is_in)
                json_pair(out, STR("accessKeyId"), who->is_temporary ? who->access_key_id : STR(""));
        if (who->kind == IAM_USER)
                json_pair(out, STR("userName"), who->name);
}

void sign_in_event_error(const struct flight *flight, struct json_out *out)
{
        const struct call *call = &flight->call;

        if (str_is_set(call->sign_in->problem))
                json_pair(out, STR("errorMessage"), call->sign_in->problem);
        else if (call->error)
                json_pair_opt(out, STR("errorMessage"), call->error_message);
}

void sign_in_event_elements(const struct flight *flight, struct json_out *out)
{
        const struct call *call = &flight->call;
        bool has_failed_at_it = has_failed(call);

        json_open(out, '{');
        if (call->sign_in && str_is_set(call->sign_in->credentials) && !has_failed_at_it) {
                json_key(out, STR("credentials"));
                json_open(out, '{');
                json_pair(out, STR("accessKeyId"), call->sign_in->credentials);
                json_close(out, '}');
        }
        json_pair(out, sign_in_event_name(flight), has_failed_at_it ? STR("Failure") : STR("Success"));
        json_close(out, '}');
}
