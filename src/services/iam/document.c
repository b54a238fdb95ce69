#include "services/iam/document.h"

#include "base/text.h"
#include "policy/policy.h"

#include <jansson.h>

size_t iam_document_length(struct str document)
{
        size_t length = 0;

        for (size_t i = 0; i < document.len; i++) {
                unsigned char c = (unsigned char)document.ptr[i];
                bool is_white = c == ' ' || c == '\t' || c == '\n' || c == '\r';
                bool continues = (c & 0xC0) == 0x80; /* of a character already counted */

                length += !is_white && !continues;
        }
        return length;
}

struct str iam_document_encode(struct arena *arena, struct str document)
{
        _cleanup_(buf_done) struct buf buf = {};

        buf_init(&buf, 3 * document.len + 1);
        percent_encode(&buf, document, false);
        return arena_dup(arena, buf_str(&buf));
}

static void json_done(json_t **json)
{
        json_decref(*json);
}

bool iam_document_is_current(struct str document)
{
        _cleanup_(json_done) json_t *json = json_loadb(document.ptr, document.len, 0, NULL);
        const char *version = json_string_value(json_object_get(json, "Version"));

        return version && str_eq(str_of(version), STR("2012-10-17"));
}

/* Is there an action of the service that the pattern fits ("s3:Get*", "*")? With all: do all fit? */
static bool pattern_fits(const json_t *pattern, struct str service, bool all)
{
        struct str rest = str_of(json_string_value(pattern)), prefix;

        if (!str_cut(&rest, ':', &prefix) || !policy_wildcard_match(prefix, service, true))
                return false;
        return !all || !str_is_set(rest) || str_eq(rest, STR("*"));
}

static bool any_fits(const json_t *patterns, struct str service, bool all)
{
        if (!json_is_array(patterns))
                return pattern_fits(patterns, service, all);
        for (size_t i = 0; i < json_array_size(patterns); i++)
                if (pattern_fits(json_array_get(patterns, i), service, all))
                        return true;
        return false;
}

static bool statement_grants(const json_t *statement, struct str service)
{
        struct str effect = str_of(json_string_value(json_object_get(statement, "Effect")));
        json_t *actions = json_object_get(statement, "Action");

        if (!str_eq(effect, STR("Allow")))
                return false;
        return actions ? any_fits(actions, service, false)
                       : !any_fits(json_object_get(statement, "NotAction"), service, true);
}

bool iam_document_grants(struct str document, struct str service)
{
        _cleanup_(json_done) json_t *json = json_loadb(document.ptr, document.len, 0, NULL);
        json_t *statements = json_object_get(json, "Statement");

        if (!json_is_array(statements))
                return statement_grants(statements, service);
        for (size_t i = 0; i < json_array_size(statements); i++)
                if (statement_grants(json_array_get(statements, i), service))
                        return true;
        return false;
}
