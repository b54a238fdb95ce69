#include "server/document.h"

#include "base/log.h"
#include "server/server.h"
#include "server/virtual_host.h"

static bool is_reading(const struct http_request *request)
{
        return str_eq(request->method, STR("GET")) || str_eq(request->method, STR("HEAD"));
}

/* A bucket whose name stands in the host has paths of its own. */
static bool is_virtual(const struct http_request *request)
{
        struct str host = http_header_value(request, STR("Host")), name, region;

        return virtual_host_website(host, &name, &region) || virtual_host_name(host, &name);
}

static const struct api_service *find_service(const struct http_request *request)
{
        if (!is_reading(request) || is_virtual(request))
                return NULL;
        for (size_t i = 0; i < api_service_count; i++)
                if (api_services[i]->show_document &&
                    str_starts(request->path, api_services[i]->document_prefix))
                        return api_services[i];
        return NULL;
}

static int find(struct flight *flight, struct api_document *ret)
{
        struct call *call = &flight->call;

        TRY(store_read_begin(flight->server->store, &flight->snapshot));
        call_enter(call, flight->snapshot);
        TRY(flight->service->show_document(call, call->request->path, ret));
        ret->body = arena_dup(&call->arena, ret->body); /* the answer outlives the snapshot */
        return call->arena.failed ? -ENOMEM : 0;
}

static int answer(struct flight *flight)
{
        struct http_header *header = arena_new(&flight->call.arena, struct http_header);
        struct api_document document;

        if (!header)
                return -ENOMEM;
        TRY(find(flight, &document));
        *header = (struct http_header){STR("Content-Type"), document.type};
        flight->response = (struct http_response){
                .status = 200, .headers = header, .header_count = 1, .body = document.body};
        return 0;
}

bool document_answer(struct flight *flight)
{
        static const struct http_response MISSING = {.status = 404, .body = STR_INIT("")};
        static const struct http_response BROKEN = {.status = 500, .body = STR_INIT("")};
        int r;

        flight->service = find_service(flight->call.request);
        if (!flight->service)
                return false;
        r = answer(flight);
        if (r < 0)
                flight->response = r == -ENOENT ? MISSING : BROKEN;
        if (r < 0 && r != -ENOENT)
                log_errno(LOG_ERROR, r, "a document could not be shown", NULL);
        metrics_count(&flight->server->metrics, flight->response.status, false,
                      clock_monotonic_ns() - flight->started_ns);
        store_read_end(flight->snapshot);
        flight->snapshot = NULL;
        http_reply(flight->exchange, &flight->response, flight_free, flight);
        return true;
}
