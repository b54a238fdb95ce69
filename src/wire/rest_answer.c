/* The rest protocols, output: status, headers and body. https://smithy.io/2.0/spec/http-bindings.html */
#include "base/json_out.h"
#include "wire/json_value.h"
#include "wire/protocol.h"
#include "wire/rest_out.h"
#include "wire/scalar.h"
#include "wire/xml_value.h"

#define STATUS_NO_CONTENT   204
#define STATUS_NOT_MODIFIED 304

struct answer {
        const struct api_operation *operation;
        const void *out;
        struct buf *body;
        struct rest_headers headers;
        struct http_response *response;
};

/* -- Status. */

static unsigned int status_of(const struct answer *answer)
{
        const struct wire_type *type = answer->operation->output;
        unsigned int usual = answer->operation->http_status;

        for (size_t i = 0; i < type->member_count; i++) {
                const struct opt_int *status = wire_at(&type->members[i], answer->out);

                if (type->members[i].place == WIRE_IN_STATUS && status->is_set && status->value >= 200 &&
                    status->value <= 599)
                        return (unsigned int)status->value;
        }
        return usual ? usual : 200;
}

static bool has_body(const struct answer *answer)
{
        return !str_eq(answer->operation->http_method, STR("HEAD")) &&
               answer->response->status != STATUS_NO_CONTENT &&
               answer->response->status != STATUS_NOT_MODIFIED;
}

/* -- Documents. */

static bool is_xml(const struct answer *answer)
{
        return answer->operation->service->protocol == API_REST_XML;
}

static void write_json(struct answer *answer, const struct wire_type *type, const void *value)
{
        struct json_out out = {.buf = answer->body};

        wire_json_value(&out, type, value);
}

static void write_xml(struct answer *answer, struct str root, const struct wire_type *type, const void *value)
{
        buf_add(answer->body, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"));
        wire_xml_element(answer->body, root, answer->operation->service->xml_namespace, type, value,
                         WIRE_XML_OF_REST);
}

/* "ListBucketsResult", unless the .api file names it. */
static struct str root_of(const struct answer *answer)
{
        const struct api_operation *operation = answer->operation;

        if (str_is_set(operation->output->root_name))
                return operation->output->root_name;
        return arena_printf(answer->headers.arena, "%.*sResult", STR_ARG(operation->name));
}

static int write_document(struct answer *answer)
{
        const struct wire_type *type = answer->operation->output;

        TRY(rest_headers_type(&answer->headers,
                              is_xml(answer) ? STR("application/xml") : STR("application/json")));
        if (!is_xml(answer)) {
                write_json(answer, type, answer->out);
                return 0;
        }
        for (size_t i = 0; i < type->member_count; i++)
                if ((type->flags & WIRE_UNWRAPPED) && wire_is_in_body(&type->members[i])) {
                        write_xml(answer, root_of(answer), type->members[i].type,
                                  wire_value_at(&type->members[i], answer->out));
                        return 0;
                }
        write_xml(answer, root_of(answer), type, answer->out);
        return 0;
}

/* -- Payloads. */

/* Bytes go out from where they are. */
static int send_bytes(struct answer *answer, const struct wire_type *type, struct str bytes)
{
        struct str content_type = type->kind == WIRE_STRING     ? STR("text/plain")
                                  : type->kind == WIRE_DOCUMENT ? STR("application/json")
                                                                : STR("application/octet-stream");

        answer->response->body = bytes;
        return rest_headers_type(&answer->headers, content_type);
}

static int write_payload(struct answer *answer, const struct wire_member *member)
{
        const void *value = wire_value_at(member, answer->out);

        if (!wire_is_set(member, answer->out))
                return 0;
        if (wire_is_scalar(member->type))
                return send_bytes(answer, member->type, *(const struct str *)value);
        if (!is_xml(answer)) {
                write_json(answer, member->type, value);
                return rest_headers_type(&answer->headers, STR("application/json"));
        }
        write_xml(answer, member->wire_name, member->type, value);
        return rest_headers_type(&answer->headers, STR("application/xml"));
}

static int write_body(struct answer *answer)
{
        const struct wire_type *type = answer->operation->output;
        bool has_document = false;

        for (size_t i = 0; i < type->member_count; i++) {
                if (type->members[i].place == WIRE_IN_PAYLOAD)
                        return write_payload(answer, &type->members[i]);
                has_document |= wire_is_in_body(&type->members[i]);
        }
        return has_document ? write_document(answer) : 0;
}

int wire_rest_answer(const struct api_operation *operation, const void *out, struct str request_id,
                     struct arena *arena, struct buf *body, struct http_response *ret)
{
        struct answer answer = {.operation = operation,
                                .out = out,
                                .body = body,
                                .headers = {.arena = arena},
                                .response = ret};

        *ret = (struct http_response){};
        ret->status = status_of(&answer);
        ret->body = STR("");
        answer.headers.has_content_length = has_body(&answer);
        TRY(rest_headers_begin(&answer.headers, operation->service, request_id));
        TRY(rest_headers_add_all(&answer.headers, operation->output, out));
        if (has_body(&answer))
                TRY(write_body(&answer));
        TRY(buf_check(body));
        if (body->len)
                ret->body = buf_str(body);
        ret->headers = answer.headers.items;
        ret->header_count = answer.headers.count;
        return 0;
}
