/* How a bucket is shown as a website; kept and given back.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html */
#include "services/s3/settings.h"

#define RULES_MAX    50
#define DOCUMENT_MAX ((size_t)128 * 1024)

/* -- Routing rules */

/* A status of three digits between two others. */
static bool is_status(struct str code, const char *from, const char *to)
{
        return code.len == 3 && str_cmp(code, str_of(from)) >= 0 && str_cmp(code, str_of(to)) <= 0 &&
               code.ptr[1] >= '0' && code.ptr[1] <= '9' && code.ptr[2] >= '0' && code.ptr[2] <= '9';
}

static int check_condition(struct call *call, const struct s3_condition *condition)
{
        struct str code = condition->http_error_code_returned_equals;

        if (!str_is_set(code) && !str_is_set(condition->key_prefix_equals))
                return fail(call, &s3_invalid_request,
                            "Condition cannot be empty. To redirect all requests without a condition, the "
                            "condition element shouldn't be present.");
        if (str_is_set(code) && !is_status(code, "400", "599"))
                return fail(call, &s3_invalid_request,
                            "The provided HTTP error code (%.*s) is not valid. Valid codes are 4XX or 5XX.",
                            STR_ARG(code));
        return 0;
}

static int check_redirect(struct call *call, const struct s3_redirect *redirect)
{
        struct str code = redirect->http_redirect_code;

        if (str_is_set(redirect->replace_key_prefix_with) && str_is_set(redirect->replace_key_with))
                return fail(call, &s3_invalid_request,
                            "You can only define ReplaceKeyPrefix or ReplaceKey but not both.");
        if (str_is_set(code) && !is_status(code, "301", "399"))
                return fail(call, &s3_invalid_request,
                            "The provided HTTP redirect code (%.*s) is not valid. Valid codes are 3XX except "
                            "300.",
                            STR_ARG(code));
        if (!str_is_set(code) && !str_is_set(redirect->host_name) && !str_is_set(redirect->protocol) &&
            !str_is_set(redirect->replace_key_prefix_with) && !str_is_set(redirect->replace_key_with))
                return s3_malformed(call);
        return 0;
}

static int check_rules(struct call *call, const struct s3_routing_rule_list *rules)
{
        if (rules->count > RULES_MAX)
                return fail(
                        call, &s3_invalid_request,
                        "%zu routing rules provided, the number of routing rules in a website configuration "
                        "is limited to %d.",
                        rules->count, RULES_MAX);
        for (size_t i = 0; i < rules->count; i++) {
                if (rules->items[i].condition)
                        TRY(check_condition(call, rules->items[i].condition));
                TRY(check_redirect(call, rules->items[i].redirect));
        }
        return 0;
}

/* -- The whole */

/* "If you specify this property, you can't specify any other property." */
static int check_redirect_all(struct call *call, const struct s3_website_configuration *website)
{
        if (website->index_document || website->error_document || website->routing_rules.count > 0)
                return fail(
                        call, &s3_invalid_request,
                        "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.");
        return website->redirect_all_requests_to->host_name.len ? 0 : s3_malformed(call);
}

static int check(struct call *call, const struct s3_website_configuration *website)
{
        struct str suffix = website->index_document ? website->index_document->suffix : STR_NONE;

        if (call->request->body.len > DOCUMENT_MAX)
                return fail(call, &s3_max_message_length_exceeded, "Your request was too large.");
        if (website->redirect_all_requests_to)
                return check_redirect_all(call, website);
        if (!str_is_set(suffix))
                return s3_bad_argument(call, STR("IndexDocument"), STR("null"),
                                       "A value for IndexDocument Suffix must be provided if "
                                       "RedirectAllRequestsTo is empty");
        if (suffix.len == 0 || str_has_byte(suffix, '/'))
                return s3_bad_argument(call, STR("IndexDocument"), suffix,
                                       "The IndexDocument Suffix is not well formed");
        return check_rules(call, &website->routing_rules);
}

int s3_put_bucket_website(struct call *call, const struct s3_put_bucket_website_in *in,
                          struct s3_put_bucket_website_out *out)
{
        struct s3_bucket_website_record website = {.bucket = in->bucket,
                                                   .website = in->website_configuration};
        struct s3_bucket_record bucket;

        (void)out;
        TRY(s3_get_bucket(call, in->bucket, &bucket));
        TRY(check(call, website.website));
        return call_put(call, &s3_bucket_website_record_type, &website);
}

int s3_get_bucket_website(struct call *call, const struct s3_get_bucket_website_in *in,
                          struct s3_get_bucket_website_out *out)
{
        struct s3_bucket_website_record website = {.bucket = in->bucket};

        TRY(s3_get_setting(call, &s3_bucket_website_record_type, &website, in->bucket,
                           &s3_no_such_website_configuration,
                           "The specified bucket does not have a website configuration"));
        out->redirect_all_requests_to = website.website->redirect_all_requests_to;
        out->index_document = website.website->index_document;
        out->error_document = website.website->error_document;
        out->routing_rules = website.website->routing_rules;
        return 0;
}

int s3_delete_bucket_website(struct call *call, const struct s3_delete_bucket_website_in *in,
                             struct s3_delete_bucket_website_out *out)
{
        (void)out;
        return s3_delete_setting(call, &s3_bucket_website_record_type,
                                 &(struct s3_bucket_website_record){.bucket = in->bucket}, in->bucket);
}
