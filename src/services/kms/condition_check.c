/* A condition that does not do what it seems to do is refused when a key policy is set.
 * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#set-operators */
#include "services/kms/kms.h"

#include <jansson.h>

static void json_done(json_t **json)
{
        json_decref(*json);
}

/* Keys that have one value: ForAllValues is true of a request without them. */
static const char *what_of(const char *key)
{
        if (str_starts_nocase(str_of(key), STR("kms:EncryptionContext:")))
                return "encryption context";
        return str_starts_nocase(str_of(key), STR("aws:RequestTag/")) ? "tag" : NULL;
}

static int refuse(struct call *call, const char *what)
{
        return fail(call, &kms_malformed_policy_document_exception,
                    "OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued "
                    "condition "
                    "key matches requests without the specified %s or with an unspecified %s. To fix, remove "
                    "ForAllValues.",
                    what, what);
}

static int check_statement(struct call *call, json_t *statement)
{
        const char *operator, * key;
        json_t *pairs, *values;

        json_object_foreach(json_object_get(statement, "Condition"), operator, pairs)
        {
                if (!str_starts_nocase(str_of(operator), STR("ForAllValues:")))
                        continue;
                json_object_foreach(pairs, key, values)
                {
                        if (what_of(key))
                                return refuse(call, what_of(key));
                }
        }
        return 0;
}

int kms_check_conditions(struct call *call, struct str document)
{
        _cleanup_(json_done) json_t *policy = json_loadb(document.ptr, document.len, 0, NULL);
        json_t *statements = json_object_get(policy, "Statement");

        if (!policy)
                return -EBADMSG;
        if (json_is_object(statements))
                return check_statement(call, statements);
        for (size_t i = 0; i < json_array_size(statements); i++)
                TRY(check_statement(call, json_array_get(statements, i)));
        return 0;
}
