/* Who else may put events on a bus, and rules.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-permissions-manage.html */
#include "services/events/event.h"
#include "services/events/events.h"
#include "services/resource_policy.h"

#include <stdlib.h>

static void text_done(char **text)
{
        free(*text);
}

static json_t *text_json(struct str text)
{
        return json_stringn(text.ptr, text.len);
}

/* -- The whole document */

static int check_grammar(struct call *call, struct str document)
{
        _cleanup_(policy_freep) struct policy *policy = NULL;
        char problem[POLICY_PROBLEM_MAX];
        int r;

        if (document.len > EVENTS_POLICY_SIZE)
                return fail(call, &events_policy_length_exceeded_exception,
                            "The resource policy is longer than %d characters.", EVENTS_POLICY_SIZE);
        r = policy_compile(document, POLICY_RESOURCE, &policy, problem);
        return r == -EINVAL ? call_invalid(call, "Parameter Policy is not valid. Reason: %s", problem) : r;
}

static int set_policy(struct call *call, struct str document, struct events_bus_record *bus)
{
        struct resource_policy policy;
        struct str refused = STR_NONE;
        int r;

        TRY(check_grammar(call, document));
        r = resource_policy_set(call, document, &policy, &refused);
        if (r == -EINVAL)
                return call_invalid(call, "Parameter Policy is not valid. Reason: Invalid principal %.*s",
                                    STR_ARG(refused));
        TRY(r);
        bus->policy = policy.enforced;
        bus->policy_text = policy.text;
        bus->policy_shown = policy.shown;
        return 0;
}

static int keep(struct call *call, struct events_bus_record *bus)
{
        bus->modified = OPT_INT(call->now_ms);
        return call_put(call, &events_bus_record_type, bus);
}

/* -- Statement by statement */

/* A new document when there is none. */
static int load(struct call *call, const struct events_bus_record *bus, json_t **ret)
{
        const struct resource_policy policy = {bus->policy, bus->policy_text, bus->policy_shown};
        struct str text = STR("{\"Version\":\"2012-10-17\",\"Statement\":[]}");
        json_t *statements;

        if (str_is_set(bus->policy))
                TRY(resource_policy_tell(call, &policy, &text));
        *ret = json_loadb(text.ptr, text.len, 0, NULL);
        statements = json_object_get(*ret, "Statement");
        if (json_is_object(statements)) { /* one alone may stand without brackets */
                json_t *list = json_array();

                json_array_append(list, statements);
                json_object_set_new(*ret, "Statement", list);
        }
        return json_is_array(json_object_get(*ret, "Statement")) ? 0 : -EBADMSG;
}

static int store(struct call *call, json_t *document, struct events_bus_record *bus)
{
        _cleanup_(text_done) char *text = json_dumps(document, JSON_COMPACT);

        if (!text)
                return -ENOMEM;
        TRY(set_policy(call, arena_dup(&call->arena, str_of(text)), bus));
        return keep(call, bus);
}

static bool drop(json_t *statements, struct str id)
{
        size_t i;
        json_t *one;

        json_array_foreach(statements, i, one)
        {
                const json_t *sid = json_object_get(one, "Sid");

                if (str_eq(str_make(json_string_value(sid), json_string_length(sid)), id)) {
                        json_array_remove(statements, i);
                        return true;
                }
        }
        return false;
}

static json_t *principal_of(struct call *call, struct str principal)
{
        struct str root;

        if (str_eq(principal, STR("*")))
                return json_string("*");
        root = arena_printf(&call->arena, "arn:%.*s:iam::%.*s:root", STR_ARG(call->host->partition),
                            STR_ARG(principal));
        return json_pack("{s:o}", "AWS", text_json(root));
}

