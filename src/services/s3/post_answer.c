/* What a form wants to be answered: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html and,
 * of redirections, https://docs.aws.amazon.com/AmazonS3/latest/userguide/HTTPPOSTForms.html */
#include "base/text.h"
#include "services/s3/post_object.h"
#include "services/s3/s3.h"
#include "wire/xml_out.h"

#define URL_MAX ((size_t)64 * 1024)

static struct str field(const struct s3_post *post, struct str name)
{
        for (size_t i = 0; i < post->fields.count; i++)
                if (str_eq_nocase(post->fields.items[i].key, name))
                        return post->fields.items[i].value;
        return STR_NONE;
}

static struct str etag_of(const struct http_response *response)
{
        for (size_t i = 0; i < response->header_count; i++)
                if (str_eq_nocase(response->headers[i].name, STR("ETag")))
                        return response->headers[i].value;
        return STR("");
}

/* -- Where the browser is sent. */

/* What cannot be read as an address counts as if it were not there. */
static bool is_url(struct str text)
{
        for (size_t i = 0; i < text.len; i++)
                if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
                        return false;
        return str_starts_nocase(text, STR("http://")) || str_starts_nocase(text, STR("https://"));
}

static void add_parameter(struct buf *url, const char *name, struct str value)
{
        buf_addf(url, "%c%s=", str_has_byte(buf_str(url), '?') ? '&' : '?', name);
        percent_encode(url, value, false);
}

/* What is told stands in front of a fragment, which no server sees. */
static int redirect(struct call *call, const struct s3_post *post, struct str to,
                    struct http_response *response)
{
        _cleanup_(buf_done) struct buf url = {};
        ptrdiff_t hash = str_find_byte(to, '#');

        buf_init(&url, URL_MAX);
        buf_add(&url, hash < 0 ? to : str_part(to, 0, (size_t)hash));
        add_parameter(&url, "bucket", post->bucket);
        add_parameter(&url, "key", post->key);
        add_parameter(&url, "etag", etag_of(response));
        if (hash >= 0)
                buf_add(&url, str_from(to, (size_t)hash));
        TRY(buf_check(&url));
        response->status = 303;
        call_header(call, STR("Location"), buf_str(&url));
        return 0;
}

/* -- What it is told else. */

/* Where the client finds the object, by the name under which it has called. */
static int location_of(struct call *call, const struct s3_post *post, struct str *ret)
{
        struct str host = http_header_value(call->request, STR("Host")), path = call->request->path;

        *ret = arena_printf(&call->arena, "%s://%.*s%.*s",
                            str_is_set(call->request->tls_version) ? "https" : "http", STR_ARG(host),
                            STR_ARG(post->is_in_host ? str_from(path, 1 + post->bucket.len) : path));
        return str_is_set(*ret) ? 0 : -ENOMEM;
}

static void write_document(const struct s3_post *post, struct str location, struct str etag, struct buf *body)
{
        buf_add(body, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"));
        xml_open(body, STR("PostResponse"));
        xml_element(body, STR("Location"), location);
        xml_element(body, STR("Bucket"), post->bucket);
        xml_element(body, STR("Key"), post->key);
        xml_element(body, STR("ETag"), etag);
        xml_close(body, STR("PostResponse"));
}

static int tell(struct call *call, const struct s3_post *post, struct buf *body,
                struct http_response *response)
{
        struct str status = field(post, STR("success_action_status")), location;

        TRY(location_of(call, post, &location));
        call_header(call, STR("Location"), location);
        response->status = str_eq(status, STR("200")) ? 200 : str_eq(status, STR("201")) ? 201 : 204;
        if (response->status != 201)
                return 0;
        call_header(call, STR("Content-Type"), STR("application/xml"));
        write_document(post, location, etag_of(response), body);
        TRY(buf_check(body));
        response->body = buf_str(body);
        return 0;
}

int s3_post_answer(struct call *call, const struct s3_post *post, struct buf *body,
                   struct http_response *response)
{
        struct str to = field(post, STR("success_action_redirect"));

        if (!str_is_set(to))
                to = field(post, STR("redirect"));
        return is_url(to) ? redirect(call, post, to, response) : tell(call, post, body, response);
}
