#include "wire/ec2_faults.h"
#include "wire/protocol.h"
#include "wire/rest_faults.h"

const struct wire_protocol wire_query = {
        .content_type = STR_INIT("text/xml"),
        .request_id_header = STR_INIT("x-amzn-RequestId"),
        .decode = wire_query_decode,
        .encode = wire_query_encode,
        .encode_error = wire_query_error,
};

const struct wire_protocol wire_ec2 = {
        .content_type = STR_INIT("text/xml;charset=UTF-8"),
        .request_id_header = STR_INIT("x-amzn-RequestId"),
        .decode = wire_ec2_decode,
        .encode = wire_ec2_encode,
        .encode_error = wire_ec2_error,
};

const struct wire_protocol wire_json_1_0 = {
        .content_type = STR_INIT("application/x-amz-json-1.0"),
        .request_id_header = STR_INIT("x-amzn-RequestId"),
        .decode = wire_json_decode,
        .encode = wire_json_encode,
        .encode_error = wire_json_error,
        .error_header = STR_INIT("x-amzn-ErrorType"),
};

const struct wire_protocol wire_json_1_1 = {
        .content_type = STR_INIT("application/x-amz-json-1.1"),
        .request_id_header = STR_INIT("x-amzn-RequestId"),
        .decode = wire_json_decode,
        .encode = wire_json_encode,
        .encode_error = wire_json_error,
        .error_header = STR_INIT("x-amzn-ErrorType"),
};

const struct wire_protocol wire_rest_json = {
        .content_type = STR_INIT("application/json"),
        .request_id_header = STR_INIT("x-amzn-RequestId"),
        .decode = wire_rest_json_decode,
        .answer = wire_rest_answer,
        .encode_error = wire_json_error,
        .error_header = STR_INIT("x-amzn-ErrorType"),
};

const struct wire_protocol wire_rest_xml = {
        .content_type = STR_INIT("application/xml"),
        .request_id_header = STR_INIT("x-amzn-RequestId"),
        .decode = wire_rest_xml_decode,
        .answer = wire_rest_answer,
        .encode_error = wire_rest_xml_error,
};

const struct wire_protocol wire_cbor = {
        .content_type = STR_INIT("application/cbor"),
        .request_id_header = STR_INIT("x-amzn-RequestId"),
        .decode = wire_cbor_decode,
        .encode = wire_cbor_encode,
        .encode_error = wire_cbor_error,
        .own_header = {STR_INIT("smithy-protocol"), STR_INIT("rpc-v2-cbor")},
};

const struct wire_protocol *wire_protocol_of(enum api_protocol protocol)
{
        static const struct wire_protocol *const PROTOCOLS[] = {
                [API_QUERY] = &wire_query,         [API_EC2] = &wire_ec2,
                [API_JSON_1_0] = &wire_json_1_0,   [API_JSON_1_1] = &wire_json_1_1,
                [API_REST_JSON] = &wire_rest_json, [API_REST_XML] = &wire_rest_xml,
                [API_CBOR] = &wire_cbor,
        };

        return PROTOCOLS[protocol];
}

bool wire_is_form(const struct http_request *request)
{
        struct str type = http_header_value(request, STR("Content-Type"));
        ptrdiff_t end = str_find_byte(type, ';');

        if (str_eq(request->method, STR("GET")))
                return !str_is_set(http_header_value(request, STR("X-Amz-Target")));
        if (!str_eq(request->method, STR("POST")))
                return false;
        if (end >= 0)
                type.len = (size_t)end;
        return str_eq_nocase(str_trim(type), STR("application/x-www-form-urlencoded"));
}

int wire_target_split(struct str header, struct str *ret_prefix, struct str *ret_operation)
{
        ptrdiff_t dot = str_find_last_byte(header, '.');

        if (dot <= 0 || (size_t)dot + 1 == header.len)
                return -EINVAL;
        *ret_prefix = str_part(header, 0, (size_t)dot);
        *ret_operation = str_from(header, (size_t)dot + 1);
        return 0;
}

/* https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html#operation-url-path */
bool wire_is_cbor(const struct http_request *request)
{
        return str_eq(http_header_value(request, STR("smithy-protocol")), STR("rpc-v2-cbor"));
}

int wire_rpc_split(struct str path, struct str *ret_service, struct str *ret_operation)
{
        struct str rest = path, pieces[4], more;

        if (!str_starts(path, STR("/")))
                return -EINVAL;
        rest = str_from(path, 1);
        for (size_t i = 0; i < ARRAY_LEN(pieces); i++)
                if (!str_cut(&rest, '/', &pieces[i]) || pieces[i].len == 0)
                        return -EINVAL;
        if (str_cut(&rest, '/', &more) || !str_eq(pieces[0], STR("service")) ||
            !str_eq(pieces[2], STR("operation")))
                return -EINVAL;
        *ret_service = pieces[1];
        *ret_operation = pieces[3];
        return 0;
}

bool wire_target_is(const struct api_service *service, struct str prefix)
{
        struct str rest = service->target_prefix;

        for (struct str one; str_cut(&rest, ' ', &one);)
                if (one.len && str_eq(one, prefix))
                        return true;
        return false;
}

