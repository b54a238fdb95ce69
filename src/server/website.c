#include "server/website.h"

#include "base/ids.h"
#include "base/text.h"
#include "server/audit.h"
#include "server/invoke.h"
#include "server/virtual_host.h"
#include "services/s3/website.h"

#define PATH_MAX_BYTES ((size_t)256 * 1024)

/* What the call was for the page, while it is one for the error document. */
struct page_call {
        void *in;
        struct call_resource *resources;
        struct str event_id;
        struct buf trace;
};

struct website {
        struct s3_website site;
        struct http_request request; /* without what means something to the API alone */
        struct page_call page;
};

/* -- Is it one? */

static const struct api_service *find_service(const struct http_request *request, struct s3_website *site)
{
        struct str host = http_header_value(request, STR("Host"));

        if (!virtual_host_website(host, &site->bucket, &site->region))
                return NULL;
        for (size_t i = 0; i < api_service_count; i++)
                if (api_services[i]->has_websites)
                        return api_services[i];
        return NULL;
}

static bool is_one_of(struct str name, const struct str *names, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (str_eq_nocase(name, names[i]))
                        return true;
        return false;
}

static bool is_conditional(struct str name)
{
        static const struct str NAMES[] = {STR_INIT("Range"), STR_INIT("If-Match"), STR_INIT("If-None-Match"),
                                           STR_INIT("If-Modified-Since"), STR_INIT("If-Unmodified-Since")};

        return is_one_of(name, NAMES, ARRAY_LEN(NAMES));
}

/* What browsers say. Signatures, and all that the API would heed, are passed over. */
static bool is_kept(struct str name)
{
        static const struct str NAMES[] = {STR_INIT("Host"),
                                           STR_INIT("User-Agent"),
                                           STR_INIT("Referer"),
                                           STR_INIT("Origin"),
                                           STR_INIT("Access-Control-Request-Method"),
                                           STR_INIT("Access-Control-Request-Headers")};

        return is_one_of(name, NAMES, ARRAY_LEN(NAMES)) || is_conditional(name);
}

static int keep_headers(struct flight *flight, struct http_request *request,
                        bool (*is_wanted)(struct str name))
{
        struct http_header *kept =
                arena_new_array(&flight->call.arena, struct http_header, request->header_count + 1);
        size_t count = 0;

        if (!kept)
                return -ENOMEM;
        for (size_t i = 0; i < request->header_count; i++)
                if (is_wanted(request->headers[i].name))
                        kept[count++] = request->headers[i];
        request->headers = kept;
        request->header_count = count;
        return 0;
}

static const struct api_operation *operation_of(const struct flight *flight)
{
        struct str method = flight->call.request->method;

        if (str_eq(method, STR("GET")))
                return wire_find_operation(flight->service, STR("GetObject"));
        return str_eq(method, STR("HEAD")) ? wire_find_operation(flight->service, STR("HeadObject")) : NULL;
}

static int begin(struct flight *flight, struct website *website)
{
        struct call *call = &flight->call;
        struct s3_website *site = &website->site;

        site->host = virtual_host_told(&call->arena, http_header_value(call->request, STR("Host")));
        site->bucket = arena_lower(&call->arena, site->bucket);
        site->path = call->request->path;
        website->request = *call->request;
        website->request.query = STR_NONE;
        website->request.body = STR("");
        flight->call.protocol = flight->service->protocol;
        flight->path = arena_printf(&call->arena, "/%.*s%.*s", STR_ARG(site->bucket), STR_ARG(site->path));
        flight->call.operation = operation_of(flight);
        flight->action = call->operation ? call->operation->name : STR_NONE;
        flight->website = website;
        call->website = site;
        call->request = &website->request;
        if (str_is_set(site->region))
                call->region = site->region;
        return keep_headers(flight, &website->request, is_kept);
}

int website_recognise(struct flight *flight)
{
        struct s3_website site = {};
        const struct api_service *service = find_service(flight->call.request, &site);
        struct website *website;

        if (!service)
                return 0;
        website = arena_new(&flight->call.arena, struct website);
        if (!website)
                return -ENOMEM;
        website->site = site;
        flight->service = service;
        TRY(begin(flight, website));
        return 1;
}

/* -- The page */

