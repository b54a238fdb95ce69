#include "server/router.h"

#include "base/text.h"
#include "server/content.h"
#include "server/form_upload.h"
#include "server/own_place.h"
#include "server/virtual_host.h"
#include "server/website.h"

#define ACTION_SHOWN 128

int flight_refuse(struct flight *flight, enum wire_common which, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        flight->call.error = which == WIRE_ERROR_ACCESS_DENIED
                                     ? wire_denied_error(flight->service, flight->call.protocol)
                                     : wire_common_error(flight->call.protocol, which);
        flight->call.error_message = arena_vprintf(&flight->call.arena, format, args);
        va_end(args);
        return -ECALL;
}

int flight_fault(struct flight *flight, const struct wire_fault *fault)
{
        flight->call.error = fault->error;
        flight->call.error_message = fault->message;
        flight->call.error_details = fault->details;
        return -ECALL;
}

/* What the request shows of its meaning, before anything is believed. */
struct signs {
        struct str scope_service, scope_region;
        struct str target_prefix, target_operation;
        struct str action, version;
        struct str host;
};

static int read_target(struct flight *flight, struct signs *signs)
{
        struct str target = http_header_value(flight->call.request, STR("X-Amz-Target"));

        if (wire_is_cbor(flight->call.request) &&
            wire_rpc_split(flight->call.request->path, &signs->target_prefix, &signs->target_operation) ==
                    0) {
                flight->call.protocol = API_CBOR;
                return 0;
        }
        if (!str_is_set(target))
                return 0;
        flight->call.protocol = API_JSON_1_1;
        if (wire_target_split(target, &signs->target_prefix, &signs->target_operation) < 0)
                return flight_refuse(flight, WIRE_ERROR_UNKNOWN_ACTION,
                                     "The X-Amz-Target header is malformed.");
        return 0;
}

/* "sts.us-west-2.amazonaws.com:443": true when the first label is the service's endpoint. */
static bool host_names(struct str host, const struct api_service *service)
{
        struct str label;

        if (!str_is_set(host) || str_find(host, STR(".amazonaws.")) < 0)
                return false;
        (void)str_cut(&host, '.', &label);
        return str_eq_nocase(label, service->endpoint_prefix);
}

static bool signs_fit(const struct signs *signs, const struct api_service *service)
{
        if (str_is_set(signs->target_prefix))
                return wire_target_is(service, signs->target_prefix);
        if (str_is_set(signs->scope_service))
                return str_eq(signs->scope_service, service->signing_name);
        if (str_is_set(signs->version) && str_is_set(signs->action))
                return str_eq(signs->version, service->version) &&
                       (wire_speaks(service, API_QUERY) || wire_speaks(service, API_EC2));
        return host_names(signs->host, service);
}

static const struct api_service *find_service(const struct signs *signs)
{
        for (size_t i = 0; i < api_service_count; i++)
                if (signs_fit(signs, api_services[i]))
                        return api_services[i];
        return NULL;
}

/* What the operation is stands in the body: it is opened for a service of which one takes it so. */
static bool may_be_compressed(const struct signs *signs)
{
        const struct api_service *service = find_service(signs);

        for (size_t i = 0; service && i < service->operation_count; i++)
                if (service->operations[i].takes_compressed)
                        return true;
        return false;
}

static int read_form(struct flight *flight, struct signs *signs)
{
        const struct http_request *content = flight->call.request;
        struct wire_fault fault;
        int r;

        if (str_is_set(signs->target_prefix) || !wire_is_form(flight->call.request))
                return 0;
        if (may_be_compressed(signs))
                TRY(content_of(flight, &content));
        r = wire_form_parse(content, &flight->call.arena, &flight->form, &fault);
        if (r == -EBADMSG)
                return flight_fault(flight, &fault);
        if (r < 0)
                return flight_refuse(flight, WIRE_ERROR_TOO_LARGE, "The request is too large.");
        wire_query_action(&flight->form, &signs->action, &signs->version);
        return 0;
}

/* Of a service that speaks several, the path of an RPC or X-Amz-Target says which one this is. */
static enum api_protocol protocol_of(const struct flight *flight, const struct signs *signs,
                                     const struct api_service *service)
{
        static const enum api_protocol WITH_TARGET[] = {API_JSON_1_0, API_JSON_1_1},
                                       WITHOUT[] = {API_QUERY, API_EC2};
        const enum api_protocol *likely = str_is_set(signs->target_prefix) ? WITH_TARGET : WITHOUT;

        if (flight->call.protocol == API_CBOR && wire_speaks(service, API_CBOR))
                return API_CBOR;
        for (size_t i = 0; i < ARRAY_LEN(WITHOUT); i++)
                if (wire_speaks(service, likely[i]))
                        return likely[i];
        return service->protocol;
}

/* -- Rest: the address names the operation */

static bool is_rest(const struct api_service *service)
{
        return service->protocol == API_REST_XML || service->protocol == API_REST_JSON;
}

static bool has_mark(const struct http_request *request, const struct api_service *service)
{
        struct str rest = service->marks, name;

        while (str_is_set(rest)) {
                (void)str_cut(&rest, ' ', &name);
                if (str_is_set(http_header_value(request, name)))
                        return true;
        }
        return false;
}

/* Of the services of one signing name, the host tells which is meant; where it is none of AWS's, the
 * service's own header does. */
static bool is_marked(const struct http_request *request, const struct signs *signs,
                      const struct api_service *service)
{
        struct str endpoint = virtual_host_endpoint(signs->host);

        if (!str_is_set(service->marks))
                return false;
        if (str_is_set(endpoint))
                return str_starts_nocase(endpoint, service->endpoint_prefix);
        return has_mark(request, service);
}

