/* Cross-origin rules of a bucket; cors_answer.c says what follows from them.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html */
#include "services/s3/settings.h"

#define RULES_MAX    100
#define ID_MAX       255
#define DOCUMENT_MAX ((size_t)64 * 1024)

bool s3_is_cors_method(struct str method)
{
        static const struct str METHODS[] = {STR_INIT("GET"), STR_INIT("PUT"), STR_INIT("POST"),
                                             STR_INIT("DELETE"), STR_INIT("HEAD")};

        for (size_t i = 0; i < ARRAY_LEN(METHODS); i++)
                if (str_eq(method, METHODS[i]))
                        return true;
        return false;
}

static int check_methods(struct call *call, const struct str_list *methods)
{
        for (size_t i = 0; i < methods->count; i++)
                if (!s3_is_cors_method(methods->items[i]))
                        return fail(
                                call, &s3_invalid_request,
                                "Found unsupported HTTP method in CORS config. Unsupported method is %.*s",
                                STR_ARG(methods->items[i]));
        return 0;
}

static int check_wildcards(struct call *call, const char *what, const struct str_list *values)
{
        for (size_t i = 0; i < values->count; i++) {
                struct str value = values->items[i];

                if (str_find_byte(value, '*') != str_find_last_byte(value, '*'))
                        return fail(call, &s3_invalid_request,
                                    "%s \"%.*s\" can not have more than one wildcard.", what, STR_ARG(value));
        }
        return 0;
}

/* What is exposed stands in a header of answers. */
static bool is_header_name(struct str name)
{
        for (size_t i = 0; i < name.len; i++) {
                char c = name.ptr[i];

                if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
                    c != '-' && c != '_')
                        return false;
        }
        return name.len > 0;
}

static int check_exposed(struct call *call, const struct str_list *names)
{
        for (size_t i = 0; i < names->count; i++) {
                struct str name = names->items[i];

                if (str_has_byte(name, '*'))
                        return fail(call, &s3_invalid_request,
                                    "ExposeHeader \"%.*s\" contains wildcard. We currently do not support "
                                    "wildcard for ExposeHeader.",
                                    STR_ARG(name));
                if (!is_header_name(name))
                        return fail(call, &s3_invalid_request,
                                    "ExposeHeader \"%.*s\" contains invalid character.", STR_ARG(name));
        }
        return 0;
}

static int check_rule(struct call *call, const struct s3_cors_rule *rule)
{
        if (rule->allowed_methods.count == 0 || rule->allowed_origins.count == 0 ||
            (rule->max_age_seconds.is_set && rule->max_age_seconds.value < 0))
                return s3_malformed(call);
        if (rule->id.len > ID_MAX)
                return fail(call, &s3_invalid_argument, "ID length should not exceed allowed limit of %d",
                            ID_MAX);
        TRY(check_methods(call, &rule->allowed_methods));
        TRY(check_wildcards(call, "AllowedOrigin", &rule->allowed_origins));
        TRY(check_wildcards(call, "AllowedHeader", &rule->allowed_headers));
        return check_exposed(call, &rule->expose_headers);
}

static int check_rules(struct call *call, const struct s3_cors_rule_list *rules)
{
        if (call->request->body.len > DOCUMENT_MAX)
                return fail(call, &s3_max_message_length_exceeded, "Your request was too large.");
        if (rules->count == 0)
                return s3_malformed(call);
        if (rules->count > RULES_MAX)
                return fail(call, &s3_invalid_request,
                            "The number of CORS rules should not exceed allowed limit of %d rules.",
                            RULES_MAX);
        for (size_t i = 0; i < rules->count; i++)
                TRY(check_rule(call, &rules->items[i]));
        return 0;
}

int s3_put_bucket_cors(struct call *call, const struct s3_put_bucket_cors_in *in,
                       struct s3_put_bucket_cors_out *out)
{
        struct s3_bucket_cors_record cors = {.bucket = in->bucket,
                                             .rules = in->cors_configuration->cors_rules};
        struct s3_bucket_record bucket;

        (void)out;
        TRY(s3_get_bucket(call, in->bucket, &bucket));
        TRY(check_rules(call, &cors.rules));
        return call_put(call, &s3_bucket_cors_record_type, &cors);
}

int s3_get_bucket_cors(struct call *call, const struct s3_get_bucket_cors_in *in,
                       struct s3_get_bucket_cors_out *out)
{
        struct s3_bucket_cors_record cors = {.bucket = in->bucket};

        TRY(s3_get_setting(call, &s3_bucket_cors_record_type, &cors, in->bucket,
                           &s3_no_such_cors_configuration, "The CORS configuration does not exist"));
        out->cors_rules = cors.rules;
        return 0;
}

int s3_delete_bucket_cors(struct call *call, const struct s3_delete_bucket_cors_in *in,
                          struct s3_delete_bucket_cors_out *out)
{
        (void)out;
        return s3_delete_setting(call, &s3_bucket_cors_record_type,
                                 &(struct s3_bucket_cors_record){.bucket = in->bucket}, in->bucket);
}
