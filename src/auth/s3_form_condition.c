/* One condition of a policy. */
#include "auth/s3_form_policy.h"

#include "auth/s3_form.h"

int form_policy_refuse(struct check *check, const char *what)
{
        return refuse(check, AUTH_BAD_POLICY, "Invalid Policy: %s", what);
}

int form_policy_json(struct form_policy *policy, int result)
{
        return result == -EINVAL || result == -E2BIG ? form_policy_refuse(policy->check, "Invalid JSON.")
                                                     : result;
}

/* The bucket is asked for like a field, but is never what a field says it is. Marks what was asked for. */
static struct str look_up(struct form_policy *policy, struct str name)
{
        const struct str_map *fields = &policy->check->expected->form->fields;
        bool is_bucket = str_eq_nocase(name, STR("bucket"));
        struct str value = is_bucket ? policy->check->expected->form->bucket : STR_NONE;

        policy->is_covered[fields->count] |= is_bucket;
        for (size_t i = 0; i < fields->count; i++) {
                if (!str_eq_nocase(fields->items[i].key, name))
                        continue;
                policy->is_covered[i] = true;
                if (!is_bucket)
                        value = fields->items[i].value;
        }
        return value;
}

/* Several types in one field are a list, and each of them has to be right. */
static bool starts_with(struct str name, struct str value, struct str wanted)
{
        struct str piece;

        if (!str_eq_nocase(name, STR("Content-Type")))
                return str_starts(value, wanted);
        while (str_cut(&value, ',', &piece))
                if (!str_starts(str_trim(piece), wanted))
                        return false;
        return true;
}

static void demand(struct form_policy *policy, bool is_exact, struct str name, struct str wanted)
{
        struct str value = look_up(policy, name);
        bool is_met =
                str_is_set(value) && (is_exact ? str_eq(value, wanted) : starts_with(name, value, wanted));

        if (!is_met && !str_is_set(policy->failed))
                policy->failed =
                        arena_printf(policy->check->arena, "[\"%s\", \"$%.*s\", \"%.*s\"]",
                                     is_exact ? "eq" : "starts-with", SHOWN_ARG(name), SHOWN_ARG(wanted));
}

/* {"acl": "public-read"} */
int form_policy_read_simple(struct form_policy *policy)
{
        struct json_read *json = &policy->json;
        struct str name, value;
        bool is_first = true;
        size_t count = 0;
        int more;

        TRY(form_policy_json(policy, json_read_open(json)));
        while ((more = json_read_next(json, '}', &is_first)) > 0) {
                TRY(form_policy_json(policy, json_read_key(json, &name)));
                if (json_read_peek(json) != JSON_IS_STRING)
                        return form_policy_refuse(policy->check,
                                                  "Invalid Simple-Condition: value must be a string.");
                TRY(form_policy_json(policy, json_read_string(json, &value)));
                count++;
        }
        TRY(form_policy_json(policy, more));
        if (count != 1)
                return form_policy_refuse(policy->check,
                                          "Invalid Simple-Condition: Simple-Conditions must have "
                                          "exactly one property specified.");
        demand(policy, true, name, value);
        return 0;
}

static int next_item(struct form_policy *policy, bool *is_first)
{
        int more = json_read_next(&policy->json, ']', is_first);

        TRY(form_policy_json(policy, more));
        return more > 0 ? 0 : form_policy_refuse(policy->check, "Invalid Condition: too few elements.");
}

static int next_string(struct form_policy *policy, bool *is_first, struct str *ret)
{
        TRY(next_item(policy, is_first));
        if (json_read_peek(&policy->json) != JSON_IS_STRING)
                return form_policy_refuse(policy->check, "Invalid Condition: a string is expected.");
        TRY(form_policy_json(policy, json_read_string(&policy->json, ret)));
        return 0;
}

/* Some write numbers in quotes. */
static int next_number(struct form_policy *policy, bool *is_first, uint64_t *ret)
{
        struct json_read *json = &policy->json;
        struct str text = STR_NONE;

        TRY(next_item(policy, is_first));
        if (json_read_peek(json) == JSON_IS_NUMBER)
                TRY(form_policy_json(policy, json_read_number(json, &text)));
        else if (json_read_peek(json) == JSON_IS_STRING)
                TRY(form_policy_json(policy, json_read_string(json, &text)));
        if (str_to_u64(text, ret) < 0)
                return form_policy_refuse(policy->check,
                                          "Invalid content-length-range: whole numbers are expected.");
        return 0;
}

/* ["content-length-range", 1048576, 10485760] */
static int read_range(struct form_policy *policy, bool *is_first)
{
        struct auth_result *result = policy->check->result;
        uint64_t min, max;

        TRY(next_number(policy, is_first, &min));
        TRY(next_number(policy, is_first, &max));
        result->size_min = min > result->size_min ? min : result->size_min;
        result->size_max = max < result->size_max ? max : result->size_max;
        return 0;
}

/* ["starts-with", "$key", "user/user1/"] */
static int read_match(struct form_policy *policy, bool *is_first, struct str operation)
{
        bool is_exact = str_eq_nocase(operation, STR("eq"));
        struct str name = STR_NONE, value = STR_NONE;

        if (!is_exact && !str_eq_nocase(operation, STR("starts-with")))
                return form_policy_refuse(policy->check, "Invalid Condition: unknown operation.");
        TRY(next_string(policy, is_first, &name));
        TRY(next_string(policy, is_first, &value));
        if (!str_starts(name, STR("$")))
                return form_policy_refuse(policy->check,
                                          "Invalid Condition: the name of a field must begin with '$'.");
        demand(policy, is_exact, str_from(name, 1), value);
        return 0;
}

int form_policy_read_list(struct form_policy *policy)
{
        struct str operation = STR_NONE;
        bool is_first = true;
        int more;

        TRY(form_policy_json(policy, json_read_open(&policy->json)));
        TRY(next_string(policy, &is_first, &operation));
        TRY(str_eq_nocase(operation, STR("content-length-range")) ? read_range(policy, &is_first)
                                                                  : read_match(policy, &is_first, operation));
        more = json_read_next(&policy->json, ']', &is_first);
        TRY(form_policy_json(policy, more));
        return more == 0 ? 0 : form_policy_refuse(policy->check, "Invalid Condition: too many elements.");
}
