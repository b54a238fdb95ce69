#include "wire/ec2_faults.h"

#include "wire/value.h"

#define QUOTED_MAX 256

#define SENDER(text)                                                                                         \
        {                                                                                                    \
                .name = STR_INIT(text), .code = STR_INIT(text), .status = 400, .is_sender = true             \
        }

static const struct api_error MISSING = SENDER("MissingParameter"), UNKNOWN = SENDER("UnknownParameter");

/* https://docs.aws.amazon.com/AWSEC2/latest/APIReference/CommonParameters.html */
bool ec2_is_common_parameter(struct str name)
{
        static const struct str NAMES[] = {
                STR_INIT("Action"),    STR_INIT("Version"),         STR_INIT("AWSAccessKeyId"),
                STR_INIT("Signature"), STR_INIT("SignatureMethod"), STR_INIT("SignatureVersion"),
                STR_INIT("Timestamp"), STR_INIT("Expires"),         STR_INIT("SecurityToken"),
        };

        for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
                if (str_eq(name, NAMES[i]))
                        return true;
        return str_starts_nocase(name, STR("X-Amz-"));
}

int ec2_fault_of_unknown(struct str name, struct arena *arena, struct wire_fault *ret)
{
        return wire_refuse(ret, arena, &UNKNOWN, "The parameter %.*s is not recognized",
                           STR_ARG(str_part(name, 0, QUOTED_MAX)));
}

static bool is_number(const struct wire_type *type)
{
        return type->kind == WIRE_INTEGER || type->kind == WIRE_LONG;
}

/* "Value ( 4 ) for parameter maxResults is invalid. Expecting a value greater than 5." */
static int refuse_number(const struct wire_member *member, const void *in, struct arena *arena,
                         struct wire_fault *ret)
{
        int64_t value = ((const struct opt_int *)wire_value_at(member, in))->value;
        bool is_low = (member->type->flags & WIRE_HAS_MIN) && value < member->type->min;
        int64_t bound = is_low ? member->type->min : member->type->max;

        return wire_refuse(ret, arena, wire_common_error(API_EC2, WIRE_ERROR_VALIDATION),
                           "Value ( %lld ) for parameter %.*s is invalid. Expecting a value %s than %lld.",
                           (long long)value, STR_ARG(member->wire_name), is_low ? "greater" : "smaller",
                           (long long)bound);
}

int ec2_fault_of_value(const struct wire_violations *violations, const void *in, struct arena *arena,
                       struct wire_fault *ret)
{
        const struct wire_member *member = violations->first;
        const struct api_error *invalid = wire_common_error(API_EC2, WIRE_ERROR_VALIDATION);

        if (member && !wire_is_set(member, in))
                return wire_refuse(ret, arena, &MISSING, "The request must contain the parameter %.*s",
                                   STR_ARG(wire_form_name(member)));
        if (member && is_number(member->type))
                return refuse_number(member, in, arena, ret);
        if (member && member->type->kind == WIRE_STRING &&
            !((member->flags | member->type->flags) & WIRE_SECRET))
                return wire_refuse(ret, arena, invalid, "Value (%.*s) for parameter %.*s is invalid.",
                                   STR_ARG(str_part(*(const struct str *)wire_at(member, in), 0, QUOTED_MAX)),
                                   STR_ARG(member->wire_name));
        return wire_refuse(ret, arena, invalid, "%.*s", STR_ARG(violations->message));
}
