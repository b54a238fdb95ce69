/* Where a website sends its visitors.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html */
#include "base/text.h"
#include "services/s3/website.h"

#define LOCATION_MAX ((size_t)8 * 1024)

/* An error on the inside: what was asked for is not served. */
static const struct api_error *redirect_error(struct call *call, unsigned int status)
{
        struct api_error *error = arena_new(&call->arena, struct api_error);

        if (error)
                *error = (struct api_error){.name = STR("Redirect"),
                                            .code = status == 302 ? STR("Found") : STR("Redirect"),
                                            .status = status,
                                            .is_sender = true};
        return error;
}

static int go(struct call *call, unsigned int status, struct str location)
{
        const struct api_error *error = redirect_error(call, status);

        if (!error)
                return -ENOMEM;
        call_forgive(call);
        call_header(call, STR("Location"), location);
        return fail(call, error, "Resource Found");
}

int s3_website_go(struct call *call, struct s3_website *site, unsigned int status, struct str location)
{
        site->has_no_page = true;
        return go(call, status, location);
}

/* -- URLs */

/* What the owner of the bucket wrote stays as it is, but for what no URL can have: else it would end the
 * header. */
static void add_written(struct buf *out, struct str text)
{
        for (size_t i = 0; i < text.len; i++) {
                bool is_plain = text.ptr[i] > ' ' && text.ptr[i] <= '~';

                if (is_plain)
                        buf_add_byte(out, text.ptr[i]);
                else
                        percent_encode(out, str_part(text, i, 1), false);
        }
}

/* Of a long path, or of much that the owner wrote. It may be in place of another error. */
static int check_length(struct call *call, const struct buf *url)
{
        if (buf_check(url) == 0)
                return 0;
        call_forgive(call);
        return fail(call, &s3_key_too_long_error, "Your key is too long");
}

struct target {
        struct str protocol, host; /* absent: those of the request */
        struct str written;        /* what the key begins with, in the owner's words */
        struct str rest;           /* of the client's key */
};

static int url_of(struct call *call, const struct s3_website *site, const struct target *target,
                  struct str *ret)
{
        _cleanup_(buf_done) struct buf url = {};
        struct str scheme = str_is_set(call->request->tls_version) ? STR("https") : STR("http");

        buf_init(&url, LOCATION_MAX);
        buf_add(&url, str_is_set(target->protocol) ? target->protocol : scheme);
        buf_add(&url, STR("://"));
        add_written(&url, target->host.len ? target->host : site->host);
        buf_add_byte(&url, '/');
        add_written(&url, target->written);
        percent_encode(&url, target->rest, true);
        TRY(check_length(call, &url));
        *ret = arena_dup(&call->arena, buf_str(&url));
        return str_is_set(*ret) ? 0 : -ENOMEM;
}

static int go_to(struct call *call, struct s3_website *site, unsigned int status, const struct target *target)
{
        struct str location;

        TRY(url_of(call, site, target, &location));
        return s3_website_go(call, site, status, location);
}

int s3_website_go_all(struct call *call, struct s3_website *site)
{
        const struct s3_redirect_all_requests_to *to = site->configuration->redirect_all_requests_to;
        struct target target = {.protocol = to->protocol, .host = to->host_name};

        if (percent_decode(&call->arena, str_from(site->path, 1), false, &target.rest) < 0)
                return fail(call, &s3_invalid_uri, "Couldn't parse the specified URI.");
        return go_to(call, site, 301, &target);
}

/* "/photos/"; with all of the URL in front where two slashes would make a host of what follows. */
int s3_website_go_to_folder(struct call *call, struct s3_website *site)
{
        const struct target target = {.rest = arena_printf(&call->arena, "%.*s/", STR_ARG(site->asked))};
        size_t host = str_starts(site->asked, STR("/")) ? 0 : strlen("http://") + site->host.len;
        struct str location;

        TRY(url_of(call, site, &target, &location));
        if (host && str_starts(location, STR("https")))
                host++;
        return go(call, 302, str_from(location, host));
}

int s3_website_check_redirect(struct call *call, struct str location)
{
        _cleanup_(buf_done) struct buf url = {};

        if (!call->website || call->website->is_document || !str_is_set(location))
                return 0;
        buf_init(&url, LOCATION_MAX);
        add_written(&url, location);
        TRY(check_length(call, &url));
        return s3_website_go(call, call->website, 301, buf_str(&url));
}

/* -- Routing rules */

static bool means(const struct s3_condition *condition, struct str key, unsigned int status)
{
        struct str code = condition ? condition->http_error_code_returned_equals : STR_NONE;
        uint64_t number = 0;

        if (str_is_set(code) ? str_to_u64(code, &number) < 0 || number != status : status != 0)
                return false;
        return !condition || str_starts(key, condition->key_prefix_equals);
}

static struct target target_of(const struct s3_routing_rule *rule, struct str key)
{
        const struct s3_redirect *redirect = rule->redirect;
        struct target target = {.protocol = redirect->protocol, .host = redirect->host_name, .rest = key};

        if (str_is_set(redirect->replace_key_with)) {
                target.written = redirect->replace_key_with;
                target.rest = STR("");
        } else if (str_is_set(redirect->replace_key_prefix_with)) {
                target.written = redirect->replace_key_prefix_with;
                if (rule->condition)
                        target.rest = str_from(key, rule->condition->key_prefix_equals.len);
        }
        return target;
}

int s3_website_go_by_rule(struct call *call, struct s3_website *site, unsigned int status)
{
        const struct s3_routing_rule_list *rules = &site->configuration->routing_rules;

        for (size_t i = 0; i < rules->count; i++) {
                const struct s3_routing_rule *rule = &rules->items[i];
                struct target target = target_of(rule, site->asked);
                uint64_t code = 301;

                if (!means(rule->condition, site->asked, status))
                        continue;
                if (str_is_set(rule->redirect->http_redirect_code) &&
                    str_to_u64(rule->redirect->http_redirect_code, &code) < 0)
                        return -EBADMSG;
                return go_to(call, site, (unsigned int)code, &target);
        }
        return 0;
}
