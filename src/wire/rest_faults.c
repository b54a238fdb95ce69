#include "wire/rest_faults.h"

#include "base/text.h"
#include "wire/scalar.h"
#include "wire/value.h"
#include "wire/violation.h"

#define NAME_MAX 64

static const struct api_error INVALID_REQUEST = {.name = STR_INIT("InvalidRequest"),
                                                 .code = STR_INIT("InvalidRequest"),
                                                 .status = 400,
                                                 .is_sender = true};

static const struct api_error *invalid_argument(void)
{
        return wire_common_error(API_REST_XML, WIRE_ERROR_VALIDATION);
}

int rest_fault_of_document(struct arena *arena, struct wire_fault *ret)
{
        return wire_refuse(ret, arena, wire_common_error(API_REST_XML, WIRE_ERROR_MALFORMED),
                           "The XML you provided was not well-formed or did not validate against our "
                           "published schema");
}

/* <ArgumentName> and <ArgumentValue>, the second but for secrets. */
static int name_argument(const struct wire_member *member, struct str name, struct str value,
                         struct arena *arena, struct wire_fault *ret)
{
        struct str_pair *details = arena_new_array(arena, struct str_pair, 2);
        bool is_secret = (member->flags | member->type->flags) & WIRE_SECRET;

        if (!details)
                return -ENOMEM;
        details[0] = (struct str_pair){STR("ArgumentName"), name};
        details[1] = (struct str_pair){STR("ArgumentValue"), utf8_is_valid(value) ? value : STR("")};
        ret->details = (struct str_map){details, is_secret ? 1 : 2, true};
        return -EBADMSG;
}

static bool is_number(const struct wire_type *type)
{
        return type->kind == WIRE_INTEGER || type->kind == WIRE_LONG;
}

static int refuse_in_own_words(const struct wire_type *type, struct arena *arena, struct wire_fault *ret)
{
        return wire_refuse(ret, arena, type->fails ? type->fails : invalid_argument(), "%.*s",
                           STR_ARG(type->says));
}

int rest_fault_of_text(const struct wire_member *member, const struct wire_type *type, struct str text,
                       struct arena *arena, struct wire_fault *ret)
{
        if (str_is_set(type->says))
                (void)!refuse_in_own_words(type, arena, ret);
        else
                (void)!wire_refuse(ret, arena, invalid_argument(),
                                   is_number(type) ? "Provided %.*s not an integer or within integer range"
                                                   : "Invalid value for %.*s.",
                                   STR_ARG(member->wire_name));
        return name_argument(member, member->wire_name, text, arena, ret);
}

/* "Argument maxKeys must be an integer between 0 and 2147483647" */
static int refuse_range(const struct wire_member *member, struct str value, struct arena *arena,
                        struct wire_fault *ret)
{
        _cleanup_(buf_done) struct buf buf = {};
        struct str name;

        buf_init(&buf, NAME_MAX);
        violation_add_lowered(&buf, member->name);
        TRY(buf_check(&buf));
        name = arena_dup(arena, buf_str(&buf));
        (void)!wire_refuse(ret, arena, invalid_argument(),
                           "Argument %.*s must be an integer between %lld and %lld", STR_ARG(name),
                           (long long)member->type->min, (long long)member->type->max);
        return name_argument(member, name, value, arena, ret);
}

static int refuse_absent(const struct wire_member *member, struct arena *arena, struct wire_fault *ret)
{
        return wire_refuse(ret, arena, &INVALID_REQUEST, "Missing required %s for this request: %.*s",
                           member->place == WIRE_IN_QUERY ? "parameter" : "header",
                           STR_ARG(member->wire_name));
}

static int refuse_argument(const struct wire_member *member, const void *in, struct arena *arena,
                           struct wire_fault *ret)
{
        const struct wire_type *type = member->type->kind == WIRE_LIST ? member->type->element : member->type;
        uint32_t both = WIRE_HAS_MIN | WIRE_HAS_MAX;
        const struct str *values = NULL;
        struct str value = STR("");
        size_t count = 0;

        if (wire_is_scalar(type))
                TRY(wire_member_values(member, in, arena, &values, &count));
        if (count > 0)
                value = values[0];
        if (is_number(type) && !str_is_set(type->says) && (type->flags & both) == both)
                return refuse_range(member, value, arena, ret);
        if (str_is_set(type->says))
                (void)!refuse_in_own_words(type, arena, ret);
        else
                (void)!wire_refuse(ret, arena, invalid_argument(), "Invalid value for %.*s.",
                                   STR_ARG(member->wire_name));
        return name_argument(member, member->wire_name, value, arena, ret);
}

int rest_fault_of_value(const struct wire_member *member, const void *in, struct arena *arena,
                        struct wire_fault *ret)
{
        if (member->place == WIRE_IN_BODY || member->place == WIRE_IN_PAYLOAD)
                return rest_fault_of_document(arena, ret);
        return wire_is_set(member, in) ? refuse_argument(member, in, arena, ret)
                                       : refuse_absent(member, arena, ret);
}
