/* What browsers may ask of a bucket for pages of other origins: the first rule that fits says it.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html and, of preflight requests,
 * https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html */
#include "services/s3/access_point.h"
#include "services/s3/settings.h"

/* Anybody may ask: what is looked at has a bound. Browsers name but few. */
#define HEADERS_MAX 100

/* At most one '*', which stands for any characters. */
static bool fits(struct str pattern, struct str text, bool (*same)(struct str a, struct str b))
{
        ptrdiff_t star = str_find_byte(pattern, '*');
        struct str head, tail;

        if (star < 0)
                return same(pattern, text);
        head = str_part(pattern, 0, (size_t)star);
        tail = str_from(pattern, (size_t)star + 1);
        return text.len >= head.len + tail.len && same(head, str_part(text, 0, head.len)) &&
               same(tail, str_from(text, text.len - tail.len));
}

/* -- The rule */

struct match {
        const struct s3_cors_rule *rule;
        struct str origin; /* as the rule says it */
};

static bool admits_origin(const struct s3_cors_rule *rule, struct str origin, struct match *ret)
{
        for (size_t i = 0; i < rule->allowed_origins.count; i++)
                if (fits(rule->allowed_origins.items[i], origin, str_eq)) {
                        *ret = (struct match){rule, rule->allowed_origins.items[i]};
                        return true;
                }
        return false;
}

static bool admits_method(const struct s3_cors_rule *rule, struct str method)
{
        for (size_t i = 0; i < rule->allowed_methods.count; i++)
                if (str_eq(rule->allowed_methods.items[i], method))
                        return true;
        return false;
}

static bool admits_header(const struct s3_cors_rule *rule, struct str name)
{
        for (size_t i = 0; i < rule->allowed_headers.count; i++)
                if (fits(rule->allowed_headers.items[i], name, str_eq_nocase))
                        return true;
        return false;
}

static bool admits_headers(const struct s3_cors_rule *rule, struct str names)
{
        size_t count = 0;

        for (struct str rest = names, name; str_cut(&rest, ',', &name);) {
                name = str_trim(name);
                if (++count > HEADERS_MAX || (name.len > 0 && !admits_header(rule, name)))
                        return false;
        }
        return true;
}

static bool find_rule(const struct s3_cors_rule_list *rules, const struct api_cross_origin *asked,
                      struct match *ret)
{
        if (!str_is_set(asked->origin) || !str_is_set(asked->method))
                return false;
        for (size_t i = 0; i < rules->count; i++)
                if (admits_origin(&rules->items[i], asked->origin, ret) &&
                    admits_method(&rules->items[i], asked->method) &&
                    admits_headers(&rules->items[i], asked->headers))
                        return true;
        return false;
}

/* -- Its headers */

static int add_list(struct call *call, struct str name, const struct str_list *values)
{
        _cleanup_(buf_done) struct buf text = {};

        if (values->count == 0)
                return 0;
        buf_init(&text, (size_t)64 * 1024);
        for (size_t i = 0; i < values->count; i++) {
                buf_add(&text, i ? STR(", ") : STR(""));
                buf_add(&text, values->items[i]);
        }
        TRY(buf_check(&text));
        call_header(call, name, buf_str(&text));
        return 0;
}

static int add_asked_headers(struct call *call, struct str names)
{
        struct str_list list = {};
        size_t most = 1;

        for (size_t i = 0; i < names.len; i++)
                most += names.ptr[i] == ',';
        list.items = arena_new_array(&call->arena, struct str, most);
        if (!list.items)
                return -ENOMEM;
        for (struct str rest = names, name; str_cut(&rest, ',', &name);) {
                name = str_trim(name);
                if (name.len > 0)
                        list.items[list.count++] = arena_lower(&call->arena, name);
        }
        return add_list(call, STR("Access-Control-Allow-Headers"), &list);
}

static int admit(struct call *call, const struct match *match, const struct api_cross_origin *asked)
{
        const struct s3_cors_rule *rule = match->rule;
        bool is_for_all = str_eq(match->origin, STR("*"));

        call_header(call, STR("Access-Control-Allow-Origin"), is_for_all ? match->origin : asked->origin);
        TRY(add_list(call, STR("Access-Control-Allow-Methods"), &rule->allowed_methods));
        TRY(add_asked_headers(call, asked->headers));
        TRY(add_list(call, STR("Access-Control-Expose-Headers"), &rule->expose_headers));
        if (rule->max_age_seconds.is_set)
                call_header(call, STR("Access-Control-Max-Age"),
                            arena_printf(&call->arena, "%lld", (long long)rule->max_age_seconds.value));
        if (!is_for_all)
                call_header(call, STR("Access-Control-Allow-Credentials"), STR("true"));
        call_header(call, STR("Vary"),
                    STR("Origin, Access-Control-Request-Headers, Access-Control-Request-Method"));
        return 0;
}

/* -- The whole */

static int refuse(struct call *call, const struct api_cross_origin *asked, bool is_object, const char *why)
{
        call_detail(call, STR("Method"), asked->method);
        call_detail(call, STR("ResourceType"), is_object ? STR("OBJECT") : STR("BUCKET"));
        return fail(call, &s3_access_forbidden, "CORSResponse: %s", why);
}

static int check_question(struct call *call, const struct api_cross_origin *asked)
{
        if (!str_is_set(asked->origin))
                return fail(call, &s3_bad_request, "Insufficient information. Origin request header needed.");
        if (!s3_is_cors_method(asked->method))
                return fail(call, &s3_bad_request, "Invalid Access-Control-Request-Method: %.*s",
                            STR_ARG(str_is_set(asked->method) ? asked->method : STR("null")));
        return 0;
}

static int refuse_unknown(struct call *call, const struct api_cross_origin *asked, bool is_object)
{
        return refuse(call, asked, is_object, "Bucket not found");
}

/* An access point has no rules of its own: those of its bucket count. */
static int read_rules(struct call *call, const struct api_cross_origin *asked, struct str name,
                      bool is_object, struct s3_bucket_cors_record *ret)
{
        struct s3_bucket_record bucket = {};
        int r = s3_bucket_behind(call, name, &bucket.name);

        if (r == -ECALL) {
                call_forgive(call);
                return refuse_unknown(call, asked, is_object);
        }
        TRY(r);
        *ret = (struct s3_bucket_cors_record){.bucket = bucket.name};
        r = call_get(call, &s3_bucket_cors_record_type, ret);
        if (r != -ENOENT)
                return r;
        if (!record_exists(call->txn, &s3_bucket_record_type, &bucket))
                return refuse_unknown(call, asked, is_object);
        return refuse(call, asked, is_object, "CORS is not enabled for this bucket.");
}

int s3_cross_origin(struct call *call, const struct api_cross_origin *asked)
{
        struct str rest = str_from(asked->path, 1), bucket;
        struct s3_bucket_cors_record cors = {};
        struct match match;
        bool is_object;

        if (!str_cut(&rest, '/', &bucket) || bucket.len == 0)
                return -ENOENT;
        is_object = rest.len > 0;
        TRY(check_question(call, asked));
        TRY(read_rules(call, asked, bucket, is_object, &cors));
        if (find_rule(&cors.rules, asked, &match))
                return admit(call, &match, asked);
        return refuse(call, asked, is_object,
                      "This CORS request is not allowed. This is usually because the evalution of Origin, "
                      "request method / Access-Control-Request-Method or Access-Control-Request-Headers are "
                      "not whitelisted by the resource's CORS spec.");
}