const struct api_operation *wire_find_operation(const struct api_service *service, struct str name)
{
        size_t low = 0, high = service->operation_count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int order = str_cmp(service->operations[middle].name, name);

                if (order == 0)
                        return &service->operations[middle];
                if (order < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return NULL;
}

bool wire_speaks(const struct api_service *service, enum api_protocol protocol)
{
        return protocol == service->protocol || service->protocols & 1U << protocol;
}

/* What a form was sent to is a member that it may leave out. */
static void take_path(const struct api_operation *operation, const struct http_request *http, void *in)
{
        const struct wire_member *member;

        if (!str_is_set(operation->service->path_member) || str_eq(http->path, STR("/")))
                return;
        member = wire_find_member(operation->input, operation->service->path_member);
        if (member && !wire_is_set(member, in))
                *(struct str *)wire_at(member, in) = http->path;
}

int wire_decode(const struct api_operation *operation, enum api_protocol protocol,
                const struct wire_request *request, struct arena *arena, void *ret_in,
                struct wire_fault *ret_fault)
{
        const struct wire_protocol *table = wire_protocol_of(protocol);

        if (!table->decode)
                return -ENOSYS;
        TRY(table->decode(operation->input, request, arena, ret_in, ret_fault));
        if (protocol == API_QUERY)
                take_path(operation, request->http, ret_in);
        return 0;
}

int wire_validate(const struct api_operation *operation, enum api_protocol protocol, const void *in,
                  struct wire_patterns *patterns, struct arena *arena, struct wire_fault *ret_fault)
{
        struct wire_violations violations;

        TRY(wire_validate_value(operation->input, in, patterns, arena, &violations));
        if (violations.count == 0)
                return 0;
        if (operation->service->has_s3_errors)
                return rest_fault_of_value(violations.first, in, arena, ret_fault);
        if (protocol == API_EC2)
                return ec2_fault_of_value(&violations, in, arena, ret_fault);
        if (operation->service->missing && str_is_set(violations.missing))
                return wire_refuse(ret_fault, arena, operation->service->missing,
                                   "The request must contain the parameter %.*s.",
                                   STR_ARG(violations.missing));
        *ret_fault = (struct wire_fault){
                .error = wire_invalid_error(operation->service, protocol),
                .message = violations.message,
        };
        return -EBADMSG;
}

/* S3 has its own names; who speaks REST in XML and is nobody yet, is taken for S3. */
static bool has_names_of_s3(const struct api_service *service, enum api_protocol protocol)
{
        return protocol == API_REST_XML && (!service || service->has_s3_errors);
}

struct str wire_request_id_header(const struct api_service *service, enum api_protocol protocol)
{
        return has_names_of_s3(service, protocol) ? STR("x-amz-request-id")
                                                  : wire_protocol_of(protocol)->request_id_header;
}

struct str wire_host_id_header(const struct api_service *service, enum api_protocol protocol)
{
        return has_names_of_s3(service, protocol) ? STR("x-amz-id-2") : STR_NONE;
}

#define MAX_HEADERS 6

/* What a client of another protocol that knows the errors by their names in the query protocol goes by.
 * https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait */
static struct http_header query_error(const struct api_error *error, struct arena *arena)
{
        struct str code = str_is_set(error->query_code) ? error->query_code : error->code;

        return (struct http_header){
                STR("x-amzn-query-error"),
                arena_printf(arena, "%.*s;%s", STR_ARG(code), error->is_sender ? "Sender" : "Receiver")};
}

static int describe(const struct api_service *service, enum api_protocol protocol,
                    const struct api_error *error, struct str request_id, struct arena *arena,
                    struct http_response *ret)
{
        struct http_header *headers = arena_new_array(arena, struct http_header, MAX_HEADERS);
        const struct wire_protocol *table = wire_protocol_of(protocol);
        struct str host_id = wire_host_id_header(service, protocol);
        size_t count = 0;

        if (!headers)
                return -ENOMEM;
        headers[count++] = (struct http_header){wire_request_id_header(service, protocol), request_id};
        if (str_is_set(host_id))
                headers[count++] = (struct http_header){host_id, request_id};
        headers[count++] = (struct http_header){STR("Content-Type"), table->content_type};
        if (str_is_set(table->own_header.name))
                headers[count++] = table->own_header;
        if (error && str_is_set(table->error_header))
                headers[count++] = (struct http_header){table->error_header, error->code};
        if (error && service && protocol != API_QUERY && wire_speaks(service, API_QUERY))
                headers[count++] = query_error(error, arena);
        ret->headers = headers;
        ret->header_count = count;
        return 0;
}

int wire_encode(const struct api_operation *operation, enum api_protocol protocol, const void *out,
                struct str request_id, struct arena *arena, struct buf *body, struct http_response *ret)
{
        const struct wire_protocol *table = wire_protocol_of(protocol);

        if (table->answer)
                return table->answer(operation, out, request_id, arena, body, ret);
        if (!table->encode)
                return -ENOSYS;
        *ret = (struct http_response){.status = operation->http_status ? operation->http_status : 200};
        TRY(describe(operation->service, protocol, NULL, request_id, arena, ret));
        TRY(table->encode(operation, out, request_id, body));
        ret->body = buf_str(body);
        return 0;
}

int wire_encode_error(const struct api_service *service, enum api_protocol protocol,
                      const struct wire_error *error, struct arena *arena, struct buf *body,
                      struct http_response *ret)
{
        const struct wire_protocol *table = wire_protocol_of(protocol);

        *ret = (struct http_response){.status = error->error->status};
        if (protocol == API_QUERY && str_is_set(error->error->query_code))
                ret->status = error->error->query_status;
        TRY(describe(service, protocol, error->error, error->request_id, arena, ret));
        if (!error->is_head && ret->status != 304)
                table->encode_error(service, protocol, error, body);
        ret->body = buf_str(body);
        return buf_check(body);
}
