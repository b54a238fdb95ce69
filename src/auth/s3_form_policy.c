/* https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html */
#include "auth/internal.h"
#include "auth/s3_form.h"
#include "auth/s3_version_2.h"
#include "base/text.h"
#include "wire/json_read.h"

#define SIGNING_KEY_MS (7 * MS_PER_DAY) /* a signing key of version 4 is good for */

struct reading {
        struct check *check;
        struct json_read json;
        int64_t end_ms;
        bool has_end, has_conditions;
        bool *is_covered; /* by the number of the field; the last is the bucket */
        struct str
                failed; /* the first condition that the form does not meet, as JSON; absent: it meets all */
};

static int refuse_policy(struct check *check, const char *what)
{
        return refuse(check, AUTH_BAD_POLICY, "Invalid Policy: %s", what);
}

static int refuse_json(struct reading *reading, int r)
{
        return r == -EINVAL || r == -E2BIG ? refuse_policy(reading->check, "Invalid JSON.") : r;
}

#define TRY_JSON(expression)                                                                                 \
        do {                                                                                                 \
                int json_result_ = (expression);                                                             \
                if (json_result_ < 0)                                                                        \
                        return refuse_json(reading, json_result_);                                           \
        } while (0)

/* -- One condition. */

static const struct str_map *fields_of(const struct reading *reading)
{
        return &reading->check->expected->form->fields;
}

/* The bucket is asked for like a field, but is never what a field says it is. Marks what was asked for. */
static struct str look_up(struct reading *reading, struct str name)
{
        const struct str_map *fields = fields_of(reading);
        bool is_bucket = str_eq_nocase(name, STR("bucket"));
        struct str value = is_bucket ? reading->check->expected->form->bucket : STR_NONE;