static int make_path(struct flight *flight, const struct s3_website *site)
{
        _cleanup_(buf_done) struct buf path = {};

        buf_init(&path, PATH_MAX_BYTES);
        buf_add_byte(&path, '/');
        percent_encode(&path, site->bucket, false);
        buf_add_byte(&path, '/');
        percent_encode(&path, site->key, true);
        TRY(buf_check(&path));
        flight->path = arena_dup(&flight->call.arena, buf_str(&path));
        return str_is_set(flight->path) ? 0 : -ENOMEM;
}

static int route(struct flight *flight)
{
        struct call *call = &flight->call;
        const struct wire_address address = {call->request->method, flight->path, STR_NONE};
        struct wire_fault fault;
        int r = wire_find_rest_operation(flight->service, &address, call->request, &call->arena,
                                         &flight->rest, &fault);

        if (r == -EBADMSG)
                return flight_fault(flight, &fault);
        return r < 0 || flight->rest.route->operation == call->operation ? r : -EPROTO;
}

int website_find_page(struct flight *flight)
{
        struct website *website = flight->website;

        if (!website)
                return 0;
        if (!website->site.is_document)
                TRY(s3_website_find(&flight->call, &website->site));
        TRY(make_path(flight, &website->site));
        return route(flight);
}

/* -- The error document in its place: a call of its own, on record when it has given something. */

static void put_aside(struct flight *flight, struct page_call *page)
{
        struct call *call = &flight->call;

        *page = (struct page_call){flight->in, call->resources, call->event_id, flight->trace};
        flight->trace = (struct buf){};
        flight->encoded_message = STR_NONE;
        flight->other_account = STR_NONE;
        call->resources = NULL;
        call->notes = NULL;
        call->headers = flight->cross_origin;
        call->status = 0;
        call->additional_event_data = STR_NONE;
        call->told_in = NULL;
        call->event_id = id_uuid(&call->arena);
        call_forgive(call);
}

static void take_back(struct flight *flight, struct page_call *page)
{
        struct call *call = &flight->call;

        buf_done(&flight->trace);
        flight->trace = page->trace;
        page->trace = (struct buf){};
        flight->in = page->in;
        call->in = page->in;
        call->told_in = NULL;
        call->resources = page->resources;
        call->event_id = page->event_id;
        call->headers = flight->cross_origin;
}

static bool is_unconditional(struct str name)
{
        return !is_conditional(name);
}

static int begin_document(struct flight *flight)
{
        struct website *website = flight->website;
        struct s3_website *site = &website->site;

        site->page = s3_website_error_of(&flight->call);
        TRY(invoke_queue(flight));
        TRY(audit_keep(flight));
        invoke_forget(flight);
        put_aside(flight, &website->page);
        site->is_document = true;
        TRY(keep_headers(flight, &website->request, is_unconditional));
        return 1;
}

static int end_document(struct flight *flight, int result)
{
        struct website *website = flight->website;
        struct s3_website *site = &website->site;
        struct call *call = &flight->call;

        if (result == 0) {
                s3_website_tell_error(call, &site->page);
                call->status = site->page.error->status;
                return audit_queue_kept(flight);
        }
        site->document = s3_website_error_of(call);
        take_back(flight, &website->page);
        call->error = site->page.error;
        call->error_message = site->page.message;
        call->error_details = site->page.details;
        return -ECALL;
}

int website_settle(struct flight *flight, int result)
{
        struct website *website = flight->website;

        if (!website || !website->site.configuration || (result < 0 && result != -ECALL))
                return result;
        if (website->site.is_document)
                return end_document(flight, result);
        if (result == 0 || flight->call.error->status < 400 || flight->call.error->status >= 500)
                return result;
        TRY(s3_website_fall_back(&flight->call, &website->site));
        return begin_document(flight);
}

/* -- The answer */

int website_encode_error(struct flight *flight)
{
        return s3_website_page(&flight->call, &flight->website->site, &flight->body, &flight->response);
}

const struct api_error *website_error(const struct flight *flight)
{
        const struct call *call = &flight->call;

        if (call->error)
                return call->error;
        return flight->website && flight->website->site.is_document ? flight->website->site.page.error : NULL;
}

void website_done(struct flight *flight)
{
        if (flight->website)
                buf_done(&flight->website->page.trace);
}
