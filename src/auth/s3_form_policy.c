#include "auth/s3_form_policy.h"

#include "auth/internal.h"
#include "auth/s3_form.h"
#include "auth/s3_version_2.h"
#include "base/text.h"

#define SIGNING_KEY_MS (7 * MS_PER_DAY) /* a signing key of version 4 is good for */

/* -- The document. */

static int read_conditions(struct form_policy *policy)
{
        struct json_read *json = &policy->json;
        bool is_first = true;
        int more;

        if (policy->has_conditions || json_read_peek(json) != JSON_IS_ARRAY)
                return form_policy_refuse(policy->check, "Invalid 'conditions' value: must be one List.");
        policy->has_conditions = true;
        TRY(form_policy_json(policy, json_read_open(json)));
        while ((more = json_read_next(json, ']', &is_first)) > 0) {
                if (json_read_peek(json) == JSON_IS_OBJECT)
                        TRY(form_policy_read_simple(policy));
                else if (json_read_peek(json) == JSON_IS_ARRAY)
                        TRY(form_policy_read_list(policy));
                else
                        return form_policy_refuse(
                                policy->check,
                                json_read_peek(json) == JSON_IS_NOTHING
                                        ? "Invalid JSON."
                                        : "Invalid Condition: a List or an Object is expected.");
        }
        TRY(form_policy_json(policy, more));
        return 0;
}

static int read_end(struct form_policy *policy)
{
        struct str text = STR_NONE;

        if (json_read_peek(&policy->json) == JSON_IS_STRING)
                TRY(form_policy_json(policy, json_read_string(&policy->json, &text)));
        if (policy->has_end || !str_is_set(text) || time_parse_iso(text, &policy->end_ms) < 0)
                return refuse(policy->check, AUTH_BAD_POLICY,
                              "Invalid Policy: Invalid 'expiration' value: '%.*s'", SHOWN_ARG(text));
        policy->has_end = true;
        return 0;
}

static int read_member(struct form_policy *policy)
{
        struct str name;

        TRY(form_policy_json(policy, json_read_key(&policy->json, &name)));
        if (str_eq(name, STR("expiration")))
                return read_end(policy);
        if (str_eq(name, STR("conditions")))
                return read_conditions(policy);
        return refuse(policy->check, AUTH_BAD_POLICY, "Invalid Policy: Unexpected: '%.*s'", SHOWN_ARG(name));
}

static int read_document(struct form_policy *policy)
{
        struct json_read *json = &policy->json;
        bool is_first = true;
        int more;

        if (json_read_peek(json) != JSON_IS_OBJECT)
                return form_policy_refuse(policy->check, "Invalid JSON.");
        TRY(form_policy_json(policy, json_read_open(json)));
        while ((more = json_read_next(json, '}', &is_first)) > 0)
                TRY(read_member(policy));
        TRY(form_policy_json(policy, more));
        TRY(form_policy_json(policy, json_read_end(json)));
        if (!policy->has_end)
                return form_policy_refuse(policy->check, "Policy missing expiration.");
        return policy->has_conditions ? 0 : form_policy_refuse(policy->check, "Policy missing conditions.");
}

/* -- What it comes to. */

/* The signer wrote the end by its own clock, as of when it signed. */
static bool has_ended(const struct form_policy *policy)
{
        struct check *check = policy->check;
        const struct claim *claim = &check->claim;
        int64_t now_ms, signed_ms;

        if (claim->is_version_2)
                return s3_version_2_now(check) > policy->end_ms;
        now_ms = clock_now_ms(check->auth->clock);
        signed_ms = clock_at(check->auth->clock, claim->signed_at_ms);
        return now_ms > signed_ms + SIGNING_KEY_MS ||
               now_ms - signed_ms > policy->end_ms - claim->signed_at_ms;
}

/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/HTTPPOSTForms.html names those of version 2. */
static bool needs_condition(struct str name)
{
        static const struct str FREE[] = {STR_INIT("X-Amz-Signature"), STR_INIT("AWSAccessKeyId"),
                                          STR_INIT("signature"), STR_INIT("policy"), STR_INIT("file")};

        for (size_t i = 0; i < ARRAY_LEN(FREE); i++)
                if (str_eq_nocase(name, FREE[i]))
                        return false;
        return !str_starts_nocase(name, STR("x-ignore-"));
}

static struct str with_name(struct form_policy *policy, struct str names, struct str name)
{
        return arena_printf(policy->check->arena, "%.*s%s%.*s", SHOWN_ARG(names), names.len ? ", " : "",
                            SHOWN_ARG(arena_lower(policy->check->arena, name)));
}

static int refuse_extra_fields(struct form_policy *policy)
{
        const struct str_map *fields = &policy->check->expected->form->fields;
        struct str names = STR_NONE;

        if (!policy->is_covered[fields->count])
                names = STR("bucket");
        for (size_t i = 0; i < fields->count; i++)
                if (!policy->is_covered[i] && needs_condition(fields->items[i].key))
                        names = with_name(policy, names, fields->items[i].key);
        if (!str_is_set(names))
                return 0;
        return refuse(policy->check, AUTH_DENIED, "Invalid according to Policy: Extra input fields: %.*s",
                      STR_ARG(names));
}

/* Beside those of JSON its strings have two escapes of JavaScript: \$ and \v. */
static size_t copy_escape(char *out, char escaped)
{
        if (escaped == 'v') {
                memcpy(out, "\\u000b", 6);
                return 6;
        }
        if (escaped != '$')
                *out++ = '\\';
        *out = escaped;
        return escaped == '$' ? 1 : 2;
}

static int plain_json(struct check *check, struct str text, struct str *ret)
{
        char *out = arena_alloc(check->arena, 3 * text.len + 1);
        size_t len = 0;

        if (!out)
                return -ENOMEM;
        for (size_t i = 0; i < text.len; i++)
                if (text.ptr[i] == '\\' && i + 1 < text.len)
                        len += copy_escape(out + len, text.ptr[++i]);
                else
                        out[len++] = text.ptr[i];
        *ret = str_make(out, len);
        return 0;
}

static int open_policy(struct check *check, struct str *ret)
{
        struct str text;
        int r = base64_decode(check->arena, s3_form_field(check, STR("policy")), &text);

        if (r == -ENOMEM)
                return r;
        if (r < 0 || !utf8_is_valid(text))
                return form_policy_refuse(check, "Invalid Base64 or UTF-8.");
        return plain_json(check, text, ret);
}

int s3_form_policy_check(struct check *check)
{
        struct form_policy policy = {.check = check};
        struct str text = STR("");

        TRY(open_policy(check, &text));
        policy.json = (struct json_read){.at = text.ptr, .end = text.ptr + text.len, .arena = check->arena};
        policy.is_covered = arena_new_array(check->arena, bool, check->expected->form->fields.count + 1);
        if (!policy.is_covered)
                return -ENOMEM;
        TRY(read_document(&policy));
        if (has_ended(&policy))
                return refuse(check, AUTH_DENIED, "Invalid according to Policy: Policy expired.");
        if (str_is_set(policy.failed))
                return refuse(check, AUTH_DENIED,
                              "Invalid according to Policy: Policy Condition failed: %.*s",
                              STR_ARG(policy.failed));
        return refuse_extra_fields(&policy);
}
