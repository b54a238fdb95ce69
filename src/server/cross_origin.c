#include "server/cross_origin.h"

static bool is_options(const struct flight *flight)
{
        return str_eq(flight->call.request->method, STR("OPTIONS"));
}

static bool has_a_say(const struct flight *flight)
{
        return flight->service && flight->service->cross_origin && str_is_set(flight->path);
}

static struct str header(const struct flight *flight, struct str name)
{
        return http_header_value(flight->call.request, name);
}

/* -- Calls */

/* A refusal is forgotten: whether the call may be made is not the browser's business. */
static void forget(struct call *call)
{
        call_forgive(call);
        call->headers = NULL;
}

int cross_origin_admit(struct flight *flight)
{
        struct call *call = &flight->call;
        struct api_cross_origin asked = {.origin = header(flight, STR("Origin")),
                                         .path = flight->path,
                                         .method = call->request->method};
        int r;

        if (!has_a_say(flight) || !str_is_set(asked.origin))
                return 0;
        r = flight->service->cross_origin(call, &asked);
        if (r == -ECALL || r == -ENOENT)
                forget(call);
        else
                TRY(r);
        flight->cross_origin = call->headers;
        return 0;
}

/* -- Preflight requests */

bool cross_origin_asks_first(const struct flight *flight)
{
        return has_a_say(flight) && is_options(flight);
}

int cross_origin_answer(struct flight *flight)
{
        struct api_cross_origin asked = {
                .is_preflight = true,
                .origin = header(flight, STR("Origin")),
                .path = flight->path,
                .method = header(flight, STR("Access-Control-Request-Method")),
                .headers = header(flight, STR("Access-Control-Request-Headers")),
        };
        int r = flight->service->cross_origin(&flight->call, &asked);

        flight->is_preflight = r != -ENOENT;
        return r;
}

int cross_origin_encode(struct flight *flight)
{
        struct call *call = &flight->call;
        struct str host_id = wire_host_id_header(flight->service, flight->call.protocol);

        call_header(call, wire_request_id_header(flight->service, flight->call.protocol), call->request_id);
        if (str_is_set(host_id))
                call_header(call, host_id, call->request_id);
        flight->response = (struct http_response){.status = 200, .body = STR("")};
        return 0;
}
