#include "server/content.h"

#include "server/server.h"
#include "services/gzip.h"

static int expand(struct flight *flight)
{
        struct call *call = &flight->call;
        size_t max = (size_t)flight->server->config.max_body;
        struct str body = STR_NONE;
        int r = gzip_expand(&call->arena, call->request->body, max, &body);

        if (r == -EBADMSG)
                return flight_refuse(flight, WIRE_ERROR_MALFORMED, "The request body is not valid gzip.");
        if (r < 0)
                return flight_refuse(flight, WIRE_ERROR_TOO_LARGE, "The request is too large.");
        flight->content = *call->request;
        flight->content.body = body;
        return 0;
}

int content_of(struct flight *flight, const struct http_request **ret)
{
        struct call *call = &flight->call;
        bool is_taken = !call->operation || call->operation->takes_compressed;

        *ret = call->request;
        if (!is_taken && flight->content.body.len)
                return flight_refuse(flight, WIRE_ERROR_MALFORMED, "%.*s takes no compressed request.",
                                     STR_ARG(call->operation->name));
        if (!is_taken || call->request->body.len == 0 ||
            !str_eq_nocase(http_header_value(call->request, STR("Content-Encoding")), STR("gzip")))
                return 0;
        if (!flight->content.body.len)
                TRY(expand(flight));
        *ret = &flight->content;
        return 0;
}