static json_t *statement_of(struct call *call, const struct events_put_permission_in *in, struct str arn)
{
        json_t *statement = json_pack("{s:o, s:s, s:o, s:o, s:o}", "Sid", text_json(in->statement_id),
                                      "Effect", "Allow", "Principal", principal_of(call, in->principal),
                                      "Action", text_json(in->action), "Resource", text_json(arn));

        if (statement && in->condition) {
                json_t *key = json_object(), *type = json_object();

                json_object_setn_new(key, in->condition->key.ptr, in->condition->key.len,
                                     text_json(in->condition->value));
                json_object_setn_new(type, in->condition->type.ptr, in->condition->type.len, key);
                json_object_set_new(statement, "Condition", type);
        }
        return statement;
}

/* "Currently the only supported value is StringEquals", "Currently the only supported key is
 * aws:PrincipalOrgID". https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Condition.html */
static int check_condition(struct call *call, const struct events_condition *condition)
{
        if (!condition)
                return 0;
        if (!str_eq(condition->type, STR("StringEquals")))
                return call_invalid(call,
                                    "Parameter Condition.Type is not valid. Reason: Only StringEquals is "
                                    "supported.");
        if (!str_eq(condition->key, STR("aws:PrincipalOrgID")))
                return call_invalid(call, "Parameter Condition.Key is not valid. Reason: Only "
                                          "aws:PrincipalOrgID is supported.");
        return 0;
}

static int put_statement(struct call *call, const struct events_put_permission_in *in, struct str arn,
                         struct events_bus_record *bus)
{
        _cleanup_(events_json_done) json_t *document = NULL;
        json_t *statements, *statement;

        if (!str_is_set(in->statement_id) || !str_is_set(in->action) || !str_is_set(in->principal))
                return call_invalid(call, "Parameters Action, Principal and StatementId must be specified "
                                          "when Policy is not.");
        TRY(check_condition(call, in->condition));
        TRY(load(call, bus, &document));
        statements = json_object_get(document, "Statement");
        statement = statement_of(call, in, arn);
        if (!statement)
                return -ENOMEM;
        (void)drop(statements, in->statement_id);
        json_array_append_new(statements, statement);
        return store(call, document, bus);
}

int events_put_permission(struct call *call, const struct events_put_permission_in *in,
                          struct events_put_permission_out *out)
{
        const struct events_bus named = events_bus_named(call, in->event_bus_name);
        struct events_bus_record bus;

        (void)out;
        TRY(events_need_bus(call, &named, &bus));
        if (!str_is_set(in->policy))
                return put_statement(call, in, named.arn, &bus);
        if (str_is_set(in->statement_id) || str_is_set(in->action) || str_is_set(in->principal) ||
            in->condition)
                return call_invalid(call, "Parameter Policy cannot be specified with Action, Principal, "
                                          "StatementId or Condition.");
        TRY(set_policy(call, in->policy, &bus));
        return keep(call, &bus);
}

static int remove_all(struct call *call, struct events_bus_record *bus)
{
        if (!str_is_set(bus->policy))
                return 0;
        bus->policy = bus->policy_text = bus->policy_shown = STR_NONE;
        return keep(call, bus);
}

static int remove_statement(struct call *call, struct str id, struct events_bus_record *bus)
{
        _cleanup_(events_json_done) json_t *document = NULL;
        json_t *statements;

        if (!str_is_set(bus->policy))
                return fail(call, &events_resource_not_found_exception, "EventBus does not have a policy.");
        TRY(load(call, bus, &document));
        statements = json_object_get(document, "Statement");
        if (!drop(statements, id))
                return fail(call, &events_resource_not_found_exception,
                            "Statement with the provided id does not exist.");
        return json_array_size(statements) == 0 ? remove_all(call, bus) : store(call, document, bus);
}

int events_remove_permission(struct call *call, const struct events_remove_permission_in *in,
                             struct events_remove_permission_out *out)
{
        const struct events_bus named = events_bus_named(call, in->event_bus_name);
        struct events_bus_record bus;

        (void)out;
        TRY(events_need_bus(call, &named, &bus));
        if (in->remove_all_permissions.value)
                return remove_all(call, &bus);
        if (!str_is_set(in->statement_id))
                return call_invalid(call, "Parameter StatementId must be specified.");
        return remove_statement(call, in->statement_id, &bus);
}
