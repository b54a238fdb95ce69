#include "services/service_request.h"

#define HEADERS 2

struct made {
        struct http_request request;
        struct http_header headers[HEADERS];
};

int service_request(struct call *call, struct str service, const char *endpoint,
                    const struct http_request **ret)
{
        struct made *made = arena_new(&call->arena, struct made);

        if (!made)
                return -ENOMEM;
        made->request = (struct http_request){
                .method = STR("POST"),
                .path = STR("/"),
                .version = STR("HTTP/1.1"),
                .headers = made->headers,
                .body = STR(""),
                .source_ip = service,
                .tls_version = STR("TLSv1.3"), /* as AWS's services come, where policies want that */
                .tls_cipher = STR("TLS_AES_256_GCM_SHA384"),
        };
        made->headers[made->request.header_count++] = (struct http_header){STR("User-Agent"), service};
        if (endpoint)
                made->headers[made->request.header_count++] =
                        (struct http_header){STR("Host"), arena_printf(&call->arena, "%s.%.*s.amazonaws.com",
                                                                       endpoint, STR_ARG(call->region))};
        *ret = &made->request;
        return 0;
}
