/* Errors of websites as browsers show them.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/CustomErrorDocSupport.html#s3-http-error-codes */
#include "services/s3/website.h"
#include "wire/wire.h"

static struct str title_of(struct call *call, unsigned int status)
{
        static const struct {
                unsigned int status;
                const char *text;
        } TITLES[] = {
                {302, "Found"},
                {400, "Bad Request"},
                {403, "Forbidden"},
                {404, "Not Found"},
                {405, "Method Not Allowed"},
                {412, "Precondition Failed"},
                {416, "Requested Range Not Satisfiable"},
                {500, "Internal Server Error"},
                {503, "Service Unavailable"},
        };

        for (size_t i = 0; i < ARRAY_LEN(TITLES); i++)
                if (TITLES[i].status == status)
                        return arena_printf(&call->arena, "%u %s", status, TITLES[i].text);
        return arena_printf(&call->arena, "%u", status);
}

static void add_text(struct buf *out, struct str text)
{
        for (size_t i = 0; i < text.len; i++) {
                switch (text.ptr[i]) {
                case '&':
                        buf_add(out, STR("&amp;"));
                        break;
                case '<':
                        buf_add(out, STR("&lt;"));
                        break;
                case '>':
                        buf_add(out, STR("&gt;"));
                        break;
                case '"':
                        buf_add(out, STR("&#34;"));
                        break;
                default:
                        buf_add_byte(out, text.ptr[i]);
                }
        }
}

static void add_item(struct buf *out, struct str name, struct str value)
{
        buf_add(out, STR("<li>"));
        add_text(out, name);
        buf_add(out, STR(": "));
        add_text(out, value);
        buf_add(out, STR("</li>\n"));
}

static void add_error(struct buf *out, const struct s3_website_error *error)
{
        add_item(out, STR("Code"), error->error->code);
        add_item(out, STR("Message"), error->message);
        for (size_t i = 0; i < error->details.count; i++)
                add_item(out, error->details.items[i].key, error->details.items[i].value);
}

static void add_page(struct buf *out, struct call *call, const struct s3_website_error *error,
                     const struct s3_website_error *document)
{
        struct str title = title_of(call, error->error->status);

        buf_add(out, STR("<html>\n<head><title>"));
        buf_add(out, title);
        buf_add(out, STR("</title></head>\n<body>\n<h1>"));
        buf_add(out, title);
        buf_add(out, STR("</h1>\n<ul>\n"));
        add_error(out, error);
        add_item(out, STR("RequestId"), call->request_id);
        add_item(out, STR("HostId"), call->request_id);
        buf_add(out, STR("</ul>\n"));
        if (document->error) {
                buf_add(out, STR("<h3>An Error Occurred While Attempting to Retrieve a Custom Error "
                                 "Document</h3>\n<ul>\n"));
                add_error(out, document);
                buf_add(out, STR("</ul>\n"));
        }
        buf_add(out, STR("<hr/>\n</body>\n</html>\n"));
}

/* -- Headers */

/* What a header cannot have is shown as a question mark. */
static struct str header_text(struct call *call, struct str text)
{
        char *copy = arena_alloc(&call->arena, text.len + 1);

        if (!copy)
                return STR("");
        for (size_t i = 0; i < text.len; i++)
                copy[i] = text.ptr[i];
        for (size_t i = 0; i < text.len; i++)
                if (copy[i] < ' ' || copy[i] > '~')
                        copy[i] = '?';
        return str_make(copy, text.len);
}

void s3_website_tell_error(struct call *call, const struct s3_website_error *error)
{
        call_header(call, STR("x-amz-error-message"), header_text(call, error->message));
        call_header(call, STR("x-amz-error-code"), error->error->code);
}

static void add_ids(struct call *call)
{
        const struct api_service *service = &s3_service;
        struct str id = wire_request_id_header(service, service->protocol);
        struct str host_id = wire_host_id_header(service, service->protocol);

        call_header(call, id, call->request_id);
        call_header(call, host_id, call->request_id);
}

int s3_website_page(struct call *call, const struct s3_website *site, struct buf *body,
                    struct http_response *response)
{
        static const struct http_header HTML[] = {
                {STR_INIT("Content-Type"), STR_INIT("text/html; charset=utf-8")}};
        const struct s3_website_error error = s3_website_error_of(call);

        add_ids(call);
        *response = (struct http_response){.status = error.error->status, .body = STR("")};
        if (site->has_no_page)
                return 0;
        s3_website_tell_error(call, &error);
        response->headers = HTML;
        response->header_count = ARRAY_LEN(HTML);
        if (str_eq(call->request->method, STR("HEAD")))
                return 0;
        add_page(body, call, &error, &site->document);
        TRY(buf_check(body));
        response->body = buf_str(body);
        return 0;
}
