/* What stands in Resource.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html */
#include "policy/grammar.h"

#define FIELDS_OF_ARN 6

/* IAM checks the ARNs of the policies that it keeps itself; other services take what looks like an ARN. */
static bool is_iams_own(enum policy_kind kind)
{
        return kind == POLICY_IDENTITY || kind == POLICY_SESSION;
}

static bool is_partition(struct str s)
{
        static const struct str KNOWN[] = {
                STR_INIT("aws"),       STR_INIT("aws-cn"),    STR_INIT("aws-us-gov"),
                STR_INIT("aws-iso"),   STR_INIT("aws-iso-b"), STR_INIT("aws-iso-e"),
                STR_INIT("aws-iso-f"), STR_INIT("aws-eusc"),  STR_INIT("*"),
        };

        for (size_t i = 0; i < ARRAY_LEN(KNOWN); i++)
                if (str_eq(s, KNOWN[i]))
                        return true;
        return false;
}

static bool is_iam_path(struct str s)
{
        static const struct str STARTS[] = {
                STR_INIT("user/"),          STR_INIT("federated-user/"),     STR_INIT("role/"),
                STR_INIT("group/"),         STR_INIT("instance-profile/"),   STR_INIT("mfa/"),
                STR_INIT("sms-mfa/"),       STR_INIT("server-certificate/"), STR_INIT("policy/"),
                STR_INIT("saml-provider/"), STR_INIT("oidc-provider/"),      STR_INIT("report/"),
                STR_INIT("access-report/"),
        };

        for (size_t i = 0; i < ARRAY_LEN(STARTS); i++)
                if (str_starts(s, STARTS[i]))
                        return true;
        return str_eq(s, STR("*")) || str_eq(s, STR("root"));
}

/* Offset of the first colon that is not part of a variable, or the length. */
static size_t find_colon(struct str s)
{
        struct str name, fallback;
        size_t i = 0, n;

        while (i < s.len && s.ptr[i] != ':') {
                n = variable_parse(str_from(s, i), &name, &fallback);
                i += n > 0 ? n : 1;
        }
        return i;
}

static size_t split(struct str arn, struct str fields[FIELDS_OF_ARN])
{
        size_t n = 0;

        for (; n + 1 < FIELDS_OF_ARN; n++) {
                size_t colon = find_colon(arn);

                fields[n] = str_part(arn, 0, colon);
                if (colon == arn.len)
                        return n + 1;
                arn = str_from(arn, colon + 1);
        }
        fields[n] = arn;
        return n + 1;
}

static bool has_wildcard(struct str s)
{
        return str_has_byte(s, '*') || str_has_byte(s, '?');
}

static int check_iam_arn(struct grammar *grammar, struct str arn, const struct str fields[], size_t count)
{
        if (count > 3 && fields[3].len > 0 && !str_eq(fields[3], STR("*")))
                return grammar_fail(grammar, "IAM resource %.*s cannot contain region information.",
                                    STR_ARG(arn));
        if (count == FIELDS_OF_ARN && !is_iam_path(fields[5]))
                return grammar_fail(grammar, "IAM resource path must either be \"*\" or start with user/, "
                                             "federated-user/, role/, group/, instance-profile/, mfa/, "
                                             "server-certificate/, policy/, sms-mfa/, saml-provider/, "
                                             "oidc-provider/, report/, access-report/.");
        return 0;
}

/* Buckets and objects have no region in their ARNs; access points, grants and their like have. */
static bool is_regional_in_s3(struct str resource)
{
        static const struct str STARTS[] = {
                STR_INIT("accesspoint"),  STR_INIT("access-grants"),  STR_INIT("job/"),
                STR_INIT("storage-lens"), STR_INIT("async-request/"),
        };

        for (size_t i = 0; i < ARRAY_LEN(STARTS); i++)
                if (str_starts(resource, STARTS[i]))
                        return true;
        return str_starts(resource, STR("*"));
}

static int check_s3_arn(struct grammar *grammar, struct str arn, const struct str fields[], size_t count)
{
        if (count == FIELDS_OF_ARN && fields[3].len > 0 && !has_wildcard(fields[3]) &&
            !is_regional_in_s3(fields[5]))
                return grammar_fail(grammar, "Resource %.*s can not contain region information.",
                                    STR_ARG(arn));
        return 0;
}

static int check_arn(struct grammar *grammar, struct str arn, const struct str fields[], size_t count)
{
        if (!str_starts(arn, STR("arn:")) || count < 2)
                return grammar_fail(grammar, "Resource %.*s must be in ARN format or \"*\".", STR_ARG(arn));
        if (!is_iams_own(grammar->policy->kind))
                return 0;
        if (!is_partition(fields[1]))
                return grammar_fail(grammar, "Partition \"%.*s\" is not valid for resource \"%.*s\".",
                                    STR_ARG(fields[1]), STR_ARG(arn));
        if (count > 2 && has_wildcard(fields[2]))
                return grammar_fail(grammar,
                                    "Resource vendor must be fully qualified and cannot contain regexes.");
        if (count > 2 && str_eq(fields[2], STR("iam")))
                TRY(check_iam_arn(grammar, arn, fields, count));
        if (count > 2 && str_eq(fields[2], STR("s3")))
                TRY(check_s3_arn(grammar, arn, fields, count));
        /* "session policies ... do not support incomplete ARNs"
         * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html */
        if (count < FIELDS_OF_ARN && grammar->policy->kind == POLICY_SESSION)
                return grammar_fail(grammar, "The policy failed legacy parsing");
        return 0;
}

/* "AWS automatically completes the ARN by adding wildcard characters (*) to all missing fields" (ibid.) */
static struct str complete(struct arena *arena, struct str arn, size_t count)
{
        for (; count < FIELDS_OF_ARN; count++)
                arn = arena_printf(arena, "%.*s:*", STR_ARG(arn));
        return arn;
}

static int read_resource(struct grammar *grammar, const json_t *json, struct pattern *ret)
{
        struct policy *policy = grammar->policy;
        unsigned flags = PATTERN_WILDCARDS | PATTERN_SEGMENTS;
        struct str arn, fields[FIELDS_OF_ARN];
        size_t count;

        if (!json_is_string(json))
                return grammar_fail(grammar, SYNTAX_ERRORS);
        arn = arena_dup(&policy->arena, json_text(json));
        if (policy->has_variables)
                flags |= PATTERN_VARIABLES;
        if (!str_eq(arn, STR("*"))) {
                count = split(arn, fields);
                TRY(check_arn(grammar, arn, fields, count));
                arn = complete(&policy->arena, arn, count);
        }
        if (policy->arena.failed)
                return -ENOMEM;
        return pattern_compile(&policy->arena, arn, flags, ret);
}

int grammar_resources(struct grammar *grammar, json_t *value, struct statement *ret)
{
        size_t count = json_items(value);

        if (count == 0)
                return grammar_fail(grammar, "Policy statement must contain resources.");
        ret->resources = arena_new_array(&grammar->policy->arena, struct pattern, count);
        if (!ret->resources)
                return -ENOMEM;
        for (size_t i = 0; i < count; i++)
                TRY(read_resource(grammar, json_item(value, i), &ret->resources[i]));
        ret->resource_count = count;
        return 0;
}
