#include "server/transfer_event.h"

#include "wire/wire.h"

/* What was refused may not have been read to its end, and of what came without a length nobody knows. */
static bool bytes_in(const struct flight *flight, uint64_t *ret)
{
        const struct http_request *request = flight->call.request;
        struct str length = http_header_value(request, STR("x-amz-decoded-content-length"));

        if (!str_is_set(length))
                length = http_header_value(request, STR("Content-Length"));
        *ret = request->body.len;
        if (!str_is_set(length))
                return request->body.len > 0 ||
                       !str_is_set(http_header_value(request, STR("Transfer-Encoding")));
        return str_to_u64(length, ret) == 0 && (*ret == 0 || request->body.len > 0 || !flight->call.error);
}

/* The event of a change is stored before there is an answer. */
static bool bytes_out(const struct flight *flight, uint64_t *ret)
{
        const struct http_response *response = &flight->response;

        *ret = response->source ? response->source->size : response->body.len;
        if (str_eq(flight->call.request->method, STR("HEAD")))
                *ret = 0;
        return response->status && *ret != HTTP_SIZE_UNKNOWN;
}

void transfer_event_add(struct flight *flight, struct json_out *out)
{
        struct call *call = &flight->call;
        struct str host_id;
        uint64_t bytes;

        if (!flight->service || !flight->exchange || flight->timer)
                return;
        host_id = wire_host_id_header(flight->service, call->protocol);
        if (!str_is_set(host_id))
                return;
        json_key(out, STR("additionalEventData"));
        json_open(out, '{');
        json_pair_opt(out, STR("SignatureVersion"), auth_told_version(&flight->auth));
        json_pair_opt(out, STR("CipherSuite"), call->request->tls_cipher);
        if (bytes_in(flight, &bytes)) {
                json_key(out, STR("bytesTransferredIn"));
                json_int(out, (int64_t)bytes);
        }
        json_pair_opt(out, STR("AuthenticationMethod"), auth_told_method(&flight->auth));
        json_pair(out, host_id, call->request_id);
        if (bytes_out(flight, &bytes)) {
                json_key(out, STR("bytesTransferredOut"));
                json_int(out, (int64_t)bytes);
        }
        json_close(out, '}');
}