/* Those of the query protocol go to "/" alone. */
static bool may_be_query(const struct http_request *request)
{
        return wire_is_form(request) && str_eq(request->path, STR("/"));
}

/* By its credential scope; a request of nobody that is in no other protocol is for the service that takes
 * such requests. A service with marks is passed over where it has none. */
static const struct api_service *find_rest_service(const struct http_request *request,
                                                   const struct signs *signs)
{
        const struct api_service *found = NULL;
        bool is_plain = !str_is_set(signs->scope_service) && !str_is_set(signs->target_prefix) &&
                        !str_is_set(http_query_value(request, STR("Action"))) &&
                        (str_eq(request->method, STR("GET")) || !may_be_query(request));

        for (size_t i = 0; i < api_service_count; i++) {
                const struct api_service *service = api_services[i];
                bool is_meant = is_marked(request, signs, service);

                if (!is_rest(service) || str_is_set(service->own_path) ||
                    (str_is_set(service->marks) && !is_meant))
                        continue;
                if (str_eq(signs->scope_service, service->signing_name) ||
                    (is_plain && (service->takes_anonymous || is_meant)))
                        found = is_meant || !found ? service : found;
        }
        return found;
}

static int route_rest(struct flight *flight)
{
        const struct http_request *request = flight->call.request;
        struct wire_address address = {
                request->method, str_is_set(flight->path) ? flight->path : request->path, request->query};
        struct wire_fault fault;
        struct str host = http_header_value(request, STR("Host")), name;
        struct call *call = &flight->call;
        int r;

        flight->call.protocol = flight->service->protocol;
        call->host_endpoint = virtual_host_endpoint(host);
        if (flight->service->has_virtual_hosts && virtual_host_name(host, &name)) {
                call->host_name = arena_lower(&call->arena, name);
                address.path = arena_printf(&call->arena, "/%.*s%.*s", STR_ARG(call->host_name),
                                            STR_ARG(request->path));
        }
        flight->path = address.path;
        r = wire_find_rest_operation(flight->service, &address, request, &flight->call.arena, &flight->rest,
                                     &fault);
        if (r == -ENOENT)
                return form_upload_recognise(flight);
        if (r == -EBADMSG)
                return flight_fault(flight, &fault);
        TRY(r);
        flight->call.operation = flight->rest.route->operation;
        flight->action = flight->call.operation->name;
        return 0;
}

static int refuse_service(struct flight *flight, const struct signs *signs)
{
        struct str name = str_is_set(signs->scope_service) ? signs->scope_service : signs->target_prefix;

        if (str_is_set(name))
                return flight_refuse(flight, WIRE_ERROR_UNKNOWN_SERVICE, "Could not find service %.*s",
                                     STR_ARG(name));
        return flight_refuse(flight, WIRE_ERROR_ACCESS_DENIED, "Request is missing Authentication Token");
}

/* No operation has a name so long: what a client sends instead is neither quoted nor recorded whole. Cut
 * between characters. */
static struct str shortened(struct str action)
{
        size_t len = action.len < ACTION_SHOWN ? action.len : ACTION_SHOWN;

        while (len < action.len && ((unsigned char)action.ptr[len] & 0xC0) == 0x80)
                len--;
        return str_part(action, 0, len);
}

int router_identify(struct flight *flight)
{
        const struct http_request *request = flight->call.request;
        struct signs signs = {.host = http_header_value(request, STR("Host"))};
        int r;

        flight->call.protocol = API_QUERY;
        r = website_recognise(flight);
        if (r != 0)
                return r < 0 ? r : 0;
        if (own_place_enter(flight))
                return route_rest(flight);
        (void)auth_peek_scope(request, &signs.scope_service, &signs.scope_region);
        TRY(read_target(flight, &signs));
        flight->service = find_rest_service(request, &signs);
        if (flight->service)
                return route_rest(flight);
        TRY(read_form(flight, &signs));
        flight->service = find_service(&signs);
        if (!flight->service)
                return refuse_service(flight, &signs);
        flight->call.protocol = protocol_of(flight, &signs, flight->service);
        flight->action = str_is_set(signs.target_operation) ? signs.target_operation : signs.action;
        /* Of a rest service nothing but an address names one: its input stands there. */
        if (str_is_set(flight->action) && !is_rest(flight->service))
                flight->call.operation = wire_find_operation(flight->service, flight->action);
        flight->action = shortened(flight->action);
        flight->version = shortened(signs.version);
        /* A version that the service does not have names an operation that it does not have. */
        if (str_is_set(signs.version) && !str_eq(signs.version, flight->service->version))
                flight->call.operation = NULL;
        return 0;
}

int router_require_operation(struct flight *flight)
{
        const struct api_service *service = flight->service;

        if (flight->call.operation)
                return 0;
        if (is_rest(service)) {
                call_detail(&flight->call, STR("Method"), flight->call.request->method);
                return flight_refuse(flight, WIRE_ERROR_UNKNOWN_ACTION,
                                     "The specified method is not allowed against this resource.");
        }
        if (!str_is_set(flight->action))
                return flight_refuse(flight, WIRE_ERROR_NO_ACTION, "Missing Action");
        if (flight->call.protocol == API_QUERY || flight->call.protocol == API_EC2)
                return flight_refuse(
                        flight, WIRE_ERROR_UNKNOWN_ACTION, "Could not find operation %.*s for version %.*s",
                        STR_ARG(flight->action),
                        STR_ARG(str_is_set(flight->version) ? flight->version : service->version));
        return flight_refuse(flight, WIRE_ERROR_UNKNOWN_ACTION, "Could not find operation %.*s",
                             STR_ARG(flight->action));
}
