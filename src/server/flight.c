#include "server/flight.h"

#include "base/ids.h"
#include "server/authorise.h"
#include "server/body_proof.h"
#include "server/invoke.h"
#include "server/server.h"
#include "server/website.h"

#define CALL_MEMORY    ((size_t)32 * 1024 * 1024)
#define RESPONSE_MAX   ((size_t)64 * 1024 * 1024)
#define USUAL_RESPONSE 1024

void flight_done(struct flight *flight)
{
        body_proof_done(flight);
        website_done(flight);
        if (flight->call.received)
                flight->call.received->done(flight->call.received, flight->has_succeeded);
        if (flight->call.answer && flight->call.answer->done)
                flight->call.answer->done(flight->call.answer);
        invoke_forget(flight);
        buf_done(&flight->trace);
        buf_done_wiped(&flight->body);
        call_done(&flight->call);
}

void flight_free(void *arg)
{
        struct flight *flight = arg;

        flight_done(flight);
        free(flight);
}

struct flight *flight_new(struct server *server, const struct http_request *request)
{
        struct flight *flight = calloc(1, sizeof(*flight));
        struct call *call;

        if (!flight)
                return NULL;
        flight->server = server;
        flight->started_ns = clock_monotonic_ns();
        buf_init(&flight->body, RESPONSE_MAX);
        buf_reserve(&flight->body, USUAL_RESPONSE);
        call = &flight->call;
        call_init(call, &server->host, CALL_MEMORY);
        call->authorise = authorise_more;
        call->invoke = invoke;
        call->act = act;
        call->as_service = invoke_by_service;
        call->request = request;
        call->auth = &flight->auth;
        call->now_ms = clock_now_ms(&server->clock);
        id_uuid_pair(&call->arena, &call->request_id, &call->event_id);
        call->region = server->config.region;
        return flight;
}
