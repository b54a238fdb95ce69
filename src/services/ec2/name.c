/* Ids, ARNs and texts. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html */
#include "base/ids.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "services/ec2/ec2.h"

#define DIGITS_OLD 8
#define DIGITS     17

static bool is_digits(struct str text)
{
        for (size_t i = 0; i < text.len; i++)
                if (!strchr("0123456789abcdef", text.ptr[i]) || text.ptr[i] == '\0')
                        return false;
        return text.len == DIGITS_OLD || text.len == DIGITS;
}

bool ec2_id_is(struct str id, struct str prefix)
{
        return str_starts(id, prefix) && id.len > prefix.len && id.ptr[prefix.len] == '-' &&
               is_digits(str_from(id, prefix.len + 1));
}

struct str ec2_new_id(struct call *call, const char *prefix)
{
        struct str digits = id_from_alphabet(&call->arena, STR("0123456789abcdef"), DIGITS - 1);

        return arena_printf(&call->arena, "%s-0%.*s", prefix, STR_ARG(digits));
}

struct str ec2_first_id(struct call *call, const char *prefix)
{
        struct str seed = arena_printf(&call->arena, "%.*s/%.*s/%s", STR_ARG(call->account),
                                       STR_ARG(call->region), prefix);
        uint8_t hash[DIGEST_MAX];
        char digits[DIGITS];

        digest_of(DIGEST_SHA256, seed, hash);
        for (size_t i = 0; i < sizeof(digits) - 1; i++)
                digits[i] = "0123456789abcdef"[hash[i] & 0xF];
        return arena_printf(&call->arena, "%s-0%.*s", prefix, (int)sizeof(digits) - 1, digits);
}

struct str ec2_arn(struct call *call, const char *kind, struct str id)
{
        return arena_printf(&call->arena, "arn:%.*s:ec2:%.*s:%.*s:%s/%.*s", STR_ARG(call->host->partition),
                            STR_ARG(call->region), STR_ARG(call->account), kind, STR_ARG(id));
}

static bool is_text(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               (c != '\0' && strchr(" ._-:/()#,@[]+=&;{}!$*", c));
}

bool ec2_text_is_valid(struct str text)
{
        for (size_t i = 0; i < text.len; i++)
                if (!is_text(text.ptr[i]))
                        return false;
        return text.len <= EC2_TEXT_MAX;
}

static int fail_as(struct call *call, const struct api_error *error, const char *format, va_list args)
{
        struct str text = arena_vprintf(&call->arena, format, args);

        return fail(call, error, "%.*s", STR_ARG(text));
}

int ec2_invalid(struct call *call, const char *format, ...)
{
        va_list args;
        int r;

        va_start(args, format);
        r = fail_as(call, &ec2_invalid_parameter_value, format, args);
        va_end(args);
        return r;
}

int ec2_missing(struct call *call, const char *format, ...)
{
        va_list args;
        int r;

        va_start(args, format);
        r = fail_as(call, &ec2_missing_parameter, format, args);
        va_end(args);
        return r;
}

int ec2_combined(struct call *call, const char *one, const char *other)
{
        return fail(call, &ec2_invalid_parameter_combination,
                    "The parameter '%s' may not be used in combination with '%s'", one, other);
}