        reading->is_covered[fields->count] |= is_bucket;
        for (size_t i = 0; i < fields->count; i++) {
                if (!str_eq_nocase(fields->items[i].key, name))
                        continue;
                reading->is_covered[i] = true;
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

static void demand(struct reading *reading, bool is_exact, struct str name, struct str wanted)
{
        struct str value = look_up(reading, name);
        bool is_met =
                str_is_set(value) && (is_exact ? str_eq(value, wanted) : starts_with(name, value, wanted));

        if (!is_met && !str_is_set(reading->failed))
                reading->failed =
                        arena_printf(reading->check->arena, "[\"%s\", \"$%.*s\", \"%.*s\"]",
                                     is_exact ? "eq" : "starts-with", SHOWN_ARG(name), SHOWN_ARG(wanted));
}

/* {"acl": "public-read"} */
static int read_simple(struct reading *reading)
{
        struct json_read *json = &reading->json;
        struct str name, value;
        bool is_first = true;
        size_t count = 0;
        int more;

        TRY_JSON(json_read_open(json));
        while ((more = json_read_next(json, '}', &is_first)) > 0) {
                TRY_JSON(json_read_key(json, &name));
                if (json_read_peek(json) != JSON_IS_STRING)
                        return refuse_policy(reading->check,
                                             "Invalid Simple-Condition: value must be a string.");
                TRY_JSON(json_read_string(json, &value));
                count++;
        }
        TRY_JSON(more);
        if (count != 1)
                return refuse_policy(reading->check, "Invalid Simple-Condition: Simple-Conditions must have "
                                                     "exactly one property specified.");
        demand(reading, true, name, value);
        return 0;
}

static int next_item(struct reading *reading, bool *is_first)
{
        int more = json_read_next(&reading->json, ']', is_first);

        TRY_JSON(more);
        return more > 0 ? 0 : refuse_policy(reading->check, "Invalid Condition: too few elements.");
}

static int next_string(struct reading *reading, bool *is_first, struct str *ret)
{
        TRY(next_item(reading, is_first));
        if (json_read_peek(&reading->json) != JSON_IS_STRING)
                return refuse_policy(reading->check, "Invalid Condition: a string is expected.");
        TRY_JSON(json_read_string(&reading->json, ret));
        return 0;
}

/* Some write numbers in quotes. */
static int next_number(struct reading *reading, bool *is_first, uint64_t *ret)
{
        struct json_read *json = &reading->json;
        struct str text = STR_NONE;

        TRY(next_item(reading, is_first));
        if (json_read_peek(json) == JSON_IS_NUMBER)
                TRY_JSON(json_read_number(json, &text));
        else if (json_read_peek(json) == JSON_IS_STRING)
                TRY_JSON(json_read_string(json, &text));
        if (str_to_u64(text, ret) < 0)
                return refuse_policy(reading->check,
                                     "Invalid content-length-range: whole numbers are expected.");
        return 0;
}

/* ["content-length-range", 1048576, 10485760] */
static int read_range(struct reading *reading, bool *is_first)
{
        struct auth_result *result = reading->check->result;
        uint64_t min, max;

        TRY(next_number(reading, is_first, &min));
        TRY(next_number(reading, is_first, &max));
        result->size_min = min > result->size_min ? min : result->size_min;
        result->size_max = max < result->size_max ? max : result->size_max;
        return 0;
}

/* ["starts-with", "$key", "user/user1/"] */
static int read_match(struct reading *reading, bool *is_first, struct str operation)
{
        bool is_exact = str_eq_nocase(operation, STR("eq"));
        struct str name = STR_NONE, value = STR_NONE;

        if (!is_exact && !str_eq_nocase(operation, STR("starts-with")))
                return refuse_policy(reading->check, "Invalid Condition: unknown operation.");
        TRY(next_string(reading, is_first, &name));
        TRY(next_string(reading, is_first, &value));
        if (!str_starts(name, STR("$")))
                return refuse_policy(reading->check,
                                     "Invalid Condition: the name of a field must begin with '$'.");
        demand(reading, is_exact, str_from(name, 1), value);
        return 0;
}

static int read_list(struct reading *reading)
{
        struct str operation = STR_NONE;
        bool is_first = true;
        int more;

        TRY_JSON(json_read_open(&reading->json));
        TRY(next_string(reading, &is_first, &operation));
        TRY(str_eq_nocase(operation, STR("content-length-range"))
                    ? read_range(reading, &is_first)
                    : read_match(reading, &is_first, operation));
        more = json_read_next(&reading->json, ']', &is_first);
        TRY_JSON(more);
        return more == 0 ? 0 : refuse_policy(reading->check, "Invalid Condition: too many elements.");
}

/* -- The document. */

static int read_conditions(struct reading *reading)
{
        struct json_read *json = &reading->json;
        bool is_first = true;
        int more;

        if (reading->has_conditions || json_read_peek(json) != JSON_IS_ARRAY)
                return refuse_policy(reading->check, "Invalid 'conditions' value: must be one List.");
        reading->has_conditions = true;
        TRY_JSON(json_read_open(json));
        while ((more = json_read_next(json, ']', &is_first)) > 0) {
                if (json_read_peek(json) == JSON_IS_OBJECT)
                        TRY(read_simple(reading));
                else if (json_read_peek(json) == JSON_IS_ARRAY)
                        TRY(read_list(reading));
                else
                        return refuse_policy(reading->check,
                                             json_read_peek(json) == JSON_IS_NOTHING
                                                     ? "Invalid JSON."
                                                     : "Invalid Condition: a List or an Object is expected.");
        }
        TRY_JSON(more);
        return 0;
}

static int read_end(struct reading *reading)
{
        struct str text = STR_NONE;

        if (json_read_peek(&reading->json) == JSON_IS_STRING)
                TRY_JSON(json_read_string(&reading->json, &text));
        if (reading->has_end || !str_is_set(text) || time_parse_iso(text, &reading->end_ms) < 0)
                return refuse(reading->check, AUTH_BAD_POLICY,
                              "Invalid Policy: Invalid 'expiration' value: '%.*s'", SHOWN_ARG(text));
        reading->has_end = true;
        return 0;
}

static int read_document(struct reading *reading)
{
        struct json_read *json = &reading->json;
        bool is_first = true;
        struct str name;
        int more;

        if (json_read_peek(json) != JSON_IS_OBJECT)
                return refuse_policy(reading->check, "Invalid JSON.");
        TRY_JSON(json_read_open(json));
        while ((more = json_read_next(json, '}', &is_first)) > 0) {
                TRY_JSON(json_read_key(json, &name));
                if (str_eq(name, STR("expiration")))
                        TRY(read_end(reading));
                else if (str_eq(name, STR("conditions")))
                        TRY(read_conditions(reading));
                else
                        return refuse(reading->check, AUTH_BAD_POLICY, "Invalid Policy: Unexpected: '%.*s'",
                                      SHOWN_ARG(name));
        }
        TRY_JSON(more);
        TRY_JSON(json_read_end(json));
        if (!reading->has_end)
                return refuse_policy(reading->check, "Policy missing expiration.");
        return reading->has_conditions ? 0 : refuse_policy(reading->check, "Policy missing conditions.");
}

/* -- What it comes to. */

/* The signer wrote the end by its own clock, as of when it signed. */
static bool has_ended(const struct reading *reading)
{
        struct check *check = reading->check;
        const struct claim *claim = &check->claim;
        int64_t now_ms, signed_ms;

        if (claim->is_version_2)
                return s3_version_2_now(check) > reading->end_ms;
        now_ms = clock_now_ms(check->auth->clock);
        signed_ms = clock_at(check->auth->clock, claim->signed_at_ms);
        return now_ms > signed_ms + SIGNING_KEY_MS ||
               now_ms - signed_ms > reading->end_ms - claim->signed_at_ms;
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

static struct str with_name(struct reading *reading, struct str names, struct str name)
{
        return arena_printf(reading->check->arena, "%.*s%s%.*s", SHOWN_ARG(names), names.len ? ", " : "",
                            SHOWN_ARG(arena_lower(reading->check->arena, name)));
}

static int refuse_extra_fields(struct reading *reading)
{
        const struct str_map *fields = fields_of(reading);
        struct str names = STR_NONE;

        if (!reading->is_covered[fields->count])
                names = STR("bucket");
        for (size_t i = 0; i < fields->count; i++)
                if (!reading->is_covered[i] && needs_condition(fields->items[i].key))
                        names = with_name(reading, names, fields->items[i].key);
        if (!str_is_set(names))
                return 0;
        return refuse(reading->check, AUTH_DENIED, "Invalid according to Policy: Extra input fields: %.*s",
                      STR_ARG(names));
}

/* Beside those of JSON its strings have two escapes of JavaScript: \$ and \v. */
static int plain_json(struct check *check, struct str text, struct str *ret)
{
        char *out = arena_alloc(check->arena, 3 * text.len + 1);
        size_t len = 0;

        if (!out)
                return -ENOMEM;
        for (size_t i = 0; i < text.len; i++) {
                char next = i + 1 < text.len ? text.ptr[i + 1] : '\0';

                if (text.ptr[i] != '\\') {
                        out[len++] = text.ptr[i];
                } else if (next == '$') {
                        out[len++] = text.ptr[++i];
                } else if (next == 'v') {
                        memcpy(out + len, "\\u000b", 6);
                        len += 6;
                        i++;
                } else {
                        out[len++] = text.ptr[i];
                        if (next)
                                out[len++] = text.ptr[++i];
                }
        }
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
                return refuse_policy(check, "Invalid Base64 or UTF-8.");
        return plain_json(check, text, ret);
}

int s3_form_policy_check(struct check *check)
{
        struct reading reading = {.check = check};
        struct str text;

        TRY(open_policy(check, &text));
        reading.json = (struct json_read){.at = text.ptr, .end = text.ptr + text.len, .arena = check->arena};
        reading.is_covered = arena_new_array(check->arena, bool, check->expected->form->fields.count + 1);
        if (!reading.is_covered)
                return -ENOMEM;
        TRY(read_document(&reading));
        if (has_ended(&reading))
                return refuse(check, AUTH_DENIED, "Invalid according to Policy: Policy expired.");
        if (str_is_set(reading.failed))
                return refuse(check, AUTH_DENIED,
                              "Invalid according to Policy: Policy Condition failed: %.*s",
                              STR_ARG(reading.failed));
        return refuse_extra_fields(&reading);
}
